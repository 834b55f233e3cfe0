"""Around every request: a log line without personal data, a limit on bodies, safe headers."""

import time
import traceback
from collections.abc import Callable, Sequence

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import ProblemError, answer_problem

LONGEST_BODY = 256 * 1024
API = "/api/v1"

API_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)

log = structlog.get_logger("ideenweg.web")


class RequestLog:
    """One line a request: method, route template, status, milliseconds. Ids, queries and bodies stay out.

    An error that nobody foresaw ends here: its place in the code is logged and not its message, which may quote data.
    """

    def __init__(self, app: ASGIApp, tell: Callable[[Scope], ASGIApp]) -> None:
        """`tell` makes the answer to an error: problem details for the API, a page for people."""
        self.app = app
        self.tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            log.error("failed", route=route_of(scope), error=type(error).__name__, at=places_of(error))
            if status == 0:
                await self.tell(scope)(scope, receive, watch)
        milliseconds = round((time.perf_counter() - began) * 1000)
        write = log.debug if scope["path"] in ("/healthz", "/readyz") and status < 400 else log.info
        write("request", method=scope["method"], route=route_of(scope), status=status, ms=milliseconds)


class BodyLimit:
    """Reads a body up to a limit before anything looks at it; a longer one is refused."""

    def __init__(self, app: ASGIApp, longest: int = LONGEST_BODY) -> None:
        self.app = app
        self.longest = longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return
        body = None if self._says_too_long(scope) else await self._read(receive)
        if body is None:
            await answer_problem(scope["path"], ProblemError(413, "too_large"))(scope, receive, send)
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return waiting.pop() if waiting else await receive()

        await self.app(scope, replay, send)

    def _says_too_long(self, scope: Scope) -> bool:
        length = dict(scope["headers"]).get(b"content-length", b"0")
        return length.isdigit() and int(length[:20]) > self.longest

    async def _read(self, receive: Receive) -> bytes | None:
        body: bytes = b""
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return body
            body += message.get("body", b"")
            if len(body) > self.longest:
                return None
            if not message.get("more_body", False):
                return body


class ApiHeaders:
    """Answers of the API are nobody else's: not kept, not guessed at, not told onwards."""

    def __init__(self, app: ASGIApp, prefixes: Sequence[str] = ("/api/",)) -> None:
        self.app = app
        self.prefixes = tuple(prefixes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self.prefixes):
            await self.app(scope, receive, send)
            return

        async def add_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                missing = [(name, value) for name, value in API_HEADERS if name not in there]
                message = {**message, "headers": [*message["headers"], *missing]}
            await send(message)

        await self.app(scope, receive, add_headers)


def route_of(scope: Scope) -> str:
    """The template of the route, such as /api/v1/ideas/{idea_id}; never the path, which holds ids."""
    path = str(getattr(scope.get("route"), "path", None) or "(none)")
    # The route of a nested router knows its own part of the path only.
    inside = scope["path"].startswith(API) and not path.startswith((API, "("))
    return API + path if inside else path


def places_of(error: BaseException) -> list[str]:
    """Where an error came from, innermost last, without its message."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]


def configure_logs() -> None:
    """One JSON object a line on standard output."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(sort_keys=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
    )
