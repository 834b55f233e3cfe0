"""The mail that signs somebody in: a link for this device, a code for another one."""

from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import Block, Link, Message, Section
from activities.secret_mails.spec import Desk, SecretMailSpec, Written
from models.secrets import hash_secret, keyed_hash, new_code, new_secret, show_code
from models.tables import SignIn
from models.tables.columns import utc_now

LASTS = timedelta(minutes=10)
"""OWASP ASVS 5.0, 6.5.5: at most ten minutes for a secret that comes by another channel."""


async def write_sign_in(session: AsyncSession, desk: Desk) -> Written | None:
    """A new link and a new code; those of an earlier attempt at this mail count no more."""
    asked = await session.get(SignIn, desk.row.subject_id, with_for_update=True)
    if asked is None or asked.account_id is None or asked.used_at is not None or asked.expires_at <= utc_now():
        return None
    link, code, t = new_secret(), new_code(), desk.texts
    asked.link_hash = hash_secret(link)
    asked.code_hash = hash_code(desk.letterhead.links.key, asked, code)
    values = {"code": show_code(code), "minutes": round(LASTS.total_seconds() / 60)}
    message = Message(t("secret_mail.sign_in.headline"), t("secret_mail.sign_in.text"), Section("sign_in", values))
    address = Link(desk.address(f"anmelden/link/{link}"), t("secret_mail.sign_in.open"))
    return Written(t("secret_mail.sign_in.subject"), (Block("", (message,), link=address, on_turn=True),))


async def write_at_provider(_session: AsyncSession, desk: Desk) -> Written | None:
    """To staff where nothing but their provider opens an account: where to go, and nothing that lets anybody in."""
    t = desk.texts
    message = Message(t("secret_mail.at_provider.headline"), t("secret_mail.at_provider.text"))
    address = Link(desk.address("anmelden/dienst"), t("secret_mail.at_provider.open"))
    return Written(t("secret_mail.at_provider.subject"), (Block("", (message,), link=address, on_turn=True),))


def hash_code(key: str, asked: SignIn, code: str) -> str:
    """A code counts for the one sign-in that it was made for."""
    return keyed_hash(key, f"sign-in/{asked.id}", code)


SPEC = SecretMailSpec(LASTS, write_sign_in, most=20, within=timedelta(days=1))
"""From one network five in half an hour, see `api.web.rate_limits`; these are from all networks together."""
ELSEWHERE = SecretMailSpec(LASTS, write_at_provider, most=20, within=timedelta(days=1))
