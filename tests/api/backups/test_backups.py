"""Backup and restore on real servers: out of one database into another, and nothing lost where it fails."""

import io
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg
import pytest
from pydantic import SecretStr
from rich.console import Console
from sqlmodel import select

from activities.upkeep.erasure import LIST_NAME, append_erasure, fingerprint_of, read_erasures
from api.backups import postgres, temporal
from api.backups.archive import BackupProblem, read_manifest
from api.backups.making import make_backup
from api.backups.restoring import check, find_what_is_there, restore_backup
from api.embedded.postgres import EmbeddedPostgres
from models.database import Database
from models.messages.upkeep import Erasure
from models.migrations import known_revisions
from models.settings import Running, Settings, write_private
from models.tables import Account, ErasureRow, Idea
from tests.factories import DORA, invite_cast, write_idea

pytestmark = pytest.mark.services

KEY = SecretStr("a key of tests, long enough to sign")


@dataclass
class Desk:
    """An operator with a database, a var folder and a terminal."""

    var: Path
    url: str
    output: io.StringIO

    @property
    def console(self) -> Console:
        return Console(file=self.output, highlight=False, soft_wrap=True)

    def settings(self, url: str | None = None, **given: object) -> Settings:
        named = SecretStr(url) if url else None
        values = {"temporal_address": "127.0.0.1:7233"} | given
        return Settings(var=self.var, secret_key=KEY, database_url=named, **values)  # type: ignore[arg-type]

    async def back_up(self, name: str = "backup.tar") -> Path:
        target = self.var / name
        await make_backup(self.console, self.settings(self.url), target)
        return target

    async def restore(self, archive: Path, settings: Settings, *lists: Path) -> int:
        restored = await restore_backup(self.console, settings, archive, read_manifest(archive), lists)
        return restored.erased_again


@pytest.fixture
async def desk(database: Database, database_url: str, tmp_path: Path) -> Desk:
    """The cast, and an idea of Dora's."""
    tmp_path.chmod(0o755)
    await invite_cast(database)
    await write_idea(database, owner_id=DORA, title="Tauschladen für alle")
    return Desk(tmp_path, database_url, io.StringIO())


