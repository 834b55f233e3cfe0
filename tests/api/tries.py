"""One command tried twice at the same moment, with two answers."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import httpx

from activities.ports.ideas import CommandRefused
from models.messages.commands import Refusal, RefusalCode


class TwoTries:
    """Stands in the way to the engine. The first try comes too early; the second is let through when that was said."""

    def __init__(self, ask: Callable[..., Awaitable[Any]]) -> None:
        self._ask = ask
        self._first, self._second, self._refused = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def __call__(self, *command: Any) -> Any:
        if not self._first.is_set():
            self._first.set()
            await self._second.wait()
            raise CommandRefused(Refusal(code=RefusalCode.NOT_ALLOWED, detail="too early"))
        self._second.set()
        await self._refused.wait()
        return await self._ask(*command)

    async def make(self, send: Callable[[], Coroutine[Any, Any, httpx.Response]]) -> httpx.Response:
        """What the second is told."""
        async with asyncio.TaskGroup() as both:
            first = both.create_task(send())
            await self._first.wait()
            second = both.create_task(send())
            assert (await first).status_code == 409
            self._refused.set()
        return second.result()
