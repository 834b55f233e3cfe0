"""Worlds for upkeep: the real server, since only that can list what runs, with ideas in every corner of the path."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Table as SqlTable
from sqlalchemy import text, update
from sqlmodel import SQLModel, col

from activities.upkeep.reconcile import Reconciler
from models.database import Database
from models.messages.upkeep import ReconcileReport, ReconcileRequest
from models.tables import StandingRow
from models.tables.columns import new_id
from models.vocabulary import Outcome
from tests.cast import POLICY
from tests.factories import alma, carla
from tests.workflows.conftest import World, real_world

__all__ = ["real_world"]

Dump = dict[str, list[dict[str, Any]]]


class Doorbell:
    """Notes at whose inbox was knocked."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    async def knock(self, account_id: str) -> None:
        self.rung.append(account_id)


def reconciler(world: World) -> Reconciler:
    return Reconciler(world.database, world.ideas, POLICY)


async def reconcile(world: World, **wanted: Any) -> ReconcileReport:
    return await reconciler(world).run(ReconcileRequest(run_id=new_id(), **wanted))


@contextmanager
def nothing_moves() -> Iterator[None]:
    """What has drifted does not come right by itself: to wait between two looks changes nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("activities.upkeep.reconcile.PAUSE_SECONDS", 0)
        yield


async def find_drift(world: World, **wanted: Any) -> ReconcileReport:
    with nothing_moves():
        return await reconcile(world, **wanted)


async def until_listed(world: World, *workflow_ids: str) -> None:
    """The engine's list of what runs is a moment behind."""

    async def listed() -> bool:
        return {*workflow_ids} <= {workflow_id async for workflow_id in world.ideas.list_running()}

    await world.until(listed)


async def set_shown(world: World, idea: str, **values: Any) -> None:
    """Change what SQL shows, as if it had been lost or mangled."""
    async with world.database.transaction() as session:
        await session.exec(update(StandingRow).where(col(StandingRow.case_id) == idea).values(**values))


async def dump(database: Database, *names: str) -> Dump:
    """All rows of some tables, or of all, in a fixed order."""
    tables: Sequence[SqlTable] = SQLModel.metadata.sorted_tables
    found: Dump = {}
    async with database.engine.connect() as connection:
        for table in tables:
            if names and table.name not in names:
                continue
            rows = await connection.execute(
                text(f'SELECT to_jsonb(t) FROM "{table.name}" t ORDER BY to_jsonb(t)::text')
            )
            found[table.name] = [row[0] for row in rows]
    return found


async def run_sql(database: Database, statement: str, **values: Any) -> None:
    """Change rows behind everybody's back."""
    async with database.engine.begin() as connection:
        await connection.execute(text(statement), values)


async def age(database: Database, table: str, column: str, days: int, where: str) -> None:
    """Let rows look as if they were older."""
    at = datetime.now(UTC) - timedelta(days=days)
    await run_sql(database, f"UPDATE {table} SET {column} = :at WHERE {where}", at=at)


async def end_in_every_way(world: World) -> list[str]:
    """One idea for each outcome but completion."""
    withdrawn = await world.hand_in()
    await world.ask(withdrawn, "withdraw", alma)
    declined = await world.hand_in()
    await world.ask(declined, "decline", carla, note_id=declined)
    referred = await world.hand_in()
    await world.ask(referred, "refer", carla)
    closed = await world.bring_to("working")
    await world.ask(closed, "close", carla, outcome=Outcome.CLOSED, note_id=closed)
    return [withdrawn, declined, referred, closed]


STATES = [
    "screening",
    "clarification",
    "matching",
    "planning",
    "working",
    "reviewing",
    "assessing",
    "arranging",
    "using",
    "piloting",
    "helping",
    "concluding",
    "drafting",
    "editing",
    "consenting",
    "published",
]
"""Every state that an idea can rest in on its path with Ben."""
