"""Kept forms: what was sent while nobody was signed in any more waits, sealed, until its sender has come back.

Text of somebody whom nobody here knows is readable for nobody here: the key is a cookie of the browser that sent it.
"""

import base64
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import or_
from sqlmodel import col, select
from starlette.requests import Request
from starlette.responses import Response

from api.runtime.services import Services
from api.web.cookies import SESSION, read_cookie, set_cookie
from models.secrets import derive_key, hash_secret, new_secret
from models.tables import KeptForm, SessionRow
from models.tables.columns import utc_now

COOKIE = "ideenweg_formular"
"""The key to what was kept for this browser. It ends with the browser, and when somebody signs out."""

LASTS = timedelta(hours=2)
"""Long enough to look for a mail, short enough for a computer that others use."""

LARGEST = 100_000
"""Characters: all texts of an idea at their longest."""


class Sent(NamedTuple):
    """A form as it was sent: where to, and its fields in their order."""

    path: str
    fields: Sequence[tuple[str, str]]


async def keep_form(request: Request, services: Services, sent: Sent, account_id: str | None) -> str | None:
    """Keep a form and return its id; None where it is too large. `account_id`: whose it is, where that is known."""
    if sum(len(name) + len(value) for name, value in sent.fields) > LARGEST:
        return None
    secret = key_of(request, services) or new_secret()
    plain = json.dumps({"path": sent.path, "fields": sent.fields}).encode()
    async with services.database.transaction() as session:
        if account_id is None and (ended := read_cookie(request, services.settings, SESSION)) is not None:
            whose = select(SessionRow.account_id).where(SessionRow.hash == hash_secret(ended))
            account_id = (await session.exec(whose)).one_or_none()
        row = KeptForm(
            hash=hash_secret(secret),
            account_id=account_id,
            sealed=_sealer(secret).encrypt(plain),
            expires_at=utc_now() + LASTS,
        )
        session.add(row)
    request.state.kept_under = secret
    return row.id


async def find_form(request: Request, services: Services, kept_id: str, account_id: str | None) -> Sent | None:
    """What was kept for this browser, and for whoever sent it; None where it is not, or not any more."""
    secret = key_of(request, services)
    if secret is None:
        return None
    is_theirs = or_(col(KeptForm.account_id).is_(None), col(KeptForm.account_id) == account_id)
    there = select(KeptForm).where(KeptForm.id == kept_id, KeptForm.hash == hash_secret(secret), is_theirs)
    async with services.database.reading() as session:
        row = (await session.exec(there.where(KeptForm.expires_at > utc_now()))).one_or_none()
    if row is None:
        return None
    try:
        plain = json.loads(_sealer(secret).decrypt(row.sealed))
    except InvalidToken:
        return None
    return Sent(plain["path"], [(name, value) for name, value in plain["fields"]])


def key_of(request: Request, services: Services) -> str | None:
    return getattr(request.state, "kept_under", None) or read_cookie(request, services.settings, COOKIE)


def hand_over_key(request: Request, response: Response, services: Services) -> None:
    """Nothing where this request has kept nothing."""
    if (secret := getattr(request.state, "kept_under", None)) is not None:
        set_cookie(response, services.settings, COOKIE, secret)


def _sealer(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derive_key(secret, "kept form")))
