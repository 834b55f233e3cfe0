"""Who reads: that somebody has begun to is a fact, noted once, and what they were told and have not seen is counted for
themselves alone. Who looked how often is nobody's business."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, update
from sqlmodel import col

from api.runtime.services import Services
from models.queries.idea import IdeaView
from models.rules.notice_timing import ABOUT_OFFERS
from models.rules.permissions import is_own
from models.tables import Account, Idea, NoticeRow
from models.tables.columns import utc_now
from models.tables.notice import is_unread
from models.vocabulary import Role


async def begin_reading(services: Services, view: IdeaView, account: Account) -> None:
    """From here on the words stay as they are: a lead has opened the idea, and answers what they have read."""
    if Role.LEAD not in account.roles or is_own(view.row, account.id):
        return
    if view.row.state != "screening" or view.idea.read_at is not None:
        return
    unread = update(Idea).where(col(Idea.id) == view.idea.id, col(Idea.read_at).is_(None))
    async with services.database.transaction() as session:
        await session.exec(unread.values(read_at=utc_now()))


async def read_notices_of_idea(services: Services, account_id: str, idea_id: str) -> int:
    """Whoever opens a case has read what they were told of it, but for what an offer asks; returns how many."""
    about = (col(NoticeRow.idea_id) == idea_id, col(NoticeRow.kind).not_in(ABOUT_OFFERS))
    return await _mark_read(services, account_id, *about)


async def read_notices_of_offers(services: Services, account_id: str) -> int:
    return await _mark_read(services, account_id, col(NoticeRow.kind).in_(ABOUT_OFFERS))


async def read_these(services: Services, account_id: str, ids: Collection[str]) -> int:
    """What leads to no page of its own is read where it is listed."""
    return await _mark_read(services, account_id, col(NoticeRow.id).in_(ids))


async def read_all(services: Services, account_id: str) -> int:
    return await _mark_read(services, account_id)


async def _mark_read(services: Services, account_id: str, *which: ColumnElement[bool]) -> int:
    unread = update(NoticeRow).where(col(NoticeRow.account_id) == account_id, is_unread(), *which)
    async with services.database.transaction() as session:
        marked = await session.exec(unread.values(read_at=utc_now()).returning(col(NoticeRow.id)))
        return len(marked.all())
