"""Public stories: only of ideas whose owners have agreed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.pages.kit.rendering import render
from api.pages.kit.visitors import AnyVisitor
from api.web.dependencies import ServicesHere
from api.web.problems import ProblemError
from models.queries.stories import find_story, list_stories, was_story

router = APIRouter()


@router.get("/geschichten")
async def show_stories(
    request: Request,
    services: ServicesHere,
    visitor: AnyVisitor,
    theme: Annotated[str | None, Query(alias="thema")] = None,
) -> Response:
    theme = theme if theme in services.policy.region.themes else None
    async with services.database.reading() as session:
        stories = await list_stories(session, theme=theme)
    return render(request, visitor, "stories/list.html", stories=stories, theme=theme)


@router.get("/geschichten/{idea_id}")
async def show_story(request: Request, services: ServicesHere, visitor: AnyVisitor, idea_id: UUID) -> Response:
    async with services.database.reading() as session:
        story = await find_story(session, str(idea_id))
        gone = story is None and await was_story(session, str(idea_id))
    if story is None:
        raise ProblemError(410, "gone") if gone else ProblemError(404, "not_found")
    return render(request, visitor, "stories/story.html", story=story)
