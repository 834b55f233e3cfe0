"""What somebody was told, what became of it, and what will still go out."""

from fastapi import APIRouter, Response

from api.pages.kit.page import SignedInPage
from api.use_cases.deliveries import read_notices

router = APIRouter()


@router.get("/mitteilungen")
async def show_notices(page: SignedInPage) -> Response:
    notices = await read_notices(page.services, page.person)
    return page.render("notices/list.html", notices=notices, zone=page.services.policy.zone)
