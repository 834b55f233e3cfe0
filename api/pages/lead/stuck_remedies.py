"""What helps against each cause of being stuck, as forms in the row of a case."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel.ext.asyncio.session import AsyncSession

from api.pages.kit.coach_candidates import CHOOSES_COACH, NONE, rank_candidates
from api.pages.kit.fields import Entered
from api.pages.kit.page import SignedInPage
from api.pages.kit.step_forms import StepForm, StepWriter
from api.pages.kit.timeline_presenter import tell_who
from api.pages.kit.turn_presenter import Position
from api.use_cases.commands import allowed_for
from models.lifecycles.event_spec import Group
from models.lifecycles.events import EVENTS
from models.messages.idea import OpenTask, Standing
from models.queries.idea import IdeaView, read_question
from models.queries.stuck_lines import StuckCase
from models.rules.deadlines import ringing_questions
from models.vocabulary import StuckCause

REMEDIES: dict[StuckCause, tuple[str, ...]] = {
    StuckCause.OVER_LIMIT: ("extend_deadline", "pause"),
    StuckCause.SLOW: ("write_note", "change_coach", "pause"),
    StuckCause.NO_COACH: ("assign_coach", "search_again"),
    StuckCause.COACH_ABSENT: ("cover_coach", "change_coach"),
    StuckCause.NO_ACTIVITY: ("write_note", "pause", "close"),
    StuckCause.WAITING_FOR_US: ("extend_deadline",),
    StuckCause.LETTER_WAITING: (),
    StuckCause.UNANSWERED: ("write_note", "ask", "finish_task"),
    StuckCause.ENGINE_TROUBLE: (),
    StuckCause.NOT_STARTED: (),
}
"""Cause → the steps that help first."""

ALWAYS = (
    "extend_deadline",
    *(event for event, spec in EVENTS.items() if spec.group is Group.COACH),
    *("write_note", "ask", "pause", "send_back", "close"),
)
"""What can be done about any of them, as far as the idea allows it."""

CHASED = "mark_chased"


@dataclass(frozen=True)
class Helping:
    """The forms of a row that was opened, and what was wrong with one of them. What is no idea has the last alone."""

    first: tuple[StepForm, ...] = ()
    others: tuple[StepForm, ...] = ()
    chase: StepForm | None = None
    """That somebody has asked whoever the idea waits for."""
    error: str = ""

    @property
    def forms(self) -> tuple[StepForm, ...]:
        return (*self.first, *self.others, *((self.chase,) if self.chase else ()))


def list_remedies(causes: Sequence[StuckCause]) -> list[str]:
    """What helps first, in the order of the causes."""
    return list(dict.fromkeys(event for cause in causes for event in REMEDIES[cause]))


async def write_helping(
    page: SignedInPage,
    session: AsyncSession,
    case: StuckCase,
    view: IdeaView,
    remedies: Sequence[str],
    entered: Entered | None,
) -> Helping:
    """A form for everything that the idea allows now; what helps against its causes comes first."""
    allowed = allowed_for(view.row, view.idea, page.person)
    candidates = NONE
    if CHOOSES_COACH & set(allowed):
        candidates = await rank_candidates(page, session, view.row)
    position = Position.of(view.row, view.holder)
    standing, rulebook = view.row.standing(), page.services.rulebook()
    question = first_unanswered(standing, case)
    line_of = await read_question(session, case.id, question.id) if question is not None else None
    asked = (tell_who(page.speaker, line_of.actor_role, line_of.actor), line_of.note or "") if line_of else None
    writer = StepWriter(page.speaker, position, standing, rulebook, candidates, entered, asked=asked, question=question)
    first = [event for event in remedies if event in allowed]
    others = [event for event in ALWAYS if event in allowed and event not in first]
    chase = write_chase(page, writer) if CHASED in allowed and not case.chased else None
    likeliest = [suggest(writer.form(event, open_=entered is None)) for event in first[:1]]
    helping = Helping((*likeliest, *map(writer.form, first[1:])), tuple(map(writer.form, others)), chase)
    if entered is not None and entered.event not in {form.event for form in helping.forms}:
        helping = replace(helping, error=entered.error or "")
    return helping


def write_chase(page: SignedInPage, writer: StepWriter) -> StepForm:
    return replace(writer.form(CHASED), label=tell_chase(page))


def tell_chase(page: SignedInPage) -> str:
    """It says for how long the case rests then."""
    rests = page.services.policy.engine.chased_for
    return page.t("page.stuck.mark", duration=page.t(f"page.duration.{rests.unit}", count=rests.amount))


def suggest(form: StepForm) -> StepForm:
    """With the coach chosen who fits best: whoever agrees only has to press the button."""
    fields = (
        replace(field, value=field.choices[0].value) if field.name == "coach_id" and field.choices else field
        for field in form.fields
    )
    return form if form.error or form.event != "assign_coach" else replace(form, fields=tuple(fields))


def first_unanswered(standing: Standing, case: StuckCase) -> OpenTask | None:
    """The question for which an idea is stuck."""
    if StuckCause.UNANSWERED not in [cause.cause for cause in case.causes]:
        return None
    return min(ringing_questions(standing), key=lambda task: str(task.due), default=None)
