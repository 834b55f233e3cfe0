"""What people ask of ideas: hand in, command. The API, the pages and the import all come through here.

Text is stored first and travels as the id of its note; the workflow decides; the read model follows.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated, Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import String, cast, delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.coaching import Reservation, give_back_place, is_absent, is_left, take_place
from activities.command_attempts import begin_attempt, is_last_attempt
from activities.ports.ideas import CommandRefused, IdeaGone
from api.runtime.services import Services
from api.use_cases.corrections import CORRECTED, Correction, find_office, plan_correction, write_words
from api.use_cases.idea_text import LONGEST_TEXT, IdeaNotFound, is_complete
from api.use_cases.stories import agree_to_story
from models.database import is_unreachable
from models.lifecycles.events import CORRECT, REOPEN, SUBMIT, UNDO
from models.lines import Line
from models.messages.commands import Actor, Command, Receipt, Refusal, RefusalCode
from models.messages.idea import IdeaState, Standing
from models.policy import Policy
from models.references import read_reference
from models.rules.permissions import acting_role, allowed_events, may_view, roles_toward
from models.rules.refusals import refusal
from models.rules.undo import may_undo
from models.tables import Account, CoachProfile, Idea, Note, StandingRow, Task, TimelineEntry
from models.tables.columns import new_id
from models.telemetry.metrics import NOT_SHOWN, SHOWN_SECONDS, Stopwatch
from models.texts import Text
from models.vocabulary import Answer, Outcome, Role, Stage
from workflows.client import EngineAway

T = TypeVar("T")

TIMES_TO_LOOK = 3

CONSENT = "consent"

LATER = ("quiet", "member_id", "duplicate_of", "named", "seen", "district", "themes", "office")
"""Fields that came after the first histories: where they are empty they are no part of a fingerprint."""

SHOWN_WITHIN_SECONDS = 2.0
"""How long a caller waits for the read model. After that the step is saved, but not shown yet."""


Id = Annotated[str, AfterValidator(lambda text: str(UUID(text)))]
"""The id of an account or a task, in the form in which SQL gives it back."""


class CommandForm(BaseModel):
    """An event and its own fields, as a person gives them."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    event: str = Field(min_length=1, max_length=40, pattern=r"^[a-z_]+$")
    reason: Text | None = Field(default=None, max_length=LONGEST_TEXT)
    note: Text | None = Field(default=None, max_length=LONGEST_TEXT)
    internal: bool = False
    """Only coaches and leads read the note."""
    until: date | None = None
    days: int | None = None
    stage: Stage | None = None
    outcome: Outcome | None = None
    duplicate_of: Line | None = Field(default=None, max_length=40)
    """With `close` and the outcome `closed`: the number or the id of the idea with which this one goes on."""
    answer: Answer | None = None
    coach_id: Id | None = None
    partner: Line | None = Field(default=None, max_length=40)
    title: Line | None = Field(default=None, max_length=300)
    """The words of a task, or a corrected title."""
    district: Line | None = Field(default=None, max_length=100)
    themes: list[str] | None = Field(default=None, max_length=14)
    office: Line | None = Field(default=None, max_length=40)
    """With a correction, as is the title then."""
    task_id: Id | None = None
    assignee: Role | None = None
    member_id: Id | None = None
    """Who leaves the team."""
    named: bool = False
    """With a consent: the owner's name may stand under the story."""
    seen: str | None = Field(default=None, max_length=32)
    """With a consent: the digest of the story that the owner has read."""
    quiet: bool = False
    """Nobody is told of the step; for coaches and leads."""

    @field_validator("reason", "note", "title", "partner", "district", "office", "duplicate_of")
    @classmethod
    def _or_none(cls, value: str | None) -> str | None:
        return value or None

    @property
    def text(self) -> str | None:
        """The free text of the step: what goes into its note."""
        return "\n\n".join(filter(None, (self.reason, self.note))) or None

    @property
    def corrected(self) -> dict[str, Any]:
        """What is to be put right, as far as it was given."""
        given = {name: getattr(self, name) for name in (*CORRECTED, "office")}
        return {name: value for name, value in given.items() if value is not None}

    def fingerprint(self) -> str:
        """A digest of everything but the free text, which is compared by its note and never enters a history."""
        unsaid = {"reason", "note", "title"}
        unsaid |= {name for name in LATER if not getattr(self, name)}
        facts = self.model_dump(mode="json", exclude=unsaid)
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


