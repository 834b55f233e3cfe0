"""The start page: what the platform is, the path, how to begin."""

from fastapi import Response

from api.pages.kit.menus import home_of
from api.pages.kit.page import AnyPage
from api.web.routers import page_router
from models.queries.openings import list_openings
from models.queries.stories import list_stories
from models.queries.story_lists import count_figures

router = page_router()

STORIES_ON_START = 3


@router.get("/")
async def show_start(page: AnyPage) -> Response:
    async with page.services.database.reading() as session:
        stories = await list_stories(session, limit=STORIES_ON_START)
        openings = await list_openings(session, limit=STORIES_ON_START)
        is_led = await page.services.leading.look(session)
        figures = await page.services.public_figures.get("", lambda: count_figures(session))
    home = home_of(page.visitor) if page.visitor.account else None
    return page.render("home/start.html", stories=stories, openings=openings, home=home, is_led=is_led, figures=figures)
