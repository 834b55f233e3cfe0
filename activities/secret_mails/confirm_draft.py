"""The mail to whoever hands in without an account: it asks whether the address is theirs. It holds no word of it."""

from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import Block, Link, Message
from activities.secret_mails.spec import Desk, SecretMailSpec, Written
from models.secrets import hash_secret, new_secret
from models.tables import Draft, DraftLink
from models.tables.columns import utc_now

LASTS = timedelta(days=14)
"""So long an idea waits for its address to be confirmed; then it goes."""

REMINDED_AFTER = timedelta(days=3)


async def write_confirm_draft(session: AsyncSession, desk: Desk) -> Written | None:
    """A new secret for the link. Nothing where the draft waits no longer, or for another address."""
    link = await session.get(DraftLink, desk.row.subject_id, with_for_update=True)
    draft = await session.get(Draft, link.draft_id) if link is not None else None
    if link is None or draft is None or draft.waits_since is None or draft.email != link.email:
        return None
    if min(link.expires_at, draft.expires_at) <= utc_now():
        return None
    secret, t = new_secret(), desk.texts
    link.hash = hash_secret(secret)
    until = t.day(draft.expires_at.astimezone(desk.letterhead.policy.zone).date())
    message = Message(t("secret_mail.confirm_draft.headline"), t("secret_mail.confirm_draft.text", until=until))
    address = Link(desk.address(f"einreichen/bestaetigen/{secret}"), t("secret_mail.confirm_draft.open"))
    return Written(t("secret_mail.confirm_draft.subject"), (Block("", (message,), link=address, on_turn=True),))


SPEC = SecretMailSpec(LASTS, write_confirm_draft)
