"""The start page: what the platform is, the path, how to begin."""

from fastapi import APIRouter, Request, Response

from api.pages.kit.rendering import home_of, render
from api.pages.kit.visitors import AnyVisitor
from api.web.dependencies import ServicesHere
from models.queries.stories import list_stories

router = APIRouter()

STORIES_ON_START = 3


@router.get("/")
async def show_start(request: Request, services: ServicesHere, visitor: AnyVisitor) -> Response:
    async with services.database.reading() as session:
        stories = await list_stories(session, limit=STORIES_ON_START)
        is_led = await services.leading.look(session)
    home = home_of(visitor) if visitor.account else None
    return render(request, visitor, "home/start.html", stories=stories, home=home, is_led=is_led)
