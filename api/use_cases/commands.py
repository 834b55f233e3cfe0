"""What people ask of ideas: hand in, command. The API, the pages and the import all come through here.

Text is stored first and travels as the id of its note; the workflow decides; the read model follows.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import String, and_, bindparam, cast, delete
from sqlalchemy.orm import load_only
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.attachments.reading import CleanFile
from activities.coaching import Reservation, give_back_place, is_absent, is_left, take_place
from activities.ports.ideas import CommandRefused, IdeaGone
from api.runtime.services import Services
from api.use_cases.attachments import Place, keep_files
from api.use_cases.command_sender import (
    CaseForm,
    CommandSender,
    Done,
    Keep,
    refused,
    wrong_field,
)
from api.use_cases.corrections import CORRECTED, Correction, find_office, plan_correction, write_words
from api.use_cases.documents import find_to_hand_in, freeze, thaw
from api.use_cases.idea_text import IdeaNotFound
from api.use_cases.stories import find_to_show
from models.lifecycles.events import (
    APPROVE_STORY,
    ASK,
    CONSENT,
    CORRECT,
    EVENTS,
    MESSAGES,
    PLAN,
    REOPEN,
    SUBMIT,
    SUBMIT_STORY,
    SUBMIT_WORK,
    UNDO,
)
from models.messages.cases import Taken
from models.messages.commands import Actor, Command, PlannedTask, Receipt, RefusalCode
from models.messages.idea import LONGEST_TASK, MOST_OPEN_TASKS, IdeaState, Standing
from models.policy import Policy
from models.queries.documents import HANDED_IN_BY
from models.reference_numbers import read_reference
from models.rules.idea_refusals import MOST_MENTIONED
from models.rules.permissions import acting_role, allowed_events, coaches_of, may_view, roles_toward
from models.rules.plans import write_plan
from models.rules.steps import IDEAS
from models.rules.undo import may_undo
from models.single_line import Line
from models.tables import (
    Account,
    Attachment,
    CoachProfile,
    Idea,
    Note,
    StandingRow,
    TimelineEntry,
    can_come_in,
    has_role,
)
from models.tables.columns import new_id
from models.typed_text import LONGEST_TEXT, Text
from models.vocabulary import Answer, AttachedTo, ConceptField, Licence, Outcome, Role, Shown, Stage
from workflows.client import EngineAway

HANDS_IN = frozenset({SUBMIT_WORK, SUBMIT_STORY, APPROVE_STORY})
"""With them a version never changes any more."""

LATER = (
    "tasks",
    "mentioned",
    "quiet",
    "member_id",
    "duplicate_of",
    "named",
    "contact",
    "shows_district",
    "licence",
    "seen",
    "district",
    "themes",
    "office",
    "fields",
)
"""Fields that came after the first histories: where they are empty they are no part of a fingerprint."""


Id = Annotated[str, AfterValidator(lambda text: str(UUID(text)))]
"""The id of an account or a task, in the form in which SQL gives it back."""


class TaskForm(BaseModel):
    """A task of a plan, as a person gives it."""

    model_config = ConfigDict(extra="forbid")

    task_id: Id | None = None
    """Of an open task, which goes on with what is said here; None for a new one."""
    title: Line = Field(min_length=1, max_length=LONGEST_TASK, exclude=True)
    """What is to be done. It is kept with the words, and is no part of a fingerprint."""
    assignee: Role = Role.INNOVATOR
    until: date | None = None


class CommandForm(CaseForm):
    """An event of an idea and its own fields, as a person gives them."""

    reason: Text | None = Field(default=None, max_length=LONGEST_TEXT)
    internal: bool = False
    """Only coaches and leads read the note."""
    stage: Stage | None = None
    outcome: Outcome | None = None
    duplicate_of: Line | None = Field(default=None, max_length=40)
    """With `close` and the outcome `closed`: the number or the id of the idea with which this one goes on."""
    answer: Answer | None = None
    coach_id: Id | None = None
    partner: Line | None = Field(default=None, max_length=40)
    title: Line | None = Field(default=None, max_length=300)
    """A corrected title."""
    district: Line | None = Field(default=None, max_length=100)
    themes: list[str] | None = Field(default=None, max_length=14)
    office: Line | None = Field(default=None, max_length=40)
    """With a correction, as is the title then."""
    task_id: Id | None = None
    assignee: Role | None = None
    tasks: list[TaskForm] | None = Field(default=None, max_length=MOST_OPEN_TASKS)
    """With `plan`: all that are to be done from now on, in their order. An open one that is missing is dropped."""
    mentioned: list[Id] | None = Field(default=None, max_length=MOST_MENTIONED)
    """With a message: the accounts that it is brought to the notice of. They may see the idea."""
    member_id: Id | None = None
    """Who leaves the team."""
    named: bool = False
    """With a consent: the owner's name may stand under the story."""
    contact: bool = False
    """With a consent: the owner wishes to be asked by those who want to do the same."""
    shows_district: bool = False
    """With a consent: the district of the idea may stand under the story."""
    licence: Licence | None = None
    """With a consent: under which others may pass the texts on. It is the region's."""
    seen: str | None = Field(default=None, max_length=32)
    """With a consent: the digest of the story that the owner has read."""
    fields: list[ConceptField] = Field(default_factory=list, max_length=len(ConceptField))
    """With `request_changes`: where in the concept."""
    quiet: bool = False
    """Nobody is told of the step; for coaches and leads."""

    @property
    def text(self) -> str | None:
        if self.event == PLAN:
            return write_plan([task.title for task in self.tasks or ()], self.note or "") or None
        return "\n\n".join(filter(None, (self.reason, self.note))) or None

    @property
    def shows(self) -> dict[Shown, bool]:
        """What may stand under a story, beside its words."""
        return {Shown.NAME: self.named, Shown.CONTACT: self.contact, Shown.DISTRICT: self.shows_district}

    @property
    def corrected(self) -> dict[str, Any]:
        """What is to be put right, as far as it was given."""
        given = {name: getattr(self, name) for name in (*CORRECTED, "office")}
        return {name: value for name, value in given.items() if value is not None}

    def unsaid(self) -> set[str]:
        return {"reason", "note", "title", *(name for name in LATER if not getattr(self, name))}


