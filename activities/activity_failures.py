"""Remembers what fails again and again, so that a lead sees which idea waits for the engine, and why."""

from typing import Any

import structlog
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from models.database import Database
from models.tables import EngineTrouble
from models.tables.columns import utc_now
from models.telemetry.redaction import name_of

TELLING = 2
"""From this attempt on a failure is written down: the first one is often a moment's."""

log = structlog.get_logger()


class RememberTrouble(Interceptor):
    """Writes an activity that fails once more into `engine_trouble`, and takes it out once it succeeds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Remember(next, self._database)


class _Remember(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, database: Database) -> None:
        super().__init__(next)
        self._database = database

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        if info.attempt < TELLING:
            return await self.next.execute_activity(input)
        try:
            result = await self.next.execute_activity(input)
        except Exception as error:
            await self._keep(write_down, info, name_of(error))
            raise
        await self._keep(strike_out, info)
        return result

    async def _keep(self, change: Any, info: activity.Info, *more: str) -> None:
        """Where PostgreSQL is what fails there is nowhere to write it, and the log has it anyway."""
        try:
            await change(self._database, info, *more)
        except Exception as error:
            log.warning("trouble not kept", activity=info.activity_type, cause=name_of(error))


async def write_down(database: Database, info: activity.Info, cause: str) -> None:
    values = {
        "workflow_id": info.workflow_id or "",
        "activity": info.activity_type,
        "attempts": info.attempt,
        "cause": cause[:80],
        "since": info.scheduled_time,
        "last_at": utc_now(),
    }
    latest = {name: values[name] for name in ("attempts", "cause", "last_at")}
    statement = insert(EngineTrouble).values(values)
    async with database.transaction() as session:
        await session.exec(statement.on_conflict_do_update(index_elements=["workflow_id", "activity"], set_=latest))


async def strike_out(database: Database, info: activity.Info) -> None:
    same = (col(EngineTrouble.workflow_id) == info.workflow_id, col(EngineTrouble.activity) == info.activity_type)
    async with database.transaction() as session:
        await session.exec(delete(EngineTrouble).where(*same))
