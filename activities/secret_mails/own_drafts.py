"""The letter to somebody who has an account: drafts of theirs will go. It carries no secret, and no word of theirs."""

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import Block, Link, Message
from activities.secret_mails.letter_spec import Desk, LetterSpec, Written
from activities.secret_mails.resume_draft import WARNED_BEFORE


async def write_drafts_end(_session: AsyncSession, desk: Desk) -> Written | None:
    t, zone = desk.texts, desk.letterhead.policy.zone
    until = t.day(desk.row.expires_at.astimezone(zone).date())
    message = Message(t("letter.draft_ends.headline"), t("letter.own_drafts_end.text", until=until))
    link = Link(desk.address("ideen"), t("letter.own_drafts_end.open"))
    return Written(t("letter.draft_ends.subject"), (Block("", (message,), link=link, on_turn=True),))


SPEC = LetterSpec(WARNED_BEFORE, write_drafts_end)