CARRIED = (CommandForm.model_fields.keys() & Command.model_fields.keys()) - {
    "duplicate_of",
    "internal",
    "mentioned",
    "office",
    "tasks",
}
"""The fields that travel as they were given."""


async def submit_idea(services: Services, account: Account, idea_id: str, key: str | None = None) -> Done:
    """Let an idea that is written down begin its path. Raises IdeaNotFound, CommandRefused, EngineAway."""
    return await send_command(services, account, idea_id, CommandForm(event=SUBMIT), key or "submit")


async def send_command(
    services: Services,
    account: Account,
    idea_id: str,
    form: CommandForm,
    key: str | None = None,
    expected_version: int | None = None,
    files: Sequence[CleanFile] = (),
) -> Done:
    """Ask one event of one idea. `key` makes a repeat harmless. `files` come with its words.

    Raises IdeaNotFound, CommandRefused, FilesRefused, EngineAway.
    """
    sender = IdeaSender(
        services, account, command_id_of(account.id, idea_id, key or new_id()), idea_id, form, expected_version
    )
    sender.files = files
    return await sender.send()


@cache
def _looked() -> Any:
    """Where an idea stands, what has become of a command already, with its words, and whether whoever asks coaches.
    Built once."""
    is_same = and_(col(TimelineEntry.case_id) == col(Idea.id), col(TimelineEntry.command_id) == bindparam("command_id"))
    columns: list[Any] = [StandingRow, Idea, TimelineEntry, Note.body, CoachProfile]
    statement: Any = select(*columns).select_from(Idea).outerjoin(StandingRow, col(StandingRow.case_id) == col(Idea.id))
    statement = statement.outerjoin(TimelineEntry, is_same).outerjoin(Note, col(Note.id) == col(TimelineEntry.note_id))
    statement = statement.outerjoin(CoachProfile, col(CoachProfile.account_id) == bindparam("asker_id"))
    # The fewer columns, the quicker: this is asked with every step.
    needed: list[Any] = [TimelineEntry.fingerprint, TimelineEntry.stage, TimelineEntry.state]
    left_on: Any = CoachProfile.left_on
    statement = statement.options(load_only(*needed), load_only(left_on))
    return statement.where(Idea.id == bindparam("idea_id"))


