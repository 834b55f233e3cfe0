"""`ideenweg demo`: made-up people and ideas to try everything out with."""

from __future__ import annotations

import json as as_json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from api.runtime.services import Services

Item = TypeVar("Item")

LINE_EVERY = 10
"""How many ideas a plain line of progress stands for."""

AGAIN = "Run `ideenweg demo` again to complete the demo."


def demo(
    accounts: bool = typer.Option(False, "--accounts", help="Only list the demo accounts; nothing is loaded."),
    json: bool = typer.Option(False, "--json", help="With --accounts: as JSON."),
) -> None:
    """Load the demo data. Loading it again changes nothing, and completes what was cut off."""
    if accounts:
        _show_accounts(as_text=not json)
        return
    import asyncio

    try:
        asyncio.run(_load())
    except _Unfinished as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from problem


class _Unfinished(Exception):
    """The demo is not loaded; says why and what to do."""


def _show_accounts(as_text: bool) -> None:
    from api.operations.demo.accounts import list_accounts

    found = list_accounts()
    if not as_text:
        typer.echo(as_json.dumps(found, ensure_ascii=False, indent=2))
        return
    for account in found:
        typer.echo(f"{account['role']:<10} {account['name']:<20} {account['email']}")


async def _load() -> None:
    from api.runtime.services import open_services
    from models.policy import PolicyError
    from models.settings import load_settings

    try:
        services = await open_services(load_settings(), pool_size=2)
    except (RuntimeError, PolicyError) as problem:
        raise _Unfinished(str(problem)) from problem
    try:
        written = await _write_all(services)
        await _start_all(services)
    finally:
        await services.close()
    new = sum(written)
    typer.echo(f"The demo is loaded: {new} ideas are new, {len(written) - new} were there.")


async def _write_all(services: Services) -> list[bool]:
    """All SQL comes first; says of each idea whether it was missing."""
    from api.operations.demo import loader
    from api.operations.demo.stories import STORIES
    from models.database import is_unreachable
    from models.queries.state_durations import measure_pace

    database, policy, now = services.database, services.policy, datetime.now(UTC)
    try:
        if not services.settings.demo:
            await loader.refuse_beside_real_people(database)
        await loader.load_people(database, policy, now)
        written = await _show_progress("Writing ideas", len(STORIES), loader.load_ideas(database, policy, now))
        async with database.transaction() as session:
            await measure_pace(session, now)
        return written
    except loader.RealPeopleHere as problem:
        raise _Unfinished("This database holds real people. To load the demo anyway, set IDEENWEG_DEMO=1.") from problem
    except Exception as error:
        if not is_unreachable(error):
            raise
        raise _Unfinished(f"PostgreSQL cannot be reached. {AGAIN}") from error


async def _start_all(services: Services) -> None:
    from api.operations.demo import loader
    from api.operations.demo.stories import STORIES
    from workflows.client import EngineAway

    starting = loader.start_ideas(services.database, services.policy, services.engine)
    try:
        await _show_progress("Starting workflows", len(STORIES), starting)
    except (EngineAway, RuntimeError) as away:
        # The SDK's lazy client says with a RuntimeError that nobody listens there.
        raise _Unfinished(f"Temporal cannot be reached. {AGAIN}") from away


async def _show_progress(what: str, total: int, work: AsyncIterator[Item]) -> list[Item]:
    """A bar on a terminal, plain lines elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console()
    done = []
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task(what, total=total)
        async for item in work:
            done.append(item)
            progress.update(bar, advance=1)
            if not console.is_terminal and (len(done) % LINE_EVERY == 0 or len(done) == total):
                typer.echo(f"{what}: {len(done)} of {total}")
    return done
