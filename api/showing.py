"""Waiting until the read model shows a step: one look at the database for all who wait in this process."""

import asyncio
import contextvars
import time

from sqlalchemy import text

from models.database import Database

FIRST_PAUSE = 0.005
LONGEST_PAUSE = 0.1

VERSIONS = text(
    "SELECT CAST(idea_id AS text) AS idea_id, version FROM standing WHERE idea_id = ANY(CAST(:ids AS uuid[]))"
)


class Showing:
    """Looks while somebody waits: soon after somebody has come, then less and less often.

    A process with many callers would otherwise spend more time on looking, each for itself, than on their commands.
    """

    def __init__(self, database: Database) -> None:
        # Each look is a single statement: no transaction has to be opened and closed around it.
        self._engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._waiting: dict[asyncio.Future[None], tuple[str, int]] = {}
        self._watch: asyncio.Task[None] | None = None
        self._has_come = False

    async def wait(self, idea_id: str, version: int, seconds: float) -> bool:
        """False where it is not shown in time. Raises what the database raises."""
        shown: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[shown] = (idea_id, version)
        self._has_come = True
        if self._watch is None or self._watch.done():
            # In a context of its own: it works for all, and belongs to no single request's trace.
            self._watch = asyncio.create_task(self._keep_looking(), context=contextvars.Context())
        try:
            done, _ = await asyncio.wait([shown], timeout=seconds)
        finally:
            del self._waiting[shown]
        for future in done:
            future.result()
        return bool(done)

    async def _keep_looking(self) -> None:
        pause, took = FIRST_PAUSE, 0.0
        while self._waiting:
            pause = FIRST_PAUSE if self._has_come else min(pause * 2, LONGEST_PAUSE)
            self._has_come = False
            # Never more than half of the time, however slow a look is.
            await asyncio.sleep(max(pause, took))
            began = time.monotonic()
            try:
                await self._look()
            except Exception as error:
                for shown in self._waiting:
                    if not shown.done():
                        shown.set_exception(error)
            took = time.monotonic() - began

    async def _look(self) -> None:
        ids = sorted({idea_id for idea_id, _ in self._waiting.values()})
        async with self._engine.connect() as connection:
            found = (await connection.execute(VERSIONS, {"ids": ids})).all()
        versions = {row.idea_id: row.version for row in found}
        for shown, (idea_id, version) in self._waiting.items():
            if versions.get(idea_id, -1) >= version and not shown.done():
                shown.set_result(None)
