"""Mails to people who have no address of their own: the office passes them on, by letter or by telephone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, true
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.account_names import Named, Person, person
from models.queries.paging import at_most
from models.tables import Account, MailRow, NoticeRow, StandingRow, acting_coach
from models.vocabulary import MailChannel, MailState, Role

MOST_WAITING, MOST_PASSED_ON = 100, 20


@dataclass(frozen=True)
class Letter:
    """One mail that is passed on, whom it is for, and who has passed it on."""

    mail: MailRow
    reader: Account
    by: Person | None = None


def is_letter() -> ColumnElement[bool]:
    """It has arrived where the office reads it."""
    return and_(col(MailRow.channel) == MailChannel.LETTER, col(MailRow.state) == MailState.SENT)


def may_pass_on(account_id: Any, *, is_lead: bool) -> ColumnElement[bool]:
    """Leads may, and who coaches all ideas that it tells of."""
    if is_lead:
        return true()
    told = select(NoticeRow.id).where(NoticeRow.mail_id == MailRow.id)
    told = told.outerjoin(StandingRow, col(StandingRow.case_id) == col(NoticeRow.idea_id)).correlate(MailRow, Account)
    mine = acting_coach() == account_id
    return and_(told.where(mine).exists(), ~told.where(mine.is_not(true())).exists())


async def list_letters(session: AsyncSession, account: Account) -> tuple[list[Letter], list[Letter]]:
    """What is still to be passed on, the oldest first, and what was passed on last."""
    waits = col(MailRow.passed_on_at).is_(None)
    waiting = _letters(account).where(waits).order_by(col(MailRow.sent_at), col(MailRow.id))
    done = _letters(account).where(~waits).order_by(col(MailRow.passed_on_at).desc(), col(MailRow.id))
    return (
        [_read(*row) for row in (await session.exec(waiting.limit(at_most(MOST_WAITING)))).all()],
        [_read(*row) for row in (await session.exec(done.limit(at_most(MOST_PASSED_ON)))).all()],
    )


async def find_letter(
    session: AsyncSession, account: Account, mail_id: str
) -> tuple[Letter, Sequence[NoticeRow]] | None:
    """One of them with what it tells; None for somebody else's business as for one that does not exist."""
    row = (await session.exec(_letters(account).where(MailRow.id == mail_id))).one_or_none()
    if row is None:
        return None
    told = select(NoticeRow).where(NoticeRow.mail_id == mail_id).order_by(col(NoticeRow.created_at), col(NoticeRow.id))
    return _read(*row), (await session.exec(told)).all()


def _letters(account: Account) -> Any:
    by = Named(col(MailRow.passed_on_by))
    columns: list[Any] = [MailRow, Account, by.name]
    statement = by.join(select(*columns).join(Account, col(Account.id) == col(MailRow.recipient_id)))
    theirs = may_pass_on(account.id, is_lead=Role.LEAD in account.roles)
    return statement.where(is_letter(), col(Account.id) != account.id, theirs)


def _read(mail: MailRow, reader: Account, name: str | None) -> Letter:
    return Letter(mail, reader, person(mail.passed_on_by, name))
