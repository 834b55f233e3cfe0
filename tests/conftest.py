"""The real parts that tests share: PostgreSQL and Temporal, started once; a fresh database for each test."""

import asyncio
import functools
import gc
import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import uvloop
from hypothesis import settings
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import event
from sqlmodel import SQLModel
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from api.operations.embedded.postgres import EmbeddedPostgres
from api.operations.embedded.temporal import EmbeddedTemporal
from models.database import Database
from models.migrations import migrate
from models.telemetry.traces import start_tracing, stop_tracing
from tests.breadth import EVERYTHING
from tests.spans import Spans
from workflows.names import SEARCH_ATTRIBUTES
from workflows.signing import Signing

KEY = "a key of tests, long enough to sign"
TEMPLATE = "template_ideenweg"
_numbers = itertools.count(1)

LEAVE = b"""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND (pid <> ALL(%s) OR state <> 'idle')
"""
SCHEMA = b"""
SELECT md5(string_agg(concat(attrelid, attname, atttypid), ',' ORDER BY attrelid, attnum)) FROM pg_attribute
WHERE attrelid >= 16384 AND NOT attisdropped
"""
"""Tables, columns and indexes. A copy has the same ids as its template."""


def pytest_collection_finish() -> None:
    """What is imported now stays: to look through it for garbage again and again takes seconds amid a test."""
    gc.collect()
    gc.freeze()


def pytest_configure() -> None:
    """Tests run on the loop that the processes of an installation run on: it differs in what it says of closed pipes.

    As a policy, since a factory of pytest-asyncio is a parameter: whatever lasts a session would end and begin with it.
    """
    settings.register_profile("breadth", max_examples=100 if EVERYTHING else 30)
    settings.load_profile("breadth")
    # Collecting makes a million objects that stay, too.
    gc.set_threshold(20_000, 20, 20)
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


@pytest.fixture(scope="session")
def services_home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ideenweg-tests-", ignore_cleanup_errors=True) as home:
        Path(home).chmod(0o755)
        yield Path(home)


@pytest.fixture(scope="session")
async def postgres(services_home: Path) -> AsyncIterator[EmbeddedPostgres]:
    """One server for all tests, with an empty migrated database to copy from."""
    server = EmbeddedPostgres(services_home / "postgres", fast=True)
    await server.start()
    try:
        _execute(server, f"CREATE DATABASE {TEMPLATE}")
        migrate(server.url_of(TEMPLATE))
        yield server
    finally:
        await server.stop()


class KeptDatabase:
    """One that test after test gets empty. A connection that stays knows its tables and has its statements planned, and
    an engine has them compiled: to learn all that takes longer than most tests."""

    def __init__(self, server: EmbeddedPostgres, name: str) -> None:
        _execute(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        self.server, self.name, self.url = server, name, server.url_of(name)
        self.database = Database(self.url)
        self.cleaner = psycopg.connect(self.url, autocommit=True)
        self._processes: set[int] = set()
        event.listen(self.database.engine.sync_engine, "connect", self._count_in)

    def _count_in(self, connection: Any, _: object) -> None:
        self._processes.add(connection.driver_connection.info.backend_pid)

    async def empty(self) -> bool:
        """Take out what a test has written. False where it has changed more than rows."""
        pool: Any = self.database.engine.pool
        if pool.checkedout():
            await self.database.dispose()
        try:
            self.cleaner.execute(LEAVE, [list(self._processes)])
            if self.cleaner.execute(SCHEMA).fetchone() != _schema(self.server):
                return False
            self.cleaner.execute(_deletions())
        except psycopg.Error:
            return False
        return True

    async def drop(self) -> None:
        self.cleaner.close()
        await self.database.dispose()
        _execute(self.server, f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


@pytest.fixture(scope="session")
async def spare_databases(postgres: EmbeddedPostgres) -> AsyncIterator[list[KeptDatabase]]:
    """Those that tests have left, empty again: emptying takes a tenth of the time of making one."""
    spare: list[KeptDatabase] = []
    yield spare
    for kept in spare:
        await kept.drop()


@pytest.fixture
async def kept_database(postgres: EmbeddedPostgres, spare_databases: list[KeptDatabase]) -> AsyncIterator[KeptDatabase]:
    kept = spare_databases.pop() if spare_databases else KeptDatabase(postgres, f"test_{next(_numbers)}")
    yield kept
    if await kept.empty():
        spare_databases.append(kept)
    else:
        await kept.drop()


@pytest.fixture
async def database_url(kept_database: KeptDatabase) -> str:
    """An empty database with the newest schema."""
    return kept_database.url


@pytest.fixture
async def database(kept_database: KeptDatabase) -> Database:
    return kept_database.database


@pytest.fixture(scope="session")
async def temporal(services_home: Path) -> AsyncIterator[EmbeddedTemporal]:
    """The development server, in memory, of which a garbage collector may take more."""
    os.environ |= {"GOGC": "800", "GOMEMLIMIT": "700MiB"}
    server = EmbeddedTemporal(
        services_home / "temporal", with_ui=False, persistent=False, search_attributes=SEARCH_ATTRIBUTES
    )
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture(scope="session")
async def client(temporal: EmbeddedTemporal) -> Client:
    """Signs and verifies, as every process of an installation does."""
    return await connect_signed(temporal.address)


@pytest.fixture
def spans() -> Iterator[Spans]:
    """Everything is traced."""
    exporter = InMemorySpanExporter()
    start_tracing("tests", SimpleSpanProcessor(exporter))
    yield Spans(exporter)
    stop_tracing()


async def connect_signed(address: str) -> Client:
    return await Client.connect(address, data_converter=pydantic_data_converter, interceptors=[Signing(KEY)])


def make_database(server: EmbeddedPostgres, name: str) -> str:
    """An empty database with the newest schema, for longer than a test; returns its address."""
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    return server.url_of(name)


@functools.cache
def _deletions() -> bytes:
    return ";".join(f'DELETE FROM "{table.name}"' for table in reversed(SQLModel.metadata.sorted_tables)).encode()


@functools.cache
def _schema(server: EmbeddedPostgres) -> tuple[object, ...] | None:
    with psycopg.connect(server.url_of(TEMPLATE), autocommit=True) as connection:
        return connection.execute(SCHEMA).fetchone()


def _execute(server: EmbeddedPostgres, statement: str) -> None:
    with psycopg.connect(server.url_of("ideenweg"), autocommit=True) as connection:
        connection.execute(statement.encode())
