"""What is on its way in: whose address is not confirmed yet, what is not handed in, and what that lacks."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.paging import at_most
from models.tables import Draft
from models.tables.columns import utc_now


async def count_unconfirmed(session: AsyncSession) -> int:
    """Nobody reads them before."""
    waiting = (col(Draft.waits_since).is_not(None), Draft.expires_at > utc_now())
    return (await session.exec(select(func.count(col(Draft.id))).where(*waiting))).one()


async def count_unsent(session: AsyncSession) -> int:
    return (await session.exec(select(func.count(col(Draft.id))).where(*_is_unsent()))).one()


async def find_incomplete_drafts(session: AsyncSession, account_id: str, most: int) -> tuple[Sequence[Draft], int]:
    """The drafts brought along by somebody that do not say what they are about, and how many there are."""
    summary: Any = col(Draft.words)["summary"]
    lacking = (col(Draft.account_id) == account_id, col(Draft.source).is_not(None), func.btrim(summary.astext) == "")
    drafts = select(Draft).where(*_is_unsent(), *lacking)
    count = (await session.exec(select(func.count()).select_from(drafts.subquery()))).one()
    in_order = drafts.order_by(col(Draft.created_at), col(Draft.words)["title"].astext, col(Draft.id))
    return (await session.exec(in_order.limit(at_most(most)))).all(), count


def _is_unsent() -> tuple[Any, ...]:
    """Something is written in it, and it is not handed in."""
    unsent = (col(Draft.idea_id).is_(None), col(Draft.waits_since).is_(None), col(Draft.sent_at).is_(None))
    return col(Draft.words) != {}, Draft.expires_at > utc_now(), *unsent
