"""A coach's work: what is overdue, what comes today and this week, what waits for others, each with its next step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from fastapi import Response

from api.pages.coach.absence import AbsenceForm, take_absence
from api.pages.kit.case_lines import CaseLine, answer_path, first_question, write_case
from api.pages.kit.fields import Entered, Undone
from api.pages.kit.page import AnyPage, CoachPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.step_forms import StepForm, StepWriter, next_event
from api.pages.kit.step_taking import NotTaken, take_from_form
from api.pages.kit.timeline_presenter import find_undo, tell_done
from api.pages.kit.turn_presenter import Position, TurnPresenter
from api.use_cases.coaches import end_absence, refuse_to_stand_in
from api.use_cases.commands import allowed_for
from api.web.routers import page_router
from models.messages.rulebook import Rulebook
from models.queries.coaches import name_coaches, read_coach_and_stood_in_for
from models.queries.my_work import Case, list_coached_cases
from models.tables import Account, Task
from models.vocabulary import Role

router = page_router()

SECTIONS = ("overdue", "today", "week", "later", "others", "paused")
SAID = frozenset({"absence_saved", "absence_ended", "introduced", "stand_in_refused"})


@dataclass(frozen=True)
class Refused:
    """A step that was not taken, and of which idea."""

    idea_id: str
    entered: Entered

    @property
    def at(self) -> str:
        return f"{at_row(self.idea_id)}{self.entered.event}-"


@dataclass(frozen=True)
class Done:
    """What has just been done, with the idea it was done to, and what can still be taken back of it."""

    text: str
    idea_id: str = ""
    undo: Undone | None = None


@dataclass(frozen=True)
class WorkRow:
    """A case, and the one next thing to do about it: a form in place, or the page on which it is done."""

    line: CaseLine
    at: str
    form: StepForm | None = None
    hidden: Mapping[str, str | int] = field(default_factory=dict)
    """What the form sends along: the version that was seen, and which task."""
    link: tuple[str, str] | None = None
    """Address and label."""
    asks: bool = False
    """Others are on turn, and the form only says that they were asked."""


@dataclass(frozen=True)
class RowWriter:
    """Writes the rows of one coach."""

    speaker: TurnPresenter
    rulebook: Rulebook
    account: Account
    refused: Refused | None = None

    def write(self, case: Case, nearest: str) -> WorkRow:
        """`nearest` is what to do first: the turn, a question or a task; or that others do, or nobody for now."""
        if not case.is_idea:
            return self._write_link(case, nearest)
        if nearest == "question":
            return self._write_question(case)
        row, own = case.row, [task for task in case.tasks if is_own(task)]
        hidden: dict[str, str | int] = {"fassung": row.version}
        if nearest == "task":
            hidden["task_id"] = own[0].id
        form = self._form(case, "finish_task" if nearest == "task" else self._event(case, nearest))
        # A form that lies open says by itself what it does; a task is named, since its button is the same for all.
        next_ = self.speaker.t("page.work.finish", title=own[0].title) if nearest == "task" else ""
        line = write_case(self.speaker, case, next_=next_)
        return WorkRow(line, at_row(row.idea_id), form, hidden, asks=nearest == "others")

    def _write_link(self, case: Case, nearest: str) -> WorkRow:
        """What is no idea has a page of its own for its steps."""
        line = write_case(self.speaker, case)
        link = (f"/{line.path}", self.speaker.t(f"case.{case.row.kind}.open")) if nearest == "turn" else None
        return WorkRow(line, at_row(case.row.case_id), link=link)

    def _write_question(self, case: Case) -> WorkRow:
        """It is answered where it is read: in the conversation."""
        t, task = self.speaker.t, first_question(case, Role.COACH)
        assert task is not None
        line = write_case(self.speaker, case, next_=t("page.task.question"))
        return WorkRow(
            line, at_row(case.row.case_id), link=(answer_path(task.idea_id, task.id), t("page.question.answer"))
        )

    def list_dues(self, case: Case) -> dict[str, date | None]:
        """What waits for the coach, and until when."""
        found: dict[str, date | None] = {}
        if self.speaker.is_mine(Position.of_case(case)):
            found["turn"] = case.row.holder_until
        if (question := first_question(case, Role.COACH)) is not None:
            found["question"] = question.due
        if any(is_own(task) for task in case.tasks):
            found["task"] = min((task.due for task in case.tasks if is_own(task) and task.due), default=None)
        return found

    def _form(self, case: Case, event: str) -> StepForm | None:
        """The form of an event, with what was entered where it was refused; None where the idea does not allow it."""
        if event not in allowed_for(case.row, case.idea, self.account):
            return None
        entered = self.refused.entered if self.refused and self.refused.idea_id == case.idea.id else None
        position, standing = Position.of(case.row, case.holder), case.row.standing()
        return StepWriter(self.speaker, position, standing, self.rulebook, entered=entered).form(event)

    def _event(self, case: Case, nearest: str) -> str:
        """The step along the path; for what waits for others, that they were asked."""
        row = case.row
        if nearest == "paused":
            return "resume"
        if nearest == "others":
            is_chased = row.chased_until is not None and row.chased_until >= self.speaker.today
            return "" if is_chased else "mark_chased"
        return next_event(row, Role.COACH)


@router.get("/arbeit")
async def show_work(page: CoachPage) -> Response:
    return await render_work(page, AbsenceForm())


@router.post("/arbeit/abwesenheit")
async def enter_absence(page: CoachPage) -> Response:
    if refused := await take_absence(page, page.person.id):
        return await render_work(page, refused, status=refused.status)
    return see_other("/arbeit", meldung="absence_saved")


@router.post("/arbeit/abwesenheit/beenden")
async def call_off_absence(page: CoachPage) -> Response:
    await end_absence(page.services, page.caller, page.person, page.person.id)
    return see_other("/arbeit", meldung="absence_ended")


@router.post("/arbeit/vertretung/{coach_id}/absagen")
async def refuse_cover(page: CoachPage, coach_id: UUID) -> Response:
    await refuse_to_stand_in(page.services, page.caller, page.person.id, str(coach_id))
    return see_other("/arbeit", meldung="stand_in_refused")


@router.post("/arbeit/{idea_id}")
async def act(page: CoachPage, idea_id: UUID) -> Response:
    """The next step of one idea, taken from its row; or the row says why not, with nothing lost."""
    taken = await take_from_form(page, str(idea_id), await page.form())
    if isinstance(taken, NotTaken):
        refused = Refused(str(idea_id), taken.entered)
        return await render_work(page, AbsenceForm(), refused, status=taken.status)
    return see_other("/arbeit", meldung=taken.event, idee=str(idea_id), v=taken.version)


async def render_work(
    page: SignedInPage, form: AbsenceForm, refused: Refused | None = None, *, status: int = 200
) -> Response:
    async with page.services.database.reading() as session:
        cases = await list_coached_cases(session, page.person.id)
        me, away = await read_coach_and_stood_in_for(session, page.person.id, page.services.today())
        others = await name_coaches(session)
    writer = RowWriter(page.speaker, page.services.rulebook(), page.person, refused)
    sections = sort_work(writer, cases)
    errors = refused.entered.list_wrong(page.t) if refused else {}
    has_row = refused is not None and any(row.form and row.form.open for _, rows in sections for row in rows)
    return page.render(
        "work/work.html",
        status,
        told=read_told(page, cases),
        refused=errors,
        kept="" if refused is None or has_row else refused.entered.values.get("note", ""),
        anchors={name: f"{refused.at}{name}" for name in errors if name != "form"} if refused and has_row else {},
        sections=sections,
        me=me,
        away=away,
        others=[coach for coach in others if coach.id != page.visitor.id],
        form=form if form.error or me is None else AbsenceForm.of(me.absence),
        today=page.services.today(),
    )


def read_told(page: AnyPage, cases: list[Case]) -> Done | None:
    """What has just been done, from the address; with the way back as long as there is one."""
    t, said, idea_id = page.speaker.t, page.said, page.query.get("idee", "")
    if said in SAID:
        return Done(t(f"page.said.{said}"))
    if not t.has(f"done.{said}"):
        return None
    case = next((case for case in cases if case.row.case_id == idea_id), None)
    if case is None:
        return Done(t("page.said.done", what=t(f"done.{said}")))
    if page.is_ahead_of(case.row.version):
        return Done(t("page.said.soon"), idea_id)
    words = t("page.said.done", what=tell_done(page.speaker, case.row.stage, said))
    return Done(words, idea_id, find_undo(page.speaker, case.row))


def sort_work(writer: RowWriter, cases: list[Case]) -> list[tuple[str, list[WorkRow]]]:
    """Overdue, then today, then this week, then later; and what waits for somebody else."""
    sections: dict[str, list[WorkRow]] = {name: [] for name in SECTIONS}
    for case in cases:
        dues = writer.list_dues(case)
        name = section_of(case, dues, writer.speaker.today)
        nearest = first_due(dues) if name not in ("others", "paused") else name
        sections[name].append(writer.write(case, nearest))
    return [(name, rows) for name, rows in sections.items() if rows]


def section_of(case: Case, dues: Mapping[str, date | None], today: date) -> str:
    """An own task counts like an own turn: what is due first decides."""
    if case.paused_until is not None:
        return "paused"
    if not dues:
        return "others"
    dated = [due for due in dues.values() if due is not None]
    return _section_of_day(min(dated), today) if dated else "later"


def first_due(dues: Mapping[str, date | None]) -> str:
    """What is due first; of two on one day the turn, then the question, then the task."""
    return min(dues, key=lambda name: dues[name] or date.max)


def is_own(task: Task) -> bool:
    return task.assignee == Role.COACH and not task.asks


def at_row(idea_id: str) -> str:
    """With this begin the ids of a row's fields on the page."""
    return f"i{idea_id}-"


def _section_of_day(due: date, today: date) -> str:
    if due < today:
        return "overdue"
    if due == today:
        return "today"
    end_of_week = today + timedelta(days=6 - today.weekday())
    return "week" if due <= end_of_week else "later"
