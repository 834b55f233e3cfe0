"""From waiting notices to a mail that was sent, once.

A mail is claimed before its text is given to a server, and noted after. Whoever finds it given and not noted cannot
know whether it arrived: it is then shown to the leads and never sent again by itself.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

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
from activities.record import find_recipients, notice_values
from activities.signatures import Mailing
from models.database import Database, is_unreachable
from models.messages.idea import Notice
from models.messages.inbox import InboxLook, InboxPlan, MailOrder
from models.policy import days_of
from models.queries.inbox import read_inbox
from models.rules.inbox import GOES_TO_DEPUTY, group_of, hours_of, pause_after, plan_mail
from models.tables import Account, Idea, MailRow, NoticeRow
from models.tables.columns import utc_now
from models.vocabulary import MailState, NoticeKind, Role

INTERRUPTED = "interrupted"
"""The cause of a mail whose attempt ended between giving and noting."""

NO_ANSWER = "no_answer"

UNDELIVERED = frozenset({MailState.FAILED, MailState.UNCERTAIN})


class Overtaken(Exception):
    """Another attempt has taken this mail up meanwhile."""


class Claim(NamedTuple):
    """One attempt at one mail."""

    mail_id: str
    attempt: int


class MailingActivities(Mailing):
    """Inboxes on PostgreSQL, mails through a mailer."""

    def __init__(self, database: Database, inboxes: Inboxes, mailer: Mailer, letterhead: Letterhead) -> None:
        self._database = database
        self._inboxes = inboxes
        self._mailer = mailer
        self._policy = letterhead.policy
        self._letterhead = letterhead

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
        return True

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
                await self._give_up(session, mail, MailState.UNCERTAIN, INTERRUPTED)
            if mail.state != MailState.WAITING:
                return None
            if not await _list_notices(session, mail_id) or await _is_erased(session, mail.recipient_id):
                # The idea it was to tell of was erased meanwhile, or its reader.
                await session.delete(mail)
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
            await self._mailer.send(await self._compose(claim.mail_id), giving)
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
            await self._move(claim, was, state=MailState.SENT, cause=None, next_attempt_at=None, sent_at=utc_now())

    async def _put_off(self, claim: Claim, cause: str) -> None:
        """Ask for another attempt after a pause, or give the mail up where it has been tried for long enough."""
        now = utc_now()
        async with self._database.transaction() as session:
            mail = await _lock_claimed(session, claim)
            if mail is None:
                return
            tried_for = now - mail.tried_since
            if tried_for >= days_of(self._policy.notices.give_up_after):
                await self._give_up(session, mail, MailState.FAILED, cause)
                return
            pause = pause_after(tried_for)
            mail.state, mail.cause, mail.next_attempt_at = MailState.WAITING, cause, now + pause
        raise ApplicationError(
            cause, type="MailNotTaken", next_retry_delay=pause, category=ApplicationErrorCategory.BENIGN
        ) from None

    async def _fail(self, claim: Claim, state: MailState, cause: str) -> None:
        async with self._database.transaction() as session:
            mail = await _lock_claimed(session, claim)
            if mail is not None:
                await self._give_up(session, mail, state, cause)

    async def _move(self, claim: Claim, was: set[MailState], **values: Any) -> bool:
        """Change a mail that is still in this attempt's hands."""
        mine = (col(MailRow.id) == claim.mail_id, col(MailRow.attempts) == claim.attempt, col(MailRow.state).in_(was))
        async with self._database.transaction() as session:
            changed = update(MailRow).where(*mine).values(changed_at=utc_now(), **values).returning(col(MailRow.id))
            return (await session.exec(changed)).first() is not None

    async def _give_up(self, session: AsyncSession, mail: MailRow, state: MailState, cause: str) -> None:
        """Leave a mail to people: the leads hear of it, but never of a mail that was to tell them just that."""
        mail.state, mail.cause, mail.next_attempt_at, mail.changed_at = state, cause, None, utc_now()
        notices = await _list_notices(session, mail.id)
        if any(notice.kind == NoticeKind.MAIL_FAILED for notice in notices):
            return
        office = await _find_office(session, mail)
        kind, key = NoticeKind.MAIL_FAILED, f"mail-{mail.id}-{mail.attempts}"
        leads = await find_recipients(session, Notice(kind=kind, to=Role.LEAD), office)
        rows = [notice_values(None, key, lead, kind) for lead in leads if lead != mail.recipient_id]
        if rows:
            await session.exec(insert(NoticeRow).values(rows).on_conflict_do_nothing())

    async def _compose(self, mail_id: str) -> Mail:
        async with self._database.session() as session:
            await _wait_for_erasures(session, mail_id)
            mail = await session.get(MailRow, mail_id)
            if mail is None or await _is_erased(session, mail.recipient_id):
                raise Overtaken
            recipient = await session.get_one(Account, mail.recipient_id)
            return await compose_mail(
                session, mail_id, recipient, await _list_notices(session, mail_id), self._letterhead
            )


async def _write_down(session: AsyncSession, order: MailOrder) -> bool:
    """A row for the mail; False where an earlier attempt wrote it."""
    values = MailRow(id=order.mail_id, account_id=order.account_id, recipient_id=order.account_id).model_dump()
    written = insert(MailRow).values(values).on_conflict_do_nothing().returning(col(MailRow.id))
    return (await session.exec(written)).first() is not None


async def _wait_for_erasures(session: AsyncSession, mail_id: str) -> None:
    """Whoever erases the reader or an idea of a mail has both in hand: what they erase is not written down any more.

    An erasure that comes later finds the mail, and has it written anew.
    """
    readers = select(MailRow.recipient_id).where(MailRow.id == mail_id)
    told = select(NoticeRow.idea_id).where(NoticeRow.mail_id == mail_id)
    for table, ids in ((Account, readers), (Idea, told)):
        rows = select(table.id).where(col(table.id).in_(ids)).order_by(col(table.id))
        await session.exec(rows.with_for_update(read=True))


async def _is_erased(session: AsyncSession, account_id: str) -> bool:
    erased = select(Account.erased_at).where(Account.id == account_id)
    return (await session.exec(erased)).one() is not None


async def _settle(session: AsyncSession, notices: Sequence[str], mail_id: str | None = None) -> None:
    """The inbox is done with these notices; they are in this mail, or in none."""
    settled = update(NoticeRow).where(col(NoticeRow.id).in_(notices), col(NoticeRow.settled_at).is_(None))
    await session.exec(settled.values(settled_at=utc_now(), mail_id=mail_id))


async def _list_unsent(session: AsyncSession, account_id: str) -> Sequence[str]:
    mails = select(MailRow.id).where(MailRow.account_id == account_id, col(MailRow.state).in_(UNDER_WAY))
    return (await session.exec(mails.order_by(col(MailRow.created_at), col(MailRow.id)))).all()


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
