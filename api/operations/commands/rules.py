"""`ideenweg rules`: what another pipeline.toml would change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.operations.console import DONE, carry_out

if TYPE_CHECKING:
    from rich.console import Console

    from api.runtime.services import Services

COUNTED = {"messages": "messages", "late": "of these, a deadline has passed", "leads": "of these, to the leads"}


def rules(
    path: Path = typer.Option(..., "--try", metavar="FILE", help="Another pipeline.toml."),
) -> None:
    """Try another pipeline.toml: what would move in the open cases, and what would be sent in the next days.

    A restart with it moves nothing by itself: each case takes other rules with the next step that somebody takes in it,
    and running deadlines stay. Only reads. Ends with 0 when all is told, with 2 when the file cannot be used, with 3
    when the database is away.
    """
    carry_out(lambda services, console: _try(services, console, path))


async def _try(services: Services, console: Console, path: Path) -> int:
    from api.use_cases.rules import try_rules
    from models.policy import load_policy
    from models.tables.columns import utc_now

    found = await try_rules(services.database, services.policy, load_policy(path), utc_now())
    for change in found.changes:
        console.print(f"{change.key}: {change.before} → {change.after} ({change.counts.replace('_', ' ')})")
    was, then = found.before, found.after
    for name, words in COUNTED.items():
        tomorrow, week = f"{was.tomorrow[name]} → {then.tomorrow[name]}", f"{was.week[name]} → {then.week[name]}"
        console.print(f"{words}: {tomorrow} tomorrow, {week} in seven days")
    for one in found.moved:
        console.print(f"{one.case.standing.workflow_id} {one.wake_up.key}: {one.before} → {one.after}")
    console.print(f"Open cases: {found.cases}; keys that differ: {len(found.changes)}")
    console.print(f"Times that move, each with the next step of its case: {len(found.moved)}")
    console.print(f"Messages that go out at once with that step: {len(found.at_once)}")
    return DONE
