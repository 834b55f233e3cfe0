"""The local mailbox, for looking at what was sent."""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.tables import Account, MailboxMessage

MAILS_SHOWN = 50


async def list_boxes(session: AsyncSession) -> list[tuple[Account, int]]:
    """Every demo account that has mail, with the number of mails, by name."""
    statement = (
        select(Account, func.count(col(MailboxMessage.id)))
        .join(MailboxMessage, col(MailboxMessage.account_id) == col(Account.id))
        .where(col(Account.demo).is_(True))
        .group_by(col(Account.id))
        .order_by(col(Account.name))
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


async def list_demo_accounts(session: AsyncSession) -> Sequence[Account]:
    """Everybody who can be signed in with one click."""
    statement = select(Account).where(col(Account.demo).is_(True)).order_by(col(Account.office), col(Account.name))
    return (await session.exec(statement)).all()
