"""The mails that ask somebody into the team of an idea: the first one, and one reminder."""

from datetime import timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import Block, Link, Message
from activities.secret_mails.spec import Desk, SecretMailSpec, Written
from models.tables import Account, Invitation, StandingRow

LASTS = timedelta(days=30)
REMINDED_AFTER = timedelta(days=15)


async def write_invitation(session: AsyncSession, desk: Desk) -> Written | None:
    return await _write(session, desk, "team_invitation")


async def write_reminder(session: AsyncSession, desk: Desk) -> Written | None:
    return await _write(session, desk, "team_reminder")


async def _write(session: AsyncSession, desk: Desk, kind: str) -> Written | None:
    """Another secret for the invitation. It does not name the idea, and who asks only to somebody who has proved that
    they read this address: any other may be anybody's."""
    asked = await session.get(Invitation, desk.row.subject_id, with_for_update=True)
    if asked is None or not asked.is_open:
        return None
    row = await session.get(StandingRow, asked.idea_id)
    if row is None or row.outcome is not None:
        return None
    secret, t = asked.new_link(), desk.texts
    until = t.day(asked.expires_at.astimezone(desk.letterhead.policy.zone).date())
    share = t(f"secret_mail.team.share.{asked.share}")
    inviter = await _first_name(session, desk, asked)
    headline = (
        t(f"secret_mail.{kind}.headline.named", inviter=inviter) if inviter else t(f"secret_mail.{kind}.headline")
    )
    message = Message(headline, t(f"secret_mail.{kind}.text", share=share, until=until))
    link = Link(desk.address(f"einladung/{secret}"), t("secret_mail.team.open"))
    return Written(t(f"secret_mail.{kind}.subject"), (Block("", (message,), link=link, on_turn=True),))


async def _first_name(session: AsyncSession, desk: Desk, asked: Invitation) -> str:
    """Of who invites; empty where the reader has not proved the address."""
    theirs = select(Account.id).where(Account.email == desk.row.email, col(Account.proved_at).is_not(None))
    if (await session.exec(theirs)).first() is None or asked.inviter_id is None:
        return ""
    inviter = await session.get_one(Account, asked.inviter_id)
    return inviter.name.partition(" ")[0]


SPEC = SecretMailSpec(LASTS, write_invitation, within=timedelta(days=1))
REMINDER = SecretMailSpec(LASTS - REMINDED_AFTER, write_reminder)
