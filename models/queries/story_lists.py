"""The published stories as a list: how many there are, where, and which are akin."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Integer, cast, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.paging import Key, Page, go_on_after, read_cursor, write_cursor
from models.queries.stories import PublicStory, StoryFilters, conditions, find_stories, is_public
from models.tables import Document, PublishedStory, StandingRow
from models.tables.standing import is_idea
from models.vocabulary import Licence, Stage

MOST_RELATED = 3

ORDER = "stories"
KEYS = (Key(col(PublishedStory.published_at), "time", descending=True), Key(col(PublishedStory.idea_id), "id"))


async def page_stories(
    session: AsyncSession, filters: StoryFilters, *, cursor: str | None = None, limit: int
) -> Page[PublicStory]:
    """As the list has them. Raises InvalidCursor."""
    further = [go_on_after(KEYS, read_cursor(cursor, ORDER, KEYS))] if cursor else []
    order = [key.ordered() for key in KEYS]
    found = await find_stories(session, [*conditions(filters), *further], order, limit=limit + 1)
    if len(found) <= limit:
        return Page(found)
    last = found[limit - 1]
    return Page(found[:limit], write_cursor(ORDER, [last.published_at, last.idea_id]))


async def count_places(session: AsyncSession, filters: StoryFilters) -> dict[str, int]:
    """District → how many the filters find there, whichever district they name; under "" those without a place."""
    columns: list[Any] = [PublishedStory.district, func.count()]
    wanted = select(*columns).join(Document, col(Document.id) == col(PublishedStory.document_id))
    wanted = wanted.where(is_public(), *conditions(replace(filters, district=None)))
    found = (await session.exec(wanted.group_by(col(PublishedStory.district)))).all()
    return {district or "": count for district, count in found}


async def count_all(session: AsyncSession) -> int:
    """All that everybody may read."""
    counted = select(func.count()).select_from(PublishedStory).where(is_public())
    return (await session.exec(counted)).one()


async def find_licences(session: AsyncSession) -> set[Licence | None]:
    """Under which the texts of all that everybody may read are passed on; None among them where some are not."""
    granted = select(PublishedStory.licence).where(is_public()).distinct()
    return {Licence(one) if one else None for one in (await session.exec(granted)).all()}


@dataclass(frozen=True)
class PublicFigures:
    """What everybody may know of all ideas together."""

    ideas: int
    """Handed in so far."""
    under_way: int
    stories: int


async def count_figures(session: AsyncSession) -> PublicFigures:
    """In one statement. An idea that is still to be read counts as handed in, and not as under way."""
    kept = select(func.count()).select_from(StandingRow).where(is_idea(), StandingRow.version > 0)
    under_way = kept.where(col(StandingRow.outcome).is_(None), col(StandingRow.stage) != Stage.IDENTIFY)
    told = select(func.count()).select_from(PublishedStory).where(is_public())
    columns: list[Any] = [one.scalar_subquery() for one in (kept, under_way, told)]
    return PublicFigures(*(await session.exec(select(*columns))).one())


async def list_related(session: AsyncSession, story: PublicStory) -> list[PublicStory]:
    """Others with the same themes: those that share most, of the same place before others, the latest first."""
    if not story.themes:
        return []
    has_theme = [col(PublishedStory.themes).contains([theme]) for theme in story.themes]
    shared: Any = sum(cast(one, Integer) for one in has_theme)
    here = func.coalesce(col(PublishedStory.district) == story.district, False)
    order = (shared.desc(), here.desc(), col(PublishedStory.published_at).desc(), col(PublishedStory.idea_id))
    akin = (or_(*has_theme), PublishedStory.idea_id != story.idea_id)
    return await find_stories(session, akin, order, limit=MOST_RELATED)
