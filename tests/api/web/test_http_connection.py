"""The connection itself: read in one way only, and given up where it is too slow."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import h11
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from api.web.http_connection import StrictConnection, StrictProtocol
from api.web.middleware import BodyLimit
from tests.api.serving import serve

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"
WHOLE = HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nWort\r\n0\r\n\r\n"


class Desk:
    """An application that says what it was sent, and remembers it."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).body()
        self.taken.append(body)
        await PlainTextResponse(body)(scope, receive, send)


class Sender:
    """Somebody at the other end of the line."""

    def __init__(self, address: str, desk: Desk) -> None:
        self.address = urlsplit(address)
        self.desk = desk

    async def say(self, *parts: bytes) -> bytes:
        """Everything that comes back until the line is closed there."""
        reader, writer = await asyncio.open_connection(self.address.hostname, self.address.port)
        for part in parts:
            writer.write(part)
            await writer.drain()
        answer = await reader.read()
        writer.close()
        return answer


@pytest.fixture
async def sender(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sender]:
    """Patience is short, so that the tests are."""
    monkeypatch.setattr(StrictProtocol, "arrives_within", 0.2)
    desk = Desk()
    async with serve(BodyLimit(desk, tell=lambda _scope, _problem: PlainTextResponse("", 413))) as address:
        yield Sender(address, desk)


@pytest.mark.parametrize("begun", [b"G", HEAD, HEAD + b"Content-Length: 9\r\n\r\nhalf", WHOLE[:-2]])
async def test_what_does_not_arrive_in_time_is_given_up_and_not_taken(sender: Sender, begun: bytes) -> None:
    answer = await sender.say(begun)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()
    assert sender.desk.taken == []


async def test_a_line_on_which_nothing_is_said_is_closed_without_a_word(sender: Sender) -> None:
    assert await sender.say(b"") == b""


async def test_half_a_form_is_not_taken_for_a_whole_one(sender: Sender) -> None:
    reader, writer = await asyncio.open_connection(sender.address.hostname, sender.address.port)
    writer.write(HEAD + b"Content-Length: 900\r\n\r\nevent=withdraw&note=")
    await writer.drain()
    writer.write_eof()
    writer.close()
    await reader.read()
    assert (await sender.say(HEAD + b"Connection: close\r\nContent-Length: 4\r\n\r\nWort")).endswith(b"Wort")
    assert sender.desk.taken == [b"Wort"]


async def test_whole_requests_are_answered_one_after_the_other_on_one_line(sender: Sender) -> None:
    answer = await sender.say(WHOLE + WHOLE)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert sender.desk.taken == [b"Wort", b"Wort"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_request_may_come_in_any_pieces(size: int) -> None:
    connection, seen = StrictConnection(), []
    for start in range(0, len(WHOLE), size):
        connection.receive_data(WHOLE[start : start + size])
        while (event := connection.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            seen.append(event)
            if isinstance(event, h11.EndOfMessage):
                break
    assert (type(seen[0]), type(seen[-1])) == (h11.Request, h11.EndOfMessage)
    assert b"".join(event.data for event in seen if isinstance(event, h11.Data)) == b"Wort"


def test_many_chunks_are_fine_where_they_are_not_tiny() -> None:
    connection = StrictConnection()
    connection.receive_data(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + (b"400\r\n" + b"x" * 1024 + b"\r\n") * 5000)
    read = 0
    while (event := connection.next_event()) is not h11.NEED_DATA:
        read += len(event.data) if isinstance(event, h11.Data) else 0
    assert read == 5000 * 1024