CARRIED = (CommandForm.model_fields.keys() & Command.model_fields.keys()) - {"duplicate_of", "internal", "office"}
"""The fields that travel as they were given."""


@dataclass(frozen=True)
class Done:
    """A receipt, and whether the read model shows it already."""

    receipt: Receipt
    shown: bool


async def submit_idea(services: Services, account: Account, idea_id: str, key: str | None = None) -> Done:
    """Hand in a draft. Raises IdeaNotFound, CommandRefused, EngineAway."""
    return await send_command(services, account, idea_id, CommandForm(event=SUBMIT), key or "submit")


async def send_command(
    services: Services,
    account: Account,
    idea_id: str,
    form: CommandForm,
    key: str | None = None,
    expected_version: int | None = None,
) -> Done:
    """Ask one event of one idea. `key` makes a repeat harmless.

    Raises IdeaNotFound, CommandRefused, EngineAway.
    """
    command_id = command_id_of(account.id, idea_id, key or new_id())
    return await retry_when_stale(
        partial(_look_and_send, services, account, idea_id, form, command_id, expected_version)
    )


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


async def _look_and_send(
    services: Services,
    account: Account,
    idea_id: str,
    form: CommandForm,
    command_id: str,
    expected_version: int | None,
) -> Done:
    async with services.database.reading() as session:
        both = select(StandingRow, Idea).join(Idea, col(Idea.id) == col(StandingRow.idea_id))
        found = (await session.exec(both.where(StandingRow.idea_id == idea_id))).one_or_none()
        if found is None:
            raise IdeaNotFound
        row, idea = found
        standing = row.standing()
        roles = [Role(role) for role in account.roles]
        # Before anything else: by this very step the caller may have lost the right to see the idea.
        earlier = await find_receipt(session, idea_id, command_id, form)
        if earlier is None and not may_view(standing, account.id, roles):
            raise IdeaNotFound(hidden=True)
    if earlier is not None:
        return Done(earlier, shown=True)
    if idea.erased_at is not None and form.event == REOPEN:
        raise CommandRefused(Refusal(code=RefusalCode.NOT_ALLOWED, detail="its words were erased", version=row.version))
    if row.version == 0:
        refuse_draft(standing, idea, account, form, expected_version)
    actor = Actor(role=acting_role(standing, account.id, roles, form.event) or Role.INNOVATOR, account_id=account.id)
    await refuse_departed(services, standing, actor)
    check_form(services.policy, form)
    check_answer(form, idea, row)
    correction = None
    if form.event == CORRECT:
        correction = plan_correction(services.policy, idea, form.corrected, actor.role)
        form = form.model_copy(update={"note": correction.former_title, "title": None})
    await check_stand_in(services, standing, form)
    twin_id = await find_twin(services, standing, form)
    command = build_command(services, form, command_id, actor, row, expected_version, twin_id)
    command = command.model_copy(update=name_changes(services.policy, form, idea, row, correction))
    await store_text(services, idea_id, account.id, command, form)
    if form.event == CONSENT:
        await agree_to_story(services, account, idea_id, form.seen, named=form.named)
    if correction is not None:
        await write_words(services, idea_id, correction.after)
    try:
        receipt = await _carry(services, standing, command, form)
    except IdeaGone as gone:
        async with services.database.reading() as session:
            if (earlier := await find_receipt(session, idea_id, command_id, form)) is not None:
                # Its answer was lost on the way, and with this step, or after it, the path has ended.
                return Done(earlier, shown=True)
        await forget_text(services, idea_id, command)
        raise await explain_absence(services, idea_id, roles) from gone
    except CommandRefused:
        await forget_text(services, idea_id, command)
        if correction is not None:
            await write_words(services, idea_id, correction.before)
        raise
    return Done(receipt, await wait_until_shown(services, idea_id, receipt.version))


def command_id_of(account_id: str, idea_id: str, key: str) -> str:
    """Somebody's key means one command of theirs to one idea, and nothing to anybody else."""
    return str(uuid5(NAMESPACE_URL, f"{account_id}/{idea_id}/{key}"))


def allowed_for(row: StandingRow, idea: Idea, account: Account) -> list[str]:
    """The events that an account may fire now; the buttons on the page and `allowed_events` in the API."""
    standing = row.standing()
    roles = roles_toward(standing, account.id, [Role(role) for role in account.roles])
    if row.version == 0:
        return [SUBMIT] if account.id == row.owner_id and is_complete(idea) else []
    allowed = allowed_events(standing, account.id, roles)
    if UNDO in allowed and not may_undo(standing, account.id, datetime.now(UTC)):
        allowed.remove(UNDO)
    if REOPEN in allowed and idea.erased_at is not None:
        allowed.remove(REOPEN)
    return allowed


