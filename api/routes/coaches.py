"""Coaches: load and capacity, who fits an idea, profile, absence, departure."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from activities.coaching import rank_for_idea
from api.routes.idea_representation import Listing
from api.routes.ideas import load_visible
from api.runtime.services import Services
from api.sign_in.dependencies import ApiAccount, ApiLead, ApiProvenLead
from api.use_cases.coaches import ProfileForm, depart, end_absence, start_absence, write_profile
from api.web.dependencies import ServicesHere
from api.web.problems import ProblemError, responses
from api.web.request_caller import caller_of
from api.web.routers import api_router
from models.queries.account_names import Person, read_names
from models.queries.coaches import CoachLine, list_coaches, read_coach
from models.rules.permissions import is_own, may_manage_coach
from models.tables import Account, roles_of
from models.vocabulary import RankReason

router = api_router("/coaches", "coaches")


class Candidate(BaseModel):
    """A coach for one idea, best first. `score` is null for somebody who cannot be asked; the reasons say why."""

    coach: Person
    score: int | None
    reasons: list[RankReason]
    shared_themes: int
    free_places: int


class AbsenceForm(BaseModel):
    """First and last day. Without a cover the leads stand in."""

    model_config = ConfigDict(extra="forbid")

    first_day: date = Field(alias="from")
    last_day: date = Field(alias="until")
    cover_id: UUID | None = None


class DepartureForm(BaseModel):
    """The first day without the coach, today if left out; without a successor a search begins for each idea."""

    model_config = ConfigDict(extra="forbid")

    on: date | None = None
    successor: UUID | None = None


async def get_managed_coach(
    account: ApiAccount, coach_id: Annotated[UUID, Path(description="The account of a coach.")]
) -> str:
    """The coach whose affairs the caller may see to: a lead everybody's, a coach their own."""
    if not may_manage_coach(account.id, roles_of(account), str(coach_id)):
        raise ProblemError(403, "forbidden", "this is for the coach and for leads")
    return str(coach_id)


ManagedCoach = Annotated[str, Depends(get_managed_coach)]


@router.get("", summary="All coaches with load, capacity and absence, for leads", responses=responses(403))
async def get_coaches(services: ServicesHere, _lead: ApiLead) -> Listing[CoachLine]:
    async with services.database.reading() as session:
        return Listing(items=await list_coaches(session, services.today()))


@router.get("/candidates", summary="Who fits an idea, best first, for leads", responses=responses(403, 404, 422))
async def get_candidates(
    services: ServicesHere, lead: ApiLead, idea: Annotated[UUID, Query(description="The id of an idea.")]
) -> Listing[Candidate]:
    return Listing(items=await rank_candidates(services, lead, str(idea)))


@router.get("/{coach_id}", summary="One coach, for the coach and for leads", responses=responses(403, 404))
async def get_coach(services: ServicesHere, coach_id: ManagedCoach) -> CoachLine:
    return await _load(services, coach_id)


@router.put("/{coach_id}/profile", summary="What a coach offers", responses=responses(403, 404, 413, 422))
async def put_profile(services: ServicesHere, coach_id: ManagedCoach, form: ProfileForm) -> CoachLine:
    await write_profile(services, coach_id, form)
    return await _load(services, coach_id)


@router.post(
    "/{coach_id}/absence",
    summary="Away for a time: each idea gets cover",
    responses=responses(403, 404, 409, 413, 422),
)
async def post_absence(
    request: Request, services: ServicesHere, account: ApiAccount, coach_id: ManagedCoach, form: AbsenceForm
) -> CoachLine:
    cover = str(form.cover_id) if form.cover_id is not None else None
    await start_absence(services, caller_of(services, request), coach_id, form.first_day, form.last_day, cover)
    return await _load(services, coach_id)


@router.delete(
    "/{coach_id}/absence",
    status_code=204,
    summary="Back early, or not away after all: the ideas return",
    responses=responses(403, 404, 413),
)
async def delete_absence(request: Request, services: ServicesHere, account: ApiAccount, coach_id: ManagedCoach) -> None:
    await end_absence(services, caller_of(services, request), account, coach_id)


@router.post(
    "/{coach_id}/departure",
    summary="Gone for good: each idea goes to the successor, or is searched for; for leads",
    responses=responses(403, 404, 409, 413, 422),
)
async def post_departure(
    request: Request,
    services: ServicesHere,
    lead: ApiProvenLead,
    coach_id: Annotated[UUID, Path(description="The account of a coach.")],
    form: DepartureForm,
) -> CoachLine:
    successor = str(form.successor) if form.successor is not None else None
    await depart(services, caller_of(services, request), str(coach_id), form.on, successor)
    return await _load(services, str(coach_id))


async def rank_candidates(services: Services, lead: Account, idea_id: str) -> list[Candidate]:
    """Everybody who coaches, ranked for one idea. Raises IdeaNotFound, ProblemError (403) for an own one."""
    view = await load_visible(services, lead, idea_id)
    if is_own(view.row, lead.id):
        raise ProblemError(403, "forbidden", "another lead finds a coach for your own idea")
    snapshot = view.row.snapshot or {}
    asked = {*snapshot.get("former_coaches", []), *filter(None, [view.row.coach_id])}
    async with services.database.reading() as session:
        ranking = await rank_for_idea(session, idea_id, asked, services.today())
        names = await read_names(session, {ranked.coach_id for ranked in ranking})
    return [
        Candidate(
            coach=names[ranked.coach_id],
            score=ranked.score,
            reasons=ranked.reasons,
            shared_themes=ranked.shared_themes,
            free_places=ranked.free_places,
        )
        for ranked in ranking
    ]


async def _load(services: Services, coach_id: str) -> CoachLine:
    async with services.database.reading() as session:
        coach = await read_coach(session, coach_id, services.today())
    if coach is None:
        raise ProblemError(404, "not_found", "there is no such coach")
    return coach
