"""The embedded PostgreSQL as a real server: data survive stops and crashes, and nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import psycopg
import pytest

from api.operations.embedded import EmbeddedPostgres, PartFailed
from api.operations.embedded.process import start_child
from tests.api.operations.embedded.conftest import lay_out

pytestmark = pytest.mark.services


@pytest.fixture
async def server(tmp_path: Path, cluster: Path) -> AsyncIterator[EmbeddedPostgres]:
    lay_out(cluster, tmp_path / "postgres")
    postgres = EmbeddedPostgres(tmp_path / "postgres")
    yield postgres
    await postgres.stop()


@pytest.fixture
async def new_server(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    """One that has no data yet."""
    postgres = EmbeddedPostgres(tmp_path / "postgres")
    yield postgres
    await postgres.stop()


async def ask(postgres: EmbeddedPostgres, statement: str) -> str:
    async with await psycopg.AsyncConnection.connect(postgres.url, autocommit=True) as connection:
        cursor = await connection.execute(statement.encode())
        row = await cursor.fetchone() if cursor.description else None
    return str(row[0]) if row else ""


def processes_on(data: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if "postgres" in process.info["name"] and Path(process.cwd()) == data.resolve():
                found.append(process)
        except psutil.Error:
            continue
    return found


async def test_data_survive_a_stop(new_server: EmbeddedPostgres) -> None:
    await new_server.start()
    await ask(new_server, "CREATE TABLE ideas AS SELECT 'Nachbarschaftslabor' AS title")
    await new_server.stop()
    await new_server.start()
    assert await ask(new_server, "SELECT title FROM ideas") == "Nachbarschaftslabor"


async def test_it_has_what_the_tables_need(server: EmbeddedPostgres) -> None:
    await server.start()
    await ask(server, "CREATE EXTENSION pg_trgm")
    assert await ask(server, "SHOW server_encoding") == "UTF8"
    assert await ask(server, "SELECT normalize(lower('ÄRZTE'), NFD)") == "a\u0308rzte"
    assert (await ask(server, "SHOW server_version")).startswith("18")


async def test_it_keeps_what_was_committed_when_the_server_is_killed(server: EmbeddedPostgres) -> None:
    await server.start()
    await ask(server, "CREATE TABLE ideas AS SELECT 'Tauschladen' AS title")
    assert server.child is not None
    server.child.process.send_signal(signal.SIGKILL)
    await server.child.wait()
    await server.start()
    assert await ask(server, "SELECT title FROM ideas") == "Tauschladen"


async def test_a_server_left_behind_is_ended_before_the_next_starts(server: EmbeddedPostgres) -> None:
    await server.start()
    left_behind = server.child
    assert left_behind is not None
    next_one = EmbeddedPostgres(server.home)
    try:
        await next_one.start()
        await asyncio.wait_for(left_behind.wait(), 1)
        assert await ask(next_one, "SELECT 1") == "1"
    finally:
        await next_one.stop()


async def test_a_pid_file_that_names_somebody_else_does_not_matter(server: EmbeddedPostgres) -> None:
    await server.start()
    await server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n1\n5432\n\n127.0.0.1\n1 1\nready\n")
    await server.start()
    assert await ask(server, "SELECT 1") == "1"


async def test_it_runs_without_the_rights_of_root(server: EmbeddedPostgres) -> None:
    await server.start()
    assert server.child is not None
    assert psutil.Process(server.child.pid).uids().effective != 0


async def test_only_the_owner_may_read_the_password_and_it_is_needed(server: EmbeddedPostgres) -> None:
    await server.start()
    assert (server.home / "password").stat().st_mode & 0o077 == 0
    with pytest.raises(psycopg.OperationalError):
        await psycopg.AsyncConnection.connect(server.url.replace("ideenweg:", "ideenweg:wrong", 1))


async def test_it_listens_on_loopback_only(server: EmbeddedPostgres) -> None:
    await server.start()
    assert server.child is not None
    listening = [c for c in psutil.Process(server.child.pid).net_connections("all") if c.status == psutil.CONN_LISTEN]
    assert {connection.laddr[0] for connection in listening} == {"127.0.0.1"}


async def test_the_first_start_moves_away_from_a_taken_port(server: EmbeddedPostgres) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server.port = taken.getsockname()[1]
        await server.start()
        assert server.port != taken.getsockname()[1]
    assert await ask(server, "SELECT 1") == "1"


async def test_a_later_start_says_that_its_port_is_taken(server: EmbeddedPostgres) -> None:
    await server.start()
    await server.stop()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", server.port))
        taken.listen()
        with pytest.raises(PartFailed, match="did not start"):
            await server.start()
    assert "could not bind" in server.log.read_text()


async def test_a_cluster_that_was_not_finished_is_made_again(new_server: EmbeddedPostgres) -> None:
    unfinished = new_server.home / "data.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    await new_server.start()
    assert await ask(new_server, "SELECT 1") == "1"
    assert not unfinished.exists()


async def test_data_of_another_version_are_refused(server: EmbeddedPostgres) -> None:
    await server.start()
    await server.stop()
    (server.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(PartFailed, match="PostgreSQL 17"):
        await server.start()


async def test_a_lost_password_is_explained(server: EmbeddedPostgres) -> None:
    await server.start()
    await server.stop()
    (server.home / "password").unlink()
    with pytest.raises(PartFailed, match="password file"):
        await server.start()


async def test_texts_of_people_do_not_reach_the_log(server: EmbeddedPostgres) -> None:
    await server.start()
    await ask(server, "CREATE TABLE accounts (email text PRIMARY KEY)")
    await ask(server, "INSERT INTO accounts VALUES ('alma@example.org')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        await ask(server, "INSERT INTO accounts VALUES ('alma@example.org')")
    log = server.log.read_text()
    assert "duplicate key" in log
    assert "alma@example.org" not in log


async def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    """The parent is killed, so it cannot stop anything itself."""
    script = (
        "import asyncio, sys; from pathlib import Path; from api.operations.embedded import EmbeddedPostgres\n"
        f"async def main():\n    p = EmbeddedPostgres(Path({str(tmp_path)!r}) / 'postgres', fast=True)\n"
        "    await p.start(); print('started', flush=True); await asyncio.sleep(600)\n"
        "asyncio.run(main())"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(Path.cwd())}
    )
    assert parent.stdout is not None
    assert await parent.stdout.readline() == b"started\n"
    data = tmp_path / "postgres" / "data"
    assert processes_on(data)
    parent.kill()
    await parent.wait()
    for _ in range(100):
        if not processes_on(data):
            break
        await asyncio.sleep(0.1)
    assert processes_on(data) == []


async def test_a_child_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "stubborn.log"
    child = await start_child(["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"], log=log)
    while not log.read_text():
        await asyncio.sleep(0.02)
    await child.stop((signal.SIGTERM, 0.3))
    assert child.exit_code == -signal.SIGKILL
