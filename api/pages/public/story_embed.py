"""A story on somebody else's page: a small one for a frame, and the picture that goes with a link."""

import asyncio

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from activities.packaging.images import LARGE
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import environment
from api.pages.public.story_card import draw_card
from api.use_cases.pictures import read_shown
from api.web.dependencies import ServicesHere
from api.web.etags import open_to_all
from api.web.problems import ProblemError
from api.web.public_stories import Slug, open_story
from api.web.routers import page_router
from models.i18n import texts_in
from models.queries.stories import find_story, was_story
from models.region_names import RegionNames

router = page_router()

IN_ANY_FRAME = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors *"
)
FROM_ELSEWHERE = {"Cross-Origin-Resource-Policy": "cross-origin"}


@router.get("/geschichten/{slug}/einbetten")
async def show_embedded(page: AnyPage, slug: Slug) -> Response:
    """The same for everybody: it knows no session, runs no script and sets no cookie. Of a story that is taken down it
    says so: a page that may not stand in a frame would leave the fault of a browser there."""
    async with page.services.database.reading() as session:
        story = await find_story(session, slug)
        if story is None and not await was_story(session, slug):
            raise ProblemError(404, "not_found")
    policy = page.services.policy
    html = (
        environment()
        .get_template("stories/embed.html")
        .render(
            t=page.t,
            policy=policy,
            names=RegionNames(policy.region, page.t),
            story=story,
            told=story.told_in(page.t.language, policy.region.default_language) if story else None,
            base=page.services.settings.base_url,
        )
    )
    headers = {"Content-Security-Policy": IN_ANY_FRAME, "Referrer-Policy": "no-referrer"} | FROM_ELSEWHERE
    return open_to_all(page.request, HTMLResponse(html, 200 if story else 410, headers=headers))


@router.get("/geschichten/{slug}/karte.png")
async def read_card(request: Request, services: ServicesHere, slug: Slug) -> Response:
    async with services.database.reading() as session:
        story = await open_story(session, slug)
        picture = await read_shown(session, story.pictures[0].id, LARGE) if story.pictures else b""
    region = services.policy.region
    names = RegionNames(region, texts_in(region.default_language))
    places = [names.district(story.district)] if story.district in region.districts else []
    line = " · ".join([*places, *(names.theme(theme) for theme in story.themes if theme in region.themes)])
    platform = f"{region.platform} · {names.own}"
    content = await asyncio.to_thread(draw_card, story.title, story.teaser, line, platform, picture)
    answer = Response(content, media_type="image/png", headers=FROM_ELSEWHERE)
    return open_to_all(request, answer)
