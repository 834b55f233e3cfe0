"""Where one is signed in, and ending that: in one place, or everywhere."""

from uuid import UUID

from fastapi import Response

from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.sign_in.sessions import end_one_session, end_session, list_sessions, sign_out_everywhere
from api.web.cookies import session_of
from api.web.problems import ProblemError
from api.web.routers import page_router

router = page_router()


@router.get("/einstellungen/anmeldungen")
async def show_sessions(page: SignedInPage) -> Response:
    here = session_of(page.request)
    return page.render(
        "sign_in/sessions.html",
        sessions=await list_sessions(page.services, page.person.id),
        here=here.id if here else None,
        zone=page.services.policy.zone,
        told=page.said == "beendet",
    )


@router.post("/einstellungen/anmeldungen/{session_id}/beenden")
async def end_one(page: SignedInPage, session_id: UUID) -> Response:
    if not await end_one_session(page.request, page.services, page.person.id, str(session_id)):
        raise ProblemError(404, "not_found")
    return see_other("/einstellungen/anmeldungen", meldung="beendet")


@router.post("/abmelden/ueberall")
async def end_everywhere(page: SignedInPage) -> Response:
    await sign_out_everywhere(page.request, page.services, page.person.id)
    answer = see_other("/")
    await end_session(page.request, answer, page.services)
    return answer
