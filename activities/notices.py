"""The courier: hands new notices over to the inboxes of their readers."""

from sqlalchemy import or_, update
from sqlmodel import col, select
from temporalio import activity

from activities.ports.inboxes import Inboxes
from activities.signatures import Delivery
from models.database import Database
from models.tables import Account, MailRow, NoticeRow
from models.tables.columns import utc_now
from models.vocabulary import MailState

UNDER_WAY = frozenset({MailState.WAITING, MailState.HANDING_OVER})
"""What an inbox still has to do with a mail."""


class DeliveryActivities(Delivery):
    """`deliver_notices` with inboxes that live elsewhere."""

    def __init__(self, database: Database, inboxes: Inboxes) -> None:
        self._database = database
        self._inboxes = inboxes

    @activity.defn(name="deliver_notices")
    async def deliver_notices(self, idea_id: str) -> int:
        return await hand_over(self._database, self._inboxes, idea_id)


async def hand_over(database: Database, inboxes: Inboxes, idea_id: str | None) -> int:
    """Knock at the inbox of everybody who has a new notice of an idea, or of none; returns how many notices.

    They count as handed over only after the knock: a repeat knocks once more, which is harmless.
    """
    async with database.session() as session:
        is_new = (col(NoticeRow.idea_id) == idea_id, col(NoticeRow.handed_over_at).is_(None))
        new = (await session.exec(select(NoticeRow.id, NoticeRow.account_id).where(*is_new))).all()
    for account_id in sorted({account_id for _, account_id in new}):
        await inboxes.knock(account_id)
    async with database.transaction() as session:
        known = [notice_id for notice_id, _ in new]
        await session.exec(update(NoticeRow).where(col(NoticeRow.id).in_(known)).values(handed_over_at=utc_now()))
    return len(new)


async def wake_inboxes(database: Database, inboxes: Inboxes) -> int:
    """Knock wherever something waits, for inboxes that were lost with their engine; returns at how many."""
    unsettled = select(NoticeRow.id).where(
        NoticeRow.account_id == Account.id,
        col(NoticeRow.settled_at).is_(None),
        col(NoticeRow.handed_over_at).is_not(None),
    )
    unsent = select(MailRow.id).where(MailRow.account_id == Account.id, col(MailRow.state).in_(UNDER_WAY))
    async with database.session() as session:
        waits = select(Account.id).where(or_(unsettled.exists(), unsent.exists()))
        accounts = (await session.exec(waits.order_by(col(Account.id)))).all()
    for account_id in accounts:
        await inboxes.knock(account_id)
    return len(accounts)
