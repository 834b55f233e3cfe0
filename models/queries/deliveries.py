"""What became of notices: for those who were to read them, and for leads where they did not arrive."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel
from sqlalchemy import and_, case, false, or_, true
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.account_names import Named, Person, person
from models.queries.inbox import Inbox
from models.rules.notice_timing import Hours, due_at, group_of
from models.tables import Account, Idea, MailRow, NoticeRow, StandingRow, is_own
from models.tables.notice import is_unread
from models.vocabulary import MailState, NoticeGroup, Role, SecretMailKind

UNDELIVERED = (MailState.FAILED, MailState.UNCERTAIN)
NOTICES_SHOWN = 60
MAILS_SHOWN = 100


class Fate(StrEnum):
    """What became of a notice."""

    WAITING = "waiting"
    ON_ITS_WAY = "on_its_way"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    NOT_MAILED = "not_mailed"
    """Switched off, or no longer true when its time had come."""


FATE_OF_MAIL = {
    MailState.WAITING: Fate.ON_ITS_WAY,
    MailState.HANDING_OVER: Fate.ON_ITS_WAY,
    MailState.SENT: Fate.SENT,
    MailState.FAILED: Fate.FAILED,
    MailState.UNCERTAIN: Fate.UNCERTAIN,
    MailState.HELD_BACK: Fate.NOT_MAILED,
    MailState.NEEDLESS: Fate.NOT_MAILED,
}


class About(BaseModel):
    """What a notice is about."""

    kind: str
    group: NoticeGroup
    idea_id: str | None
    idea_title: str | None


class NoticeLine(BaseModel):
    """One notice. `at` is when its mail was sent, or will be; `read_by` is the deputy it went to."""

    id: str
    about: About
    created_at: datetime
    fate: Fate
    at: datetime | None
    read_by: Person | None
    read: bool
    """Whether its reader has seen here what it is about."""


class MailLine(BaseModel):
    """A mail that has not arrived, as far as we know. `cause` is a short word or a mail server's reply code."""

    id: str
    secret_kind: SecretMailKind | None
    """None for a mail of notices. A secret mail is never sent again: its secret is void."""
    state: MailState
    cause: str | None
    attempts: int
    reader: Person | None
    """Whom it goes to. None for an address that is nobody's account."""
    on_behalf_of: Person | None
    created_at: datetime
    changed_at: datetime
    next_attempt_at: datetime | None
    expires_at: datetime | None
    """The end of a secret mail. Soon after that its row is gone."""
    about: list[About]


async def list_notices(session: AsyncSession, account: Account, inbox: Inbox, hours: Hours) -> list[NoticeLine]:
    """The newest notices of one person. `inbox` is theirs: it tells when what waits will go out.

    An idea that is theirs no more is not named any more, and what can still be taken back is not told yet.
    """
    reader = Named(col(MailRow.recipient_id))
    around = [column == account.id for column in (col(StandingRow.coach_id), col(StandingRow.cover_id))]
    leads = true() if Role.LEAD in account.roles else false()
    is_theirs = or_(leads, *around, is_own(account.id))
    found = await session.exec(
        reader.join(
            select(NoticeRow, case((is_theirs, col(Idea.title))), MailRow, reader.name)
            .outerjoin(Idea, col(Idea.id) == col(NoticeRow.idea_id))
            .outerjoin(StandingRow, col(StandingRow.case_id) == col(NoticeRow.idea_id))
            .outerjoin(MailRow, col(MailRow.id) == col(NoticeRow.mail_id))
        )
        .where(NoticeRow.account_id == account.id, or_(col(NoticeRow.read_at).is_not(None), is_unread()))
        .order_by(col(NoticeRow.created_at).desc(), col(NoticeRow.id))
        .limit(NOTICES_SHOWN)
    )
    due = {notice.id: due_at(notice, inbox.wishes, hours) for notice in inbox.waiting}
    return [_write_line(notice, title, mail, name, due.get(notice.id)) for notice, title, mail, name in found]


async def list_undelivered(session: AsyncSession) -> list[MailLine]:
    """Mails that have failed or may have, and those whose last attempt failed; the latest first."""
    reader, owner = Named(col(MailRow.recipient_id)), Named(col(MailRow.account_id))
    statement = owner.join(reader.join(select(MailRow, reader.name, owner.name)))
    tried_in_vain = and_(col(MailRow.state) == MailState.WAITING, col(MailRow.cause).is_not(None))
    found = (
        await session.exec(
            statement.where(or_(col(MailRow.state).in_(UNDELIVERED), tried_in_vain))
            .order_by(col(MailRow.changed_at).desc(), col(MailRow.id))
            .limit(MAILS_SHOWN)
        )
    ).all()
    about = await _list_about(session, [mail.id for mail, _, _ in found])
    return [
        MailLine(
            id=mail.id,
            secret_kind=SecretMailKind(mail.secret_kind) if mail.secret_kind else None,
            state=MailState(mail.state),
            cause=mail.cause,
            attempts=mail.attempts,
            reader=person(mail.recipient_id, name),
            on_behalf_of=person(mail.account_id, owner_name) if mail.account_id != mail.recipient_id else None,
            created_at=mail.created_at,
            changed_at=mail.changed_at,
            next_attempt_at=mail.next_attempt_at,
            expires_at=mail.expires_at,
            about=about[mail.id],
        )
        for mail, name, owner_name in found
    ]


async def _list_about(session: AsyncSession, mails: Sequence[str]) -> defaultdict[str, list[About]]:
    found = await session.exec(
        select(NoticeRow, Idea.title)
        .outerjoin(Idea, col(Idea.id) == col(NoticeRow.idea_id))
        .where(col(NoticeRow.mail_id).in_(mails))
        .order_by(col(NoticeRow.created_at), col(NoticeRow.id))
    )
    about: defaultdict[str, list[About]] = defaultdict(list)
    for notice, title in found:
        about[notice.mail_id or ""].append(_write_about(notice, title))
    return about


def _write_about(notice: NoticeRow, title: str | None) -> About:
    return About(kind=notice.kind, group=group_of(notice.kind), idea_id=notice.idea_id, idea_title=title)


def _write_line(
    notice: NoticeRow, title: str | None, mail: MailRow | None, reader: str | None, due: datetime | None
) -> NoticeLine:
    fate = Fate.WAITING if notice.settled_at is None else Fate.NOT_MAILED
    times = {Fate.WAITING: due}
    if mail is not None:
        fate = FATE_OF_MAIL[MailState(mail.state)]
        times = {Fate.SENT: mail.sent_at, Fate.ON_ITS_WAY: mail.next_attempt_at}
    by_deputy = mail is not None and mail.recipient_id != notice.account_id
    return NoticeLine(
        id=notice.id,
        about=_write_about(notice, title),
        created_at=notice.created_at,
        fate=fate,
        at=times.get(fate),
        read_by=person(mail.recipient_id, reader) if mail is not None and by_deputy else None,
        read=notice.read_at is not None,
    )