async def wait_until_shown(services: Services, idea_id: str, version: int) -> bool:
    """Wait until the read model has reached a version. False when it takes longer than two seconds, or cannot be read:
    the step is taken all the same.
    """
    watch = Stopwatch()
    try:
        if await services.read_model.wait(idea_id, version, SHOWN_WITHIN_SECONDS):
            SHOWN_SECONDS.observe(watch.seconds)
            return True
    except Exception as error:
        if not is_unreachable(error):
            raise
    NOT_SHOWN.inc()
    return False


# -- the parts of a command ------------------------------------------------------------------------------------


def refuse_draft(
    standing: Standing, idea: Idea, account: Account, form: CommandForm, expected_version: int | None = None
) -> None:
    """A draft knows one event, its owner's, and needs enough words for it."""
    if account.id != idea.owner_id:
        detail = "only its owner hands in a draft"
        raise CommandRefused(Refusal(code=RefusalCode.FORBIDDEN, detail=detail, version=standing.version))
    if expected_version not in (None, standing.version):
        raise CommandRefused(Refusal(code=RefusalCode.STALE, detail="the idea is a draft", version=standing.version))
    if form.event != SUBMIT:
        detail = "hand in the draft first"
        raise CommandRefused(
            Refusal(code=RefusalCode.NOT_ALLOWED, detail=detail, allowed_events=[SUBMIT], version=standing.version)
        )
    if not is_complete(idea):
        raise CommandRefused(
            Refusal(
                code=RefusalCode.INVALID,
                field="summary",
                detail="a summary is needed before the idea can be handed in",
            )
        )


async def refuse_departed(services: Services, standing: Standing, actor: Actor) -> None:
    """Whoever has left does nothing more as a coach, also while their ideas are still being handed on."""
    if actor.role is not Role.COACH:
        return
    async with services.database.reading() as session:
        profile = await session.get(CoachProfile, actor.account_id)
    if profile is not None and is_left(profile, services.today()):
        detail = "you have left, and the idea goes on with somebody else"
        raise CommandRefused(Refusal(code=RefusalCode.FORBIDDEN, detail=detail, version=standing.version))


def check_form(policy: Policy, form: CommandForm) -> None:
    """What only this side of the boundary can check: texts, and the names of partners, which travel."""
    if form.event == "write_note" and form.text is None:
        raise CommandRefused(Refusal(code=RefusalCode.INVALID, field="note", detail="a note needs words"))
    if form.event == "add_task" and form.title is None:
        raise CommandRefused(Refusal(code=RefusalCode.INVALID, field="title", detail="a task needs a title"))
    if form.partner is not None and form.partner not in policy.region.partners:
        known = ", ".join(policy.region.partners)
        raise CommandRefused(
            Refusal(code=RefusalCode.INVALID, field="partner", detail=f"is no partner; known are {known}")
        )
    if form.event == "add_task" and form.assignee not in (None, Role.INNOVATOR, Role.COACH):
        raise CommandRefused(Refusal(code=RefusalCode.INVALID, field="assignee", detail="is innovator or coach"))


def check_answer(form: CommandForm, idea: Idea, row: StandingRow) -> None:
    """A question is answered in words, or by changing what the idea says."""
    is_asked = form.event == "clarify" and row.state == "clarification"
    if is_asked and form.text is None and idea.updated_at <= row.entered_at:
        detail = "an answer needs words, unless the words of the idea were changed"
        raise CommandRefused(Refusal(code=RefusalCode.INVALID, field="note", detail=detail, version=row.version))


async def check_stand_in(services: Services, standing: Standing, form: CommandForm) -> None:
    """Whoever covers for a coach is a coach who is there. Places are checked where they are taken."""
    if form.event != "cover_coach" or form.coach_id is None:
        return
    async with services.database.reading() as session:
        profile = await session.get(CoachProfile, form.coach_id)
    today = services.today()
    if profile is None or is_left(profile, today) or is_absent(profile, today):
        raise CommandRefused(
            Refusal(
                code=RefusalCode.INVALID,
                field="coach_id",
                detail="this coach does not exist, is away, or has left",
                version=standing.version,
            )
        )