@pytest.fixture
def empty_database(postgres: EmbeddedPostgres) -> str:
    name = f"empty_{datetime.now(UTC):%H%M%S%f}"
    with psycopg.connect(postgres.url_of("ideenweg"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return postgres.url_of(name)


async def read_titles(url: str) -> list[str]:
    database = Database(url, pool_size=1)
    try:
        async with database.session() as session:
            return list((await session.exec(select(Idea.title))).all())
    finally:
        await database.dispose()


async def test_a_backup_goes_into_an_empty_database_row_by_row(desk: Desk, empty_database: str) -> None:
    archive = await desk.back_up()
    manifest = read_manifest(archive)
    assert (manifest.schema_revision, manifest.postgresql) == (known_revisions()[-1], 18)
    assert (manifest.counts["account"], manifest.counts["idea"]) == (5, 1)
    assert await desk.restore(archive, desk.settings(empty_database)) == 0
    assert await postgres.count_all(empty_database) == await postgres.count_all(desk.url)
    assert await read_titles(empty_database) == ["Tauschladen für alle"]
    assert "Tables: " in desk.output.getvalue()


async def test_a_full_database_is_not_overwritten(desk: Desk) -> None:
    archive = await desk.back_up()
    with pytest.raises(BackupProblem, match="not empty"):
        await desk.restore(archive, desk.settings(desk.url))
    assert await read_titles(desk.url) == ["Tauschladen für alle"]


async def test_whoever_was_erased_since_is_erased_again(desk: Desk, empty_database: str) -> None:
    archive = await desk.back_up()
    erasure = Erasure(
        account_id=DORA,
        fingerprint=fingerprint_of("dora@example.org", KEY.get_secret_value()),
        erased_at=datetime.now(UTC),
    )
    elsewhere = desk.var / "elsewhere.jsonl"
    append_erasure(elsewhere, erasure)
    assert await desk.restore(archive, desk.settings(empty_database), elsewhere) == 1
    assert "Tauschladen für alle" not in await read_titles(empty_database)
    database = Database(empty_database, pool_size=1)
    async with database.session() as session:
        assert (await session.get_one(Account, DORA)).email != "dora@example.org"
        assert [row.account_id for row in (await session.exec(select(ErasureRow))).all()] == [DORA]
    assert read_erasures(desk.var / LIST_NAME) == [erasure], "the next restore on this machine knows it too"
    await database.dispose()


async def test_embedded_data_are_put_aside_and_the_backup_takes_their_place(desk: Desk) -> None:
    archive = await desk.back_up()
    before = desk.var / "postgres" / "before"
    before.mkdir(parents=True)
    settings = desk.settings()
    assert find_what_is_there(settings) == [desk.var / "postgres"]
    restored = await restore_backup(desk.console, settings, archive, read_manifest(archive), [])
    assert restored.replaced is not None
    assert (restored.replaced / "postgres" / "before").is_dir()
    server = EmbeddedPostgres(desk.var / "postgres")
    try:
        assert await read_titles(await server.start()) == ["Tauschladen für alle"]
    finally:
        await server.stop()


async def test_where_it_fails_everything_is_as_it_was(desk: Desk) -> None:
    archive = await desk.back_up()
    manifest = read_manifest(archive)
    wrong = manifest.model_copy(update={"counts": manifest.counts | {"idea": 17}})
    for name in ("postgres", "temporal"):
        (desk.var / name / "before").mkdir(parents=True)
    settings = desk.settings(temporal_address=None)
    with pytest.raises(BackupProblem, match="other numbers of rows"):
        await restore_backup(desk.console, settings, archive, wrong, [])
    left = {str(path.relative_to(desk.var)) for path in desk.var.rglob("*")}
    assert left == {"backup.tar", "lock", "postgres", "postgres/before", "temporal", "temporal/before"}


async def test_a_running_installation_is_not_touched(desk: Desk) -> None:
    me = psutil.Process()
    running = Running(pid=me.pid, created=me.create_time(), web_url="", host="127.0.0.1", port=8000)
    write_private(Running.path(desk.var), running.model_dump_json())
    with pytest.raises(BackupProblem, match="Stop it first"):
        find_what_is_there(desk.settings())


async def test_a_backup_of_a_newer_release_is_refused_and_another_key_is_told(desk: Desk) -> None:
    manifest = read_manifest(await desk.back_up())
    assert check(manifest, desk.settings()) == []
    (remark,) = check(manifest, desk.settings().model_copy(update={"secret_key": SecretStr("k" * 32)}))
    assert "secret key" in remark
    with pytest.raises(BackupProblem, match="newer"):
        check(manifest.model_copy(update={"schema_revision": "9999"}), desk.settings())


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda desk: desk.settings(None), "DATABASE_URL is not set"),
        (lambda desk: desk.settings("postgresql://nobody@127.0.0.1:1/nothing"), "cannot be reached"),
    ],
    ids=["no database", "database away"],
)
async def test_a_backup_that_cannot_be_made_leaves_no_file(
    desk: Desk, spoil: Callable[[Desk], Settings], why: str
) -> None:
    with pytest.raises(BackupProblem, match=why):
        await make_backup(desk.console, spoil(desk), desk.var / "backup.tar")
    assert list(desk.var.iterdir()) == []


async def test_a_database_of_somebody_else_and_a_file_that_is_there_are_refused(
    desk: Desk, empty_database: str
) -> None:
    with pytest.raises(BackupProblem, match="no schema of Ideenweg"):
        await make_backup(desk.console, desk.settings(empty_database), desk.var / "backup.tar")
    await desk.back_up()
    with pytest.raises(BackupProblem, match="there already"):
        await desk.back_up()


async def test_a_server_newer_than_every_program_here_is_named() -> None:
    with pytest.raises(BackupProblem, match="no pg_dump of PostgreSQL 99 or newer"):
        await postgres.find_program("pg_dump", 99)


def test_the_password_is_on_no_command_line() -> None:
    shown = postgres.without_password("postgresql://ideenweg:canary@127.0.0.1:5433/ideenweg?sslmode=disable")
    assert "canary" not in shown
    assert "user=ideenweg" in shown
    assert "sslmode=disable" in shown


def test_the_memory_of_a_running_temporal_is_copied_as_it_is_at_one_moment(tmp_path: Path) -> None:
    source = temporal.database_of(tmp_path)
    source.parent.mkdir()
    running = sqlite3.connect(source, isolation_level=None)
    running.execute("PRAGMA journal_mode=WAL")
    running.execute("CREATE TABLE history (event TEXT)")
    running.execute("INSERT INTO history VALUES ('started')")
    running.execute("BEGIN")
    running.execute("INSERT INTO history VALUES ('half done')")
    temporal.copy_running(source, tmp_path / "copy.db")
    running.execute("COMMIT")
    running.close()
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT event FROM history").fetchall() == [("started",)]
    with pytest.raises(BackupProblem, match="cannot be copied"):
        temporal.copy_running(tmp_path / "missing.db", tmp_path / "copy.db")
