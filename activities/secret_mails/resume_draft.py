"""The mails with a link to a draft: to go on with it on another device, to its author where it was brought over from
elsewhere, and before it goes."""

from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import Block, Link, Message
from activities.secret_mails.spec import Desk, SecretMailSpec, Written
from models.secrets import hash_secret, new_secret
from models.tables import Draft, DraftLink
from models.tables.columns import utc_now

LASTS = timedelta(days=7)
INVITED_FOR = timedelta(days=30)
WARNED_BEFORE = timedelta(days=14)
"""So long before a draft goes its address is told, and so long the link in that mail lasts."""


async def write_resume_draft(session: AsyncSession, desk: Desk) -> Written | None:
    return await _write(session, desk, "resume_draft")


async def write_imported(session: AsyncSession, desk: Desk) -> Written | None:
    """It names neither the idea nor who has brought it over: the address may be somebody else's."""
    return await _write(session, desk, "imported")


async def write_draft_ends(session: AsyncSession, desk: Desk) -> Written | None:
    return await _write(session, desk, "draft_ends")


async def _write(session: AsyncSession, desk: Desk, kind: str) -> Written | None:
    """A new secret for the link. Nothing where the draft has gone or is handed in meanwhile."""
    link = await session.get(DraftLink, desk.row.subject_id, with_for_update=True)
    draft = await session.get(Draft, link.draft_id) if link is not None else None
    if link is None or draft is None or draft.idea_id is not None or link.used_at is not None:
        return None
    if min(link.expires_at, draft.expires_at) <= utc_now():
        return None
    secret, t, zone = new_secret(), desk.texts, desk.letterhead.policy.zone
    link.hash = hash_secret(secret)
    until = t.day(link.expires_at.astimezone(zone).date())
    message = Message(t(f"secret_mail.{kind}.headline"), t(f"secret_mail.{kind}.text", until=until))
    address = Link(desk.address(f"einreichen/weiter/{secret}"), t("secret_mail.resume_draft.open"))
    return Written(t(f"secret_mail.{kind}.subject"), (Block("", (message,), link=address, on_turn=True),))


SPEC = SecretMailSpec(LASTS, write_resume_draft)
ENDS = SecretMailSpec(WARNED_BEFORE, write_draft_ends)
IMPORTED = SecretMailSpec(INVITED_FOR, write_imported, within=timedelta(days=1))
