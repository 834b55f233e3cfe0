"""Feedback has a day until which somebody answers: leads hear when a message comes, and again when that day is near."""

from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.notice_courier import dispatch_notices
from activities.ports.inboxes import Inboxes
from activities.projection import notice_values
from models.database import Database
from models.tables import Account, Feedback, NoticeRow, has_role
from models.vocabulary import NoticeKind, Role

NEAR = timedelta(days=2)


async def tell_leads(session: AsyncSession, feedback_id: str, kind: NoticeKind, leads: Iterable[str]) -> None:
    """A notice for each, once however often it is asked for. It says nothing of the message itself."""
    rows = [notice_values(None, f"{kind}-{feedback_id}", lead, kind) for lead in leads]
    if rows:
        await session.exec(insert(NoticeRow).values(rows).on_conflict_do_nothing())


async def list_leads(session: AsyncSession, office: str | None) -> list[str]:
    """The leads of an office; of an office without one, or of none, all: anybody may write, from anywhere."""
    leads = (await session.exec(select(Account.id, Account.office).where(has_role(Role.LEAD)))).all()
    return [lead for lead, its_office in leads if its_office == office] or [lead for lead, _ in leads]


async def remind_of_feedback(database: Database, inboxes: Inboxes, today: date) -> int:
    """Tell whoever has taken a message on, or all leads, that its day is near or has passed; returns how many notices
    were handed over. Safe to repeat."""
    due = select(Feedback.id, Feedback.taken_by).where(
        col(Feedback.answered_at).is_(None), Feedback.due_on <= today + NEAR
    )
    async with database.transaction() as session:
        leads = await list_leads(session, None)
        for feedback_id, taken_by in (await session.exec(due)).all():
            who = [taken_by] if taken_by in leads else leads
            await tell_leads(session, feedback_id, NoticeKind.FEEDBACK_DUE, who)
    return await dispatch_notices(database, inboxes, None)
