"""Waiting until the read model shows a step: PostgreSQL tells it, or one look is taken for all in this process."""

import asyncio
import contextvars
import time
from collections import OrderedDict

import psycopg
import structlog
from sqlalchemy import text

from models.database import Database
from models.tables.standing import SHOWN

FIRST_PAUSE = 0.005
LONGEST_PAUSE = 0.1
PAUSE_WHEN_DEAF = 1.0
MOST_REMEMBERED = 1_000
"""The versions of so many ideas: what is told before somebody begins to wait for it is not missed."""

VERSIONS = text(
    "SELECT CAST(case_id AS text) AS case_id, version FROM standing WHERE case_id = ANY(CAST(:ids AS uuid[]))"
)

log = structlog.get_logger()


class ReadModelWaiter:
    """Hears what is shown where `listen` runs, and looks while somebody waits: seldom where it hears, else soon after
    somebody has come and then less and less often.

    A process with many callers would otherwise spend more time on looking, each for itself, than on their commands.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._told: OrderedDict[str, int] = OrderedDict()
        self._hears = False
        # Each look is a single statement: no transaction has to be opened and closed around it.
        self._engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._waiting: dict[asyncio.Future[None], tuple[str, int]] = {}
        self._watch: asyncio.Task[None] | None = None
        self._has_come = False

    async def wait(self, case_id: str, version: int, seconds: float) -> bool:
        """False where it is not shown in time. Raises what the database raises."""
        if self._told.get(case_id, -1) >= version:
            return True
        shown: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[shown] = (case_id, version)
        self._has_come = True
        if self._watch is None or self._watch.done():
            # In a context of its own: it works for all, and belongs to no single request's trace.
            self._watch = asyncio.create_task(self._keep_looking(), context=contextvars.Context())
        try:
            done, _ = await asyncio.wait([shown], timeout=seconds)
        finally:
            del self._waiting[shown]
            if shown.done() and not shown.cancelled():
                # Looked at even where its waiter was cancelled in this moment: else Python complains of it later.
                shown.exception()
        for future in done:
            future.result()
        return bool(done)

    async def _keep_looking(self) -> None:
        pause, took = FIRST_PAUSE, 0.0
        while self._waiting:
            pause = FIRST_PAUSE if self._has_come else min(pause * 2, LONGEST_PAUSE)
            self._has_come = False
            if self._hears:
                pause = LONGEST_PAUSE
            # Never more than half of the time, however slow a look is.
            await asyncio.sleep(max(pause, took))
            if not self._waiting:
                break
            began = time.monotonic()
            try:
                await self._look()
            except Exception as error:
                for shown in self._waiting:
                    if not shown.done():
                        shown.set_exception(error)
            took = time.monotonic() - began

    async def _look(self) -> None:
        ids = sorted({case_id for case_id, _ in self._waiting.values()})
        async with self._engine.connect() as connection:
            found = (await connection.execute(VERSIONS, {"ids": ids})).all()
        # What had to be looked for was not heard: a pooler in between, or a line that is gone and has not said so.
        waited_for = [self._show(row.case_id, row.version) for row in found]
        self._hears &= not any(waited_for)

    def _show(self, case_id: str, version: int) -> bool:
        """Says whether somebody has waited for this."""
        waited = [
            shown
            for shown, (its_id, wanted) in self._waiting.items()
            if its_id == case_id and wanted <= version and not shown.done()
        ]
        for shown in waited:
            shown.set_result(None)
        return bool(waited)

    async def listen(self) -> None:
        """Hear of every step that is shown, until cancelled. Whoever cannot hear looks, so no error is worth an end."""
        while True:
            try:
                await self._hear()
            except Exception as error:
                if self._hears:
                    log.info("looks instead of listening", error=type(error).__name__)
                self._hears = False
            await asyncio.sleep(PAUSE_WHEN_DEAF)

    async def _hear(self) -> None:
        async with self._database.engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert isinstance(driver, psycopg.AsyncConnection)
            try:
                # Whoever listens says nothing for as long as nothing happens.
                await driver.execute(f"SET idle_session_timeout = 0; LISTEN {SHOWN}".encode())
                while True:
                    await until_readable(driver.fileno())
                    driver.pgconn.consume_input()
                    while notice := driver.pgconn.notifies():
                        self._hears = True
                        case_id, _, version = notice.extra.decode().partition(" ")
                        self._remember(case_id, int(version))
                        self._show(case_id, int(version))
            finally:
                # Nobody else is to get a connection that listens.
                await connection.invalidate()

    def _remember(self, case_id: str, version: int) -> None:
        self._told[case_id] = version
        self._told.move_to_end(case_id)
        if len(self._told) > MOST_REMEMBERED:
            self._told.popitem(last=False)


async def until_readable(line: int) -> None:
    """Wait until something has come, or the other end has gone. psycopg's own wait looks ten times a second, which was
    most of what a process does at rest."""
    loop, came = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(line, came.set)
    try:
        await came.wait()
    finally:
        loop.remove_reader(line)
