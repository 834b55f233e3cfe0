"""As many requests at once as a process can carry; who comes then is asked to come again, and need not wait for it."""

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from api.web.middleware import is_asked_often

MOST_AT_ONCE = 400
"""More than may wait for the engine, so that a slow one leaves room for those who only look."""


class ConcurrencyLimit:
    """Refuses at once what is too much. Only probes always come in: a process that is busy is not dead."""

    def __init__(self, app: ASGIApp, tell: Callable[[Scope], ASGIApp], most: int = MOST_AT_ONCE) -> None:
        """`tell` makes the answer: problem details for the API, a page for people."""
        self.app = app
        self.tell = tell
        self.most = most
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_asked_often(scope):
            await self.app(scope, receive, send)
            return
        if self._inside >= self.most:
            await self.tell(scope)(scope, receive, send)
            return
        self._inside += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._inside -= 1
