"""Rows out of a dump into tables that our own migrations have made.

`pg_restore` is never let near a database: what a dump says to be done is SQL, and whoever has written it would do it
with the rights of whoever restores. Here it only unpacks; of what comes out, rows are taken, numbers of sequences, and
nothing else. The rows go in by COPY as a role that may insert into these tables and do nothing else.
"""

from __future__ import annotations

import re
import secrets
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from api.operations.backups.archive import BackupProblem
from api.operations.embedded.postgres import server_environment
from models.database_urls import libpq_url

OURS = "public"
VERSION = "alembic_version"
"""Its one row comes from the migrations."""
LONGEST_ROW = 256 * 1024 * 1024
"""An image is 10 MB, and twice that in a dump."""
BATCH = 256 * 1024

BEGINS = re.compile(rb"COPY public\.(?P<table>[a-z_]+) \((?P<columns>[a-z0-9_, \"]+)\) FROM stdin;\n")
SETS = re.compile(
    rb"SELECT pg_catalog\.setval\('public\.(?P<name>[a-z0-9_]+)', (?P<value>\d{1,19}), (?P<called>true|false)\);\n"
)
SAYS_NOTHING = re.compile(
    rb"\n|--.*\n|SET [a-z_]+ = [\w'\-]+;\n|SELECT pg_catalog\.set_config\('search_path', '', false\);\n"
    rb"|\\(un)?restrict \w+\n"
)


@dataclass(frozen=True)
class Loading:
    """One load into one database, with what is allowed to come."""

    connection: psycopg.Connection
    counts: Mapping[str, int]
    """Table → rows, as the manifest says."""
    columns: Mapping[str, frozenset[str]]
    """Table → what may be written."""
    sequences: frozenset[str]
    tell_table: Callable[[], None]

    def take(self, script: IO[bytes]) -> None:
        """Everything that `pg_restore` has unpacked. Raises BackupProblem."""
        while line := read_line(script):
            if begun := BEGINS.fullmatch(line):
                self._take_rows(script, begun["table"].decode(), begun["columns"].decode())
            elif told := SETS.fullmatch(line):
                self._set_sequence(told["name"].decode(), int(told["value"]), told["called"] == b"true")
            elif not SAYS_NOTHING.fullmatch(line):
                raise BackupProblem("The dump holds something that is in no backup of ours.")

    def _take_rows(self, script: IO[bytes], table: str, written: str) -> None:
        columns = [name.strip('"') for name in written.split(", ")]
        if table == VERSION:
            for _ in rows_of(script, 1):
                continue
            self.tell_table()
            return
        if not set(columns) <= self.columns.get(table, frozenset()):
            raise BackupProblem(f"The dump holds rows of {table} that this release does not know.")
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(OURS, table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with self.connection.cursor().copy(into) as copy:
            for batch in in_batches(rows_of(script, self.counts.get(table, 0))):
                copy.write(batch)
        self.tell_table()

    def _set_sequence(self, name: str, value: int, called: bool) -> None:
        if name not in self.sequences:
            raise BackupProblem(f"The dump holds a sequence {name} that this release does not know.")
        self.connection.execute("SELECT setval(%s::regclass, %s, %s)", (f"{OURS}.{name}", value, called))


def load_rows(url: str, program: Path, dump: Path, counts: Mapping[str, int], tell_table: Callable[[], None]) -> None:
    """Into tables that are there and empty, all or nothing. Raises BackupProblem."""
    try:
        with (
            psycopg.connect(libpq_url(url), connect_timeout=5) as connection,
            unpacked(program, dump) as script,
            without_references(connection),
            as_loader(connection),
        ):
            columns, sequences = known_columns(connection), known_sequences(connection)
            Loading(connection, counts, columns, sequences, tell_table).take(script)
    except psycopg.Error as error:
        reason = (error.diag.message_primary or type(error).__name__).splitlines()[0]
        raise BackupProblem(f"The rows of this backup do not fit: {reason}") from None


@contextmanager
def unpacked(program: Path, dump: Path) -> Iterator[IO[bytes]]:
    """The data of a dump as a script, from a `pg_restore` that is given no database. Raises BackupProblem."""
    options = ["--data-only", "--no-owner", "--no-privileges", "--no-comments", "--file=-", str(dump)]
    with subprocess.Popen(
        [program, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=server_environment(),
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise BackupProblem(f"{program.name} cannot read the dump: it ended with code {process.returncode}.")


@contextmanager
def without_references(connection: psycopg.Connection) -> Iterator[None]:
    """Tables are loaded in any order: references are taken away, and made and checked anew; triggers are silent."""
    references = connection.execute(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'f' AND connamespace = %s::regnamespace",
        (OURS,),
    ).fetchall()
    tables = [table for (table,) in connection.execute(TABLES, (OURS,)).fetchall()]
    for table, name, _ in references:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
    for table in tables:
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
    yield
    for table in tables:
        connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER".encode())
    for table, name, definition in references:
        connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}".encode())


TABLES = "SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables WHERE schemaname = %s ORDER BY 1"


@contextmanager
def as_loader(connection: psycopg.Connection) -> Iterator[None]:
    """Where we are a superuser, as in the embedded server: a role for this transaction that may insert and no more."""
    if not is_superuser(connection):
        yield
        return
    loader, schema = sql.Identifier(f"ideenweg_restore_{secrets.token_hex(4)}"), sql.Identifier(OURS)
    connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(loader))
    for grant in (
        "GRANT USAGE ON SCHEMA {schema} TO {loader}",
        "GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA {schema} TO {loader}",
        "GRANT SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA {schema} TO {loader}",
        "SET LOCAL ROLE {loader}",
    ):
        connection.execute(sql.SQL(grant).format(schema=schema, loader=loader))
    yield
    connection.execute("RESET ROLE")
    for end in ("DROP OWNED BY {loader}", "DROP ROLE {loader}"):
        connection.execute(sql.SQL(end).format(loader=loader))


def is_superuser(connection: psycopg.Connection) -> bool:
    found = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    return found is not None and bool(found[0])


def known_columns(connection: psycopg.Connection) -> dict[str, frozenset[str]]:
    """Of our tables, without those that the server computes."""
    found = connection.execute(
        "SELECT table_name, array_agg(column_name::text) FROM information_schema.columns "
        "WHERE table_schema = %s AND is_generated = 'NEVER' GROUP BY 1",
        (OURS,),
    ).fetchall()
    return {table: frozenset(columns) for table, columns in found}


def known_sequences(connection: psycopg.Connection) -> frozenset[str]:
    found = connection.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = %s", (OURS,)).fetchall()
    return frozenset(name for (name,) in found)


def read_line(script: IO[bytes]) -> bytes:
    """Raises BackupProblem for one that is longer than anything of ours."""
    line = script.readline(LONGEST_ROW)
    if len(line) == LONGEST_ROW:
        raise BackupProblem("The dump holds a row that is too long.")
    return line


def rows_of(script: IO[bytes], most: int) -> Iterator[bytes]:
    """Up to the end of the table. Raises BackupProblem where more come than were said, or the end does not."""
    while line := read_line(script):
        if line == b"\\.\n":
            return
        most -= 1
        if most < 0:
            raise BackupProblem("The dump holds more rows than the manifest says.")
        yield line
    raise BackupProblem("The dump ends too early.")


def in_batches(rows: Iterator[bytes]) -> Iterator[bytes]:
    batch = bytearray()
    for row in rows:
        batch += row
        if len(batch) >= BATCH:
            yield bytes(batch)
            batch.clear()
    yield bytes(batch)
