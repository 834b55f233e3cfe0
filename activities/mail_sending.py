"""From a mail that is written down to one that was sent, once: mails of notices and secret mails alike.

A mail is claimed before its text is given to a server, and noted after. Whoever finds it given and not noted cannot
know whether it arrived: it is then shown to the leads and never sent again by itself.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.heartbeat import heartbeats
from activities.mails.compose import compose_mail
from activities.mails.letterhead import Letterhead
from activities.notice_courier import UNDER_WAY, dispatch_notices
from activities.ports.inboxes import Inboxes
from activities.ports.mailer import Mail, Mailer, MailNotTaken, MailUncertain
from activities.projection import find_recipients, notice_values
from activities.secret_mails.compose import compose_secret_mail
from activities.signatures import Mailing
from models.database import Database, is_unreachable
from models.messages.cases import Notice
from models.policy import days_of
from models.queries.deliveries import UNDELIVERED
from models.rules.notice_timing import pause_after
from models.tables import Account, Idea, MailRow, NoticeRow
from models.tables.columns import utc_now
from models.vocabulary import MailState, NoticeKind, Role

INTERRUPTED = "interrupted"
"""The cause of a mail whose attempt ended between giving and noting."""

NO_ANSWER = "no_answer"

TOO_LATE = "expired"
"""The cause of a secret mail that was not tried as long as its secret was of use."""

log = structlog.get_logger()


class Overtaken(Exception):
    """Another attempt has taken this mail up meanwhile."""


class Claim(NamedTuple):
    """One attempt at one mail."""

    mail_id: str
    attempt: int


class MailingActivities(Mailing):
    """Mails from PostgreSQL, through a mailer."""

    def __init__(self, database: Database, inboxes: Inboxes, mailer: Mailer, letterhead: Letterhead) -> None:
        self._database = database
        self._inboxes = inboxes
        self._mailer = mailer
        self._letterhead = letterhead
        self._give_up_after = days_of(letterhead.policy.notices.give_up_after)

    @activity.defn(name="send_mail")
    async def send_mail(self, mail_id: str) -> MailState:
        async with heartbeats():
            claim = await self._claim(mail_id)
            if claim is not None:
                await self._attempt(claim)
        async with self._database.reading() as session:
            mail = await session.get(MailRow, mail_id)
        if mail is None:
            # Its person or its idea was erased meanwhile.
            return MailState.FAILED
        if mail.state in UNDER_WAY:
            raise _ask_again("overtaken")
        if mail.state in UNDELIVERED:
            await dispatch_notices(self._database, self._inboxes, None)
        return MailState(mail.state)

    async def _claim(self, mail_id: str) -> Claim | None:
        """Begin an attempt; None where there is nothing to send."""
        async with self._database.transaction() as session:
            mail = await session.get(MailRow, mail_id, with_for_update=True)
            if mail is None:
                return None
            if mail.state == MailState.HANDING_OVER:
                await _give_up(session, mail, MailState.UNCERTAIN, INTERRUPTED)
            elif mail.state == MailState.WAITING and mail.expires_at is not None and mail.expires_at <= utc_now():
                await _give_up(session, mail, MailState.FAILED, mail.cause or TOO_LATE)
            if mail.state != MailState.WAITING:
                return None
            mail.attempts += 1
            mail.changed_at = utc_now()
            return Claim(mail_id, mail.attempts)

    async def _attempt(self, claim: Claim) -> None:
        given = False

        async def giving() -> None:
            nonlocal given
            if not await self._move(claim, {MailState.WAITING}, state=MailState.HANDING_OVER):
                raise Overtaken
            given = True

        try:
            mail = await self._write(claim)
            if mail is None:
                return
            await self._mailer.send(mail, giving)
        except Overtaken:
            return
        except MailUncertain as lost:
            await self._fail(claim, MailState.UNCERTAIN, str(lost) or NO_ANSWER)
        except MailNotTaken as refused:
            if refused.permanent:
                await self._fail(claim, MailState.FAILED, refused.cause)
            else:
                await self._put_off(claim, refused.cause)
        except Exception as error:
            if is_unreachable(error) and not given:
                raise
            if given:
                await self._fail(claim, MailState.UNCERTAIN, type(error).__name__)
            else:
                await self._put_off(claim, type(error).__name__)
        else:
            # An attempt that was thought dead and yet came through knows better than the one that found it so.
            was = {MailState.HANDING_OVER, MailState.UNCERTAIN}
            done = {"cause": None, "next_attempt_at": None, "sent_at": utc_now(), "email": ""}
            await self._move(claim, was, state=MailState.SENT, **done)

    async def _write(self, claim: Claim) -> Mail | None:
        """The mail with its words, and with its secret where it has one; None where there is nothing to tell any more.

        A secret that is made here is kept, as a digest, before the mail goes anywhere.
        """
        async with self._database.transaction() as session:
            await _wait_for_erasures(session, claim.mail_id)
            row = await _lock_claimed(session, claim)
            if row is None:
                raise Overtaken
            mail = await self._compose(session, row)
            if mail is None:
                _end(row, MailState.NEEDLESS)
            return mail

    async def _compose(self, session: AsyncSession, row: MailRow) -> Mail | None:
        there = select(Account).where(Account.id == row.recipient_id, col(Account.erased_at).is_(None))
        reader = (await session.exec(there)).one_or_none()
        if reader is None and row.recipient_id is not None:
            return None
        if row.secret_kind is not None:
            return await compose_secret_mail(session, row, row.secret_kind, reader, self._letterhead)
        notices = await _list_notices(session, row.id)
        # The idea that it was to tell of may have been erased meanwhile.
        return await compose_mail(session, row.id, reader, notices, self._letterhead) if reader and notices else None

    async def _put_off(self, claim: Claim, cause: str) -> None:
        """Ask for another attempt after a pause, or give the mail up where it has been tried for long enough."""
        now = utc_now()
        async with self._database.transaction() as session:
            mail = await _lock_claimed(session, claim)
            if mail is None:
                return
            ends_at = mail.expires_at or mail.tried_since + self._give_up_after
            if now >= ends_at:
                await _give_up(session, mail, MailState.FAILED, cause)
                return
            pause = pause_after(now - mail.tried_since, ends_at - mail.tried_since)
            mail.cause, mail.state, mail.next_attempt_at = cause, MailState.WAITING, now + pause
        raise _ask_again(cause, pause) from None

    async def _fail(self, claim: Claim, state: MailState, cause: str) -> None:
        async with self._database.transaction() as session:
            mail = await _lock_claimed(session, claim)
            if mail is not None:
                await _give_up(session, mail, state, cause)

    async def _move(self, claim: Claim, was: set[MailState], **values: Any) -> bool:
        """Change a mail that is still in this attempt's hands."""
        mine = (col(MailRow.id) == claim.mail_id, col(MailRow.attempts) == claim.attempt, col(MailRow.state).in_(was))
        async with self._database.transaction() as session:
            changed = update(MailRow).where(*mine).values(changed_at=utc_now(), **values).returning(col(MailRow.id))
            return (await session.exec(changed)).first() is not None