class IdeaSender(CommandSender[CommandForm, Command]):
    """One event of one idea."""

    correction: Correction | None = None
    files: Sequence[CleanFile] = ()
    document_id: str | None = None
    profile: CoachProfile | None
    _row: StandingRow

    @property
    def row(self) -> StandingRow:
        return self._row

    async def look(self) -> Receipt | None:
        asked = {"idea_id": self.idea_id, "command_id": self.command_id, "asker_id": self.account.id}
        found = await self.services.database.fetch(_looked(), asked)
        if not found:
            raise IdeaNotFound
        row, self.idea, entry, words, self.profile = found[0]
        if row is None and (self.form.event != SUBMIT or self.account.id != self.idea.owner_id):
            raise IdeaNotFound(hidden=True)
        self._row = row or before_its_first_step(self.idea)
        self.standing = self.row.standing()
        self.roles = [Role(role) for role in self.account.roles]
        earlier = self.recognise(entry, words) if entry is not None else None
        if earlier is None and not may_view(self.standing, self.account.id, self.roles):
            raise IdeaNotFound(hidden=True)
        return earlier

    async def prepare(self) -> Command:
        services, standing, form = self.services, self.standing, self.form
        if self.idea.erased_at is not None and form.event == REOPEN:
            raise refused(RefusalCode.NOT_ALLOWED, "its words were erased", standing.version)
        role = acting_role(standing, self.account.id, self.roles, form.event) or Role.INNOVATOR
        actor = Actor(role=role, account_id=self.account.id)
        self.refuse_departed(actor)
        check_form(services.policy, form)
        check_answer(form, self.idea, self.row)
        check_files(form, self.files)
        self.text = form.text
        for kind, (event, _) in HANDED_IN_BY.items():
            if form.event == event:
                self.document_id = await find_to_hand_in(services, self.idea_id, kind)
        if form.event in (APPROVE_STORY, CONSENT):
            self.document_id = await find_to_show(services, self.idea_id, form.seen)
        if form.event == CORRECT:
            self.correction = plan_correction(services.policy, self.idea, form.corrected, role)
            # Its note is what the title was before.
            self.text = self.correction.former_title
        await check_stand_in(services, standing, form)
        await check_mentioned(services, standing, form)
        twin_id = await find_twin(services, standing, form)
        return self.write(actor, twin_id)

    def refuse_departed(self, actor: Actor) -> None:
        """Whoever has left does nothing more as a coach, also while their ideas are still being handed on."""
        has_left = self.profile is not None and is_left(self.profile, self.services.today())
        if actor.role is Role.COACH and has_left:
            detail = "you have left, and the idea goes on with somebody else"
            raise refused(RefusalCode.FORBIDDEN, detail, self.standing.version)

    def write(self, actor: Actor, twin_id: str | None) -> Command:
        """The command as it travels: no word of free text, the rulebook only where the idea has an older one."""
        form, rulebook = self.form, self.services.rulebook()
        asked = form.model_dump(include=CARRIED) | self.name_changes() | {"mentioned": form.mentioned or ()}
        if form.event == ASK:
            asked["task_id"] = self.name("task")
        if form.event == PLAN and form.tasks is not None:
            asked["tasks"] = [self.plan(task, number) for number, task in enumerate(form.tasks)]
        return Command(
            **asked,
            id=self.command_id,
            actor=actor,
            fingerprint=form.fingerprint(),
            expected_version=self.expected_version,
            searched_to=self.row.version,
            note_id=self.name("note") if self.text else None,
            duplicate_of=twin_id,
            document_id=self.document_id,
            shows=[shown for shown, is_shown in self.form.shows.items() if is_shown],
            internal=is_internal(form, actor.role),
            rulebook=rulebook if rulebook.digest != self.row.rulebook_digest else None,
        )

    def plan(self, task: TaskForm, number: int) -> PlannedTask:
        name, is_new = task.task_id or self.name(f"task-{number}"), task.task_id is None
        return PlannedTask(id=name, assignee=task.assignee, due=task.until, is_new=is_new)

    def name_changes(self) -> dict[str, Any]:
        """What a command says of changed words: which they are, and the office that follows from them."""
        idea, row = self.idea, self.row
        if self.correction is not None:
            return {"corrected": self.correction.fields, "office": self.correction.office}
        if self.form.event != "clarify":
            return {}
        # Whoever was asked may have named another district.
        return {"office": find_office(self.services.policy, idea.district, row.office, by_hand=idea.office_by_hand)}

    def words(self, command: Command) -> dict[str, Any]:
        return {"event": command.event, "internal": command.internal, "body": self.text}

    def kept_beside(self, command: Command) -> list[Keep[Command]]:
        return [
            *([self._keep_files] if self.files else []),
            *([self._freeze] if command.event in HANDS_IN and self.document_id else []),
        ]

    async def _freeze(self, session: AsyncSession, command: Command) -> None:
        assert command.document_id is not None
        await freeze(session, self.idea_id, command.document_id)

    async def _keep_files(self, session: AsyncSession, command: Command) -> None:
        assert command.note_id is not None
        place = Place(AttachedTo.MESSAGE, command.note_id)
        await keep_files(session, self.account, self.idea_id, place, self.files)

    async def forget(self, session: AsyncSession, command: Command) -> None:
        await session.exec(delete(Attachment).where(col(Attachment.of_id) == command.note_id))
        await session.exec(delete(Note).where(col(Note.id) == command.note_id))
        if command.event in HANDS_IN and command.document_id is not None:
            await thaw(session, self.idea_id, command.document_id)

    async def ask(self, command: Command) -> Taken:
        """The words that a step is about are written before it: what it says is true as soon as it is taken."""
        services, standing = self.services, self.standing
        if self.correction is not None:
            await write_words(services, self.idea_id, self.correction.after)
        if command.event == SUBMIT and standing.version == 0:
            return await services.engine.submit(IdeaState(standing=standing, rulebook=services.rulebook()), command)
        if command.event == REOPEN and standing.outcome is not None:
            return await reopen(services, standing, command)
        if command.event in ("assign_coach", "change_coach") and command.coach_id is not None:
            return await give_coach(services, standing, command)
        return await services.engine.command(self.idea_id, command)

    async def take_back(self) -> None:
        if self.correction is not None:
            await write_words(self.services, self.idea_id, self.correction.before)

    def says_the_same(self, words: str | None) -> bool:
        # The note of a correction is what the title was before.
        return self.form.event == CORRECT or words == self.form.text

    async def explain_absence(self) -> Exception:
        async with self.services.database.reading() as session:
            row = await session.get(StandingRow, self.idea_id)
        if row is None or row.outcome is None:
            return EngineAway("no workflow runs for this open idea")
        allowed = [REOPEN] if Role.LEAD in self.roles else []
        return refused(RefusalCode.NOT_ALLOWED, f"the path has ended: {row.outcome}", row.version, allowed)


