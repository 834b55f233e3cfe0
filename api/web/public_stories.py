"""A story by its address, for every page, file and answer that shows one to everybody."""

from typing import Annotated

from fastapi import Path, Query
from sqlmodel.ext.asyncio.session import AsyncSession

from api.web.problems import ProblemError
from models.queries.stories import PublicStory, find_story, was_story
from models.tables.story import LONGEST_SLUG

OF_SLUG = "^[a-z0-9-]+$"
Slug = Annotated[str, Path(max_length=LONGEST_SLUG, pattern=OF_SLUG)]
AfterStory = Annotated[
    str | None,
    Query(max_length=LONGEST_SLUG, pattern=OF_SLUG, description="The slug of the story that is tried elsewhere."),
]


async def open_story(session: AsyncSession, slug: str) -> PublicStory:
    """410 where it was public and is not any more: whoever keeps a copy may throw it away."""
    story = await find_story(session, slug)
    if story is not None:
        return story
    raise ProblemError(410, "gone") if await was_story(session, slug) else ProblemError(404, "not_found")
