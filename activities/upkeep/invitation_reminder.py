"""Whoever was asked into a team and has not answered is reminded once, and written no other mail."""

from datetime import datetime

from sqlmodel import col, select

from activities.secret_mails.posting import Order, is_held_back, write_secret_mail
from activities.secret_mails.team import REMINDED_AFTER
from activities.upkeep.draft_expiry import Postbox
from models.database import Database
from models.tables import Invitation, StandingRow
from models.vocabulary import SecretMailKind


async def remind_invited(database: Database, postbox: Postbox, key: str, now: datetime) -> int:
    """Write to everybody who was asked half a month ago, once; returns to how many. Safe to repeat.

    `key` is `Settings.signing_key`.
    """
    due = (
        select(Invitation)
        .join(StandingRow, col(StandingRow.case_id) == col(Invitation.idea_id))
        .where(
            Invitation.is_unanswered(),
            col(Invitation.reminded_at).is_(None),
            Invitation.asked_at <= now - REMINDED_AFTER,
            Invitation.expires_at > now,
            col(StandingRow.outcome).is_(None),
        )
    )
    mails = []
    async with database.transaction() as session:
        for asked in (await session.exec(due.with_for_update(of=Invitation))).all():
            order = Order(SecretMailKind.TEAM_REMINDER, asked.email, None, asked.id, asked.language, asked.expires_at)
            mail = await write_secret_mail(session, key, order)
            if not is_held_back(mail):
                asked.reminded_at = now
                mails.append(mail.id)
    for mail_id in mails:
        await postbox.start_secret_mail(mail_id)
    return len(mails)
