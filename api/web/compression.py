"""Answers in words are packed on the way out."""

import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LEAST_BYTES = 1000
LEVEL = 5
TEXT_TYPES = ("text/", "application/json", "application/problem+json", "application/openapi")


class Compress:
    """gzip for whoever takes it. Files that are sent in parts, and what is packed already, go out as they are.

    Where a page holds a secret beside words that somebody else can choose, its packed length could tell the secret
    (BREACH). The one secret in our pages is the field that guards forms, and it is masked afresh in every answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            await self.app(scope, receive, send)
            return
        start: Message | None = None

        async def pack(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start is not None:
                first, start = start, None
                message = pack_body(first, message)
                await send(first)
            await send(message)

        await self.app(scope, receive, pack)


def pack_body(start: Message, message: Message) -> Message:
    """The body, packed if that is worth it; the headers in `start` then say so."""
    headers, body = MutableHeaders(raw=start["headers"]), message.get("body", b"")
    if message.get("more_body") or len(body) < LEAST_BYTES or "content-encoding" in headers:
        return message
    if not headers.get("content-type", "").startswith(TEXT_TYPES):
        return message
    packed = gzip.compress(body, LEVEL, mtime=0)
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(packed))
    headers.add_vary_header("Accept-Encoding")
    start["headers"] = headers.raw
    return {**message, "body": packed}