def _ask_again(cause: str, pause: timedelta | None = None) -> ApplicationError:
    """What makes Temporal try once more; without a pause as soon as the workflow says."""
    benign = ApplicationErrorCategory.BENIGN
    return ApplicationError(cause, type="MailNotTaken", next_retry_delay=pause, category=benign)


def _end(mail: MailRow, state: MailState, cause: str | None = None) -> None:
    """Nobody needs the address of a secret mail any more."""
    mail.state, mail.cause, mail.next_attempt_at, mail.changed_at, mail.email = state, cause, None, utc_now(), ""


async def _give_up(session: AsyncSession, mail: MailRow, state: MailState, cause: str) -> None:
    """Leave a mail to people. Of a secret mail leads hear on their page alone: anybody can have one sent in vain."""
    _end(mail, state, cause)
    log.warning("mail given up", what=mail.secret_kind or "notices", outcome=str(state), cause=cause)
    if mail.secret_kind is None:
        await _tell_leads(session, mail)


async def _tell_leads(session: AsyncSession, mail: MailRow) -> None:
    """That notices did not arrive, but never of a mail that was to tell them just that."""
    notices = await _list_notices(session, mail.id)
    if any(notice.kind == NoticeKind.MAIL_FAILED for notice in notices):
        return
    office = await _find_office(session, mail)
    kind, key = NoticeKind.MAIL_FAILED, f"mail-{mail.id}-{mail.attempts}"
    leads = await find_recipients(session, Notice(kind=kind, to=Role.LEAD), office)
    rows = [notice_values(None, key, lead, kind) for lead in leads if lead != mail.recipient_id]
    if rows:
        await session.exec(insert(NoticeRow).values(rows).on_conflict_do_nothing())


async def _wait_for_erasures(session: AsyncSession, mail_id: str) -> None:
    """Whoever erases the reader or an idea of a mail has both in hand: what they erase is not written down any more.

    An erasure that comes later finds the mail, and has it written anew.
    """
    readers = select(MailRow.recipient_id).where(MailRow.id == mail_id)
    told = select(NoticeRow.idea_id).where(NoticeRow.mail_id == mail_id)
    for table, ids in ((Account, readers), (Idea, told)):
        rows = select(table.id).where(col(table.id).in_(ids)).order_by(col(table.id))
        await session.exec(rows.with_for_update(read=True))


async def _list_notices(session: AsyncSession, mail_id: str) -> Sequence[NoticeRow]:
    notices = select(NoticeRow).where(NoticeRow.mail_id == mail_id)
    return (await session.exec(notices.order_by(col(NoticeRow.created_at), col(NoticeRow.id)))).all()


async def _lock_claimed(session: AsyncSession, claim: Claim) -> MailRow | None:
    """The mail, if it is still in this attempt's hands."""
    mail = await session.get(MailRow, claim.mail_id, with_for_update=True)
    if mail is None or mail.attempts != claim.attempt or mail.state not in UNDER_WAY:
        return None
    return mail


async def _find_office(session: AsyncSession, mail: MailRow) -> str:
    """The office whose leads look after what a mail is about; "" where it is about no idea of an office."""
    of_ideas = (
        select(Idea.office)
        .join(NoticeRow, col(NoticeRow.idea_id) == col(Idea.id))
        .where(NoticeRow.mail_id == mail.id)
        .order_by(col(NoticeRow.created_at))
        .limit(1)
    )
    found = (await session.exec(of_ideas)).first()
    return found or (await session.get_one(Account, mail.account_id)).office or ""
