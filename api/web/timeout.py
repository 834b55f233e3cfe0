"""No request waits for ever: what takes too long is answered, and whoever asked may ask again."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = 20.0
"""Longer than a command may take whose engine is slow to answer, and shorter than most proxies and people wait."""


class RequestTimeout:
    """Answers for an application that has not begun its answer in time.

    Its work is asked to end, but cannot be made to: a driver that waits for a database which has fallen silent does not
    listen. It then stays behind with its connection, of which the pool has only so many, until the network gives up;
    what it answers then, nobody hears.
    """

    def __init__(self, app: ASGIApp, tell: Callable[[Scope], ASGIApp], seconds: float = SECONDS) -> None:
        """`tell` makes the answer: problem details for the API, a page for people."""
        self.app = app
        self.tell = tell
        self.seconds = seconds
        self._left_behind: set[asyncio.Future[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, too_late = asyncio.Event(), False

        async def send_in_time(message: Message) -> None:
            if not too_late:
                begun.set()
                await send(message)

        work = asyncio.ensure_future(self.app(scope, receive, send_in_time))
        beginning = asyncio.create_task(begun.wait())
        try:
            await asyncio.wait({work, beginning}, timeout=self.seconds, return_when=asyncio.FIRST_COMPLETED)
            if work.done() or begun.is_set():
                await work
                return
        except asyncio.CancelledError:
            self._leave(work)
            raise
        finally:
            beginning.cancel()
        too_late = True
        self._leave(work)
        await self.tell(scope)(scope, receive, send)

    def _leave(self, work: asyncio.Future[None]) -> None:
        work.cancel()
        self._left_behind.add(work)
        work.add_done_callback(self._forget)

    def _forget(self, work: asyncio.Future[None]) -> None:
        self._left_behind.discard(work)
        if not work.cancelled():
            work.exception()
