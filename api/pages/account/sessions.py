"""Where one is signed in, and ending that: in one place, or everywhere."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.pages.kit.rendering import render, see_other
from api.pages.kit.visitors import SignedIn
from api.sign_in.sessions import end_one_session, end_session, list_sessions, sign_out_everywhere
from api.web.cookies import session_of
from api.web.dependencies import ServicesHere
from api.web.problems import ProblemError

router = APIRouter()


@router.get("/einstellungen/anmeldungen")
async def show_sessions(request: Request, services: ServicesHere, member: SignedIn) -> Response:
    here = session_of(request)
    return render(
        request,
        member,
        "sign_in/sessions.html",
        sessions=await list_sessions(services, member.person.id),
        here=here.id if here else None,
        zone=services.policy.zone,
        told=request.query_params.get("meldung") == "beendet",
    )


@router.post("/einstellungen/anmeldungen/{session_id}/beenden")
async def end_one(request: Request, services: ServicesHere, member: SignedIn, session_id: UUID) -> Response:
    if not await end_one_session(request, services, member.person.id, str(session_id)):
        raise ProblemError(404, "not_found")
    return see_other("/einstellungen/anmeldungen", meldung="beendet")


@router.post("/abmelden/ueberall")
async def end_everywhere(request: Request, services: ServicesHere, member: SignedIn) -> Response:
    await sign_out_everywhere(request, services, member.person.id)
    answer = see_other("/")
    await end_session(request, answer, services)
    return answer
