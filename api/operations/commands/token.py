"""`ideenweg token`: a bearer token for the JSON API, and its end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, NoReturn

import typer

from models.settings import load_settings
from models.vocabulary import AuditEvent, Role, TokenScope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlmodel.ext.asyncio.session import AsyncSession

    from models.tables import Account

PLATFORM_ROLES = (Role.INNOVATOR, Role.COACH, Role.LEAD)
LONGEST_NAME = 80


class Wanted(NamedTuple):
    """The token that is asked for."""

    scopes: list[TokenScope]
    days: int
    name: str


def token(
    email: Annotated[str | None, typer.Argument(metavar="EMAIL", help="Whose token.")] = None,
    role: Annotated[
        str | None, typer.Option(help="Instead of EMAIL: the first demo account that is innovator, coach or lead.")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="What it opens: read, act, export. May be given more than once.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=365, help="How many days it counts.")] = 90,
    name: Annotated[str, typer.Option(help="What it is for, shown in the list of tokens.")] = "",
    revoke: Annotated[bool, typer.Option("--revoke", help="Revoke all tokens of the account.")] = False,
    revoke_token: Annotated[
        str | None, typer.Option(metavar="TOKEN", help="Revoke this token; - reads it from standard input.")
    ] = None,
) -> None:
    """Print a new bearer token for an account. Only its hash is stored, so it is shown this once.

    Without --scope it may read and act; what takes data out in bulk or ends something for good wants `export`.
    """
    import asyncio
    import sys

    given = [value for value in (email, role, revoke_token) if value is not None]
    if len(given) != 1 or (revoke and revoke_token is not None):
        _stop("Give either EMAIL, --role ROLE or --revoke-token TOKEN.", code=2)
    if role is not None and role not in PLATFORM_ROLES:
        _stop(f"{role} is no role: take {', '.join(PLATFORM_ROLES)}.", code=2)
    if strange := set(scope or ()) - set(TokenScope):
        _stop(f"{strange.pop()} is no scope: take {', '.join(TokenScope)}.", code=2)
    if len(name) > LONGEST_NAME:
        _stop(f"The name may have {LONGEST_NAME} signs.", code=2)
    if revoke_token == "-":  # noqa: S105  a dash is no token
        revoke_token = sys.stdin.readline().strip()
    wanted = Wanted([TokenScope(one) for one in scope or (TokenScope.READ, TokenScope.ACT)], days, name.strip())
    if revoke_token is not None:
        asyncio.run(_run(partial(_revoke_one, revoke_token)))
    else:
        asyncio.run(_run(partial(_revoke_all if revoke else partial(_issue, wanted), email, role)))


async def _run(do: Callable[[AsyncSession], Awaitable[str | None]]) -> None:
    """Do it in one transaction; what comes of it is told when it is kept."""
    from models.database import Database, is_unreachable

    settings = load_settings()
    if settings.database_url is None:
        _stop("DATABASE_URL is not set and nothing embedded runs: set it, or start `ideenweg up`.")
    database = Database(settings.database_url.get_secret_value(), pool_size=1)
    try:
        async with database.transaction() as session:
            told = await do(session)
    except Exception as error:
        if not is_unreachable(error):
            raise
        _stop("The database cannot be reached. Check DATABASE_URL, or start `ideenweg up`.")
    finally:
        await database.dispose()
    if told is not None:
        typer.echo(told)


async def _issue(wanted: Wanted, email: str | None, role: str | None, session: AsyncSession) -> str:
    from api.sign_in import bearer

    account = await _find(email, role, session)
    token = await bearer.issue_token(session, account, wanted.scopes, days=wanted.days, name=wanted.name)
    facts = {"scopes": sorted(wanted.scopes), "days": wanted.days, "by": "command"}
    await _note(session, AuditEvent.TOKEN_ISSUED, account.id, **facts)
    return token


async def _revoke_all(email: str | None, role: str | None, session: AsyncSession) -> None:
    from api.sign_in import bearer

    account = await _find(email, role, session)
    ended = await bearer.revoke_all_tokens(session, account)
    await _note(session, AuditEvent.TOKEN_REVOKED, account.id, count=len(ended), by="command")
    typer.echo(f"{len(ended)} token(s) revoked.", err=True)


async def _revoke_one(token: str, session: AsyncSession) -> None:
    from api.sign_in import bearer

    ended = await bearer.revoke_token(session, token)
    if ended is not None:
        await _note(session, AuditEvent.TOKEN_REVOKED, ended.account_id, count=1, by="command")
    typer.echo("The token is revoked." if ended else "There is no such token in use.", err=True)


async def _note(session: AsyncSession, event: AuditEvent, account_id: str, **facts: Any) -> None:
    """Whoever has a shell here is nobody that we know: the entry says to whose account it was done."""
    from activities.audit import write_audit

    await write_audit(session, event, subject_id=account_id, **facts)


async def _find(email: str | None, role: str | None, session: AsyncSession) -> Account:
    from models.queries.account_names import find_by_address

    account = await (find_by_address(session, email) if email is not None else _find_demo(session, role))
    if account is None:
        _stop(f"There is no account {email}." if email else f"There is no demo account with the role {role}.")
    return account


async def _find_demo(session: AsyncSession, role: str | None) -> Account | None:
    """The first one that was loaded."""
    from sqlmodel import col, select

    from models.tables import Account, has_role

    statement: Any = select(Account).where(col(Account.demo).is_(True), has_role(Role(role or Role.LEAD)))
    found = await session.exec(statement.order_by(col(Account.created_at), col(Account.email)))
    account: Account | None = found.first()
    return account


def _stop(text: str, code: int = 1) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)
