"""Around every request: a log line, figures and a trace without personal data, a limit on bodies."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import structlog
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, StatusCode
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.web.problems import ProblemError
from models.telemetry import traces
from models.telemetry.metrics import METHODS, Stopwatch, count_request
from models.telemetry.redaction import name_of, places_of

LONGEST_BODY = 256 * 1024
LONGEST_UPLOAD = 16 * 1024 * 1024
"""More than an image may have, so that one that is a little too large is told in its own words."""

UPLOADS = re.compile(
    r"(?:/api/v1/ideas|/ideen)/[^/]+/(?:crowdfunding/(?:images|bilder)|attachments|dateien|(?:konzept|geschichte)/dateien|geschichte/bilder|schritte)|/leitung/import"
)
"""Where files are sent."""

API = "/api/v1"
ASKED_OFTEN = ("/healthz", "/readyz", "/metrics")
"""By machines, all day long: told only when the answer is bad, and never traced."""

API_PATHS = ("/api/", *ASKED_OFTEN)


log = structlog.get_logger()


class RequestLog:
    """One line, one span and the figures of a request: method, route template, status, milliseconds. Ids, queries and
    bodies stay out.

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
        watch = Stopwatch()
        status = 0

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with open_trace(scope) as span:
            try:
                await self.app(scope, receive, note_status)
            except Exception as error:
                traces.mark_failed(span, error)
                log.error("failed", route=route_of(scope), error=name_of(error), at=places_of(error))
                if status == 0:
                    await self.tell(scope)(scope, receive, note_status)
            route = route_of(scope)
            span.update_name(f"{method_of(scope)} {route}")
            span.set_attributes({"http.route": route, "http.response.status_code": status})
            if status >= 500:
                span.set_status(StatusCode.ERROR)
            count_request(method_of(scope), route, status, watch.seconds)
            write = log.debug if is_asked_often(scope) and status < 400 else log.info
            write("request", method=method_of(scope), route=route, status=status, ms=watch.milliseconds)


class BodyLimit:
    """Reads a body up to a limit before anything looks at it; a longer one is refused.

    Where files are sent, a body may be larger. It is counted while it is read, by whoever has made sure that the
    sender may send one, so that strangers fill nobody's memory.
    """

    def __init__(
        self,
        app: ASGIApp,
        tell: Callable[[Scope, ProblemError], ASGIApp],
        longest: int = LONGEST_BODY,
        longest_upload: int = LONGEST_UPLOAD,
    ) -> None:
        """`tell` makes the answer: problem details for the API, a page for people."""
        self.app = app
        self.tell = tell
        self.longest = longest
        self.longest_upload = longest_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not expects_body(scope):
            await self.app(scope, receive, send)
            return
        if is_upload(scope) and not self._says_too_long(scope, self.longest_upload):
            await self.app(scope, self._count(receive), send)
            return
        try:
            body = None if self._says_too_long(scope, self.longest) else await self._read(receive)
        except ClientDisconnect:
            return  # half a body is none, and nobody waits for an answer
        if body is None:
            await self.tell(scope, ProblemError(413, "too_large"))(scope, receive, send)
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return waiting.pop() if waiting else await receive()

        await self.app(scope, replay, send)

    def _says_too_long(self, scope: Scope, longest: int) -> bool:
        length = dict(scope["headers"]).get(b"content-length", b"0")
        return length.isdigit() and int(length[:20]) > longest

    def _count(self, receive: Receive) -> Receive:
        """Passes a body on; whoever reads more than an upload may have gets a problem instead."""
        read = 0

        async def count() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.longest_upload:
                raise ProblemError(413, "too_large")
            return message

        return count

    async def _read(self, receive: Receive) -> bytes | None:
        """None for what is too long. Raises ClientDisconnect where the rest does not come."""
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise ClientDisconnect
            body += message.get("body", b"")
            if len(body) > self.longest:
                return None
            if not message.get("more_body", False):
                return bytes(body)


def expects_body(scope: Scope) -> bool:
    return scope["method"] not in ("GET", "HEAD", "OPTIONS")


def is_upload(scope: Scope) -> bool:
    """A form with files, sent to where files are taken."""
    kind = dict(scope["headers"]).get(b"content-type", b"")
    return kind.startswith(b"multipart/form-data") and UPLOADS.fullmatch(scope["path"]) is not None


def is_asked_often(scope: Scope) -> bool:
    return scope["path"] in ASKED_OFTEN


def open_trace(scope: Scope) -> AbstractContextManager[Span]:
    """A trace begins here, whatever the request says: nobody else's ids come into ours."""
    if is_asked_often(scope):
        return nullcontext(INVALID_SPAN)
    return traces.span("request", {"http.request.method": method_of(scope)}, SpanKind.SERVER)


def route_of(scope: Scope) -> str:
    """The template of the route, such as /api/v1/ideas/{idea_id}; never the path, which holds ids."""
    path = str(getattr(scope.get("route"), "path", None) or "(none)")
    # The route of a nested router knows its own part of the path only.
    inside = scope["path"].startswith(API) and not path.startswith((API, "("))
    return API + path if inside else path


def method_of(scope: Scope) -> str:
    """A method that HTTP does not know is whatever somebody wrote."""
    return scope["method"] if scope["method"] in METHODS else "OTHER"
