"""Ideas on their way that everybody may read of: what their owners have written for that, and nothing else of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.tables import Idea, Opening, StandingRow
from models.vocabulary import Stage

MOST_SHOWN = 100


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


async def list_openings(session: AsyncSession, limit: int = MOST_SHOWN) -> list[PublicOpening]:
    """The latest first."""
    order = (col(Opening.opened_at).desc(), col(Opening.id))
    found = (await session.exec(_told().where(is_shown()).order_by(*order).limit(limit))).all()
    return [_as_public(*each) for each in found]


async def find_opening(session: AsyncSession, opening_id: str) -> PublicOpening | None:
    """None where there is none, or nobody may read it any more."""
    found = (await session.exec(_told().where(is_shown(), Opening.id == opening_id))).one_or_none()
    return _as_public(*found) if found is not None else None


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


def _told() -> Any:
    columns: list[Any] = [Opening, Idea.language]
    told = select(*columns).join(Idea, col(Idea.id) == col(Opening.idea_id))
    return told.join(StandingRow, col(StandingRow.case_id) == col(Opening.idea_id))


def _as_public(row: Opening, language: str) -> PublicOpening:
    return PublicOpening(row.id, row.idea_id, row.title, row.teaser, row.seeks, row.district, language, row.opened_at)
