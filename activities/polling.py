"""Polling: asking again and again until something holds, as where SQL catches up with a workflow."""

import asyncio
import time
from collections.abc import Awaitable, Callable

FIRST_PAUSE = 0.005
LONGEST_PAUSE = 0.1


async def wait_until(holds: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    """Ask again and again, less and less often. False where it does not hold in time."""
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE
    while not await holds():
        if time.monotonic() + pause > deadline:
            return False
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    return True
