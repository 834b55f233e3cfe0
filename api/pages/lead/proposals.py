"""What one lead proposes and another agrees to or refuses; and the one page that says no."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.pages.kit.rendering import render, see_other, texts_for
from api.pages.kit.visitors import FreshLead, Member
from api.pages.lead.staff_view import tell_proposal, tell_why
from api.runtime.services import Services
from api.use_cases.staff.changes import NotChanged, answer_proposal
from api.use_cases.staff.inviting import send_agreed
from api.web.callers import caller_of
from api.web.dependencies import ServicesHere
from api.web.problems import ProblemError
from models.queries.staff import list_proposals
from models.rules.people import judge_answer

router = APIRouter()

YES, NO = "ja", "nein"


@router.get("/menschen/vorschlaege/{change_id}")
async def show_proposal(request: Request, services: ServicesHere, member: FreshLead, change_id: UUID) -> Response:
    return await render_proposal(request, services, member, str(change_id))


@router.post("/menschen/vorschlaege/{change_id}")
async def answer(request: Request, services: ServicesHere, member: FreshLead, change_id: UUID) -> Response:
    sent = (await request.form()).get("antwort")
    if sent not in (YES, NO):
        raise ProblemError(422, "invalid", "say yes or no", field="antwort")
    try:
        caller = caller_of(services, request)
        change = await answer_proposal(services, caller, str(change_id), agrees=sent == YES)
    except NotChanged as refused:
        why = tell_why(texts_for(request, member), refused.why)
        return await render_proposal(request, services, member, str(change_id), why)
    await send_agreed(services, change)
    return see_other("/menschen", meldung=f"proposal_{change.status}")


async def render_proposal(
    request: Request, services: Services, member: Member, change_id: str, wrong: str = ""
) -> Response:
    """Raises a problem with status 404 where it was answered, or has lapsed."""
    t = texts_for(request, member)
    async with services.database.reading() as session:
        line = next((one for one in await list_proposals(session) if one.change.id == change_id), None)
    if line is None:
        raise ProblemError(404, "not_found", "this proposal was answered, withdrawn, or has lapsed")
    change = line.change
    why = judge_answer(member.person.id, change.by_id, change.account_id)
    return render(
        request,
        member,
        "staff/proposal.html",
        409 if wrong else 200,
        text=tell_proposal(t, line),
        change=change,
        wrong=wrong,
        why=tell_why(t, why) if why else "",
        is_own=change.by_id == member.id,
        at=t.instant(change.at, services.policy.zone),
    )
