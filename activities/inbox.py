"""From waiting notices to a mail that is written down: what is due, to whom, and what nobody needs any more."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity

from activities.notice_courier import UNDER_WAY
from activities.signatures import Gathering
from models.database import Database
from models.messages.inbox import InboxLook, InboxPlan, MailOrder
from models.policy import Policy
from models.queries.inbox import read_inbox
from models.rules.notice_timing import GOES_TO_DEPUTY, group_of, hours_of, plan_mail
from models.tables import Account, MailRow, NoticeRow
from models.tables.columns import utc_now
from models.vocabulary import MailChannel


class InboxActivities(Gathering):
    """Inboxes on PostgreSQL."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._database = database
        self._policy = policy

    @activity.defn(name="plan_inbox")
    async def plan_inbox(self, look: InboxLook) -> InboxPlan:
        today = look.now.astimezone(self._policy.zone).date()
        async with self._database.transaction() as session:
            inbox = await read_inbox(session, look.account_id, today)
            plan = plan_mail(inbox.waiting, inbox.wishes, hours_of(self._policy, today), look.now)
            await _settle(session, plan.unwanted)
            return InboxPlan(
                mails=tuple(await _list_unsent(session, look.account_id)),
                # Whoever saw what is settled now waiting a moment ago has not knocked: so another look is due.
                next_at=look.now if plan.due or plan.unwanted else plan.next_at,
                gather_seconds=self._policy.notices.gather_seconds,
            )

    @activity.defn(name="prepare_mail")
    async def prepare_mail(self, order: MailOrder) -> bool:
        today = order.now.astimezone(self._policy.zone).date()
        async with self._database.transaction() as session:
            # Two attempts at the same time: the second waits here, and then finds the mail of the first.
            if not await _write_down(session, order):
                return True
            inbox = await read_inbox(session, order.account_id, today)
            plan = plan_mail(inbox.waiting, inbox.wishes, hours_of(self._policy, today), order.now)
            due = [notice for notice in inbox.waiting if notice.id in plan.due]
            for_deputy = [notice.id for notice in due if group_of(notice.kind) in GOES_TO_DEPUTY]
            mail = await session.get_one(MailRow, order.mail_id)
            if not due:
                await session.delete(mail)
                return False
            if inbox.deputy_id is not None and for_deputy:
                # What is left for the person themselves goes into the next mail.
                mail.recipient_id = inbox.deputy_id
                await _settle(session, for_deputy, order.mail_id)
            else:
                await _settle(session, plan.due, order.mail_id)
            if (await session.get_one(Account, mail.recipient_id)).held:
                mail.channel = MailChannel.LETTER
        return True


async def _write_down(session: AsyncSession, order: MailOrder) -> bool:
    """A row for the mail; False where an earlier attempt wrote it."""
    values = MailRow(id=order.mail_id, account_id=order.account_id, recipient_id=order.account_id).model_dump()
    written = insert(MailRow).values(values).on_conflict_do_nothing().returning(col(MailRow.id))
    return (await session.exec(written)).first() is not None


async def _settle(session: AsyncSession, notices: Sequence[str], mail_id: str | None = None) -> None:
    """The inbox is done with these notices; they are in this mail, or in none."""
    settled = update(NoticeRow).where(col(NoticeRow.id).in_(notices), col(NoticeRow.settled_at).is_(None))
    await session.exec(settled.values(settled_at=utc_now(), mail_id=mail_id))


async def _list_unsent(session: AsyncSession, account_id: str) -> Sequence[str]:
    """Secret mails do not stand in line here: each has a workflow of its own, since somebody waits for it."""
    theirs = (MailRow.account_id == account_id, col(MailRow.secret_kind).is_(None))
    mails = select(MailRow.id).where(*theirs, col(MailRow.state).in_(UNDER_WAY))
    return (await session.exec(mails.order_by(col(MailRow.created_at), col(MailRow.id)))).all()
