"""A command on its way to a case: recognised, authorised, its words kept, asked, recorded, answered.

Text is stored first and travels as the id of its note; the workflow decides; the read model follows.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.command_attempts import begin_attempt, find_entry, is_last_attempt
from activities.ports.ideas import CommandRefused, IdeaGone
from api.runtime.services import Services
from models.database import is_unreachable
from models.messages.cases import Taken
from models.messages.commands import CaseCommand, Receipt, Refusal, RefusalCode
from models.tables import Account, Note, StandingRow, TimelineEntry
from models.telemetry.metrics import NOT_SHOWN, SHOWN_SECONDS, Stopwatch
from models.typed_text import LONGEST_TEXT, Text
from workflows.client import EngineAway

T = TypeVar("T")
F = TypeVar("F", bound="CaseForm")
C = TypeVar("C", bound=CaseCommand)

Keep = Callable[[AsyncSession, C], Awaitable[None]]
"""Stores something that a command speaks of."""

TIMES_TO_LOOK = 3

SHOWN_WITHIN_SECONDS = 2.0
"""How long a caller waits for the read model. After that the step is saved, but not shown yet."""


class CaseForm(BaseModel):
    """An event of a case, as a person gives it. A kind adds the fields of its own events."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    event: str = Field(min_length=1, max_length=40, pattern=r"^[a-z_]+$")
    note: Text | None = Field(default=None, max_length=LONGEST_TEXT)
    days: int | None = None
    """With `extend_deadline`: so many more, in the unit of the deadline."""
    until: date | None = None
    """With `snooze`: nobody on turn hears anything before this day."""

    @field_validator("*")
    @classmethod
    def _or_none(cls, value: Any) -> Any:
        """A field that was left empty says nothing."""
        return None if value == "" else value

    @property
    def text(self) -> str | None:
        """The free text of the step: what goes into its note."""
        return self.note

    def unsaid(self) -> set[str]:
        """Fields that are no part of the fingerprint: words are compared where they are kept."""
        return {"note"}

    def fingerprint(self) -> str:
        """A digest of everything but the free text, which is compared by its note and never enters a history."""
        facts = self.model_dump(mode="json", exclude=self.unsaid())
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Done:
    """A receipt, and whether the read model shows it already."""

    receipt: Receipt
    shown: bool
    number: int = 0
    """Which of several of its kind the case is."""


class CommandSender(Generic[F, C]):
    """One command to one case. Sent again, it looks again, so that no step is taken twice.

    A kind of case answers the questions at the end. `F` is the form, as a person gives it.
    """

    def __init__(
        self,
        services: Services,
        account: Account,
        command_id: str,
        idea_id: str,
        form: F,
        expected_version: int | None,
    ) -> None:
        self.services = services
        self.account = account
        self.command_id = command_id
        self.idea_id = idea_id
        self.form = form
        self.expected_version = expected_version

    async def send(self) -> Done:
        """Raises CommandRefused, EngineAway and what `look` and `prepare` raise."""
        return await retry_when_stale(self._look_and_send)

    async def _look_and_send(self) -> Done:
        # Before anything else: by this very step the caller may have lost the right to see the case.
        earlier = await self.look()
        if earlier is not None:
            return Done(earlier, shown=True, number=self.row.number)
        command = (await self.prepare()).model_copy(update={"asker_records": True})
        await self._keep(command)
        try:
            taken = await self.ask(command)
        except IdeaGone as gone:
            if (earlier := await self.find_receipt()) is not None:
                # Its answer was lost on the way, and with this step, or after it, the path has ended.
                return Done(earlier, shown=True, number=self.row.number)
            await self._forget(command)
            raise await self.explain_absence() from gone
        except CommandRefused:
            await self._forget(command)
            raise
        return Done(taken, await show(self.services, taken), self.row.number)

    async def _keep(self, command: C) -> None:
        """Save that somebody asks, and the words of the command, before it travels. The same command twice saves them
        once. Raises CommandRefused where it came before with other words."""
        database, note, beside = self.services.database, self._note(command), self.kept_beside(command)
        if beside:
            async with database.transaction() as session:
                is_new = await begin_attempt(session, command.id, self.row.workflow_id, note)
                for keep in beside:
                    await keep(session, command)
        else:
            is_new = await begin_attempt(database, command.id, self.row.workflow_id, note)
        if note is not None and not is_new and await self._find_words(command) != note["body"]:
            await self._end_attempt(command)
            raise reused()

    def _note(self, command: C) -> dict[str, Any] | None:
        if command.note_id is None:
            return None
        whose = {"id": command.note_id, "idea_id": self.idea_id, "author_id": self.account.id}
        return whose | self.words(command)

    async def _find_words(self, command: C) -> str | None:
        async with self.services.database.reading() as session:
            return (await session.exec(select(Note.body).where(Note.id == command.note_id))).one_or_none()

    async def _forget(self, command: C) -> None:
        await self._end_attempt(command)
        await self.take_back()

    async def _end_attempt(self, command: C) -> None:
        """The words of a refused command are not kept, unless another try of it needs them."""
        async with self.services.database.transaction() as session:
            if (
                await is_last_attempt(session, command.id)
                and await find_entry(session, self.row.case_id, self.command_id) is None
            ):
                await self.forget(session, command)

    async def find_receipt(self) -> Receipt | None:
        """What became of the same command earlier. Raises CommandRefused where the id came with another request."""
        async with self.services.database.reading() as session:
            entry = await find_entry(session, self.row.case_id, self.command_id)
            note = await session.get(Note, entry.note_id) if entry is not None and entry.note_id else None
        return self.recognise(entry, note.body if note else None) if entry is not None else None

    def recognise(self, entry: TimelineEntry, words: str | None) -> Receipt:
        """The receipt of the same command earlier, with its words. Raises CommandRefused where it was another one."""
        if entry.fingerprint != self.form.fingerprint() or not self.says_the_same(words):
            raise reused(entry.version)
        return receipt_from(entry)

    def name(self, what: str) -> str:
        """The id of something that this command brings along: the same whenever it is sent."""
        return str(uuid5(NAMESPACE_URL, f"{what}/{self.command_id}"))

    # -- what a kind answers ---------------------------------------------------------------------------------

    @property
    def row(self) -> StandingRow:
        """Where the case stands as SQL shows it, once it was looked for."""
        raise NotImplementedError

    def says_the_same(self, words: str | None) -> bool:
        """Whether the words of the same command earlier were those of this one."""
        return words == self.form.text

    async def look(self) -> Receipt | None:
        """Read where the case stands, and what became of the same command earlier."""
        raise NotImplementedError

    async def prepare(self) -> C:
        """Authorise, check what only this side can check, and write the command as it travels."""
        raise NotImplementedError

    def words(self, command: C) -> dict[str, Any]:
        """The columns of the note of a command that has words: `event`, `internal`, `body`."""
        raise NotImplementedError

    def kept_beside(self, command: C) -> list[Keep[C]]:
        """What is stored beside the words, in one transaction with them. Of most commands nothing is."""
        return []

    async def forget(self, session: AsyncSession, command: C) -> None:
        raise NotImplementedError

    async def take_back(self) -> None:
        """After a refusal: what was written beside the words."""

    async def ask(self, command: C) -> Taken:
        raise NotImplementedError

    async def explain_absence(self) -> Exception:
        """No workflow runs: the path has ended meanwhile, or the engine has lost it, which reconciling will find."""
        raise NotImplementedError