def before_its_first_step(idea: Idea) -> StandingRow:
    """As it is asked for: nothing shows the idea before its path has begun."""
    return StandingRow(
        case_id=idea.id,
        idea_id=idea.id,
        version=0,
        stage=Stage.IDENTIFY,
        state="screening",
        owner_id=idea.owner_id,
        office=idea.office,
        team={},
        entered_at=idea.created_at,
        last_entry_at=idea.created_at,
    )


def command_id_of(account_id: str, idea_id: str, key: str) -> str:
    """Somebody's key means one command of theirs to one idea, and nothing to anybody else."""
    return str(uuid5(NAMESPACE_URL, f"{account_id}/{idea_id}/{key}"))


def allowed_for(row: StandingRow, idea: Idea, account: Account) -> list[str]:
    """The events that an account may fire now; the buttons on the page and `allowed_events` in the API."""
    standing = row.standing()
    roles = roles_toward(standing, account.id, [Role(role) for role in account.roles])
    allowed = allowed_events(standing, account.id, roles)
    if UNDO in allowed and not may_undo(standing, account.id, datetime.now(UTC)):
        allowed.remove(UNDO)
    if REOPEN in allowed and idea.erased_at is not None:
        allowed.remove(REOPEN)
    return allowed


# -- the parts of a command ------------------------------------------------------------------------------------


