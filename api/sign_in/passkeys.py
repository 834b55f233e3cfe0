"""Passkeys (WebAuthn, https://www.w3.org/TR/webauthn-3/): made, used, named and removed.

What a device is asked to sign is random, for one browser, for a few minutes, once. A passkey is both factors in one: it
counts only where its device has looked at who holds it (user verification).
"""

import base64
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from api.runtime.services import Services
from models.secrets import hash_secret
from models.settings import Settings
from models.single_line import read_line
from models.tables import Account, Challenge, Passkey
from models.tables.columns import utc_now

LASTS = timedelta(minutes=5)
"""How long a device may take to sign."""
MOST = 20
"""Of one person."""
LONGEST_NAME = 80
LONGEST_ANSWER = 20_000

UNREADABLE = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)
"""What parsing the answer of a device may end in that is none."""


class PasskeyRefused(Exception):
    """It proves nothing. `why` is a code for the audit log."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


async def ask_to_sign(services: Services, browser: str) -> str:
    """What a browser asks a device for whose passkey is not known yet, as JSON."""
    settings = services.settings
    options = generate_authentication_options(
        rp_id=host_of(settings), user_verification=UserVerificationRequirement.REQUIRED
    )
    await _keep(services, browser, None, options.challenge)
    return options_to_json(options)


async def ask_to_make(services: Services, browser: str, account: Account) -> str:
    """What a browser asks a device for that shall make a passkey, as JSON. Raises PasskeyRefused."""
    known = await list_passkeys(services, account.id)
    if len(known) >= MOST:
        raise PasskeyRefused("too_many")
    options = generate_registration_options(
        rp_id=host_of(services.settings),
        rp_name=services.policy.region.platform,
        user_name=account.email,
        user_display_name=account.name,
        user_id=UUID(account.id).bytes,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
    )
    await _keep(services, browser, account.id, options.challenge)
    return options_to_json(options)


async def add_passkey(services: Services, browser: str, account: Account, answer: str, name: str) -> Passkey:
    """Keep the public half of what a device has made. Raises PasskeyRefused."""
    challenge = await _use_challenge(services, browser, account.id)
    try:
        made = verify_registration_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=host_of(services.settings),
            expected_origin=origin_of(services.settings),
            require_user_verification=True,
        )
    except UNREADABLE as error:
        raise PasskeyRefused("answer") from error
    transports = _read(answer).get("response", {}).get("transports", [])
    passkey = Passkey(
        account_id=account.id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=[str(one)[:20] for one in transports[:10]] if isinstance(transports, list) else [],
        name=tidy_name(name),
    )
    async with services.database.transaction() as session:
        there = select(Passkey.id).where(Passkey.credential_id == made.credential_id)
        if (await session.exec(there)).first() is not None:
            raise PasskeyRefused("known")
        session.add(passkey)
    return passkey


async def use_passkey(services: Services, browser: str | None, answer: str) -> Account:
    """Whose passkey has signed what we asked for. Raises PasskeyRefused; it says the same for each reason."""
    challenge = await _use_challenge(services, browser, None)
    try:
        given = _read(answer)
        credential_id = _decode(given["rawId"])
        holder = _decode(given["response"]["userHandle"])
    except UNREADABLE as error:
        raise PasskeyRefused("answer") from error
    async with services.database.transaction() as session:
        passkey, account = await _find(session, credential_id)
        if UUID(account.id).bytes != holder:
            raise PasskeyRefused("holder")
        try:
            signed = verify_authentication_response(
                credential=given,
                expected_challenge=challenge,
                expected_rp_id=host_of(services.settings),
                expected_origin=origin_of(services.settings),
                credential_public_key=passkey.public_key,
                # Lower than before, it would be of a copy: WebAuthn, section 6.1.1.
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except UNREADABLE as error:
            raise PasskeyRefused("answer") from error
        passkey.sign_count, passkey.last_used_at = signed.new_sign_count, utc_now()
    return account


async def list_passkeys(services: Services, account_id: str) -> Sequence[Passkey]:
    """Somebody's, the oldest first."""
    async with services.database.reading() as session:
        theirs = select(Passkey).where(Passkey.account_id == account_id)
        return (await session.exec(theirs.order_by(col(Passkey.created_at), col(Passkey.id)))).all()


async def rename_passkey(session: AsyncSession, account_id: str, passkey_id: str, name: str) -> bool:
    """False where they have none such. The caller commits."""
    theirs = (col(Passkey.id) == passkey_id, col(Passkey.account_id) == account_id)
    named: Any = update(Passkey).where(*theirs).values(name=tidy_name(name)).returning(col(Passkey.id))
    return (await session.exec(named)).first() is not None


async def remove_passkey(session: AsyncSession, account_id: str, passkey_id: str) -> bool:
    """False where they have none such. The caller commits."""
    theirs = (col(Passkey.id) == passkey_id, col(Passkey.account_id) == account_id)
    return (await session.exec(delete(Passkey).where(*theirs).returning(col(Passkey.id)))).first() is not None


def tidy_name(name: str) -> str:
    """One line."""
    return read_line(name)[:LONGEST_NAME]


def host_of(settings: Settings) -> str:
    """Whom a passkey is for. Raises PasskeyRefused where browsers make none, see `Settings.passkey_host`."""
    if settings.passkey_host is None:
        raise PasskeyRefused("nowhere")
    return settings.passkey_host


def origin_of(settings: Settings) -> str:
    parts = urlsplit(settings.base_url)
    return f"{parts.scheme}://{parts.netloc}".lower()


async def _find(session: AsyncSession, credential_id: bytes) -> tuple[Passkey, Account]:
    there = select(Passkey).where(Passkey.credential_id == credential_id).with_for_update()
    passkey = (await session.exec(there)).one_or_none()
    account = await session.get(Account, passkey.account_id) if passkey is not None else None
    if passkey is None or account is None or not account.can_come_in:
        raise PasskeyRefused("unknown")
    return passkey, account


async def _keep(services: Services, browser: str, account_id: str | None, challenge: bytes) -> None:
    """The latest one counts alone, so that a browser has no store of them."""
    asked = Challenge(browser_hash=hash_secret(browser), challenge=challenge, expires_at=utc_now() + LASTS)
    asked.account_id = account_id
    async with services.database.transaction() as session:
        await session.exec(delete(Challenge).where(*_of(asked.browser_hash, account_id)))
        session.add(asked)


async def _use_challenge(services: Services, browser: str | None, account_id: str | None) -> bytes:
    """Take what this browser was asked to have signed; whatever comes of it, it counts no more."""
    if browser is None:
        raise PasskeyRefused("challenge")
    those = delete(Challenge).where(*_of(hash_secret(browser), account_id))
    async with services.database.transaction() as session:
        found: Any = await session.exec(those.returning(col(Challenge.challenge), col(Challenge.expires_at)))
        open_ones = [challenge for challenge, expires_at in found if expires_at > utc_now()]
    if not open_ones:
        raise PasskeyRefused("challenge")
    return bytes(open_ones[0])


def _of(browser_hash: str, account_id: str | None) -> tuple[Any, ...]:
    return col(Challenge.browser_hash) == browser_hash, col(Challenge.account_id).is_not_distinct_from(account_id)


def _read(answer: str) -> dict[str, Any]:
    """Raises ValueError for what no browser says."""
    found = json.loads(answer) if len(answer) <= LONGEST_ANSWER else None
    if not isinstance(found, dict):
        raise ValueError("no answer of a device")
    return found


def _decode(text: str) -> bytes:
    """Base64 for addresses, without padding as in WebAuthn."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
