"""Public stories: only of ideas whose owners have agreed."""

from typing import Annotated

from fastapi import Path, Query, Response

from api.pages.kit.page import AnyPage
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.queries.contributions import list_public
from models.queries.replications import read_copies
from models.queries.stories import StoryFilters, find_story, list_stories, was_story
from models.tables.story import LONGEST_SLUG

router = page_router()

Slug = Annotated[str, Path(max_length=LONGEST_SLUG, pattern="^[a-z0-9-]+$")]


@router.get("/geschichten")
async def show_stories(page: AnyPage, theme: Annotated[str | None, Query(alias="thema")] = None) -> Response:
    theme = theme if theme in page.services.policy.region.themes else None
    async with page.services.database.reading() as session:
        stories = await list_stories(session, StoryFilters(theme=theme))
    return page.render("stories/list.html", stories=stories, theme=theme)


@router.get("/geschichten/{slug}")
async def show_story(page: AnyPage, slug: Slug) -> Response:
    async with page.services.database.reading() as session:
        story = await find_story(session, slug)
        gone = story is None and await was_story(session, slug)
        copies = await read_copies(session, story.idea_id) if story is not None else None
        views = await list_public(session, story.idea_id) if story is not None else []
    if story is None:
        raise ProblemError(410, "gone") if gone else ProblemError(404, "not_found")
    return page.render("stories/story.html", story=story, copies=copies, views=views)
