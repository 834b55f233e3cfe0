"""What somebody was told, what became of it, and what will still go out."""

from fastapi import APIRouter, Request, Response

from api.pages.kit.rendering import render
from api.pages.kit.visitors import SignedIn
from api.use_cases.deliveries import read_notices
from api.web.dependencies import ServicesHere

router = APIRouter()


@router.get("/mitteilungen")
async def show_notices(request: Request, services: ServicesHere, member: SignedIn) -> Response:
    notices = await read_notices(services, member.person)
    return render(request, member, "notices/list.html", notices=notices, zone=services.policy.zone)
