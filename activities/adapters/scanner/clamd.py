"""ClamAV's daemon over its own protocol, `INSTREAM` of clamd(8): on a TCP port, or on a socket of this machine."""

import asyncio
import struct

from activities.ports.scanner import ScannerAway

SECONDS = 30.0
"""For one file. clamd gives up on one after two minutes by itself; a page cannot wait as long."""
CHUNK = 64 * 1024


class Clamd:
    """Asks one daemon; a connection for each file, as clamd wants it without a session."""

    def __init__(self, address: str, seconds: float = SECONDS) -> None:
        """`address`: host:port, or the path of a socket."""
        self.address = address
        self.seconds = seconds

    async def find_threat(self, data: bytes) -> str | None:
        parts = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
        stream = b"".join(struct.pack("!I", len(part)) + part for part in parts) + struct.pack("!I", 0)
        answer = await self._ask(b"zINSTREAM\0" + stream)
        if answer == "stream: OK":
            return None
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return answer.removeprefix("stream: ").removesuffix(" FOUND")
        # Most often a file longer than StreamMaxLength, which is the operator's to mend.
        raise ScannerAway(f"clamd answers: {answer[:80]}")

    async def describe(self) -> str:
        version = await self._ask(b"zVERSION\0")
        return f"{version.partition('/')[0]} at {self.address}"

    async def _ask(self, question: bytes) -> str:
        """Answers end with a NUL, as those to all commands that begin with z."""
        try:
            async with asyncio.timeout(self.seconds):
                reader, writer = await self._connect()
                try:
                    writer.write(question)
                    await writer.drain()
                    answer = await reader.readuntil(b"\0")
                finally:
                    writer.close()
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            raise ScannerAway(f"clamd at {self.address}: {type(error).__name__}") from error
        return answer.rstrip(b"\0\n").decode("utf-8", "replace")

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.address.startswith("/"):
            return await asyncio.open_unix_connection(self.address)
        host, _, port = self.address.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port))
