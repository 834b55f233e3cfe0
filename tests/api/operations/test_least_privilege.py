"""Web and worker under a database role that changes rows and nothing else; the tables belong to another one."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import errors
from temporalio.client import Client
from typer.testing import CliRunner

from activities.upkeep.retention import Retention
from api.cli import app
from api.operations.embedded.postgres import EmbeddedPostgres
from models.database import Database
from models.messages.upkeep import RetentionRequest
from models.migrations import migrate, pending
from models.migrations.grants import NoSuchRole, grant_to
from models.tables.columns import new_id
from tests.api.conftest import Web, make_services, open_web
from tests.factories import ALMA, BEN, invite_cast

pytestmark = pytest.mark.services


@dataclass(frozen=True)
class Roles:
    """Addresses of one database, as the role that owns it and as the one that works with it."""

    owner: str
    worker: str
    name: str


@pytest.fixture
def roles(postgres: EmbeddedPostgres) -> Iterator[Roles]:
    name = f"least_{datetime.now(UTC):%H%M%S%f}"
    with psycopg.connect(postgres.url_of("ideenweg"), autocommit=True) as connection:
        for role in (f"{name}_owner", name):
            connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'wort'".encode())
        connection.execute(f"CREATE DATABASE {name} OWNER {name}_owner".encode())
    parts = urlsplit(postgres.url_of(name))

    def url(role: str) -> str:
        return parts._replace(netloc=f"{role}:wort@{parts.hostname}:{parts.port}").geturl()

    yield Roles(url(f"{name}_owner"), url(name), name)
    with psycopg.connect(postgres.url_of("ideenweg"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        for role in (f"{name}_owner", name):
            connection.execute(f"DROP ROLE {role}".encode())


@pytest.fixture
async def web(roles: Roles, client: Client, tmp_path: Path) -> AsyncIterator[Web]:
    migrate(roles.owner)
    grant_to(roles.owner, roles.name)
    database = Database(roles.worker, pool_size=10)
    await invite_cast(database)
    try:
        async with open_web(make_services(database, roles.worker, client, tmp_path)) as opened:
            yield opened
    finally:
        await database.dispose()


async def test_an_idea_walks_its_path_and_the_night_s_work_is_done(web: Web, roles: Roles) -> None:
    idea = await web.bring_to("planning")
    for event, who in (("agree_plan", BEN), ("submit_work", ALMA), ("approve_concept", BEN)):
        await web.ask(who, idea, event)
    assert (await web.read(idea))["state"] == "assessing"
    assert (await web.carla.get("/leitung")).status_code == 200
    assert (await web.nobody.get("/readyz")).json()["migrations"] == "ok"
    assert pending(roles.worker) == []
    retention = Retention(web.database, web.services.engine, web.services.policy)
    in_years = datetime.now(UTC) + timedelta(days=5 * 365)
    await retention.run(RetentionRequest(run_id=new_id(), dry_run=False), in_years)


FORBIDDEN: dict[str, str] = {
    "a new table": "CREATE TABLE evil ()",
    "a new function": "CREATE FUNCTION evil() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "a temporary table": "CREATE TEMPORARY TABLE evil ()",
    "a new schema": "CREATE SCHEMA evil",
    "a column": "ALTER TABLE idea ADD COLUMN evil int",
    "no table": "DROP TABLE idea",
    "an empty table": "TRUNCATE idea",
    "no trigger": "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
    "another audit log": "UPDATE audit_entry SET outcome = 'done'",
    "another schema revision": "UPDATE alembic_version SET version_num = '9999'",
    "no schema revision": "DELETE FROM alembic_version",
    "a program": "COPY idea FROM PROGRAM 'true'",
    "a role": "CREATE ROLE evil",
}


def test_the_role_of_web_and_worker_changes_rows_and_nothing_else(roles: Roles, subtests: pytest.Subtests) -> None:
    migrate(roles.owner)
    grant_to(roles.owner, roles.name)
    for makes, statement in FORBIDDEN.items():
        with subtests.test(makes=makes), psycopg.connect(roles.worker) as connection:
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(statement.encode())
            connection.rollback()


def test_what_is_too_old_can_go_from_the_audit_log_and_new_tables_are_for_rows(roles: Roles) -> None:
    migrate(roles.owner)
    for _ in range(2):
        grant_to(roles.owner, roles.name)
    with psycopg.connect(roles.worker) as connection:
        connection.execute("INSERT INTO audit_entry (at, event, outcome, facts) VALUES (now(), 'export', 'done', '{}')")
        cut = datetime.now(UTC) + timedelta(days=1)
        assert connection.execute("DELETE FROM audit_entry WHERE at < %s", (cut,)).rowcount == 1
    with psycopg.connect(roles.owner) as connection:
        connection.execute("CREATE TABLE later (id int GENERATED ALWAYS AS IDENTITY, word text)")
    with psycopg.connect(roles.worker) as connection:
        connection.execute("INSERT INTO later (word) VALUES ('neu')")
        assert connection.execute("UPDATE later SET word = 'alt'").rowcount == 1


@pytest.mark.parametrize("role", ["nobody_of_this_name", "{owner}", 'a"; DROP ROLE x; --'])
def test_a_role_that_is_not_there_or_owns_the_database_is_refused(
    roles: Roles, role: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = role.format(owner=f"{roles.name}_owner")
    migrate(roles.owner)
    with pytest.raises(NoSuchRole):
        grant_to(roles.owner, asked)
    monkeypatch.setenv("IDEENWEG_VAR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", roles.owner)
    refused = CliRunner().invoke(app, ["migrate", "--grant-to", asked])
    assert (refused.exit_code, "The role" in refused.stderr) == (1, True)
    assert CliRunner().invoke(app, ["migrate", "--grant-to", roles.name]).exit_code == 0
    monkeypatch.setenv("DATABASE_URL", roles.worker)
    refused = CliRunner().invoke(app, ["migrate", "--grant-to", roles.name])
    assert refused.exit_code == 1
