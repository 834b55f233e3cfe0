"""The local mailbox, for looking at what was sent."""

from collections.abc import Sequence

from sqlalchemy import func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.tables import Account, MailboxMessage, NoticeRow
from models.tables.folded import PERSON_NAME

MAILS_SHOWN = 50


async def list_boxes(session: AsyncSession) -> list[tuple[Account, int]]:
    """Every demo account that has mail or will have some, with the number of mails, by name."""
    waiting = select(NoticeRow.id).where(NoticeRow.account_id == Account.id, col(NoticeRow.settled_at).is_(None))
    count = func.count(col(MailboxMessage.id))
    statement = (
        select(Account, count)
        .outerjoin(MailboxMessage, col(MailboxMessage.account_id) == col(Account.id))
        .where(col(Account.demo).is_(True))
        .group_by(col(Account.id))
        .having(or_(count > 0, waiting.exists()))
        .order_by(PERSON_NAME)
    )
    return list((await session.exec(statement)).all())


async def list_mails(session: AsyncSession, account_id: str) -> Sequence[MailboxMessage]:
    """The mails to one demo account, newest first."""
    statement = (
        select(MailboxMessage)
        .join(Account, col(Account.id) == col(MailboxMessage.account_id))
        .where(MailboxMessage.account_id == account_id, col(Account.demo).is_(True))
        .order_by(col(MailboxMessage.sent_at).desc(), col(MailboxMessage.id))
        .limit(MAILS_SHOWN)
    )
    return (await session.exec(statement)).all()


async def list_mails_elsewhere(session: AsyncSession) -> Sequence[MailboxMessage]:
    """The mails to addresses that no demo account has, newest first: whoever hands in at a demo gets theirs here."""
    demo = select(Account.id).where(Account.id == MailboxMessage.account_id, col(Account.demo).is_(True))
    newest = col(MailboxMessage.sent_at).desc(), col(MailboxMessage.id)
    return (await session.exec(select(MailboxMessage).where(~demo.exists()).order_by(*newest).limit(MAILS_SHOWN))).all()


async def read_mail(session: AsyncSession, mail_id: str) -> MailboxMessage | None:
    """One mail; None where there is no such mail."""
    return await session.get(MailboxMessage, mail_id)


async def list_demo_accounts(session: AsyncSession) -> Sequence[Account]:
    """Everybody who can be signed in with one click."""
    statement = select(Account).where(col(Account.demo).is_(True)).order_by(col(Account.office), PERSON_NAME)
    return (await session.exec(statement)).all()
