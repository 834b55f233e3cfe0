"""The network between two parts: a proxy on loopback that can be slow, silent or cut."""

import asyncio
import contextlib
from enum import StrEnum

CHUNK = 64 * 1024


class Weather(StrEnum):
    """How a link is."""

    FINE = "fine"
    SLOW = "slow"
    SILENT = "silent"
    """Nothing arrives, and nobody is told. What was on its way arrives later."""
    CUT = "cut"
    """Connections are reset, and none can be made."""


class Link:
    """Passes on what comes in at `port` to another port of this machine."""

    def __init__(self, name: str, port: int, target: int) -> None:
        self.name = name
        self.port = port
        self.target = target
        self.weather = Weather.FINE
        self.delay = 0.0
        self._calm = asyncio.Event()
        self._calm.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.reset()

    def turn(self, weather: Weather, delay: float = 0.0) -> None:
        """From now on. `delay` is in seconds, for each piece in each direction."""
        self.weather, self.delay = weather, delay if weather is Weather.SLOW else 0.0
        if weather is Weather.SILENT:
            self._calm.clear()
        else:
            self._calm.set()
        if weather is Weather.CUT:
            self.reset()

    def reset(self) -> None:
        """End every connection, as a router does that has forgotten them."""
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self.weather is Weather.CUT:
                return
            await self._calm.wait()
            onward, out = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers.add(out)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pass(reader, out))
                    both.create_task(self._pass(onward, writer))
            finally:
                self._writers.discard(out)
                out.transport.abort()
        except (OSError, ExceptionGroup):
            # The other side is not there, or one of them has hung up.
            return
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            if self.delay:
                await asyncio.sleep(self.delay)
            await self._calm.wait()
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(OSError, RuntimeError):
            writer.write_eof()
