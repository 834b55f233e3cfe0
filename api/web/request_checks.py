"""What no honest client sends is refused before anything looks at it: nobody guesses, and nothing is stored.

Slow senders are the server's affair, and the proxy's before it.
"""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from python_multipart.multipart import parse_options_header
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.web.middleware import expects_body, is_upload
from api.web.problems import ProblemError

LONGEST_ADDRESS = 8 * 1024
LONGEST_HEADERS = 32 * 1024
MOST_PARAMETERS = 100
MOST_FIELDS = 1000

SAID_ONCE = frozenset(
    {b"authorization", b"content-length", b"content-type", b"host", b"idempotency-key", b"if-match", b"origin"}
)
"""Said twice, they mean two things, and whoever is asked next may take the other one."""

FORM = b"application/x-www-form-urlencoded"
FORM_WITH_FILES = b"multipart/form-data"
JSON = b"application/json"
UTF_8 = (b"", b"utf-8", b"utf8", b"us-ascii")


class StrictRequests:
    """Passes on what can be read in one way only: text in UTF-8, of a decent length, each thing said once.

    Stands behind `BodyLimit`, which has read the body. Where files are sent, a body is looked at by whoever reads it.
    """

    def __init__(self, app: ASGIApp, tell: Callable[[Scope, ProblemError], ASGIApp]) -> None:
        """`tell` makes the answer: problem details for the API, a page for people."""
        self.app = app
        self.tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        read: list[Message] = []

        async def replay() -> Message:
            return read.pop() if read else await receive()

        try:
            check_head(scope)
            if expects_body(scope) and not is_upload(scope):
                read.append(await receive())
                check_body(scope, read[0].get("body", b""))
        except ProblemError as problem:
            await self.tell(scope, problem)(scope, receive, send)
            return
        await self.app(scope, replay, send)


def check_head(scope: Scope) -> None:
    """Address and headers. Raises ProblemError (400)."""
    if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
        raise malformed(f"the address is longer than {LONGEST_ADDRESS} bytes")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > LONGEST_HEADERS:
        raise malformed(f"the headers are longer than {LONGEST_HEADERS} bytes")
    names = [name for name, _ in scope["headers"]]
    for name in SAID_ONCE:
        if names.count(name) > 1:
            raise malformed("is said twice", name.decode())
    _, options = content_type_of(scope)
    if options.get(b"charset", b"").lower() not in UTF_8:
        raise malformed("must be UTF-8", "content-type")
    check_pairs(scope["query_string"], MOST_PARAMETERS)


def check_body(scope: Scope, body: bytes) -> None:
    """A body as its type promises it. What it says is looked at by whoever it is for. Raises ProblemError (400)."""
    kind, options = content_type_of(scope)
    if not body:
        return
    if not scope["path"].startswith("/api/") and kind not in (FORM, FORM_WITH_FILES):
        raise malformed("pages take forms", "content-type")
    if kind == FORM:
        check_pairs(body, MOST_FIELDS)
    elif kind == FORM_WITH_FILES:
        check_parts(body, options.get(b"boundary", b""))
    elif kind == JSON:
        check_text(body, "body")
        if b"\x00" in body:
            raise malformed("is not UTF-8", "body")


def check_pairs(raw: bytes, most: int) -> None:
    """Names and values as an address or a form has them."""
    pairs = raw.split(b"&", most)
    if len(pairs) > most:
        raise malformed(f"there are more than {most} parameters or fields")
    for pair in pairs:
        name, _, value = pair.partition(b"=")
        check_text(unquote_to_bytes(name + value), unquote_to_bytes(name).decode(errors="replace")[:80])


def check_parts(body: bytes, boundary: bytes) -> None:
    """A form in parts. Whoever reads it would stop at as many, but make a file of each before."""
    check_text(body, "body")
    if not body.rstrip().endswith(b"--"):
        raise malformed("the form is cut off", "body")
    if boundary and body.count(b"--" + boundary) > MOST_FIELDS + 1:
        raise malformed(f"there are more than {MOST_FIELDS} fields", "body")


def check_text(raw: bytes, field: str) -> None:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        raise malformed("is not UTF-8", field) from None


def content_type_of(scope: Scope) -> tuple[bytes, dict[bytes, bytes]]:
    return parse_options_header(dict(scope["headers"]).get(b"content-type"))


def malformed(detail: str, field: str | None = None) -> ProblemError:
    return ProblemError(400, "malformed", detail, field=field)
