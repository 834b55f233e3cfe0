"""The one door for all secret mails: whoever writes one asks here, and it is written, or held back.

Counted are all that go to an address, of all kinds, in all spellings, under a lock that all processes share: two at the
same moment stand in line. Whoever asks learns nothing of it, since a refusal would tell who else was written to, and
would let strangers keep somebody's secret mails away while saying so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.audit import write_audit
from activities.secret_mails.kinds import KINDS
from models.secrets import keyed_hash
from models.tables import Account, MailRow
from models.tables.columns import utc_now
from models.vocabulary import AuditEvent, MailState, SecretMailKind

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

MOST_TO_UNPROVED = 10
"""Mails of all kinds in a day to an address that nobody has proved: its owner never asked for any of them."""
MOST_OF_NETWORK = 120
"""Mails in an hour to unproved addresses that one network has asked for: an evening in a school hall, and no more."""
MOST_IN_ALL = 1000
"""Mails in an hour to unproved addresses, from everywhere. It is not locked, so a few more may slip through at once.
Whoever is known here gets theirs all the same: a flood shuts nobody out."""


@dataclass(frozen=True)
class Order:
    """A secret mail that somebody wants sent."""

    kind: SecretMailKind
    email: str
    """Canonical."""
    account_id: str | None = None
    subject_id: str | None = None
    language: str = "de"
    expires_at: datetime | None = None
    """None: as its kind says."""
    network: str | None = None
    """A keyed digest of where it was asked for; None where upkeep writes."""
    is_own: bool = False
    """Its reader asks, in an open session: how often is counted by the session, not here."""
    is_proved: bool = False
    """Whoever reads this address has asked for it, with a link that went there."""
    to_nobody: bool = False
    """All is done as if it went out, and it does not: the answer must not tell who is known here."""


async def write_secret_mail(session: AsyncSession, key: str, order: Order) -> MailRow:
    """The row of a secret mail, or of one that is held back. The caller commits, and starts what is not held back.

    Called last in a transaction, since others who write to the same address wait for its end.
    """
    mail = MailRow(
        secret_kind=order.kind,
        email=order.email,
        address_hash=hash_address(key, order.email),
        account_id=order.account_id,
        recipient_id=order.account_id,
        subject_id=order.subject_id,
        language=order.language,
        network_hash=order.network,
        expires_at=order.expires_at or utc_now() + KINDS[order.kind].lasts,
    )
    # Two at once stand in line here, whichever process they are in.
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(mail.address_hash, 0))))
    mail.to_unproved = not (order.is_proved or await _is_proved(session, order.email))
    if not order.is_own and await _is_one_too_many(session, mail, order):
        mail.email, mail.state = "", MailState.HELD_BACK
        await _note_held_back(session, mail)
    elif order.to_nobody:
        mail.email, mail.state, mail.to_unproved = "", MailState.NEEDLESS, False
    session.add(mail)
    await session.flush()
    return mail


def is_held_back(mail: MailRow) -> bool:
    return mail.state == MailState.HELD_BACK


def hash_address(key: str, address: str) -> str:
    """By which secret mails to one address are counted; the address is not in it."""
    return keyed_hash(key, "secret mail", address)


async def count_secret_mails(session: AsyncSession, within: timedelta, *which: ColumnElement[bool]) -> int:
    """How many secret mails were written lately; what was held back is none."""
    lately = (col(MailRow.created_at) > utc_now() - within, MailRow.state != MailState.HELD_BACK)
    return (await session.exec(select(func.count(col(MailRow.id))).where(*lately, *which))).one()


async def _is_one_too_many(session: AsyncSession, mail: MailRow, order: Order) -> bool:
    spec, to_it = KINDS[order.kind], col(MailRow.address_hash) == mail.address_hash
    if await count_secret_mails(session, spec.within, to_it, col(MailRow.secret_kind) == order.kind) >= spec.most:
        return True
    if not mail.to_unproved:
        return False
    if await count_secret_mails(session, DAY, to_it) >= MOST_TO_UNPROVED:
        return True
    unproved, from_it = col(MailRow.to_unproved).is_(True), col(MailRow.network_hash) == order.network
    if order.network is not None and await count_secret_mails(session, HOUR, unproved, from_it) >= MOST_OF_NETWORK:
        return True
    return await count_secret_mails(session, HOUR, unproved) >= MOST_IN_ALL


async def _is_proved(session: AsyncSession, address: str) -> bool:
    proved = select(Account.id).where(Account.email == address, col(Account.proved_at).is_not(None))
    return (await session.exec(proved)).first() is not None


async def _note_held_back(session: AsyncSession, mail: MailRow) -> None:
    """Once an hour for an address: whoever is refused a thousand times does not fill the audit log."""
    since, held = utc_now() - HOUR, col(MailRow.state) == MailState.HELD_BACK
    to_it = (col(MailRow.address_hash) == mail.address_hash, held, col(MailRow.created_at) > since)
    if (await session.exec(select(MailRow.id).where(*to_it).limit(1))).first() is None:
        await write_audit(
            session, AuditEvent.SLOWED, "secret_mail", network_hash=mail.network_hash, kind=mail.secret_kind
        )
