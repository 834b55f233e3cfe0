"""Where the simulation takes place: a PostgreSQL, a time-skipping server and workers of its own, gone afterwards."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from api.operations.embedded.postgres import EmbeddedPostgres
from api.operations.embedded.process import Child, PartFailed, last_lines, start_child
from api.operations.simulation.virtual_time import TimeServer, VirtualTime
from models.database import Database
from models.migrations import migrate
from workflows.client import EngineClient

WORKERS = 2
"""One cannot use more than one core; more than there are cores only get into each other's way."""


@dataclass(frozen=True)
class Town:
    """Everything that is needed for a year."""

    database: Database
    ideas: EngineClient
    time: VirtualTime


@asynccontextmanager
async def open_town(pipeline: Path, workers: int = WORKERS) -> AsyncIterator[Town]:
    """Raises PartFailed where something cannot be started, with the end of its log: all is gone afterwards."""
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ideenweg-", ignore_cleanup_errors=True)))
        home.chmod(0o755)  # the database runs as another user where we are root
        try:
            yield await build_town(stack, home, pipeline, workers)
        except PartFailed as failed:
            raise PartFailed("\n".join([str(failed), *last_lines(failed.log)])) from None


async def build_town(stack: AsyncExitStack, home: Path, pipeline: Path, workers: int) -> Town:
    """Start everything; the stack ends it."""
    server, postgres = TimeServer(home), EmbeddedPostgres(home / "postgres", fast=True)
    stack.push_async_callback(server.stop)
    await server.start()
    stack.push_async_callback(postgres.stop)
    await postgres.start()
    await asyncio.to_thread(migrate, postgres.url)
    all_hands = [Hands(home, number) for number in range(workers)]
    for hands in all_hands:
        stack.push_async_callback(hands.stop)
        await hands.start(server.address, pipeline, postgres.url)
    for hands in all_hands:
        await hands.take_work()
    database = Database(postgres.url)
    stack.push_async_callback(database.dispose)
    client = await Client.connect(server.address, data_converter=pydantic_data_converter)
    time = VirtualTime(client, server.log, lambda: sum(hands.processor_time() for hands in all_hands))
    return Town(database, EngineClient(client), time)


class Hands:
    """One worker process."""

    def __init__(self, home: Path, number: int) -> None:
        self.log = home / f"worker-{number}.log"
        self.ready = home / f"worker-{number}.ready"
        self.child: Child | None = None

    async def start(self, address: str, pipeline: Path, database_url: str) -> None:
        command = [
            sys.executable,
            "-m",
            "api.operations.simulation.worker",
            address,
            str(pipeline.resolve()),
            str(self.ready),
        ]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
        self.child = await start_child(command, log=self.log, env=environment | {"DATABASE_URL": database_url})

    async def take_work(self) -> None:
        """Wait until it does. Raises PartFailed where it has ended instead."""
        assert self.child is not None
        while not self.ready.exists():
            if not self.child.is_alive():
                raise PartFailed("A worker of the simulation did not start.", self.log)
            await asyncio.sleep(0.05)

    def processor_time(self) -> float:
        """In seconds, so far. Raises PartFailed where it has ended."""
        assert self.child is not None
        try:
            times = psutil.Process(self.child.pid).cpu_times()
        except psutil.NoSuchProcess:
            raise PartFailed("A worker of the simulation has ended.", self.log) from None
        return times.user + times.system

    async def stop(self) -> None:
        if self.child is not None:
            await self.child.stop()
