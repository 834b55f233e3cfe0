"""Security headers: what a browser may do with an answer. Every answer gets those that it does not have itself."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.web.middleware import API_PATHS

CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Of pages (Content-Security-Policy)."""

SAFE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # What says nothing of its own shows nothing: no script, no style, no picture, in nobody's frame.
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)
API_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
PAGE_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
STATIC_HEADERS = (
    (b"referrer-policy", b"same-origin"),
    # The mark and the styles are everybody's: a page that somebody has saved still looks like itself.
    (b"cross-origin-resource-policy", b"cross-origin"),
)
A_YEAR_ENCRYPTED = b"max-age=31536000"

POLICY, FRAMED = b"content-security-policy", b"frame-ancestors *"
"""What may stand in any frame says so itself; the older header knows no such word and is left out."""


class SafeHeaders:
    """Headers that protect, on every answer. A route that has said something of its own is left its word.

    Answers of the API are nobody else's: not kept, and not told onwards.
    """

    def __init__(self, app: ASGIApp, *, https: bool, subdomains: bool = False) -> None:
        """`https`: people come over an encrypted line, and shall never come over another one; `subdomains`: nor to
        whatever is below this host."""
        self.app = app
        only_encrypted = A_YEAR_ENCRYPTED + (b"; includeSubDomains" if subdomains else b"")
        self.headers = SAFE_HEADERS + (((b"strict-transport-security", only_encrypted),) if https else ())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        wanted = self.headers + headers_for(scope["path"])

        async def add_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                if any(FRAMED in value for name, value in message["headers"] if name.lower() == POLICY):
                    there.add(b"x-frame-options")
                missing = [(name, value) for name, value in wanted if name not in there]
                message = {**message, "headers": [*message["headers"], *missing]}
            await send(message)

        await self.app(scope, receive, add_headers)


def headers_for(path: str) -> tuple[tuple[bytes, bytes], ...]:
    if path.startswith("/static/"):
        return STATIC_HEADERS
    return API_HEADERS if path.startswith(API_PATHS) else PAGE_HEADERS
