"""A link is as good as its weather."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from api.operations.embedded.network_ports import find_free_port
from tests.chaos.links import Link, Weather

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def link() -> AsyncIterator[Link]:
    """A link to somebody who repeats every line."""

    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    echo = await asyncio.start_server(repeat, "127.0.0.1", 0)
    link = Link("echo", find_free_port(), echo.sockets[0].getsockname()[1])
    await link.open()
    yield link
    await link.close()
    echo.close()


async def say(streams: Streams, word: bytes) -> bytes:
    reader, writer = streams
    writer.write(word + b"\n")
    return (await reader.readline()).strip()


async def is_broken(streams: Streams) -> bool:
    try:
        return await say(streams, b"hello") == b""
    except ConnectionError:
        return True


async def connect(link: Link) -> Streams:
    return await asyncio.open_connection("127.0.0.1", link.port)


async def test_in_fine_weather_everything_arrives(link: Link) -> None:
    assert await say(await connect(link), b"hello") == b"hello"


async def test_a_slow_link_takes_its_time(link: Link) -> None:
    streams = await connect(link)
    await say(streams, b"hello")
    link.turn(Weather.SLOW, 0.1)
    began = asyncio.get_running_loop().time()
    assert await say(streams, b"hello") == b"hello"
    assert asyncio.get_running_loop().time() - began >= 0.2


async def test_what_is_silent_arrives_later(link: Link) -> None:
    streams = await connect(link)
    await say(streams, b"hello")
    link.turn(Weather.SILENT)
    waiting = asyncio.create_task(say(streams, b"anybody there?"))
    done, _ = await asyncio.wait([waiting], timeout=0.2)
    assert not done
    link.turn(Weather.FINE)
    assert await waiting == b"anybody there?"


async def test_a_cut_link_ends_connections_and_takes_none(link: Link) -> None:
    streams = await connect(link)
    await say(streams, b"hello")
    link.turn(Weather.CUT)
    for broken in (streams, await connect(link)):
        assert await is_broken(broken)
    link.turn(Weather.FINE)
    assert await say(await connect(link), b"again") == b"again"


async def test_whoever_hangs_up_is_heard_on_the_other_side(link: Link) -> None:
    reader, writer = await connect(link)
    writer.write(b"last words\n")
    writer.write_eof()
    assert await reader.read() == b"last words\n"
