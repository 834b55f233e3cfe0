"""What one lead proposes and another agrees to or refuses; and the one page that says no."""

from uuid import UUID

from fastapi import Response

from api.pages.kit.page import FreshLeadPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.lead.staff_view import tell_proposal, tell_why
from api.use_cases.staff.changes import NotChanged, answer_proposal
from api.use_cases.staff.inviting import send_agreed
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.queries.staff import list_proposals
from models.rules.staff_roles import judge_answer

router = page_router()

YES, NO = "ja", "nein"


@router.get("/menschen/vorschlaege/{change_id}")
async def show_proposal(page: FreshLeadPage, change_id: UUID) -> Response:
    return await render_proposal(page, str(change_id))


@router.post("/menschen/vorschlaege/{change_id}")
async def answer(page: FreshLeadPage, change_id: UUID) -> Response:
    sent = (await page.form()).get("antwort")
    if sent not in (YES, NO):
        raise ProblemError(422, "invalid", "say yes or no", field="antwort")
    try:
        caller = page.caller
        change = await answer_proposal(page.services, caller, str(change_id), agrees=sent == YES)
    except NotChanged as refused:
        why = tell_why(page.t, refused.why)
        return await render_proposal(page, str(change_id), why)
    await send_agreed(page.services, change)
    return see_other("/menschen", meldung=f"proposal_{change.status}")


async def render_proposal(page: SignedInPage, change_id: str, wrong: str = "") -> Response:
    """Raises a problem with status 404 where it was answered, or has lapsed."""
    t = page.t
    async with page.services.database.reading() as session:
        line = next((one for one in await list_proposals(session) if one.change.id == change_id), None)
    if line is None:
        raise ProblemError(404, "not_found", "this proposal was answered, withdrawn, or has lapsed")
    change = line.change
    why = judge_answer(page.person.id, change.by_id, change.account_id)
    return page.render(
        "staff/proposal.html",
        409 if wrong else 200,
        text=tell_proposal(t, line),
        change=change,
        wrong=wrong,
        why=tell_why(t, why) if why else "",
        is_own=change.by_id == page.visitor.id,
        at=t.instant(change.at, page.services.policy.zone),
    )
