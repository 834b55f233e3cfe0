"""What people ask of replications: beginning an idea from a story, and each step of the case beside it."""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from sqlmodel.ext.asyncio.session import AsyncSession

from api.runtime.services import Services
from api.use_cases.command_sender import CaseForm, Done
from api.use_cases.drafts import Holder, begin_draft
from api.use_cases.idea_text import IdeaNotFound
from api.use_cases.plain_sender import PlainSender
from models.messages.commands import Actor, Receipt
from models.messages.replication import ReplicationCommand, ReplicationStanding
from models.queries.idea import IdeaView, read_idea
from models.queries.stories import PublicStory
from models.rules.permissions import roles_toward
from models.rules.replication import KNOWN, REPLICATIONS
from models.tables import Account, Draft, StandingRow
from models.tables.columns import new_id
from models.vocabulary import Answer, CarryOver, Ingredient, Role, StoryField
from models.workflow_ids import REPLICATION, case_id


class ReplicationForm(CaseForm):
    """An event of a replication and its own fields, as a person gives them. `note` says with a report why."""

    answer: Answer | None = None
    carried: dict[Ingredient, CarryOver] | None = None


@dataclass(frozen=True)
class SeenReplication:
    """A replication as one account may see it, with both ideas."""

    row: StandingRow
    copy: IdeaView
    original: IdeaView
    roles: list[Role]
    allowed: list[str]

    @property
    def standing(self) -> ReplicationStanding:
        standing: ReplicationStanding = self.row.read()
        return standing

    @property
    def sees_copy(self) -> bool:
        """Whoever helps sees no more of the other idea than what it is called."""
        return self.roles != [Role.ORIGINAL]

    @property
    def knows_others(self) -> bool:
        """Names and addresses are told once both sides have said yes, and to them alone."""
        return self.standing.help in KNOWN and bool({Role.INNOVATOR, Role.ORIGINAL} & set(self.roles))


async def see_replication(session: AsyncSession, account: Account, idea_id: str) -> SeenReplication:
    """Raises IdeaNotFound, for strangers as for an idea that is no copy."""
    row = await session.get(StandingRow, case_id(REPLICATION, idea_id))
    copy = await read_idea(session, idea_id)
    original = await read_idea(session, row.read().original_id) if row is not None else None
    if row is None or copy is None or original is None:
        raise IdeaNotFound
    platform = [Role(role) for role in account.roles]
    roles = roles_toward(copy.row.standing(), account.id, platform)
    if Role.INNOVATOR in roles_toward(original.row.standing(), account.id, platform):
        roles = [*roles, Role.ORIGINAL]
    if not roles:
        raise IdeaNotFound(hidden=True)
    return SeenReplication(row, copy, original, roles, REPLICATIONS.allowed_events(row.read(), account.id, roles))


async def send_replication_command(
    services: Services,
    account: Account,
    idea_id: str,
    form: ReplicationForm,
    key: str | None = None,
    expected_version: int | None = None,
) -> Done:
    """Ask one event. `key` makes a repeat harmless. Raises IdeaNotFound, CommandRefused, EngineAway."""
    command_id = str(uuid5(NAMESPACE_URL, f"{account.id}/{idea_id}/{REPLICATION}/{key or new_id()}"))
    return await ReplicationSender(services, account, command_id, idea_id, form, expected_version).send()


class ReplicationSender(PlainSender[ReplicationForm, ReplicationCommand]):
    """One event of the replication beside an idea."""

    @property
    def row(self) -> StandingRow:
        return self.seen.row

    async def look(self) -> Receipt | None:
        async with self.services.database.reading() as session:
            self.seen = await see_replication(session, self.account, self.idea_id)
        return await self.find_receipt()

    async def prepare(self) -> ReplicationCommand:
        form, seen, me = self.form, self.seen, self.account.id
        role = REPLICATIONS.acting_role(seen.standing, me, seen.roles, form.event) or Role.INNOVATOR
        return ReplicationCommand(
            **self.told(seen.copy.row.owner_id),
            actor=Actor(role=role, account_id=me),
            answer=form.answer,
            carried=form.carried,
        )


async def begin_after(services: Services, holder: Holder, language: str, story: PublicStory) -> Draft:
    """A draft that begins with what a story says, for its writer to change. Its title is theirs."""
    said = story.english if language != "de" and story.english is not None else story.words
    asked = {"summary": StoryField.TEASER, "problem": StoryField.PROBLEM, "solution": StoryField.STEPS}
    words = {name: said.get(field, "") for name, field in asked.items()} | {"themes": list(story.themes)}
    return await begin_draft(services, holder, language, words=words, after_id=story.idea_id)
