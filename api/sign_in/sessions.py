"""Sessions: who is signed in where, since when, and for how long."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from api.services import Services
from api.sign_in.cookies import BROWSER, SESSION, drop_cookie, read_cookie, set_cookie
from models.queries.waiting import Waiting, told_waiting
from models.secrets import hash_secret, new_secret
from models.tables import Account, SessionRow, can_come_in
from models.tables.columns import utc_now
from models.vocabulary import SignInMethod

SEEN_EVERY = timedelta(minutes=5)
"""How often it is written down at most that a session is still used."""

PROVES_ADDRESS = frozenset(
    {SignInMethod.LINK, SignInMethod.CODE, SignInMethod.OIDC, SignInMethod.INVITED, SignInMethod.SET_UP}
)
"""Whoever comes in this way reads the mail to their address, or has it from a provider that knows they do."""


class Session(NamedTuple):
    """Somebody who is signed in, and what waits for them."""

    row: SessionRow
    account: Account
    waiting: Waiting


async def find_session(session: AsyncSession, request: Request, services: Services) -> Session | None:
    """Whose session the cookie of a request names; None where it has ended, or never began. One query."""
    secret = read_cookie(request, services.settings, SESSION)
    if secret is None:
        return None
    now = utc_now()
    asked = {"hash": hash_secret(secret), "now": now, "idle_since": now - services.settings.session_idle}
    found = (await session.exec(_who(), params=asked)).one_or_none()
    if found is None:
        return None
    row, account, *waiting = found
    if now - row.seen_at > SEEN_EVERY:
        await session.exec(update(SessionRow).where(col(SessionRow.id) == row.id).values(seen_at=now))
        await session.commit()
    if row.method == SignInMethod.DEMO and not (services.settings.demo and account.demo):
        return None
    return Session(row, account, Waiting(*waiting))


@cache
def _who() -> Any:
    """Built once: it is asked before everything else."""
    columns: list[Any] = [SessionRow, Account, *told_waiting()]
    there: Any = select(*columns).join(Account, col(Account.id) == col(SessionRow.account_id))
    return there.where(
        SessionRow.hash == bindparam("hash"),
        SessionRow.expires_at > bindparam("now"),
        SessionRow.seen_at > bindparam("idle_since"),
        can_come_in(),
    )


async def begin_session(
    request: Request, response: Response, services: Services, account: Account, method: SignInMethod
) -> None:
    """Sign somebody in: always with a new id, so that nobody else can have known it before."""
    settings, secret, now = services.settings, new_secret(), utc_now()
    async with services.database.transaction() as session:
        if (old := read_cookie(request, settings, SESSION)) is not None:
            await session.exec(delete(SessionRow).where(col(SessionRow.hash) == hash_secret(old)))
        here: dict[str, Any] = {"signed_in_at": now}
        if method in PROVES_ADDRESS:
            here["proved_at"] = func.coalesce(col(Account.proved_at), now)
        await session.exec(update(Account).where(col(Account.id) == account.id).values(here))
        session.add(
            SessionRow(
                hash=hash_secret(secret),
                account_id=account.id,
                method=method,
                created_at=now,
                proved_at=now,
                seen_at=now,
                expires_at=now + settings.session_longest,
            )
        )
    set_cookie(response, settings, SESSION, secret)
    drop_cookie(response, settings, BROWSER)


async def end_session(request: Request, response: Response, services: Services) -> None:
    """Sign out in this browser, which is asked to forget what it kept of us.

    Cookies are left to their own: the language stays, and a draft that nobody has sent can still be found again.
    """
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    secret = read_cookie(request, services.settings, SESSION)
    if secret is None:
        return
    async with services.database.transaction() as session:
        await session.exec(delete(SessionRow).where(col(SessionRow.hash) == hash_secret(secret)))
    drop_cookie(response, services.settings, SESSION)


async def end_sessions(services: Services, account_id: str, session_id: str | None = None) -> int:
    """Sign somebody out everywhere, or in one place; returns in how many."""
    those = delete(SessionRow).where(col(SessionRow.account_id) == account_id)
    if session_id is not None:
        those = those.where(col(SessionRow.id) == session_id)
    async with services.database.transaction() as session:
        return len((await session.exec(those.returning(col(SessionRow.id)))).all())


async def list_sessions(services: Services, account_id: str) -> Sequence[SessionRow]:
    """Where somebody is signed in now, the latest used first."""
    now = utc_now()
    theirs = select(SessionRow).where(
        SessionRow.account_id == account_id,
        SessionRow.expires_at > now,
        SessionRow.seen_at > now - services.settings.session_idle,
    )
    async with services.database.reading() as session:
        return (await session.exec(theirs.order_by(col(SessionRow.seen_at).desc(), col(SessionRow.id)))).all()


def is_fresh(row: SessionRow, services: Services) -> bool:
    """Whether somebody has proved lately that it is really them at this screen. An invitation may be weeks old."""
    return row.method != SignInMethod.INVITED and utc_now() - row.proved_at <= services.settings.step_up_within
