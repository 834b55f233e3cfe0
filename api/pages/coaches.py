"""Coaches as leads see them: load, absence, departure."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from api.coaching import depart, end_absence, start_absence
from api.dependencies import ServicesHere
from api.pages.rendering import render, see_other, texts_for
from api.pages.visitors import Member, SignedInLead
from api.pages.work import AbsenceForm, explain_absence, read_absence
from api.problems import ProblemError
from api.services import Services
from models.queries.coaches import list_coaches

router = APIRouter()

SAID = frozenset({"absence_saved", "absence_ended", "departure_saved"})


@router.get("/coaches")
async def show_coaches(request: Request, services: ServicesHere, member: SignedInLead) -> Response:
    return await answer_with_coaches(request, services, member)


@router.post("/coaches/{coach_id}/abwesenheit")
async def enter_absence(
    request: Request,
    services: ServicesHere,
    member: SignedInLead,
    coach_id: UUID,
    von: Annotated[str, Form()] = "",
    bis: Annotated[str, Form()] = "",
    vertretung: Annotated[str, Form()] = "",
) -> Response:
    t = texts_for(request, member)
    try:
        first_day, last_day, cover_id = read_absence(AbsenceForm(von, bis, vertretung), t)
        await start_absence(services, str(coach_id), first_day, last_day, cover_id)
    except ProblemError as problem:
        if problem.status not in (409, 422):
            raise
        form = AbsenceForm(von, bis, vertretung, explain_absence(problem, t))
        return await answer_with_coaches(request, services, member, str(coach_id), form, status=problem.status)
    return see_other("/coaches", meldung="absence_saved")


@router.post("/coaches/{coach_id}/abwesenheit/beenden")
async def call_off_absence(services: ServicesHere, member: SignedInLead, coach_id: UUID) -> Response:
    await end_absence(services, member.person, str(coach_id))
    return see_other("/coaches", meldung="absence_ended")


@router.post("/coaches/{coach_id}/abschied")
async def enter_departure(
    request: Request,
    services: ServicesHere,
    member: SignedInLead,
    coach_id: UUID,
    am: Annotated[str, Form()] = "",
    nachfolge: Annotated[str, Form()] = "",
) -> Response:
    try:
        on = date.fromisoformat(am) if am else None
        successor = str(UUID(nachfolge)) if nachfolge else None
        await depart(services, str(coach_id), on, successor)
    except (ValueError, ProblemError) as wrong:
        if isinstance(wrong, ProblemError) and wrong.status not in (409, 422):
            raise
        key = "page.departure.successor" if getattr(wrong, "field", "") == "successor" else "page.departure.day"
        form = AbsenceForm(am, "", nachfolge, texts_for(request, member)(key))
        return await answer_with_coaches(request, services, member, str(coach_id), form, leaving=True, status=422)
    return see_other("/coaches", meldung="departure_saved")


async def answer_with_coaches(
    request: Request,
    services: Services,
    member: Member,
    wrong: str | None = None,
    form: AbsenceForm | None = None,
    *,
    leaving: bool = False,
    status: int = 200,
) -> Response:
    """`wrong` is the coach whose form was refused."""
    async with services.database.session() as session:
        coaches = await list_coaches(session, services.today())
    said, t = request.query_params.get("meldung"), texts_for(request, member)
    return render(
        request,
        member,
        "coaches/coaches.html",
        status,
        coaches=coaches,
        told=t(f"page.said.{said}") if said in SAID else None,
        wrong=wrong,
        leaving=leaving,
        form=form or AbsenceForm(),
        blank=AbsenceForm(),
        today=services.today(),
    )
