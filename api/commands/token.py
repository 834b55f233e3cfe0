"""`ideenweg token`: a bearer token for the JSON API, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from models.settings import load_settings
from models.vocabulary import Role

if TYPE_CHECKING:
    from sqlmodel.ext.asyncio.session import AsyncSession

    from models.tables import Account

PLATFORM_ROLES = (Role.INNOVATOR, Role.COACH, Role.LEAD)


def token(
    email: Annotated[str | None, typer.Argument(metavar="EMAIL", help="Whose token.")] = None,
    role: Annotated[
        str | None, typer.Option(help="Instead of EMAIL: the first demo account that is innovator, coach or lead.")
    ] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Revoke all tokens of the account.")] = False,
    revoke_token: Annotated[
        str | None, typer.Option(metavar="TOKEN", help="Revoke this token; - reads it from standard input.")
    ] = None,
) -> None:
    """Print a new bearer token for an account. Only its hash is stored, so it is shown this once."""
    import asyncio
    import sys

    given = [value for value in (email, role, revoke_token) if value is not None]
    if len(given) != 1 or (revoke and revoke_token is not None):
        _stop("Give either EMAIL, --role ROLE or --revoke-token TOKEN.", code=2)
    if role is not None and role not in PLATFORM_ROLES:
        _stop(f"{role} is no role: take {', '.join(PLATFORM_ROLES)}.", code=2)
    if revoke_token == "-":  # noqa: S105  a dash is no token
        revoke_token = sys.stdin.readline().strip()
    asyncio.run(_run(email, role, revoke, revoke_token))


async def _run(email: str | None, role: str | None, revoke: bool, revoke_token: str | None) -> None:
    from api import auth
    from models.database import Database, is_unreachable

    settings = load_settings()
    if settings.database_url is None:
        _stop("DATABASE_URL is not set and nothing embedded runs: set it, or start `ideenweg up`.")
    database = Database(settings.database_url.get_secret_value(), pool_size=1)
    try:
        async with database.transaction() as session:
            if revoke_token is not None:
                ended = await auth.revoke_token(session, revoke_token)
                typer.echo("The token is revoked." if ended else "There is no such token in use.", err=True)
                return
            account = await (_find_by_email(session, email) if email is not None else _find_demo(session, role))
            if account is None:
                _stop(f"There is no account {email}." if email else f"There is no demo account with the role {role}.")
            if revoke:
                count = await auth.revoke_all_tokens(session, account)
                typer.echo(f"{count} token(s) revoked.", err=True)
                return
            fresh = await auth.issue_token(session, account)
    except Exception as error:
        if not is_unreachable(error):
            raise
        _stop("The database cannot be reached. Check DATABASE_URL, or start `ideenweg up`.")
    finally:
        await database.dispose()
    typer.echo(fresh)


async def _find_by_email(session: AsyncSession, email: str) -> Account | None:
    from sqlmodel import select

    from models.tables import Account

    return (await session.exec(select(Account).where(Account.email == email.strip().lower()))).one_or_none()


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
