"""What the upkeep commands have in common: services, a console, and an exit code for every way to end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from api.runtime.services import Services

DONE, LEFT, IMPOSSIBLE, AWAY = 0, 1, 2, 3

WIDTH = 120
"""Of tables in logs and pipes, where there is no terminal to ask."""

Work = Callable[["Services", "Console"], Awaitable[int]]


def carry_out(work: Work) -> None:
    """Open the services, do the work, end with its code: 3 where a service is away, 2 where it cannot be done."""
    import uvloop
    from rich.console import Console

    from activities.ports.engine import NoAnswer
    from activities.upkeep.close_cases import CannotErase
    from models.database import is_unreachable
    from models.policy import PolicyError

    console = Console(highlight=False, markup=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = WIDTH
    try:
        code = uvloop.run(_open_and_work(work, console))
    except NoAnswer:
        _explain("Temporal, or its worker, does not answer. Start them, then run this again.")
        code = AWAY
    except typer.Abort:
        _explain("Nothing was changed.")
        code = LEFT
    except (CannotErase, PolicyError, RuntimeError) as error:
        _explain(str(error))
        code = IMPOSSIBLE
    except Exception as error:
        if not is_unreachable(error):
            raise
        _explain("PostgreSQL cannot be reached. Run this again when it is back.")
        code = AWAY
    if code != DONE:
        raise typer.Exit(code)


async def _open_and_work(work: Work, console: Console) -> int:
    from api.runtime.services import open_services
    from models.settings import load_settings

    services = await open_services(load_settings(), pool_size=10)
    try:
        return await work(services, console)
    finally:
        await services.close()


def _explain(text: str) -> None:
    typer.echo(text, err=True)