def check_form(policy: Policy, form: CommandForm) -> None:
    """What only this side of the boundary can check: texts, and the names of partners, which travel."""
    if form.event in MESSAGES and form.text is None:
        raise wrong_field("note", "a note needs words")
    if form.partner is not None and form.partner not in policy.region.partners:
        known = ", ".join(policy.region.partners)
        raise wrong_field("partner", f"is no partner; known are {known}")
    if form.licence is not None and (form.event, form.licence) != (CONSENT, policy.region.story_licence):
        raise wrong_field("licence", f"is granted with a consent, and is {policy.region.story_licence}")


def check_answer(form: CommandForm, idea: Idea, row: StandingRow) -> None:
    """A question is answered in words, or by changing what the idea says."""
    is_asked = form.event == "clarify" and row.state == "clarification"
    if is_asked and form.text is None and idea.updated_at <= row.entered_at:
        detail = "an answer needs words, unless the words of the idea were changed"
        raise wrong_field("note", detail, row.version)


def check_files(form: CommandForm, files: Sequence[CleanFile]) -> None:
    """Files come with words, so that whoever opens them knows what for."""
    if files and not EVENTS[form.event].takes_files:
        raise wrong_field("files", f"{form.event} takes no files")
    if files and form.text is None:
        raise wrong_field("note", "files go with a few words")


async def check_stand_in(services: Services, standing: Standing, form: CommandForm) -> None:
    """Whoever covers for a coach is a coach who is there. Places are checked where they are taken."""
    if form.event != "cover_coach" or form.coach_id is None:
        return
    async with services.database.reading() as session:
        profile = await session.get(CoachProfile, form.coach_id)
    today = services.today()
    if profile is None or is_left(profile, today) or is_absent(profile, today):
        raise wrong_field("coach_id", "this coach does not exist, is away, or has left", standing.version)


async def check_mentioned(services: Services, standing: Standing, form: CommandForm) -> None:
    """Only whoever may see an idea is told that somebody writes about it: who is around it, and leads."""
    around = {standing.owner_id, *standing.team, *coaches_of(standing)}
    others = set(form.mentioned or ()) - around
    if not others:
        return
    leads = select(Account.id).where(col(Account.id).in_(others), has_role(Role.LEAD), can_come_in())
    async with services.database.reading() as session:
        found = set((await session.exec(leads)).all())
    if others != found:
        raise wrong_field("mentioned", "have nothing to do with this idea", standing.version)


async def find_twin(services: Services, standing: Standing, form: CommandForm) -> str | None:
    """What an idea is a duplicate of, by its number or id; it is handed in, and no duplicate itself.

    Raises CommandRefused.
    """
    if form.duplicate_of is None:
        return None
    named = read_reference(form.duplicate_of)
    is_named = col(Idea.reference) == named if named else cast(col(Idea.id), String) == form.duplicate_of.lower()
    twins = select(StandingRow.case_id).join(Idea, col(Idea.id) == col(StandingRow.case_id)).where(is_named)
    async with services.database.reading() as session:
        twin_id = (await session.exec(twins.where(col(StandingRow.duplicate_of).is_(None)))).one_or_none()
    if twin_id is None:
        detail = "there is no such idea, or it is a duplicate itself"
        raise wrong_field("duplicate_of", detail, standing.version)
    return twin_id


def is_internal(form: CommandForm, role: Role) -> bool:
    if role is Role.INNOVATOR:
        return False
    return (form.internal and form.event in MESSAGES) or is_among_us(form.event)


def is_among_us(event: str) -> bool:
    return event in EVENTS and EVENTS[event].among_us


async def reopen(services: Services, standing: Standing, command: Command) -> Taken:
    """Checked here as well, since a refused update would leave a run behind that nobody asked for.

    The coach of the end goes on with it, where a place is free for them; it is taken first, as ever.
    """
    state = IdeaState(standing=standing, rulebook=services.rulebook())
    why_not = IDEAS.refusal(state, command, datetime.now(UTC))
    if why_not is not None:
        raise CommandRefused(why_not)
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


async def give_coach(services: Services, standing: Standing, command: Command) -> Taken:
    """A lead names a coach: the place is taken first, so that nobody is ever over capacity."""
    coach_id = command.coach_id
    assert coach_id is not None
    async with services.database.transaction() as session:
        reservation = await take_place(session, standing.idea_id, coach_id, services.today())
    if reservation is None:
        raise wrong_field("coach_id", "this coach does not exist, is away, or has no free place", standing.version)
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
