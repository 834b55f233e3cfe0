"""The mail to somebody who has an account: drafts of theirs will go. It carries no secret, and no word of theirs."""

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import Block, Link, Message
from activities.secret_mails.resume_draft import WARNED_BEFORE
from activities.secret_mails.spec import Desk, SecretMailSpec, Written


async def write_drafts_end(_session: AsyncSession, desk: Desk) -> Written | None:
    t, zone = desk.texts, desk.letterhead.policy.zone
    until = t.day(desk.expires_at.astimezone(zone).date())
    message = Message(t("secret_mail.draft_ends.headline"), t("secret_mail.own_drafts_end.text", until=until))
    link = Link(desk.address("ideen"), t("secret_mail.own_drafts_end.open"))
    return Written(t("secret_mail.draft_ends.subject"), (Block("", (message,), link=link, on_turn=True),))


SPEC = SecretMailSpec(WARNED_BEFORE, write_drafts_end)
