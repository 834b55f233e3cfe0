"""Ideas on their way that everybody may read of: what their owners have written for that, and nothing else of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.paging import Key, Page, go_on_after, read_cursor, write_cursor
from models.queries.search_conditions import openings_with
from models.tables import Idea, Opening, StandingRow
from models.vocabulary import Stage

OPENINGS_A_PAGE = 24

ORDER = "openings"
KEYS = (Key(col(Opening.opened_at), "time", descending=True), Key(col(Opening.id), "id"))


@dataclass(frozen=True)
class PublicOpening:
    """One card. It names nobody."""

    id: str
    idea_id: str
    """For what is kept of the idea; no page shows it."""
    title: str
    teaser: str
    seeks: str
    district: str | None
    language: str
    opened_at: datetime


@dataclass(frozen=True)
class OpeningFilters:
    """Which cards are looked for. What is empty narrows nothing."""

    typed: str = ""
    district: str | None = None


async def list_openings(
    session: AsyncSession, filters: OpeningFilters | None = None, *, limit: int = OPENINGS_A_PAGE, offset: int = 0
) -> list[PublicOpening]:
    """The latest first."""
    return await _find(session, *conditions(filters), limit=limit, offset=offset)


async def page_openings(
    session: AsyncSession, filters: OpeningFilters, *, cursor: str | None = None, limit: int
) -> Page[PublicOpening]:
    """As the list has them. Raises InvalidCursor."""
    further = [go_on_after(KEYS, read_cursor(cursor, ORDER, KEYS))] if cursor else []
    found = await _find(session, *conditions(filters), *further, limit=limit + 1)
    if len(found) <= limit:
        return Page(found)
    last = found[limit - 1]
    return Page(found[:limit], write_cursor(ORDER, [last.opened_at, last.id]))


async def count_openings(session: AsyncSession, filters: OpeningFilters | None = None) -> int:
    counted = _shown(func.count()).where(*conditions(filters))
    return int((await session.exec(counted)).one())


def conditions(filters: OpeningFilters | None) -> list[Any]:
    asked = filters or OpeningFilters()
    found: list[Any] = [openings_with(asked.typed)] if asked.typed else []
    return found + ([col(Opening.district) == asked.district] if asked.district is not None else [])


async def find_opening(session: AsyncSession, opening_id: str) -> PublicOpening | None:
    """None where there is none, or nobody may read it any more."""
    return next(iter(await _find(session, Opening.id == opening_id, limit=1)), None)


async def find_opening_of(session: AsyncSession, idea_id: str) -> PublicOpening | None:
    return next(iter(await _find(session, Opening.idea_id == idea_id, limit=1)), None)


async def was_opening(session: AsyncSession, opening_id: str) -> bool:
    return await session.get(Opening, opening_id) is not None


async def read_opening(session: AsyncSession, idea_id: str) -> Opening | None:
    """For those who work on the idea, also where nobody else reads it any more."""
    return (await session.exec(select(Opening).where(Opening.idea_id == idea_id))).one_or_none()


def is_shown() -> Any:
    """Its owner of now has agreed, nobody has taken it down, and the idea is on its way. Also where a step is not
    followed up yet."""
    is_theirs = (col(Opening.opened_by) == col(StandingRow.owner_id), col(Opening.taken_down_at).is_(None))
    is_on_its_way = (col(StandingRow.outcome).is_(None), col(StandingRow.stage) != Stage.IDENTIFY)
    return and_(*is_theirs, *is_on_its_way, col(Idea.erased_at).is_(None))


async def _find(session: AsyncSession, *wanted: Any, limit: int, offset: int = 0) -> list[PublicOpening]:
    order = [key.ordered() for key in KEYS]
    told = _shown(Opening, Idea.language).where(*wanted).order_by(*order).limit(limit).offset(offset)
    return [_as_public(*each) for each in (await session.exec(told)).all()]


def _shown(*columns: Any) -> Any:
    told = select(*columns).select_from(Opening).join(Idea, col(Idea.id) == col(Opening.idea_id))
    return told.join(StandingRow, col(StandingRow.case_id) == col(Opening.idea_id)).where(is_shown())


def _as_public(row: Opening, language: str) -> PublicOpening:
    return PublicOpening(row.id, row.idea_id, row.title, row.teaser, row.seeks, row.district, language, row.opened_at)
