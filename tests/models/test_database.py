"""PostgreSQL may go at any moment, also while it is being got to know; nobody takes that for a mistake of ours.

What pages ask it again and again is prepared once.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import ProgrammingError

from models.database import Database, is_unreachable


@contextlib.asynccontextmanager
async def hang_up_after(answers: int, port: int) -> AsyncIterator[int]:
    """A line to PostgreSQL that is cut once so many of its answers have come through; gives its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward, out = await asyncio.open_connection("127.0.0.1", port)

        async def ask() -> None:
            while asked := await reader.read(65536):
                out.write(asked)

        asking = asyncio.create_task(ask())
        with contextlib.suppress(ConnectionError):
            for _ in range(answers):
                if not (answer := await onward.read(65536)):
                    break
                writer.write(answer)
                await writer.drain()
        asking.cancel()
        for one in (out, writer):
            one.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_a_server_that_goes_at_any_moment_is_unreachable(database_url: str) -> None:
    url = make_url(database_url)
    assert url.port is not None
    errors: list[Exception | None] = []
    while not errors or errors[-1] is not None:
        async with hang_up_after(len(errors), url.port) as port:
            errors.append(await ask_once(url.set(port=port)))
    assert len(errors) > 4, "it was cut in every phase of a first query, and at last was not"
    assert [error for error in errors[:-1] if error is None or not is_unreachable(error)] == []


async def ask_once(url: URL) -> Exception | None:
    database = Database(url.render_as_string(hide_password=False))
    try:
        async with database.session() as session:
            await session.exec(text("SELECT 1"))  # type: ignore[call-overload]
    except Exception as error:
        return error
    finally:
        await database.dispose()
    return None


def test_a_statement_that_is_wrong_is_not_taken_for_that() -> None:
    assert not is_unreachable(ProgrammingError("SELECT", None, Exception()))


async def test_a_statement_that_was_prepared_outlives_the_sessions_that_only_read(database_url: str) -> None:
    database = Database(database_url, pool_size=1)
    prepared = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT 7%'")
    try:
        for _ in range(8):
            async with database.reading() as session:
                await session.exec(text("SELECT 7"))  # type: ignore[call-overload]
        async with database.reading() as session:
            assert (await session.exec(prepared)).scalar_one() == 1  # type: ignore[call-overload]
        async with database.session() as session:
            await session.exec(text("SELECT 7"))  # type: ignore[call-overload]
        async with database.reading() as session:
            assert (await session.exec(prepared)).scalar_one() == 0, "a rollback has it forgotten"  # type: ignore[call-overload]
    finally:
        await database.dispose()


async def test_a_connection_that_the_server_has_closed_after_a_rest_is_replaced(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server closes what has rested for five minutes; here it is told to."""
    monkeypatch.setattr("models.database.REST_SECONDS", 0.0)
    resting, watching = Database(database_url), Database(database_url)
    mine, rest = text("SELECT pg_backend_pid()"), text("SHOW idle_session_timeout")
    close = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ANY(:pids)")
    try:
        async with resting.session() as one, resting.session() as another:
            assert (await one.exec(rest)).scalar_one() == "5min"  # type: ignore[call-overload]
            opened = [(await session.exec(mine)).scalar_one() for session in (one, another)]  # type: ignore[call-overload]
        while await watching.fetch(close, {"pids": opened}):
            await asyncio.sleep(0.02)
        async with resting.session() as session:
            assert (await session.exec(mine)).scalar_one() not in opened  # type: ignore[call-overload]
    finally:
        await resting.dispose()
        await watching.dispose()
