"""A coach says goodbye: hand over each idea, enter the day, see that nobody was left alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Form, Response
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.datastructures import FormData

from activities.coaching import facts_of, gather_coaches
from api.pages.coach.absence import AbsenceForm
from api.pages.kit.fields import Choice, Field
from api.pages.kit.forms import read_text
from api.pages.kit.page import FreshLeadPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.turn_presenter import TurnPresenter
from api.use_cases.bulk import Wanted, check_bulk, prepare_bulk
from api.use_cases.coaches import depart
from api.use_cases.errors import Conflict, Invalid
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.messages.coaching import RankedCoach
from models.queries.coaches import list_coaches, list_left_behind, read_coach
from models.queries.my_work import Case, list_coached_cases
from models.rules.days import read_day
from models.rules.ranking import propose_successors
from models.typed_text import LONGEST_TEXT, clean
from models.vocabulary import BulkAction

router = page_router()

SAID = frozenset({"departure_saved"})


@dataclass(frozen=True)
class Handed:
    """One idea of a coach who leaves, and who could take it over, the best first."""

    id: str
    title: str
    state: str
    field: Field
    note: Field


@router.get("/menschen/{coach_id}/abschied")
async def show_departure(page: FreshLeadPage, coach_id: UUID) -> Response:
    """The way of a goodbye: hand over each idea, enter the day, see that nobody was left alone."""
    return await render_departure(page, str(coach_id))


@router.post("/menschen/{coach_id}/uebergabe")
async def hand_on(page: FreshLeadPage, coach_id: UUID) -> Response:
    """Who gets which idea, with which words: prepared as one run, which is looked at before it is carried out."""
    sent = await page.form()
    reason = read_text(sent, "reason")
    if not 0 < len(reason) <= LONGEST_TEXT:
        return await render_departure(page, str(coach_id), page.t("refusal.field.reason"), status=422)
    async with page.services.database.reading() as session:
        cases = await list_their_ideas(session, str(coach_id))
    wanted = [read_wanted(sent, case.idea.id) for case in cases]
    run_id = await prepare_bulk(page.services, page.person.id, BulkAction.REASSIGN, wanted)
    await check_bulk(page.services, page.person.id, run_id, {"leaving": str(coach_id)}, reason)
    return see_other(f"/leitung/sammel/{run_id}")


@router.post("/menschen/{coach_id}/abschied")
async def enter_departure(
    page: FreshLeadPage,
    coach_id: UUID,
    on_day: Annotated[str, Form(alias="am")] = "",
    successor_typed: Annotated[str, Form(alias="nachfolge")] = "",
) -> Response:
    on = read_day(on_day)
    try:
        if on_day and on is None:
            raise Invalid("on", "is no day", code="format")
        successor = str(UUID(successor_typed)) if successor_typed else None
        await depart(page.services, page.caller, str(coach_id), on, successor)
    except (ValueError, Conflict, Invalid) as wrong:
        why = page.t(explain_departure(wrong))
        return await render_departure(page, str(coach_id), why, AbsenceForm(on_day), status=422)
    return see_other(f"/menschen/{coach_id}/abschied", meldung="departure_saved")


def explain_departure(wrong: Exception) -> str:
    """The key of why a day cannot be entered."""
    known = {"last_lead": "page.people.not.last_lead", "format": "page.day.format"}
    if (code := getattr(wrong, "code", "")) in known:
        return known[code]
    return "page.departure.successor" if getattr(wrong, "field", "") == "successor" else "page.departure.day"


async def render_departure(
    page: SignedInPage, coach_id: str, wrong: str = "", form: AbsenceForm | None = None, *, status: int = 200
) -> Response:
    today = page.services.today()
    async with page.services.database.reading() as session:
        coach = await read_coach(session, coach_id, today)
        if coach is None:
            raise ProblemError(404, "not_found")
        cases = await list_their_ideas(session, coach_id)
        ideas = {case.idea.id: facts_of(case.idea, case.row.team) for case in cases}
        proposals = propose_successors(ideas, await gather_coaches(session, today), coach_id)
        names = {one.id: one.name for one in await list_coaches(session, today)}
        behind = await list_left_behind(session, coach_id) if coach.left_on is not None else []
    return page.render(
        "staff/departure.html",
        status,
        coach=coach,
        told=page.flash(SAID),
        wrong=wrong,
        form=form or AbsenceForm(coach.left_on.isoformat() if coach.left_on else ""),
        has_left=coach.left_on is not None and coach.left_on <= today,
        handed=[write_handed(page.speaker, case, proposals[case.idea.id], names) for case in cases],
        behind=behind,
        today=today,
    )


async def list_their_ideas(session: AsyncSession, coach_id: str) -> list[Case]:
    """The open ideas that have this coach, not those that they stand in for."""
    return [case for case in await list_coached_cases(session, coach_id) if case.row.coach_id == coach_id]


def write_handed(speaker: TurnPresenter, case: Case, ranked: list[RankedCoach], names: Mapping[str, str]) -> Handed:
    t, row = speaker.t, case.row
    choices = tuple(
        Choice(one.coach_id, names.get(one.coach_id, ""), ", ".join(t(f"rank.{reason}") for reason in one.reasons))
        for one in ranked
    )
    best = choices[0].value if choices else ""
    return Handed(
        case.idea.id,
        case.idea.title,
        f"{t(f'stage.{row.stage}')} · {t(f'state.{row.stage}.{row.state}')}",
        Field(f"an-{case.idea.id}", "select", t("page.leave.to"), "", False, choices, best),
        Field(f"wort-{case.idea.id}", "text", t("page.leave.note"), t("page.leave.note.help")),
    )


def read_wanted(sent: FormData, idea_id: str) -> Wanted:
    """Raises ProblemError (422) where a coach is no id: no browser sends that."""
    chosen, note = str(sent.get(f"an-{idea_id}", "")), str(sent.get(f"wort-{idea_id}", ""))
    try:
        coach_id = str(UUID(chosen)) if chosen else None
    except ValueError:
        raise Invalid("coach_id", "is no id") from None
    return Wanted(idea_id, coach_id, clean(note)[:LONGEST_TEXT])
