"""Invitations by mail, into a team or to work here: what becomes of one, and how often its mail may be sent."""

from datetime import timedelta
from enum import StrEnum

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.tables import MailedInvitation, MailRow
from models.tables.columns import utc_now

MOST_MAILS, MAILS_WITHIN = 3, timedelta(days=1)
"""Of one invitation. How many go to one address, from all ideas together, is counted where mails are written."""


class Fate(StrEnum):
    """What has become of an invitation. Pages have words for each: `page.join.….title`, `page.invited.….title`."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    """The account of this address was blocked meanwhile."""
    ENDED = "ended"
    """The path of the idea to whose team it leads is over."""
    CONFLICT = "conflict"
    """Whoever would join owns the idea, or coaches it."""
    FULL = "full"


class NotJoined(Exception):
    """An invitation does not lead in, or not any more."""

    def __init__(self, fate: Fate) -> None:
        self.fate = fate
        super().__init__(fate)


def fate_of(asked: MailedInvitation) -> Fate:
    if asked.accepted_at is not None:
        return Fate.ACCEPTED
    if asked.declined_at is not None:
        return Fate.DECLINED
    if asked.withdrawn_at is not None:
        return Fate.WITHDRAWN
    return Fate.OPEN if asked.is_open else Fate.EXPIRED


async def has_mails_enough(session: AsyncSession, asked: MailedInvitation) -> bool:
    lately = select(func.count(col(MailRow.id))).where(
        MailRow.subject_id == asked.id, MailRow.created_at > utc_now() - MAILS_WITHIN
    )
    return (await session.exec(lately)).one() >= MOST_MAILS
