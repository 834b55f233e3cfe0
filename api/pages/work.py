"""A coach's work: what is overdue, what comes today and this week, what waits for others; and their absence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from api.coaching import end_absence, start_absence
from api.dependencies import ServicesHere
from api.pages.cases import CaseLine, write_case
from api.pages.ideas import next_step, speak
from api.pages.rendering import render, see_other, texts_for
from api.pages.turns import Position, Speaker
from api.pages.visitors import Member, SignedInCoach
from api.problems import ProblemError
from api.services import Services
from models.i18n import Texts
from models.queries.coaches import list_coaches
from models.queries.crowdfunding import list_open_campaigns
from models.queries.my_work import Case, list_coached_ideas
from models.tables import CampaignRow
from models.vocabulary import Role

router = APIRouter()

SECTIONS = ("overdue", "today", "week", "later", "others", "paused")
SAID = frozenset({"absence_saved", "absence_ended"})


@dataclass(frozen=True)
class AbsenceForm:
    """An absence as it was entered, and what is wrong with it."""

    first_day: str = ""
    last_day: str = ""
    cover: str = ""
    error: str = ""


@router.get("/arbeit")
async def show_work(request: Request, services: ServicesHere, member: SignedInCoach) -> Response:
    return await answer_with_work(request, services, member, AbsenceForm())


@router.post("/arbeit/abwesenheit")
async def enter_absence(
    request: Request,
    services: ServicesHere,
    member: SignedInCoach,
    von: Annotated[str, Form()] = "",
    bis: Annotated[str, Form()] = "",
    vertretung: Annotated[str, Form()] = "",
) -> Response:
    t, form = texts_for(request, member), AbsenceForm(von, bis, vertretung)
    try:
        first_day, last_day, cover_id = read_absence(form, t)
        await start_absence(services, member.person.id, first_day, last_day, cover_id)
    except ProblemError as problem:
        if problem.status not in (409, 422):
            raise
        refused = AbsenceForm(von, bis, vertretung, explain_absence(problem, t))
        return await answer_with_work(request, services, member, refused, status=problem.status)
    return see_other("/arbeit", meldung="absence_saved")


@router.post("/arbeit/abwesenheit/beenden")
async def call_off_absence(services: ServicesHere, member: SignedInCoach) -> Response:
    await end_absence(services, member.person, member.person.id)
    return see_other("/arbeit", meldung="absence_ended")


async def answer_with_work(
    request: Request, services: Services, member: Member, form: AbsenceForm, *, status: int = 200
) -> Response:
    t = texts_for(request, member)
    async with services.database.session() as session:
        cases = await list_coached_ideas(session, member.person.id)
        campaigns = {one.idea.id: one.row for one in await list_open_campaigns(session, member.person.id)}
        coaches = await list_coaches(session, services.today())
    said = request.query_params.get("meldung")
    return render(
        request,
        member,
        "work/work.html",
        status,
        told=t(f"page.said.{said}") if said in SAID else None,
        sections=sort_work(speak(services, t, member), cases, campaigns),
        me=next((coach for coach in coaches if coach.id == member.id), None),
        others=[coach for coach in coaches if coach.id != member.id and coach.left_on is None],
        form=form,
        today=services.today(),
    )


def sort_work(
    speaker: Speaker, cases: list[Case], campaigns: Mapping[str, CampaignRow]
) -> list[tuple[str, list[CaseLine]]]:
    """Overdue, then today, then this week, then later; and what waits for somebody else."""
    sections: dict[str, list[CaseLine]] = {name: [] for name in SECTIONS}
    for case in cases:
        campaign = campaigns.get(case.idea.id)
        funding = campaign is not None and campaign.holder_role == Role.COACH
        name = section_of(speaker, case, campaign if funding else None)
        next_ = next_step(speaker.t, case.row, Role.COACH) if name not in ("others", "paused") else ""
        sections[name].append(write_case(speaker, case, next_=next_, campaign=campaign, mine=funding))
    return [(name, lines) for name, lines in sections.items() if lines]


def section_of(speaker: Speaker, case: Case, campaign: CampaignRow | None = None) -> str:
    """An own task, or a crowdfunding that waits for the coach, counts like an own turn: what is due first decides."""
    if case.row.paused_until is not None:
        return "paused"
    dues = [task.due for task in case.tasks if task.assignee == Role.COACH and task.due is not None]
    mine = speaker.is_mine(Position.of(case.row, case.holder))
    if mine and case.row.holder_until is not None:
        dues.append(case.row.holder_until)
    if campaign is not None and campaign.holder_until is not None:
        dues.append(campaign.holder_until)
    if not dues:
        return "later" if mine else "others"
    return _section_of_day(min(dues), speaker.today)


def _section_of_day(due: date, today: date) -> str:
    if due < today:
        return "overdue"
    if due == today:
        return "today"
    end_of_week = today + timedelta(days=6 - today.weekday())
    return "week" if due <= end_of_week else "later"


def read_absence(form: AbsenceForm, t: Texts) -> tuple[date, date, str | None]:
    """Raises ProblemError (422) with words for people."""
    try:
        first_day, last_day = date.fromisoformat(form.first_day), date.fromisoformat(form.last_day)
        cover_id = str(UUID(form.cover)) if form.cover else None
    except ValueError:
        raise ProblemError(422, "invalid", t("page.absence.days")) from None
    return first_day, last_day, cover_id


def explain_absence(problem: ProblemError, t: Texts) -> str:
    if problem.status == 409:
        return t("page.absence.conflict")
    return t("page.absence.cover" if problem.field == "cover_id" else "page.absence.days")
