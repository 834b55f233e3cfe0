"""*Unterwegs*: ideas on their way whose owners show them to everybody."""

from uuid import UUID

from fastapi import Response

from api.pages.kit.page import AnyPage
from api.web.etags import open_to_all
from api.web.public_openings import open_opening
from api.web.routers import page_router
from models.queries.contributions import list_public
from models.queries.openings import list_openings

router = page_router(prefix="/unterwegs")


@router.get("")
async def show_openings(page: AnyPage) -> Response:
    async with page.services.database.reading() as session:
        openings = await list_openings(session)
    answer = page.render("openings/list.html", openings=openings)
    return answer if page.visitor.account else open_to_all(page.request, answer)


@router.get("/{opening_id}")
async def show_opening(page: AnyPage, opening_id: UUID) -> Response:
    async with page.services.database.reading() as session:
        opening = await open_opening(session, str(opening_id))
        views = await list_public(session, opening.idea_id)
    answer = page.render("openings/opening.html", opening=opening, views=views)
    return answer if page.visitor.account else open_to_all(page.request, answer)
