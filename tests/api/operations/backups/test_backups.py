"""Backup and restore on real servers: out of one database into another, and nothing lost where it fails."""

import io
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pyrage
import pytest
from pydantic import SecretStr
from rich.console import Console
from sqlmodel import select

from activities.upkeep.erasure import LIST_NAME, append_erasure, fingerprint_of, read_erasures
from api.operations.backups import postgres, temporal
from api.operations.backups.archive import Archive, BackupProblem, open_archive
from api.operations.backups.loading import load_rows
from api.operations.backups.making import make_backup
from api.operations.backups.restoring import Restoring, check, find_what_is_there, open_backup, restore_backup
from api.operations.backups.sealing import read_identities, read_recipients
from api.operations.embedded.postgres import EmbeddedPostgres
from models.database import Database
from models.messages.upkeep import Erasure
from models.migrations import known_revisions
from models.running_services import Running
from models.secret_files import write_private
from models.settings import Settings
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
        restored = await restore_backup(self.console, settings, Restoring(open_archive(archive), lists))
        return restored.erased_again


@pytest.fixture
async def desk(database: Database, database_url: str, tmp_path: Path) -> Desk:
    """The cast, and an idea of Dora's."""
    tmp_path.chmod(0o755)
    await invite_cast(database)
    await write_idea(database, owner_id=DORA, title="Tauschladen für alle")
    return Desk(tmp_path, database_url, io.StringIO())


