"""The real parts that tests share: PostgreSQL and Temporal, started once; a fresh database for each test."""

import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from api.embedded.postgres import EmbeddedPostgres
from api.embedded.temporal import EmbeddedTemporal
from models.database import Database
from models.migrations import migrate

TEMPLATE = "template_ideenweg"
_numbers = itertools.count(1)


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


@pytest.fixture
async def database_url(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """A fresh database with the newest schema."""
    name = f"test_{next(_numbers)}"
    _execute(postgres, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield postgres.url_of(name)
    _execute(postgres, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
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
    return await Client.connect(temporal.address, data_converter=pydantic_data_converter)


def _execute(server: EmbeddedPostgres, statement: str) -> None:
    with psycopg.connect(server.url_of("ideenweg"), autocommit=True) as connection:
        connection.execute(statement.encode())
