"""Signs of life from an activity that may take long, so that another worker goes on soon when this one is gone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from temporalio import activity

BEAT_SECONDS = 5.0
"""A sixth of the time after which the workflows take a worker for dead: a machine that stalls for a moment is not."""


@contextlib.asynccontextmanager
async def heartbeats() -> AsyncIterator[None]:
    """Heartbeats for as long as the block lasts. Outside of an activity nobody listens, so there are none."""
    if not activity.in_activity():
        yield
        return
    beating = asyncio.create_task(_beat())
    try:
        yield
    finally:
        beating.cancel()


async def _beat() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(BEAT_SECONDS)