async def find_twin(services: Services, standing: Standing, form: CommandForm) -> str | None:
    """What an idea is a duplicate of, by its number or id; it is handed in, and no duplicate itself.

    Raises CommandRefused.
    """
    if form.duplicate_of is None:
        return None
    named = read_reference(form.duplicate_of)
    is_named = col(Idea.reference) == named if named else cast(col(Idea.id), String) == form.duplicate_of.lower()
    twins = select(StandingRow.idea_id).join(Idea, col(Idea.id) == col(StandingRow.idea_id)).where(is_named)
    async with services.database.reading() as session:
        goes_on = twins.where(StandingRow.version > 0, col(StandingRow.duplicate_of).is_(None))
        twin_id = (await session.exec(goes_on)).one_or_none()
    if twin_id is None:
        detail = "there is no such idea, or it is a draft or a duplicate itself"
        raise CommandRefused(
            Refusal(code=RefusalCode.INVALID, field="duplicate_of", detail=detail, version=standing.version)
        )
    return twin_id


def build_command(
    services: Services,
    form: CommandForm,
    command_id: str,
    actor: Actor,
    row: StandingRow,
    expected_version: int | None,
    twin_id: str | None = None,
) -> Command:
    """The command as it travels: no word of free text, the rulebook only where the idea has an older one."""
    rulebook = services.rulebook()
    asked = form.model_dump(include=CARRIED)
    if form.event == "add_task":
        asked["task_id"] = str(uuid5(NAMESPACE_URL, f"task/{command_id}"))
    return Command(
        **asked,
        id=command_id,
        actor=actor,
        fingerprint=form.fingerprint(),
        expected_version=expected_version,
        searched_to=row.version,
        note_id=str(uuid5(NAMESPACE_URL, f"note/{command_id}")) if form.text else None,
        duplicate_of=twin_id,
        internal=is_internal(form, actor.role),
        rulebook=rulebook if rulebook.digest != row.rulebook_digest else None,
    )


def name_changes(
    policy: Policy, form: CommandForm, idea: Idea, row: StandingRow, correction: Correction | None
) -> dict[str, Any]:
    """What a command says of changed words: which they are, and the office that follows from them."""
    if correction is not None:
        return {"corrected": correction.fields, "office": correction.office}
    if form.event != "clarify":
        return {}
    # Whoever was asked may have named another district.
    return {"office": find_office(policy, idea.district, row.office, by_hand=idea.office_by_hand)}


def is_internal(form: CommandForm, role: Role) -> bool:
    return form.internal and form.event == "write_note" and role is not Role.INNOVATOR


async def find_receipt(session: AsyncSession, idea_id: str, command_id: str, form: CommandForm) -> Receipt | None:
    """What became of the same command earlier. Raises CommandRefused where the id came with another request."""
    entry = (
        await session.exec(
            select(TimelineEntry).where(TimelineEntry.idea_id == idea_id, TimelineEntry.command_id == command_id)
        )
    ).one_or_none()
    if entry is None:
        return None
    note = await session.get(Note, entry.note_id) if entry.note_id else None
    # The note of a correction is what the title was before.
    same_text = form.event == CORRECT or (note.body if note else None) == form.text
    if entry.fingerprint != form.fingerprint() or not same_text:
        raise CommandRefused(
            Refusal(
                code=RefusalCode.ID_REUSED,
                detail="this Idempotency-Key was used for another request",
                version=entry.version,
            )
        )
    return Receipt(idea_id=idea_id, version=entry.version, stage=Stage(entry.stage), state=entry.state)


async def store_text(services: Services, idea_id: str, author_id: str, command: Command, form: CommandForm) -> None:
    """Save the words of a command before it travels. The same command twice saves them once.

    Raises CommandRefused where the command came before with other words.
    """
    if command.note_id is None and form.title is None:
        return
    async with services.database.transaction() as session:
        await begin_attempt(session, command.id)
        if command.note_id is not None:
            note = insert(Note).values(
                id=command.note_id,
                idea_id=idea_id,
                author_id=author_id,
                event=form.event,
                internal=command.internal,
                body=form.text,
                created_at=datetime.now(UTC),
            )
            written = await session.exec(note.on_conflict_do_nothing().returning(col(Note.id)))
            if written.first() is None and (await session.get_one(Note, command.note_id)).body != form.text:
                raise CommandRefused(
                    Refusal(
                        code=RefusalCode.ID_REUSED,
                        detail="this Idempotency-Key was used for a request with other words",
                    )
                )
        if form.event == "add_task":
            task = insert(Task).values(
                id=command.task_id, idea_id=idea_id, title=form.title, created_at=datetime.now(UTC)
            )
            await session.exec(task.on_conflict_do_nothing())


