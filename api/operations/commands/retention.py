"""`ideenweg retention`: let go of what has had its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from api.operations.console import DONE, carry_out

if TYPE_CHECKING:
    from rich.console import Console

    from api.runtime.services import Services


def retention(dry_run: bool = typer.Option(False, "--dry-run", help="Count only; nothing is changed.")) -> None:
    """Delete and pseudonymise what is older than the periods in pipeline.toml. The same runs every night.

    Ends with 0 when all is done, 2 when it cannot be done and 3 when a service is away.
    """
    carry_out(lambda services, console: _retention(services, console, dry_run))


async def _retention(services: Services, console: Console, dry_run: bool) -> int:
    from datetime import UTC, datetime

    from rich.table import Table

    from activities.upkeep.retention import Retention
    from models.messages.upkeep import RetentionRequest
    from models.tables.columns import new_id

    retention = Retention(services.database, services.engine, services.policy)
    counts = await retention.run(RetentionRequest(run_id=new_id(), dry_run=dry_run), datetime.now(UTC))
    table = Table("what", "how many")
    for name, count in counts.model_dump().items():
        table.add_row(name.replace("_", " "), str(count))
    console.print(table)
    for place in counts.places:
        console.print(f"Please look at {place}: somebody else's words may name whom this has erased.")
    if dry_run:
        console.print("Dry run: nothing was changed.")
    return DONE
