"""The real parts that tests share: PostgreSQL and Temporal, started once; a fresh database for each test."""

import functools
import gc
import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlmodel import SQLModel
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from api.operations.embedded.postgres import EmbeddedPostgres
from api.operations.embedded.temporal import EmbeddedTemporal
from models.database import Database
from models.migrations import migrate
from models.telemetry.traces import start_tracing, stop_tracing
from tests.spans import Spans
from workflows.signing import Signing

KEY = "a key of tests, long enough to sign"
TEMPLATE = "template_ideenweg"
_numbers = itertools.count(1)

LEAVE = b"""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
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
    gc.set_threshold(20_000, 20, 20)


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


@pytest.fixture(scope="session")
def spare_databases() -> list[str]:
    """Those that tests have left, empty again: emptying takes a tenth of the time of making one."""
    return []


@pytest.fixture
async def database_url(postgres: EmbeddedPostgres, spare_databases: list[str]) -> AsyncIterator[str]:
    """An empty database with the newest schema."""
    if spare_databases:
        name = spare_databases.pop()
    else:
        name = f"test_{next(_numbers)}"
        _execute(postgres, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    yield postgres.url_of(name)
    if _empty(postgres, name):
        spare_databases.append(name)
    else:
        _execute(postgres, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def known_databases() -> dict[str, Database]:
    """By address. An engine keeps every statement that it has compiled: a new one would compile them all again."""
    return {}


@pytest.fixture
async def database(database_url: str, known_databases: dict[str, Database]) -> AsyncIterator[Database]:
    """Without a connection at first, and none remains."""
    database = known_databases.setdefault(database_url, Database(database_url))
    yield database
    await database.dispose()


@pytest.fixture(scope="session")
async def temporal(services_home: Path) -> AsyncIterator[EmbeddedTemporal]:
    """The development server, in memory."""
    server = EmbeddedTemporal(services_home / "temporal", with_ui=False, persistent=False)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture
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


def _empty(server: EmbeddedPostgres, name: str) -> bool:
    """Take out what a test has written. False where it has changed more than rows."""
    try:
        with psycopg.connect(server.url_of(name), autocommit=True) as connection:
            connection.execute(LEAVE)
            if connection.execute(SCHEMA).fetchone() != _schema(server):
                return False
            tables = [table.name for table in reversed(SQLModel.metadata.sorted_tables)]
            connection.execute(";".join(f'DELETE FROM "{name}"' for name in tables).encode())
    except psycopg.OperationalError:
        return False
    return True


@functools.cache
def _schema(server: EmbeddedPostgres) -> tuple[object, ...] | None:
    with psycopg.connect(server.url_of(TEMPLATE), autocommit=True) as connection:
        return connection.execute(SCHEMA).fetchone()


def _execute(server: EmbeddedPostgres, statement: str) -> None:
    with psycopg.connect(server.url_of("ideenweg"), autocommit=True) as connection:
        connection.execute(statement.encode())
