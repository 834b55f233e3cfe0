"""`ideenweg rebuild`: the read model from scratch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from api.operations.console import DONE, LEFT, carry_out

if TYPE_CHECKING:
    from rich.console import Console

    from api.runtime.services import Services


def rebuild(idea: str | None = typer.Option(None, metavar="ID", help="Build one idea's rows only.")) -> None:
    """Build what lists and pages read from the running workflows and the timeline, row by row, while people work.

    Ends with 0 when every row was built, 1 when ideas are left for which nothing was found that is as new as what is
    shown, 2 when it cannot be done and 3 when a service is away.
    """
    carry_out(lambda services, console: _rebuild(services, console, idea))


async def _rebuild(services: Services, console: Console, idea: str | None) -> int:
    from activities.upkeep.rebuild import Rebuilder
    from api.operations.progress import ProgressLine

    rebuilder = Rebuilder(services.database, services.engine)
    ideas = await rebuilder.list_ideas()
    if idea is not None and idea not in ideas:
        raise RuntimeError(f"There is no idea {idea}.")
    if idea is not None:
        left = [] if await rebuilder.build(idea) else [idea]
    else:
        with ProgressLine(console, "Built", len(ideas)) as progress:
            left = await rebuilder.run(progress.advance)
    for idea_id in left:
        console.print(f"left as it was: {idea_id}")
    console.print(f"{(1 if idea else len(ideas)) - len(left)} ideas built, {len(left)} left.")
    return LEFT if left else DONE