@pytest.fixture
def empty_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """Owned by a role that is no superuser."""
    name = f"empty_{datetime.now(UTC):%H%M%S%f}"
    with psycopg.connect(postgres.url_of("ideenweg"), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'wort'".encode())
        connection.execute(f"CREATE DATABASE {name} OWNER {name}".encode())
    parts = urlsplit(postgres.url_of(name))
    yield parts._replace(netloc=f"{name}:wort@{parts.hostname}:{parts.port}").geturl()
    with psycopg.connect(postgres.url_of("ideenweg"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        connection.execute(f"DROP ROLE {name}".encode())


async def read_titles(url: str) -> list[str]:
    database = Database(url, pool_size=1)
    try:
        async with database.session() as session:
            return list((await session.exec(select(Idea.title))).all())
    finally:
        await database.dispose()


async def test_a_backup_goes_into_an_empty_database_row_by_row(desk: Desk, empty_database: str) -> None:
    archive = await desk.back_up()
    manifest = open_archive(archive).manifest
    assert (manifest.schema_revision, manifest.postgresql) == (known_revisions()[-1], 18)
    assert (manifest.counts["account"], manifest.counts["idea"]) == (5, 1)
    assert await desk.restore(archive, desk.settings(empty_database)) == 0
    one_more = {"audit_entry": manifest.counts["audit_entry"] + 1}
    assert await postgres.count_all(empty_database) == manifest.counts | one_more
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
    restored = await restore_backup(desk.console, settings, Restoring(open_archive(archive)))
    assert restored.replaced is not None
    assert (restored.replaced / "postgres" / "before").is_dir()
    server = EmbeddedPostgres(desk.var / "postgres")
    try:
        assert await read_titles(await server.start()) == ["Tauschladen für alle"]
    finally:
        await server.stop()


async def test_where_it_fails_everything_is_as_it_was(desk: Desk) -> None:
    archive = await desk.back_up()
    opened = open_archive(archive)
    wrong = opened.manifest.model_copy(update={"counts": opened.manifest.counts | {"idea": 17}})
    for name in ("postgres", "temporal"):
        (desk.var / name / "before").mkdir(parents=True)
    settings = desk.settings(temporal_address=None)
    with pytest.raises(BackupProblem, match="other numbers of rows"):
        await restore_backup(desk.console, settings, Restoring(replace(opened, manifest=wrong)))
    left = {str(path.relative_to(desk.var)) for path in desk.var.rglob("*")}
    assert left == {"backup.tar", "lock", "postgres", "postgres/before", "temporal", "temporal/before"}


async def test_a_running_installation_is_not_touched(desk: Desk) -> None:
    me = psutil.Process()
    running = Running(pid=me.pid, created=me.create_time(), web_url="", host="127.0.0.1", port=8000)
    write_private(Running.path(desk.var), running.model_dump_json())
    with pytest.raises(BackupProblem, match="Stop it first"):
        find_what_is_there(desk.settings())


async def test_a_backup_of_a_newer_release_is_refused(desk: Desk) -> None:
    opened = open_archive(await desk.back_up())
    assert check(opened, desk.settings()) == []
    newer = replace(opened, manifest=opened.manifest.model_copy(update={"schema_revision": "9999"}))
    with pytest.raises(BackupProblem, match="newer"):
        check(newer, desk.settings(), unsigned=True)


def resign(opened: Archive, signature: str) -> Archive:
    return replace(opened, signature=signature)


@pytest.mark.parametrize("key", [SecretStr("k" * 32), KEY], ids=["another key", "this key"])
async def test_an_archive_that_is_not_signed_by_this_key_is_taken_only_by_insisting(desk: Desk, key: SecretStr) -> None:
    opened = open_archive(await desk.back_up())
    settings = desk.settings().model_copy(update={"secret_key": key})
    foreign = opened if key is not KEY else resign(opened, "0" * 64)
    with pytest.raises(BackupProblem, match="changed it" if key is KEY else "not made under this secret key"):
        check(foreign, settings)
    warning, _ = check(foreign, settings, unsigned=True)
    assert warning.startswith("WARNING")


async def test_a_superuser_restores_only_by_insisting(desk: Desk, postgres: EmbeddedPostgres) -> None:
    archive, name = await desk.back_up(), f"super_{datetime.now(UTC):%H%M%S%f}"
    with psycopg.connect(postgres.url_of("ideenweg"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    settings = desk.settings(postgres.url_of(name))
    with pytest.raises(BackupProblem, match="superuser"):
        await desk.restore(archive, settings)
    await restore_backup(desk.console, settings, Restoring(open_archive(archive), as_superuser=True))
    assert await read_titles(postgres.url_of(name)) == ["Tauschladen für alle"]
    with psycopg.connect(postgres.url_of(name)) as connection:
        left = connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'ideenweg_restore%'").fetchall()
    assert left == []


async def test_a_restore_stands_in_the_audit_log(desk: Desk, empty_database: str) -> None:
    await desk.restore(await desk.back_up(), desk.settings(empty_database))
    with psycopg.connect(empty_database) as connection:
        rows = connection.execute("SELECT event, outcome, facts FROM audit_entry").fetchall()
    assert [(event, outcome, facts["signed"]) for event, outcome, facts in rows] == [("restore", "done", True)]


HOSTILE_SQL: dict[str, str] = {
    "a program": "COPY public.idea (id) FROM PROGRAM 'touch {marker}';",
    "a file": "COPY public.idea (id) FROM '/etc/passwd';",
    "a statement": "CREATE TABLE public.evil ();",
    "a function": "CREATE FUNCTION public.evil() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';",
    "behind a setting": "SET row_security = off; DROP TABLE public.idea;",
    "behind a sequence": "SELECT pg_catalog.setval('public.audit_entry_id_seq', 1, true); DROP TABLE public.idea;",
    "another sequence": "SELECT pg_catalog.setval('public.evil_seq', 1, true);",
    "a table of the server": "COPY pg_catalog.pg_authid (rolname) FROM stdin;",
    "another table": "COPY public.evil (id) FROM stdin;\n\\.",
    "another column": "COPY public.idea (id, evil) FROM stdin;\n\\.",
    "more rows": "COPY public.idea (id) FROM stdin;\n1\n2\n3\n\\.",
    "no end": "COPY public.bulk_run (id) FROM stdin;",
    "a command of psql": "\\! touch {marker}",
    "no UTF-8 at all": "\udcff",
}


def write_unpacker(folder: Path, said: str) -> Path:
    """A `pg_restore` that unpacks what somebody else has written: {marker} is a file of theirs."""
    program = folder / "pg_restore"
    words = said.format(marker=folder / "marker").encode(errors="surrogateescape")
    program.write_bytes(b"#!/bin/sh\ncat <<'END'\n" + words + b"\nEND\n")
    program.chmod(0o755)
    return program


async def count_rows(url: str) -> int:
    counts = await postgres.count_all(url)
    return sum(rows for table, rows in counts.items() if table != "alembic_version")


@pytest.mark.parametrize("said", HOSTILE_SQL.values(), ids=HOSTILE_SQL)
async def test_a_dump_that_says_more_than_rows_does_nothing(database_url: str, tmp_path: Path, said: str) -> None:
    """Whoever has the key, or talks somebody into --unsigned, may put anything into a dump."""
    program = write_unpacker(tmp_path, said)
    with pytest.raises(BackupProblem, match="The dump"):
        load_rows(database_url, program, tmp_path / "dump", {"idea": 1}, lambda: None)
    assert not (tmp_path / "marker").exists()
    assert await count_rows(database_url) == 0


async def test_a_restore_of_such_a_dump_ends_with_everything_as_it_was(
    desk: Desk, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, program = await desk.back_up(), write_unpacker(desk.var, HOSTILE_SQL["a program"])

    async def find(_name: str, _server: int) -> Path:
        return program

    monkeypatch.setattr(postgres, "find_program", find)
    with pytest.raises(BackupProblem, match="The dump"):
        await desk.restore(archive, desk.settings(empty_database))
    assert not (desk.var / "marker").exists()
    assert await count_rows(empty_database) == 0


async def test_an_encrypted_backup_opens_with_its_key_alone(desk: Desk, empty_database: str) -> None:
    mine, safe, stranger = (pyrage.x25519.Identity.generate() for _ in range(3))
    (desk.var / "to").write_text(f"# the safe\n{safe.to_public()}\n")
    recipients = read_recipients([str(mine.to_public()), str(desk.var / "to")])
    target = desk.var / "backup.tar.age"
    await make_backup(desk.console, desk.settings(desk.url), target, recipients)
    assert target.stat().st_mode & 0o077 == 0
    assert b"Tauschladen" not in target.read_bytes()
    assert b"manifest" not in target.read_bytes()
    before = sorted(desk.var.rglob("*"))
    for keys, why in (([], "--identity"), ([stranger], "cannot be decrypted")):
        with pytest.raises(BackupProblem, match=why), open_backup(target, keys, desk.var):
            pass
    changed = bytearray(target.read_bytes())
    changed[-100] ^= 1
    (desk.var / "to").write_bytes(changed)
    with pytest.raises(BackupProblem, match="damaged"), open_backup(desk.var / "to", [mine], desk.var):
        pass
    assert sorted(desk.var.rglob("*")) == before
    (desk.var / "key").write_text(f"# created: today\n{safe}\n")
    with open_backup(target, read_identities([desk.var / "key"]), desk.var) as archive:
        assert check(archive, desk.settings()) == []
        await restore_backup(desk.console, desk.settings(empty_database), Restoring(archive))
    assert await read_titles(empty_database) == ["Tauschladen für alle"]
    assert not [path for path in desk.var.rglob("*") if "plain" in path.name]


@pytest.mark.parametrize("typed", ["age1nothing", "ssh-ed25519 AAAA", "/no/such/file", ""])
def test_a_key_that_is_none_is_told(typed: str) -> None:
    with pytest.raises(BackupProblem):
        read_recipients([typed])


@pytest.mark.parametrize("content", ["{}", "\xff", '{"account_id": "x"}'])
async def test_a_list_of_erasures_that_is_none_is_refused_before_anything_happens(
    desk: Desk, empty_database: str, content: str
) -> None:
    archive = await desk.back_up()
    (desk.var / "list").write_text(content)
    for path in (desk.var / "list", desk.var):
        with pytest.raises(BackupProblem, match="no list of erasures"):
            await desk.restore(archive, desk.settings(empty_database), path)
    assert await postgres.count_all(empty_database) == {}


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
