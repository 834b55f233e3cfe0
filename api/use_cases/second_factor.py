"""The second factor beside the mail: one-time passwords of an authenticator app (TOTP, RFC 6238) and codes on paper.

A password counts once and so does a code. Whoever has lost both is helped by a lead, or from the command line, see
`reset_second_factor`.
"""

import base64
import hmac
import time
from datetime import datetime
from typing import Any

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, update
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.credentials import change_of_proof
from models.secrets import keyed_hash, new_code, read_code
from models.tables import Account, Authenticator, Passkey, RecoveryCode
from models.tables.columns import utc_now
from models.vocabulary import SecondFactor

STEP_SECONDS, DIGITS = 30, 6
"""What every authenticator app takes for granted, with SHA-1: RFC 6238, section 4."""
DRIFT = 1
"""So many steps before and after count too, since clocks differ and people type. RFC 6238, section 5.2."""
CODES = 10
"""On one sheet of recovery codes."""


# -- an authenticator app ----------------------------------------------------------------------------------------


async def offer_app(session: AsyncSession, key: str, account_id: str) -> None:
    """A new secret for an app to read. The one before it counts until the app has shown that it has the new one."""
    sealed = _seal(key, pyotp.random_base32())
    row = await session.get(Authenticator, account_id, with_for_update=True)
    session.add(row or Authenticator(account_id=account_id, offered=sealed))
    if row is not None:
        row.offered = sealed


async def read_offer(session: AsyncSession, key: str, account_id: str) -> str | None:
    """The secret that is offered, as an app takes it (Base32); None where none is."""
    row = await session.get(Authenticator, account_id)
    return _unseal(key, row.offered) if row is not None and row.offered else None


async def confirm_app(session: AsyncSession, key: str, account_id: str, typed: str) -> bool:
    """Whether a password is of the app that has read the offer. From then on, it counts and no other app does."""
    row = await session.get(Authenticator, account_id, with_for_update=True)
    secret = _unseal(key, row.offered) if row is not None and row.offered else None
    step = _find_step(secret, typed, after=0) if secret else None
    if row is None or step is None:
        return False
    row.secret, row.offered, row.last_step, row.confirmed_at = row.offered, None, step, utc_now()
    return True


async def remove_app(session: AsyncSession, account_id: str) -> None:
    """With its recovery codes, which are of no use alone."""
    for table in (Authenticator, RecoveryCode):
        await session.exec(delete(table).where(col(table.account_id) == account_id))


def draw_offer(secret: str, email: str, issuer: str) -> str:
    """The offer as a picture for the camera of a phone, as the address of an image (SVG as `data:`)."""
    address = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(name=email, issuer_name=issuer)
    return segno.make(address, micro=False, error="m").svg_data_uri(scale=5, light="#fff")


# -- codes on paper ----------------------------------------------------------------------------------------------


async def make_codes(session: AsyncSession, key: str, account_id: str) -> list[str]:
    """A new sheet; the one before it is void. The codes are kept nowhere else than where they are shown now."""
    await session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id))
    codes = [new_code() for _ in range(CODES)]
    session.add_all(RecoveryCode(account_id=account_id, hash=_hash(key, account_id, code)) for code in codes)
    return codes


async def count_codes(session: AsyncSession, account_id: str) -> int:
    """How many of the sheet are left."""
    left = select(func.count(col(RecoveryCode.id))).where(RecoveryCode.account_id == account_id)
    return (await session.exec(left.where(col(RecoveryCode.used_at).is_(None)))).one()


# -- showing it --------------------------------------------------------------------------------------------------


async def try_second(session: AsyncSession, key: str, account_id: str, typed: str) -> SecondFactor | None:
    """Which factor a password or a code shows, and use it up; None where it shows none."""
    if await _use_password(session, key, account_id, typed):
        return SecondFactor.TOTP
    if await _use_code(session, key, account_id, typed):
        return SecondFactor.RECOVERY
    return None


async def has_app(session: AsyncSession, account_id: str) -> datetime | None:
    """Since when an app counts; None where there is none."""
    row = await session.get(Authenticator, account_id)
    return row.confirmed_at if row is not None else None


async def reset_second_factor(session: AsyncSession, account: Account) -> None:
    """For somebody who has lost everything: they come in by mail alone again, and are asked to set up another one.

    Whoever asks for it has made sure on another way that it is them. It ends everything else, too. The caller commits
    and writes it down, see `change_person`.
    """
    await remove_app(session, account.id)
    await session.exec(delete(Passkey).where(col(Passkey.account_id) == account.id))
    await change_of_proof(session, account.id)


async def _use_password(session: AsyncSession, key: str, account_id: str, typed: str) -> bool:
    row = await session.get(Authenticator, account_id, with_for_update=True)
    secret = _unseal(key, row.secret) if row is not None and row.secret else None
    step = _find_step(secret, typed, after=row.last_step) if row is not None and secret else None
    if row is None or step is None:
        return False
    row.last_step = step
    return True


async def _use_code(session: AsyncSession, key: str, account_id: str, typed: str) -> bool:
    code = read_code(typed)
    if code is None:
        return False
    those = (col(RecoveryCode.hash) == _hash(key, account_id, code), col(RecoveryCode.account_id) == account_id)
    used: Any = update(RecoveryCode).where(*those, col(RecoveryCode.used_at).is_(None)).values(used_at=utc_now())
    return (await session.exec(used.returning(col(RecoveryCode.id)))).first() is not None


def _find_step(secret: str, typed: str, *, after: int) -> int | None:
    """The step of time that a password is of; None for a wrong one, and for one of a step that was used."""
    password = "".join(sign for sign in typed[:20] if not sign.isspace())
    now, totp = int(time.time()) // STEP_SECONDS, pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    for step in range(now - DRIFT, now + DRIFT + 1):
        right = totp.generate_otp(step)
        if step > after and hmac.compare_digest(right.encode(), password.encode("utf-8", "surrogatepass")):
            return step
    return None


def _hash(key: str, account_id: str, code: str) -> str:
    return keyed_hash(key, f"recovery/{account_id}", code)


def _seal(key: str, text: str) -> str:
    return _sealer(key).encrypt(text.encode()).decode()


def _unseal(key: str, sealed: str) -> str | None:
    """None where the key of the installation is another one now: the app counts no more then."""
    try:
        return _sealer(key).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _sealer(key: str) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"ideenweg/authenticator").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
