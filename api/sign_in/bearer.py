"""Who is asking: bearer tokens for programs, sessions for people at pages."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from api.runtime.services import Services
from api.sign_in.sessions import Lacking, find_session
from models.database import Database
from models.queries.menu_counts import Waiting
from models.secrets import hash_secret
from models.settings import Settings, is_loopback
from models.tables import AccessToken, Account, can_come_in
from models.tables.columns import utc_now
from models.vocabulary import TokenScope

DAYS, MOST_DAYS = 90, 365
"""How long a token counts where nothing else is asked for, and at most."""

USED_EVERY = timedelta(minutes=5)
"""How often it is written down at most that a token is still used."""

USUAL = (TokenScope.READ, TokenScope.ACT)

TOKEN_PREFIX = "iw_"  # noqa: S105  tells secret scanners and people what a token is for


class Bearer(NamedTuple):
    """A token that counts, and whose it is."""

    token: AccessToken
    account: Account


def new_token() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Tokens are long and random, so a plain digest is enough."""
    return hash_secret(token)


async def issue_token(
    session: AsyncSession,
    account: Account,
    scopes: Iterable[TokenScope] = USUAL,
    *,
    days: int = DAYS,
    name: str = "",
) -> str:
    """A new token for an account; only its hash is kept. The caller commits. `days` are from 1 to `MOST_DAYS`."""
    token, now = new_token(), utc_now()
    until = now + timedelta(days=days)
    row = AccessToken(account_id=account.id, hash=hash_token(token), name=name, created_at=now, expires_at=until)
    row.scopes = sorted(scopes)
    session.add(row)
    return token


async def list_tokens(session: AsyncSession, account_id: str) -> Sequence[AccessToken]:
    """Those of somebody that count, the newest first."""
    theirs = select(AccessToken).where(AccessToken.account_id == account_id, *_counts())
    return (await session.exec(theirs.order_by(col(AccessToken.created_at).desc(), col(AccessToken.id)))).all()


async def revoke_token(session: AsyncSession, token: str) -> AccessToken | None:
    """End one token. None where there is none such, or it was revoked before."""
    return next(iter(await _revoke(session, col(AccessToken.hash) == hash_token(token))), None)


async def revoke_own_token(session: AsyncSession, account_id: str, token_id: str) -> AccessToken | None:
    """End one token of an account by its id. None where it has none such, or it was revoked before."""
    theirs = and_(col(AccessToken.account_id) == account_id, col(AccessToken.id) == token_id)
    return next(iter(await _revoke(session, theirs)), None)


async def revoke_all_tokens(session: AsyncSession, account: Account) -> Sequence[AccessToken]:
    """End all tokens of an account; returns them."""
    return await _revoke(session, col(AccessToken.account_id) == account.id)


def read_bearer(request: Request) -> str | None:
    """The token of the Authorization header; None where there is no such header or another scheme."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


async def find_bearer(database: Database, request: Request) -> Bearer | None:
    """Whose token a request carries, which is then remembered with it. For the API alone: pages take no token."""
    sent = read_bearer(request)
    found = None if sent is None else await find_by_token(database, sent)
    request.state.token = found.token if found is not None else None
    return found


async def find_by_token(database: Database, sent: str) -> Bearer | None:
    now = utc_now()
    found = await database.fetch(_bearer(), {"hash": hash_token(sent), "now": now})
    if not found:
        return None
    token, account = found[0]
    if token.last_used_at is None or now - token.last_used_at > USED_EVERY:
        async with database.transaction() as session:
            await session.exec(update(AccessToken).where(col(AccessToken.id) == token.id).values(last_used_at=now))
    return Bearer(token, account)


@cache
def _bearer() -> Any:
    """Whose token it is, where it counts. Asked with every request of the API, so it is built once."""
    there: Any = select(AccessToken, Account).join(Account, col(Account.id) == col(AccessToken.account_id))
    return there.where(AccessToken.hash == bindparam("hash"), *_counts(bindparam("now")), can_come_in())


def _counts(now: Any = None) -> tuple[ColumnElement[bool], ...]:
    return col(AccessToken.revoked_at).is_(None), col(AccessToken.expires_at) > (utc_now() if now is None else now)


class Found(NamedTuple):
    """Who looks at a page, what waits for them, and what their sign-in lacks yet."""

    account: Account
    waiting: Waiting
    lacking: Lacking | None = None


async def find_visitor(session: AsyncSession, request: Request, services: Services) -> Found | None:
    """Who looks at a page: by the cookie of a session, which is then remembered with the request."""
    found = await find_session(session, request, services)
    request.state.session = found.row if found is not None else None
    return Found(found.account, found.waiting, found.lacking) if found is not None else None


def may_sign_in_by_click(request: Request, settings: Settings) -> bool:
    """Demo sign-in: in demo mode, for somebody at this very machine, who also typed its own name."""
    if not settings.demo or request.client is None:
        return False
    return is_loopback(request.client.host) and is_loopback(request.url.hostname or "")


async def _revoke(session: AsyncSession, which: ColumnElement[bool]) -> Sequence[AccessToken]:
    ended = update(AccessToken).where(which, col(AccessToken.revoked_at).is_(None)).values(revoked_at=utc_now())
    return (await session.exec(ended.returning(AccessToken))).scalars().all()
