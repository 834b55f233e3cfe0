"""Who is asking: bearer tokens for programs, sessions for people at pages."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from api.services import Services
from api.sign_in.sessions import find_session
from models.queries.waiting import Waiting, told_waiting
from models.secrets import hash_secret
from models.settings import Settings, is_loopback
from models.tables import AccessToken, Account, SessionRow, can_come_in
from models.tables.columns import utc_now

LASTS = timedelta(days=90)

TOKEN_PREFIX = "iw_"  # noqa: S105  tells secret scanners and people what a token is for


def new_token() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Tokens are long and random, so a plain digest is enough."""
    return hash_secret(token)


async def issue_token(session: AsyncSession, account: Account) -> str:
    """A new token for an account; only its hash is kept. The caller commits."""
    token = new_token()
    session.add(AccessToken(account_id=account.id, hash=hash_token(token), expires_at=utc_now() + LASTS))
    return token


async def revoke_token(session: AsyncSession, token: str) -> bool:
    """End one token. False where there is none such, or it was revoked before."""
    return await _revoke(session, col(AccessToken.hash) == hash_token(token)) > 0


async def revoke_all_tokens(session: AsyncSession, account: Account) -> int:
    """End all tokens of an account; returns how many there were."""
    return await _revoke(session, col(AccessToken.account_id) == account.id)


async def find_account_by_token(session: AsyncSession, token: str) -> Account | None:
    found: Account | None = (await session.exec(_by_token(select(Account), token))).one_or_none()
    return found


def _by_token(statement: Any, token: str) -> Any:
    statement = statement.join(AccessToken, col(AccessToken.account_id) == col(Account.id))
    return statement.where(AccessToken.hash == hash_token(token), col(AccessToken.revoked_at).is_(None), can_come_in())


def read_bearer(request: Request) -> str | None:
    """The token of the Authorization header; None where there is no such header or another scheme."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


async def find_bearer(session: AsyncSession, request: Request) -> Account | None:
    token = read_bearer(request)
    return None if token is None else await find_account_by_token(session, token)


async def find_visitor(session: AsyncSession, request: Request, services: Services) -> tuple[Account, Waiting] | None:
    """Who looks at a page, and what waits for them: by token, or by the cookie of a session, which is then remembered
    with the request."""
    token = read_bearer(request)
    if token is not None:
        columns: list[Any] = [Account, *told_waiting()]
        by_token = (await session.exec(_by_token(select(*columns), token))).one_or_none()
        return (by_token[0], Waiting(*by_token[1:])) if by_token is not None else None
    found = await find_session(session, request, services)
    request.state.session = found.row if found is not None else None
    return (found.account, found.waiting) if found is not None else None


def session_of(request: Request) -> SessionRow | None:
    """The session of whoever looks; None for nobody, and for a token."""
    found = getattr(request.state, "session", None)
    return found if isinstance(found, SessionRow) else None


def may_sign_in_by_click(request: Request, settings: Settings) -> bool:
    """Demo sign-in: in demo mode, for somebody at this very machine, who also typed its own name."""
    if not settings.demo or request.client is None:
        return False
    return is_loopback(request.client.host) and is_loopback(request.url.hostname or "")


async def _revoke(session: AsyncSession, which: object) -> int:
    statement = (
        update(AccessToken)
        .where(which, col(AccessToken.revoked_at).is_(None))  # type: ignore[arg-type]
        .values(revoked_at=datetime.now(UTC))
        .returning(col(AccessToken.id))
    )
    return len((await session.exec(statement)).all())
