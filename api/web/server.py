"""uvicorn's server, at rest."""

import asyncio
from contextlib import suppress
from types import FrameType

import uvicorn

TICK_SECONDS = 1.0
"""The header `Date` has to be right to the second."""


class RestingServer(uvicorn.Server):
    """A server that wakes once a second instead of ten times, which was most of what an idle process used. Who asks it
    to stop does not wait for that: the signal wakes it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._asked = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), TICK_SECONDS)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._asked.set)
