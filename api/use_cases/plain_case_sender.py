"""A command on its way to a plain case that stands beside an idea: its words are a note, and it says whose that is."""

from collections.abc import Awaitable, Callable
from typing import Any, Self
from uuid import NAMESPACE_URL, uuid5

from sqlmodel.ext.asyncio.session import AsyncSession

from api.runtime.services import Services
from api.use_cases.command_sender import CaseForm, CommandSender, Done, F, refused
from api.use_cases.plain_cases import Rules, see_case
from models.messages.cases import Taken
from models.messages.commands import Actor, Receipt, RefusalCode
from models.tables import Account, Note, StandingRow
from models.tables.columns import new_id
from models.vocabulary import Role
from models.workflow_ids import case
from workflows.client import EngineAway

Send = Callable[[Services, Account, str, Any, int, str | None, int | None], Awaitable[Done]]
"""Asks an event: of which idea, as which form, the number of the case, the key, the version that is expected."""


async def send_plain_command(
    services: Services,
    account: Account,
    idea_id: str,
    form: CaseForm,
    number: int = 0,
    key: str | None = None,
    expected_version: int | None = None,
    *,
    rules: Rules,
) -> Done:
    """Ask one event of a case. `key` makes a repeat harmless.

    Raises IdeaNotFound, NotFound, CommandRefused, EngineAway.
    """
    command_id = name_command(account, rules, idea_id, number, key)
    return await PlainSender(services, account, command_id, idea_id, form, expected_version).of(rules, number).send()


def name_command(account: Account, rules: Rules, idea_id: str, number: int, key: str | None) -> str:
    """The id of a command: the same whenever somebody asks under the same key."""
    return str(uuid5(NAMESPACE_URL, f"{account.id}/{case(rules.name, idea_id, number)}/{key or new_id()}"))


class PlainSender(CommandSender[F, Any]):
    """One event of one case, whose command says what the fields of the form say that are called the same."""

    rules: Rules
    number: int
    seen: Any
    """A `SeenCase`, or what a kind sees of its own instead."""

    def of(self, rules: Rules, number: int) -> Self:
        self.rules, self.number = rules, number
        return self

    @property
    def row(self) -> StandingRow:
        row: StandingRow = self.seen.row
        return row

    async def look(self) -> Receipt | None:
        async with self.services.database.reading() as session:
            self.seen = await see_case(session, self.account, self.rules, self.idea_id, self.number)
        return await self.find_receipt()

    async def prepare(self) -> Any:
        return self.write(self.seen.standing, self.seen.idea.row.owner_id, self.seen.roles)

    def write(self, standing: Any, owner_id: str, roles: list[Role], **instead: Any) -> Any:
        """The command as it travels. `owner_id`: whose the idea is; `instead`: what is said in other words than the
        form has."""
        form, rules, rulebook = self.form, self.rules, self.services.rulebook(self.row.kind)
        if form.event in rules.unasked:
            raise refused(RefusalCode.FORBIDDEN, f"nobody asks for {form.event} themselves", self.row.version)
        role = rules.acting_role(standing, self.account.id, roles, form.event) or Role.INNOVATOR
        asked = {name: getattr(form, name) for name in type(form).model_fields if name in rules.command.model_fields}
        told = {
            "id": self.command_id,
            "actor": Actor(role=role, account_id=self.account.id),
            "fingerprint": form.fingerprint(),
            "expected_version": self.expected_version,
            "searched_to": self.row.version,
            "note_id": self.name("note") if form.note else None,
            "owner_id": owner_id if owner_id != standing.owner_id else None,
            "rulebook": rulebook if rulebook.digest != standing.rulebook_digest else None,
        }
        return rules.command(**asked | told | instead)

    def words(self, command: Any) -> dict[str, Any]:
        return {"event": self.row.kind, "internal": False, "body": self.form.note}

    async def forget(self, session: AsyncSession, command: Any) -> None:
        note = await session.get(Note, command.note_id) if command.note_id else None
        if note is not None:
            await session.delete(note)

    async def ask(self, command: Any) -> Taken:
        return await self.services.engine.case_command(self.row.workflow_id, command)

    async def explain_absence(self) -> Exception:
        async with self.services.database.reading() as session:
            row = await session.get_one(StandingRow, self.row.case_id)
        if row.outcome is None:
            return EngineAway(f"no workflow runs for this open {self.rules.name}")
        return refused(RefusalCode.NOT_ALLOWED, f"the {self.rules.name} has ended: {row.state}", row.version)
