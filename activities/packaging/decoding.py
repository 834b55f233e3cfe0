"""Strangers' images, each decoded in a process of its own that may use only so much time and memory.

A decoder that computes for minutes, eats memory or falls over takes nothing with it, and knows neither key nor
database: its environment is empty.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from activities.packaging import images
from activities.packaging.images import SIZED, CleanImage, ImageProblem, ImageRefused, SizedImage, check_size

SECONDS = 10.0
AT_ONCE = 2
"""However many are uploaded at once, no more than that are read into memory and unpacked."""
MOST_ANSWERED = 64 * 1024 * 1024

PROGRAM = (sys.executable, "-I", "-B", str(Path(images.__file__)))
"""A fresh one for each: it is there in a fraction of a second, and nothing of one image can reach the next."""


class ImageReader:
    """Reads images beside the event loop, without taking a thread."""

    def __init__(self, program: Sequence[str] = PROGRAM, seconds: float = SECONDS) -> None:
        self.program = program
        self.seconds = seconds
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def read(self, source: Callable[[], Awaitable[bytes]]) -> CleanImage:
        """What `source` gives, once it is its turn, as `read_image` has it. Raises ImageRefused."""
        return understand(*await self._ask(source))

    async def read_sized(self, source: Callable[[], Awaitable[bytes]]) -> SizedImage:
        """The same in two sizes, as `read_sized` has it. Raises ImageRefused."""
        return understand_sized(*await self._ask(source, SIZED))

    async def _ask(self, source: Callable[[], Awaitable[bytes]], *wish: str) -> tuple[dict[str, Any], bytes]:
        async with self._turns:
            data = await source()
            check_size(data)
            return split(await self._decode(data, *wish))

    async def _decode(self, data: bytes, *wish: str) -> bytes:
        """The answer of the program; empty where it has to be ended."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*self.program, *wish, stdin=pipe, stdout=pipe, env={})
        try:
            async with asyncio.timeout(self.seconds):
                _, answer = await asyncio.gather(feed(process, data), collect(process))
                return answer if await process.wait() == 0 else b""
        except TimeoutError:
            return b""
        finally:
            if process.returncode is None:
                process.kill()
                await asyncio.shield(process.wait())


async def feed(process: asyncio.subprocess.Process, data: bytes) -> None:
    assert process.stdin is not None
    # It has ended early, and its code says so. Of a pipe that is closed already, uvloop says RuntimeError.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, RuntimeError):
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()


async def collect(process: asyncio.subprocess.Process) -> bytes:
    """Everything that a decoder says, up to more than any picture has."""
    assert process.stdout is not None
    answer = bytearray()
    while chunk := await process.stdout.read(256 * 1024):
        answer += chunk
        if len(answer) > MOST_ANSWERED:
            process.kill()
            return b""
    return bytes(answer)


def split(answer: bytes) -> tuple[dict[str, Any], bytes]:
    """Raises ImageRefused."""
    head, _, content = answer.partition(b"\n")
    if not head:
        raise ImageRefused(ImageProblem.TOO_COSTLY)
    told = json.loads(head)
    if "problem" in told:
        raise ImageRefused(ImageProblem(told["problem"]))
    return told, content


def understand(told: Mapping[str, Any], content: bytes) -> CleanImage:
    return CleanImage(told["media_type"], told["width"], told["height"], content)


def understand_sized(told: Mapping[str, Any], content: bytes) -> SizedImage:
    return SizedImage(told["width"], told["height"], content[: told["small"]], content[told["small"] :])
