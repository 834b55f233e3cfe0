"""Whoever handed in without an account and has not confirmed the address is reminded once, through the same door."""

from datetime import datetime

from sqlmodel import col, select

from activities.secret_mails.confirm_draft import REMINDED_AFTER
from activities.secret_mails.posting import Order, is_held_back, write_secret_mail
from activities.upkeep.draft_expiry import Postbox
from models.database import Database
from models.tables import Draft, DraftLink
from models.vocabulary import SecretMailKind


async def remind_of_confirming(database: Database, postbox: Postbox, key: str, now: datetime) -> int:
    """Write once to each address for which an idea has waited three days; returns how often. Safe to repeat.

    `key` is `Settings.signing_key`.
    """
    due = select(Draft).where(
        col(Draft.waits_since) <= now - REMINDED_AFTER, col(Draft.warned_at).is_(None), Draft.expires_at > now
    )
    mails = []
    async with database.transaction() as session:
        for draft in (await session.exec(due.order_by(col(Draft.email), col(Draft.id)).with_for_update())).all():
            link = DraftLink(draft_id=draft.id, email=draft.email or "", expires_at=draft.expires_at)
            session.add(link)
            await session.flush()
            order = Order(SecretMailKind.CONFIRM_DRAFT, link.email, None, link.id, draft.language, draft.expires_at)
            mail = await write_secret_mail(session, key, order)
            if not is_held_back(mail):
                draft.warned_at = now
                mails.append(mail.id)
    for mail_id in mails:
        await postbox.start_secret_mail(mail_id)
    return len(mails)
