"""The letters about another address: one to the new address, which proves it, and one to the old, which is told."""

from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.letters.parts import Desk, LetterSpec, Written
from activities.mails.parts import Block, Link, Message
from models.secrets import hash_secret, new_secret
from models.tables import AddressChange
from models.tables.columns import utc_now

LASTS = timedelta(days=2)


async def write_new_address(session: AsyncSession, desk: Desk) -> Written | None:
    wanted = await session.get(AddressChange, desk.row.subject_id, with_for_update=True)
    if wanted is None or wanted.used_at is not None or wanted.expires_at <= utc_now():
        return None
    secret, t = new_secret(), desk.texts
    wanted.hash = hash_secret(secret)
    until = t.day(wanted.expires_at.astimezone(desk.letterhead.policy.zone).date())
    message = Message(t("letter.new_address.headline"), t("letter.new_address.text", until=until))
    link = Link(desk.address(f"meine-daten/adresse/{secret}"), t("letter.new_address.open"))
    return Written(t("letter.new_address.subject"), (Block("", (message,), link=link, on_turn=True),))


async def write_address_changed(_session: AsyncSession, desk: Desk) -> Written | None:
    """To the old address, without a secret: whoever did not want this can tell us."""
    t = desk.texts
    message = Message(t("letter.address_changed.headline"), t("letter.address_changed.text"))
    return Written(t("letter.address_changed.subject"), (Block("", (message,)),))


SPEC = LetterSpec(LASTS, write_new_address, most=5, within=timedelta(days=1))
CHANGED = LetterSpec(LASTS, write_address_changed, greets=True)
