"""The least that Temporal can do for an idea: a workflow whose update writes two rows in one local activity.

`python -m bench.bare` is its worker. It stands beside ours as what the platform itself costs.
"""

import asyncio
import contextlib
import json
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import uvloop
from sqlalchemy import text
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

with workflow.unsafe.imports_passed_through():
    from models.database import Database
    from models.settings import load_settings
    from models.temporal_connection import read_temporal_config

TASK_QUEUE = "bare"
WORKFLOW = "Bare"
COMMAND = "command"
STATE = "state"

TIMELINE = text("""
    INSERT INTO timeline_entry (case_id, kind, idea_id, number, version, at, event, command_id, fingerprint, actor_role,
                                from_stage, from_state, stage, state, facts, snapshot)
    VALUES (:idea_id, 'idea', :idea_id, 0, :version, :at, 'bare', :command_id, '', 'lead',
            'identify', 'screening', 'identify', 'screening', '{}', CAST(:snapshot AS jsonb))
    ON CONFLICT DO NOTHING
""")
STANDING = text("""
    INSERT INTO standing (case_id, kind, idea_id, number, version, stage, state, owner_id, office, entered_at,
                          last_entry_at, rulebook_digest, snapshot)
    SELECT id, 'idea', id, 0, :version, 'identify', 'screening', owner_id, office, :at,
           :at, '', CAST(:snapshot AS jsonb)
    FROM idea WHERE id = :idea_id
    ON CONFLICT (case_id) DO UPDATE
    SET version = EXCLUDED.version, last_entry_at = EXCLUDED.last_entry_at, snapshot = EXCLUDED.snapshot
    WHERE standing.version < EXCLUDED.version
""")
SNAPSHOT = json.dumps({"filler": "x" * 1200})
"""About as long as the snapshot of an idea on its way."""


@dataclass(frozen=True)
class Asked:
    """A command, or the version it has led to."""

    idea_id: str
    command_id: str
    version: int = 0


class Rows:
    """`write_rows` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="write_rows")
    async def write_rows(self, asked: Asked) -> None:
        values = {"idea_id": asked.idea_id, "version": asked.version, "at": datetime.now(UTC), "snapshot": SNAPSHOT}
        async with self._database.transaction() as session:
            connection = await session.connection()
            await connection.execute(TIMELINE, values | {"command_id": asked.command_id})
            await connection.execute(STANDING, values)


@workflow.defn(name=WORKFLOW)
class Bare:
    """Lives for ever and counts its commands."""

    def __init__(self) -> None:
        self.version = 0

    @workflow.run
    async def run(self, idea_id: str) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.query(name=STATE)
    def state(self) -> int:
        return self.version

    @workflow.update(name=COMMAND)
    async def command(self, asked: Asked) -> int:
        self.version += 1
        version = self.version
        await workflow.execute_local_activity_method(
            Rows.write_rows,
            Asked(asked.idea_id, asked.command_id, version),
            start_to_close_timeout=timedelta(seconds=20),
        )
        return version


async def main() -> None:
    settings = load_settings()
    assert settings.database_url is not None
    database = Database(settings.database_url.get_secret_value(), pool_size=15)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Worker(
        # Nothing is signed: a local activity carries no header of ours.
        await Client.connect(**read_temporal_config(settings)),
        task_queue=TASK_QUEUE,
        workflows=[Bare],
        activities=[Rows(database).write_rows],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=500,
    ):
        await stop.wait()
    await database.dispose()
    await asyncio.sleep(0.5)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(main())
