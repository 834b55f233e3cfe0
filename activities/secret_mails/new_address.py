"""The mails about another address: one to the new address, which proves it, and one to the old, which is told."""

from datetime import timedelta

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import Block, Link, Message
from activities.secret_mails.spec import Desk, SecretMailSpec, Written
from models.addresses import mask_address
from models.secrets import hash_secret, new_secret
from models.tables import Account, AddressChange
from models.tables.columns import utc_now

LASTS = timedelta(hours=12)
"""It ends with the session in which it was asked for, and none lasts much longer."""


async def write_new_address(session: AsyncSession, desk: Desk) -> Written | None:
    """To the owner of an address that has an account of its own another mail: that both can be brought together.

    Whose account it is about is said by its old address, masked: nobody confirms what is not theirs.
    """
    wanted = await session.get(AddressChange, desk.row.subject_id, with_for_update=True)
    if wanted is None or wanted.used_at is not None or wanted.expires_at <= utc_now():
        return None
    asker = await session.get_one(Account, wanted.account_id)
    holder = (await session.exec(select(Account).where(Account.email == wanted.email))).one_or_none()
    if holder is not None and (holder.id == asker.id or holder.blocked_at is not None):
        return None
    secret, t = new_secret(), desk.texts
    wanted.hash = hash_secret(secret)
    until = t.instant(wanted.expires_at, desk.letterhead.policy.zone)
    kind = "new_address" if holder is None else "known_address"
    message = Message(
        t(f"secret_mail.{kind}.headline"), t(f"secret_mail.{kind}.text", account=mask_address(asker.email), until=until)
    )
    link = Link(desk.address(f"meine-daten/adresse/{secret}"), t(f"secret_mail.{kind}.open"))
    return Written(t(f"secret_mail.{kind}.subject"), (Block("", (message,), link=link, on_turn=True),))


async def write_address_changed(_session: AsyncSession, desk: Desk) -> Written | None:
    """To the old address, without a secret: whoever did not want this can tell us."""
    t = desk.texts
    message = Message(t("secret_mail.address_changed.headline"), t("secret_mail.address_changed.text"))
    return Written(t("secret_mail.address_changed.subject"), (Block("", (message,)),))


SPEC = SecretMailSpec(LASTS, write_new_address, most=5, within=timedelta(days=1))
CHANGED = SecretMailSpec(LASTS, write_address_changed, greets=True)