async def retry_when_stale(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask, and search the timeline anew where more has happened since than the workflow remembers. Raises EngineAway
    where that goes on.
    """
    for _ in range(TIMES_TO_LOOK):
        try:
            return await ask()
        except CommandRefused as refused:
            if refused.refusal.code is not RefusalCode.UNSURE:
                raise
    raise EngineAway("the timeline does not follow")


def receipt_from(entry: TimelineEntry) -> Receipt:
    """What became of a command, as the timeline tells it."""
    return Receipt(case_id=entry.case_id, version=entry.version, stage=entry.stage, state=entry.state)


async def show(services: Services, taken: Taken) -> bool:
    """Write to SQL what a case has answered, and tell the inboxes beside. False where SQL shows it later: whoever does
    not come so far is stood in for by `activities.sweeper`.
    """
    written = await is_soon_shown(lambda: services.records.write(taken, SHOWN_WITHIN_SECONDS))
    return written if taken.record is not None else await wait_until_shown(services, taken)


async def wait_until_shown(services: Services, receipt: Receipt) -> bool:
    """Wait until the read model has reached a receipt's version. False when it takes longer than two seconds, or cannot
    be read: the step is taken all the same.
    """
    waiter = services.read_model
    return await is_soon_shown(lambda: waiter.wait(receipt.case_id, receipt.version, SHOWN_WITHIN_SECONDS))


async def is_soon_shown(wait: Callable[[], Awaitable[bool]]) -> bool:
    """False when the read model takes too long, or cannot be read: the step is taken all the same."""
    watch = Stopwatch()
    try:
        if await wait():
            SHOWN_SECONDS.observe(watch.seconds)
            return True
    except Exception as error:
        if not is_unreachable(error):
            raise
    NOT_SHOWN.inc()
    return False


def refused(code: RefusalCode, detail: str, version: int = 0, allowed_events: Sequence[str] = ()) -> CommandRefused:
    """A refusal of this side of the boundary."""
    return CommandRefused(Refusal(code=code, detail=detail, version=version, allowed_events=list(allowed_events)))


def wrong_field(field: str, detail: str, version: int = 0) -> CommandRefused:
    return CommandRefused(Refusal(code=RefusalCode.INVALID, field=field, detail=detail, version=version))


def reused(version: int = 0) -> CommandRefused:
    return refused(RefusalCode.ID_REUSED, "this Idempotency-Key was used for another request", version)
