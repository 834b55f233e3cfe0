"""The database into a file, by PostgreSQL's own pg_dump."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from api.operations.backups.archive import BackupProblem
from api.operations.embedded.postgres import postgres_program, server_environment
from api.operations.embedded.process import PartFailed
from models.database_urls import libpq_url

TABLE_BEGINS = re.compile(r"dumping contents of table \"(?:public\.)?(\w+)\"")
OURS = "public"


@dataclass(frozen=True)
class Snapshot:
    """One moment of the database, held as long as the connection is open."""

    id: str
    server: int
    """The server's major version."""
    revision: str
    counts: dict[str, int]


@asynccontextmanager
async def hold_snapshot(url: str) -> AsyncIterator[Snapshot]:
    """A moment that pg_dump can see too, with what there is in it. Raises BackupProblem."""
    async with _connect(url) as connection:
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        counts = await count_rows(connection)
        if "alembic_version" not in counts:
            raise BackupProblem("This database has no schema of Ideenweg. Check DATABASE_URL.")
        yield Snapshot(
            id=await _ask(connection, "SELECT pg_export_snapshot()"),
            server=connection.info.server_version // 10000,
            revision=await _ask(connection, "SELECT version_num FROM alembic_version"),
            counts=counts,
        )


async def count_rows(connection: psycopg.AsyncConnection) -> dict[str, int]:
    """Table → rows, for all tables."""
    tables = await connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", (OURS,))
    counts = {}
    for (table,) in await tables.fetchall():
        rows = await connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(OURS, table)))
        counts[table] = (await rows.fetchone() or (0,))[0]
    return counts


async def count_all(url: str) -> dict[str, int]:
    """Raises BackupProblem."""
    async with _connect(url) as connection:
        return await count_rows(connection)


async def is_superuser(url: str) -> bool:
    """Raises BackupProblem."""
    async with _connect(url) as connection:
        return await _ask(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == "True"


async def dump(url: str, snapshot: Snapshot, target: Path, tell_table: Callable[[], None]) -> None:
    """Raises BackupProblem."""
    program = await find_program("pg_dump", snapshot.server)
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot.id}", f"--file={target}"]
    await _run(program, [*options, f"--dbname={without_password(url)}"], url, tell_table)


async def find_program(name: str, server: int) -> Path:
    """The embedded one or one on the PATH that knows a server of this version. Raises BackupProblem."""
    for program in _candidates(name):
        process = await asyncio.create_subprocess_exec(
            program, "--version", stdout=asyncio.subprocess.PIPE, env=server_environment()
        )
        output, _ = await process.communicate()
        version = re.search(rb"(\d+)", output)
        if process.returncode == 0 and version is not None and int(version.group()) >= server:
            return program
    raise BackupProblem(
        f"There is no {name} of PostgreSQL {server} or newer here. Install PostgreSQL's client programs "
        f"(Debian, Ubuntu: apt install postgresql-client), or run this where they are."
    )


def without_password(url: str) -> str:
    """The address as a command line may show it; the password goes by the environment."""
    known = conninfo_to_dict(libpq_url(url))
    return make_conninfo("", **{name: value for name, value in known.items() if name != "password"})


def _candidates(name: str) -> Iterable[Path]:
    try:
        embedded = postgres_program(name)
    except PartFailed:
        embedded = None
    if embedded is not None and embedded.exists():
        yield embedded
    if (found := shutil.which(name)) is not None:
        yield Path(found)


async def _run(program: Path, options: list[str], url: str, tell_table: Callable[[], None]) -> None:
    """Run one of the programs to its end and tell of each table it comes to."""
    password = conninfo_to_dict(libpq_url(url)).get("password")
    environment = server_environment() | ({"PGPASSWORD": str(password)} if password else {})
    process = await asyncio.create_subprocess_exec(
        program,
        "--verbose",
        "--no-password",
        *options,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    assert process.stderr is not None
    error = ""
    try:
        async for line in process.stderr:
            text = line.decode("utf-8", "replace").strip()
            if TABLE_BEGINS.search(text):
                tell_table()
            if "error:" in text:
                error = error or text
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code != 0:
        raise BackupProblem(f"{program.name} ended with code {code}. {error}".strip())


@asynccontextmanager
async def _connect(url: str) -> AsyncIterator[psycopg.AsyncConnection]:
    try:
        async with await psycopg.AsyncConnection.connect(libpq_url(url), connect_timeout=5) as connection:
            yield connection
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise BackupProblem(f"The database cannot be reached: {reason}") from None


async def _ask(connection: psycopg.AsyncConnection, question: str) -> str:
    answer = await (await connection.execute(question.encode())).fetchone()
    assert answer is not None
    return str(answer[0])
