"""The one door to PostgreSQL: an engine with bounded pools and time-outs, and sessions."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from psycopg.errors import DeadlockDetected
from sqlalchemy import Engine, Executable, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.util import greenlet_spawn
from sqlmodel.ext.asyncio.session import AsyncSession

from models.database_urls import sqlalchemy_url
from models.telemetry.statements import trace_statements

UNREACHABLE = (OperationalError, InterfaceError, PoolTimeout, ConnectionError)
"""What is raised when PostgreSQL is down, restarting or too busy."""

STATEMENT_TIMEOUT_MS = 15_000
CONNECT_TIMEOUT_SECONDS = 5
IDLE_SESSION_TIMEOUT_MS = 300_000
"""PostgreSQL's process of a connection that knows all our statements takes about 8 MiB. The pool uses the last one
first, so that what a rush has opened is closed by the server and only what is needed stays; `ping_after_a_rest` finds
it closed. https://www.postgresql.org/docs/18/runtime-config-client.html"""

REST_SECONDS = 1.0
USED_AT = "ideenweg_used_at"

GIVE_UP = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000}
"""A server that is gone without a word, as behind a firewall that has forgotten us, is given up after about 25 seconds;
without this a connection would wait for hours. https://www.postgresql.org/docs/18/libpq-connect.html"""


class Database:
    """Sessions on one PostgreSQL database. `url` in any of the forms DATABASE_URL may have."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            pool_recycle=1800,
            # The one that was used last knows its statements: psycopg prepares what a connection is asked often.
            pool_use_lifo=True,
            # Most of what is asked is one statement, for which nothing has to begin or to end: that is how connections
            # rest, and nothing is to be asked of PostgreSQL when one comes back. Who needs a transaction says so.
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
            # Errors are logged; the values of a statement are people's words.
            hide_parameters=True,
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT_SECONDS,
                "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC"
                f" -c idle_session_timeout={IDLE_SESSION_TIMEOUT_MS}",
                "application_name": "ideenweg",
                **GIVE_UP,
            },
        )
        trace_statements(self.engine.sync_engine)
        ping_after_a_rest(self.engine.sync_engine)
        self._with_transactions = self.engine.execution_options(isolation_level="READ COMMITTED")
        self._is_known = False

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session to look things up in: each statement stands by itself, as it does anyway at this isolation level.

        Nothing has to begin or to end; and with a rollback psycopg forgets what it has prepared, so that PostgreSQL
        would plan all statements anew for every page, which takes it longer than to answer them. What is written here
        is there at once: it is no place to write.
        """
        await self._get_to_know()
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    async def fetch(self, statement: Executable, values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows of one statement that is a transaction by itself. One that writes returns some, too.

        For what is asked with every request. It is done in one go: a session that is opened, asked and closed step by
        step takes half as long again.
        """
        await self._get_to_know()
        return await greenlet_spawn(self._fetch, statement, values)

    def _fetch(self, statement: Executable, values: Mapping[str, Any]) -> Sequence[Any]:
        with Session(self.engine.sync_engine, expire_on_commit=False) as session:
            return session.execute(statement, values).all()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session in which the caller commits; anything not committed is rolled back."""
        await self._get_to_know()
        async with AsyncSession(self._with_transactions, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits at the end of the block, or rolls back when the block fails."""
        await self._get_to_know()
        async with AsyncSession(self._with_transactions, expire_on_commit=False) as session, session.begin():
            yield session

    async def ping(self) -> None:
        """Raises one of UNREACHABLE where the database does not answer."""
        await self._get_to_know()
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def dispose(self) -> None:
        await self.engine.dispose()

    async def _get_to_know(self) -> None:
        """SQLAlchemy asks a server some questions at its first connection; one that goes meanwhile leaves it with
        errors of any kind. Nothing of ours has been asked by then, so whatever it is, the server is away."""
        if self._is_known:
            return
        try:
            async with self.engine.connect():
                self._is_known = True
        except UNREACHABLE:
            raise
        except Exception as error:
            raise ConnectionError("the server went while it was being got to know") from error


async def fetch(where: Database | AsyncSession, statement: Executable, values: Mapping[str, Any]) -> Sequence[Any]:
    """The rows of one statement: in the transaction of a session, or by itself."""
    if isinstance(where, Database):
        return await where.fetch(statement, values)
    return (await (await where.connection()).execute(statement, values)).all()


def ping_after_a_rest(engine: Engine) -> None:
    """Before a connection that has rested is used, make sure that it still leads anywhere: one in use shows that by
    itself, and to ask each time is a round trip more for each transaction."""

    @event.listens_for(engine, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info[USED_AT] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get(USED_AT, time.monotonic()) <= REST_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error


def is_unreachable(error: BaseException) -> bool:
    """Whether an error means that the database is away, not that a statement was wrong."""
    return isinstance(error, UNREACHABLE) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def is_deadlock(error: OperationalError) -> bool:
    """Whether PostgreSQL has ended one of two transactions that waited for each other: it may simply begin again."""
    return isinstance(error.orig, DeadlockDetected)
