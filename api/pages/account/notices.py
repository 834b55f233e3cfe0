"""What somebody was told, what became of it, and what will still go out."""

from fastapi import Response

from api.pages.kit.page import SignedInPage
from api.use_cases.deliveries import read_notices
from api.web.routers import page_router

router = page_router()


@router.get("/mitteilungen")
async def show_notices(page: SignedInPage) -> Response:
    notices = await read_notices(page.services, page.person)
    return page.render("notices/list.html", notices=notices, zone=page.services.policy.zone)