async def forget_text(services: Services, idea_id: str, command: Command) -> None:
    """The words of a refused command are not kept, unless another try of it needs them."""
    if command.note_id is None and command.event != "add_task":
        return
    async with services.database.transaction() as session:
        if not await is_last_attempt(session, command.id):
            return
        recorded = await session.exec(
            select(TimelineEntry.version).where(
                TimelineEntry.idea_id == idea_id, TimelineEntry.command_id == command.id
            )
        )
        if recorded.first() is not None:
            return
        await session.exec(delete(Note).where(col(Note.id) == command.note_id))
        if command.event == "add_task":
            added = col(Task.added_version)
            await session.exec(delete(Task).where(col(Task.id) == command.task_id, added.is_(None)))


async def explain_absence(services: Services, idea_id: str, roles: list[Role]) -> Exception:
    """No workflow runs: the path has ended meanwhile, or the engine has lost it, which reconciling will find."""
    async with services.database.reading() as session:
        row = await session.get_one(StandingRow, idea_id)
    if row.outcome is None:
        return EngineAway("no workflow runs for this open idea")
    allowed = [REOPEN] if Role.LEAD in roles else []
    return CommandRefused(
        Refusal(
            code=RefusalCode.NOT_ALLOWED,
            detail=f"the path has ended: {row.outcome}",
            allowed_events=allowed,
            version=row.version,
        )
    )


async def _carry(services: Services, standing: Standing, command: Command, form: CommandForm) -> Receipt:
    if command.event == SUBMIT and standing.version == 0:
        return await services.engine.submit(IdeaState(standing=standing, rulebook=services.rulebook()), command)
    if command.event == REOPEN and standing.outcome is not None:
        return await _reopen(services, standing, command)
    if command.event in ("assign_coach", "change_coach") and command.coach_id is not None:
        return await _give_coach(services, standing, command)
    return await services.engine.command(standing.idea_id, command)


async def _reopen(services: Services, standing: Standing, command: Command) -> Receipt:
    """Checked here as well, since a refused update would leave a run behind that nobody asked for.

    The coach of the end goes on with it, where a place is free for them; it is taken first, as ever.
    """
    state = IdeaState(standing=standing, rulebook=services.rulebook())
    refused = refusal(state, command, datetime.now(UTC))
    if refused is not None:
        raise CommandRefused(refused)
    coach_id = standing.coach_id if (command.stage or standing.stage) is not Stage.IDENTIFY else None
    reservation = None
    if coach_id is not None:
        async with services.database.transaction() as session:
            reservation = await take_place(session, standing.idea_id, coach_id, services.today())
    kept = coach_id if reservation is not None else None
    try:
        return await services.engine.reopen(state, command.model_copy(update={"coach_id": kept}))
    except (CommandRefused, IdeaGone):
        if kept is not None and reservation is not None:
            await _free_place(services, standing.idea_id, kept, reservation)
        raise


async def _give_coach(services: Services, standing: Standing, command: Command) -> Receipt:
    """A lead names a coach: the place is taken first, so that nobody is ever over capacity."""
    coach_id = command.coach_id
    assert coach_id is not None
    async with services.database.transaction() as session:
        reservation = await take_place(session, standing.idea_id, coach_id, services.today())
    if reservation is None:
        raise CommandRefused(
            Refusal(
                code=RefusalCode.INVALID,
                field="coach_id",
                detail="this coach does not exist, is away, or has no free place",
                version=standing.version,
            )
        )
    try:
        return await services.engine.command(standing.idea_id, command)
    except (CommandRefused, IdeaGone):
        await _free_place(services, standing.idea_id, coach_id, reservation)
        raise


async def _free_place(services: Services, idea_id: str, coach_id: str, reservation: Reservation) -> None:
    """The command was refused: its place is free again, unless another one has given it this very coach."""
    if not await _may_have_coach(services, idea_id, coach_id):
        async with services.database.transaction() as session:
            await give_back_place(session, idea_id, coach_id, reservation)


async def _may_have_coach(services: Services, idea_id: str, coach_id: str) -> bool:
    """Whether somebody else has given it this very coach. SQL may not show that yet, so the idea itself is asked."""
    try:
        standing = (await services.engine.state(idea_id)).standing
    except IdeaGone:
        return False
    except EngineAway:
        return True
    return standing.coach_id == coach_id and standing.outcome is None
