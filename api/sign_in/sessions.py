"""Sessions: who is signed in where, since when, and for how long."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from activities.credentials import change_of_proof
from api.runtime.services import Services
from api.use_cases.audit import audit
from api.web.cookies import BROWSER, SESSION, drop_cookie, read_cookie, renewed_secret, set_cookie
from api.web.request_caller import caller_of
from models.queries.menu_counts import Waiting, told_waiting
from models.secrets import hash_secret, new_secret
from models.tables import Account, Authenticator, Passkey, SessionRow, can_come_in, is_staff
from models.tables.columns import utc_now
from models.vocabulary import AuditEvent, SecondFactor, SignInMethod

SEEN_EVERY = timedelta(minutes=5)
"""How often it is written down at most that a session is still used."""

LINGERS = frozenset({SignInMethod.INVITED, SignInMethod.CONFIRMED})
"""Links that may lie in a mailbox for weeks: they sign in once, and are no proof for what wants a fresh one."""

STEPS_UP = frozenset(SignInMethod) - LINGERS - {SignInMethod.SET_UP}
"""What proves once more, in a session that is open, that it is still the same person."""

PROVES_ADDRESS = LINGERS | {SignInMethod.LINK, SignInMethod.CODE, SignInMethod.OIDC}
"""Whoever comes in this way reads the mail to their address, or has it from a provider that knows they do. The first
lead has only typed theirs."""

WHOLE = frozenset({SignInMethod.DEMO, SignInMethod.OIDC, SignInMethod.PASSKEY})
"""What needs no second factor beside it: it is both in one, or its own provider has asked, or it is the demo."""

NOT_BY_MAIL = frozenset({SignInMethod.DEMO, SignInMethod.OIDC})
"""What opens an account of the staff where they need their provider."""

HALF_LASTS = timedelta(minutes=15)
"""How long somebody may take for the second factor, or to set one up."""

MOST_WRONG_TRIES = 5
"""After so many wrong passwords in a row a session ends. Three of a million are right at a time."""


class Lacking(StrEnum):
    """Why a session opens nothing yet."""

    SECOND = "second"
    """The second factor is to be shown."""
    SET_UP = "set_up"
    """One is to be set up first."""


class LastFactor(Exception):
    """Without it, the mail alone would open the account of somebody with rights over the ideas of others."""


class Factors(NamedTuple):
    """What somebody has beside their mail."""

    app: bool
    passkey: bool


class Session(NamedTuple):
    """Somebody who is signed in, or half of the way, and what waits for them."""

    row: SessionRow
    account: Account
    lacking: Lacking | None
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
    row, account, app, passkey, *waiting = found
    if is_staff(account) and services.settings.staff_need_provider and row.method not in NOT_BY_MAIL:
        return None
    lacking = None if row.second else what_lacks(services, account, SignInMethod(row.method), Factors(app, passkey))
    if lacking and now - row.proved_at > HALF_LASTS:
        return None
    if now - row.seen_at > SEEN_EVERY:
        await session.exec(update(SessionRow).where(col(SessionRow.id) == row.id).values(seen_at=now))
        await session.commit()
    if row.method == SignInMethod.DEMO and not (services.settings.demo and account.demo):
        return None
    return Session(row, account, lacking, Waiting(*waiting))


def what_lacks(services: Services, account: Account, method: SignInMethod, factors: Factors) -> Lacking | None:
    """What a sign-in lacks that has shown no second factor. Staff need one; whoever has an app has wished for it."""
    if method in WHOLE:
        return None
    if factors.app or (needs_second(services, account) and factors.passkey):
        return Lacking.SECOND
    return Lacking.SET_UP if needs_second(services, account) else None


def needs_second(services: Services, account: Account) -> bool:
    """Whether somebody has rights over the ideas of others, and comes in by mail."""
    return is_staff(account) and not services.settings.demo and not services.settings.staff_need_provider


async def read_factors(session: AsyncSession, account_id: str) -> Factors:
    found: Any = select(*_factors(account_id))
    return Factors(*(await session.exec(found)).one())


async def check_factors_left(session: AsyncSession, services: Services, account: Account) -> None:
    """Raises LastFactor where somebody who needs a second factor has none any more."""
    if needs_second(services, account) and not any(await read_factors(session, account.id)):
        raise LastFactor


def _factors(account_id: Any) -> tuple[Any, Any]:
    app = select(Authenticator.account_id).where(Authenticator.account_id == account_id)
    passkey = select(Passkey.id).where(Passkey.account_id == account_id)
    return app.where(col(Authenticator.confirmed_at).is_not(None)).exists(), passkey.exists()


@cache
def _who() -> Any:
    """Built once: it is asked before everything else."""
    columns: list[Any] = [SessionRow, Account, *_factors(col(SessionRow.account_id)), *told_waiting()]
    there: Any = select(*columns).join(Account, col(Account.id) == col(SessionRow.account_id))
    return there.where(
        SessionRow.hash == bindparam("hash"),
        SessionRow.expires_at > bindparam("now"),
        SessionRow.seen_at > bindparam("idle_since"),
        can_come_in(),
    )


async def begin_session(
    request: Request,
    response: Response,
    services: Services,
    account: Account,
    method: SignInMethod,
    second: SecondFactor | None = None,
) -> None:
    """Sign somebody in: always with a new id, so that nobody else can have known it before."""
    settings, secret, now = services.settings, new_secret(), utc_now()
    async with services.database.transaction() as session:
        if (old := read_cookie(request, settings, SESSION)) is not None:
            await session.exec(delete(SessionRow).where(col(SessionRow.hash) == hash_secret(old)))
        await session.exec(update(Account).where(col(Account.id) == account.id).values(signed_in_at=now))
        await _note_address(session, account.id, method)
        begun = SessionRow(
            hash=hash_secret(secret),
            account_id=account.id,
            method=method,
            second=second,
            created_at=now,
            proved_at=now,
            seen_at=now,
            expires_at=now + settings.session_longest,
        )
        session.add(begun)
        request.state.session = begun
        await audit(
            session,
            caller_of(services, request),
            AuditEvent.SIGN_IN,
            account_id=account.id,
            method=method,
            second=second,
        )
    set_cookie(response, settings, SESSION, secret)
    drop_cookie(response, settings, BROWSER)


async def _note_address(session: AsyncSession, account_id: str, method: SignInMethod | None) -> None:
    if method in PROVES_ADDRESS:
        unproved = update(Account).where(col(Account.id) == account_id, col(Account.proved_at).is_(None))
        await session.exec(unproved.values(proved_at=utc_now()))


async def renew_session(
    request: Request,
    services: Services,
    row: SessionRow,
    event: AuditEvent,
    *,
    method: SignInMethod | None = None,
    second: SecondFactor | None = None,
) -> None:
    """Somebody has proved once more in this session who they are: it goes on, under a new id.

    `hand_over_cookie` gives that to the browser; what is written for this request is bound to it already.
    """
    secret, now = new_secret(), utc_now()
    proved: dict[str, Any] = {
        "hash": hash_secret(secret),
        "proved_at": now,
        "wrong_tries": 0,
        "second": second or row.second,
        "expires_at": now + services.settings.session_longest,
    }
    async with services.database.transaction() as session:
        await session.exec(update(SessionRow).where(col(SessionRow.id) == row.id).values(proved))
        await _note_address(session, row.account_id, method)
        await audit(session, caller_of(services, request), event, method=method, second=second)
    request.state.renewed = secret


def hand_over_cookie(request: Request, response: Response, services: Services) -> None:
    """Nothing where the session has not been renewed."""
    if (secret := renewed_secret(request)) is not None:
        set_cookie(response, services.settings, SESSION, secret)


async def count_try(services: Services, row: SessionRow) -> bool:
    """Count a try before it is looked at, so that many at once are no more than one after another; False where there
    is none left."""
    left = (col(SessionRow.id) == row.id, col(SessionRow.wrong_tries) < MOST_WRONG_TRIES)
    counted = update(SessionRow).where(*left).values(wrong_tries=col(SessionRow.wrong_tries) + 1)
    async with services.database.transaction() as session:
        return (await session.exec(counted.returning(col(SessionRow.id)))).first() is not None


async def end_session(request: Request, response: Response, services: Services) -> None:
    """Sign out in this browser, which is asked to forget what it kept of us.

    Cookies are left to their own: the language stays, and a draft that nobody has sent can still be found again.
    """
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    secret = read_cookie(request, services.settings, SESSION)
    if secret is None:
        return
    here = delete(SessionRow).where(col(SessionRow.hash) == hash_secret(secret))
    async with services.database.transaction() as session:
        for row in (await session.exec(here.returning(SessionRow))).scalars().all():
            request.state.session = row
            await audit(session, caller_of(services, request), AuditEvent.SIGN_OUT)
    drop_cookie(response, services.settings, SESSION)


async def end_one_session(request: Request, services: Services, account_id: str, session_id: str) -> bool:
    """Sign somebody out in one place; False where they are not signed in there."""
    those = (col(SessionRow.account_id) == account_id, col(SessionRow.id) == session_id)
    async with services.database.transaction() as session:
        ended: Any = await session.exec(delete(SessionRow).where(*those).returning(col(SessionRow.id)))
        found = ended.first() is not None
        if found:
            await audit(session, caller_of(services, request), AuditEvent.SIGN_OUT, subject_id=session_id)
    return found


async def sign_out_everywhere(request: Request, services: Services, account_id: str) -> None:
    """End all sessions, and whatever else was issued to somebody: whoever presses this fears a stranger."""
    async with services.database.transaction() as session:
        await change_of_proof(session, account_id)
        await audit(session, caller_of(services, request), AuditEvent.SIGN_OUT, account_id=account_id, everywhere=True)


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
