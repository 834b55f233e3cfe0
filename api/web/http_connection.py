"""The connection itself: HTTP/1.1 that can be read in one way only, and that arrives in time.

uvicorn's protocol on h11 takes both framings of a body at once, lines that end with a bare LF and bodies in any number
of chunks, and waits for ever for the rest of a request. A proxy in front may read the same bytes otherwise, or not be
there.
"""

import asyncio
import contextlib
import re
from http import HTTPStatus
from typing import Any

import h11
import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

ARRIVES_WITHIN = 30.0
"""Seconds for the head of a request, and as many again for its body."""

LONGEST_HEAD = 64 * 1024
MOST_SMALL_CHUNKS = 1000
SMALLEST_CHUNK = 256
"""Bytes. A body in more than so many chunks has larger ones on average: each costs as much as a kilobyte does."""

NOT_ONE_WAY = re.compile(rb"(?<!\r)\n|\r(?!\n)|\n[ \t]")
"""A line that ends with LF or CR alone, or goes on in the next one (RFC 9112, 2.2 and 5.2)."""

log = structlog.get_logger()


class StrictConnection(h11.Connection):
    """Refuses what two readers could take for two things, as `h11.RemoteProtocolError`."""

    def __init__(self, longest_head: int = LONGEST_HEAD) -> None:
        super().__init__(h11.SERVER, longest_head)
        self._is_chunked = False
        self._chunks = 0
        self._read = 0
        self._last = b""

    def next_event(self) -> Any:
        looks = self.their_state is h11.IDLE or self._is_chunked
        before = self.trailing_data[0] if looks else b""
        event = super().next_event()
        taken = before[: len(before) - len(self.trailing_data[0])]
        if isinstance(event, h11.Request):
            self._begin(event, taken)
        elif isinstance(event, h11.Data):
            self._count(event)
        elif isinstance(event, h11.EndOfMessage) and self._is_chunked:
            # The end of the line before may have come in two parts.
            check_lines(self._last + taken if (self._last, taken[:1]) == (b"\r", b"\n") else taken)
        self._last = taken[-1:]
        return event

    def _begin(self, request: h11.Request, head: bytes) -> None:
        check_lines(head)
        names = [name for name, _ in request.headers]
        self._is_chunked, self._chunks, self._read = b"transfer-encoding" in names, 0, 0
        if self._is_chunked and (b"content-length" in names or request.http_version < b"1.1"):
            raise h11.RemoteProtocolError("two lengths")

    def _count(self, data: h11.Data) -> None:
        self._chunks += data.chunk_start
        self._read += len(data.data)
        if self._chunks > MOST_SMALL_CHUNKS and self._read < self._chunks * SMALLEST_CHUNK:
            raise h11.RemoteProtocolError("too many chunks")


def check_lines(raw: bytes) -> None:
    """Raises h11.RemoteProtocolError."""
    if NOT_ONE_WAY.search(raw):
        raise h11.RemoteProtocolError("a line has no end, or two")


class StrictProtocol(H11Protocol):
    """uvicorn's protocol with a strict connection, and a time limit on what is arriving.

    What arrives too late is answered with 408 and its connection closed; one that says nothing at all is closed.
    """

    arrives_within = ARRIVES_WITHIN

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.conn = StrictConnection()
        self._patience: asyncio.TimerHandle | None = None
        self._arriving: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for(h11.IDLE)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_for(None)
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        self._wait_for(self._what_is_arriving())

    def send_400_response(self, msg: str) -> None:
        self._refuse(HTTPStatus.BAD_REQUEST)

    def _what_is_arriving(self) -> object:
        state = self.conn.their_state
        if state is h11.IDLE and not self.conn.trailing_data[0]:
            return None  # between two requests, where uvicorn waits for a few seconds
        return state if state in (h11.IDLE, h11.SEND_BODY) else None

    def _wait_for(self, arriving: object) -> None:
        if arriving is self._arriving:
            return
        self._arriving = arriving
        if self._patience is not None:
            self._patience.cancel()
        waits = arriving is not None and not self.transport.is_closing()
        self._patience = self.loop.call_later(self.arrives_within, self._give_up) if waits else None

    def _give_up(self) -> None:
        if self._arriving is h11.IDLE and not self.conn.trailing_data[0]:
            self.transport.close()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _refuse(self, status: HTTPStatus) -> None:
        """Tell it where nothing has been told yet, and close: what comes next on this line cannot be trusted."""
        log.info("refused", status=int(status))
        if self.cycle is not None:
            self.cycle.disconnected = True
        body = status.phrase.encode()
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        with contextlib.suppress(h11.LocalProtocolError):
            for event in (
                h11.Response(status_code=status, headers=headers, reason=body),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


SERVED_WITH: dict[str, Any] = {
    "http": StrictProtocol,
    "ws": "none",
    # Addresses of pages and of people stay out of the logs; the application logs what it did.
    "access_log": False,
    "log_config": None,
    "server_header": False,
}
"""Options of uvicorn, the same for `ideenweg web` and for the tests."""
