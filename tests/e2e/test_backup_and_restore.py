"""Backup and restore as an operator does them: with the commands, on an installation that people use."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from api.auth import issue_token
from api.embedded.ports import find_free_port
from models.database import Database
from models.settings import PROJECT_ROOT, Running, find_running
from models.tables import Account
from tests.factories import ALMA, CARLA, DORA, invite_cast

pytestmark = [pytest.mark.services, pytest.mark.slow]

SECONDS_OF_A_FIRST_START = 120
CANARY = "Kanarienvogel"


class Installation:
    """`ideenweg up` on a folder of its own, and the commands beside it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.var = home / "var"
        self.port = find_free_port()
        self.output = home / "output"
        self.process: subprocess.Popen[bytes] | None = None
        self.tokens: dict[str, str] = {}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", "DATABASE_URL"))}
        kept.pop("MAKELEVEL", None)
        self.environment = kept | {
            "IDEENWEG_VAR": str(self.var),
            "IDEENWEG_PORT": str(self.port),
            "IDEENWEG_SECRET_KEY": "a key of tests, long enough to sign",
            "PYTHONPATH": str(PROJECT_ROOT),
        }

    def start(self) -> Running:
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "api.cli", "up"],
                cwd=PROJECT_ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + SECONDS_OF_A_FIRST_START
        while "Ready after" not in self.output.read_text():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.05)
        running = find_running(self.var)
        assert running is not None
        return running

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    def command(self, *arguments: str) -> str:
        """One of `ideenweg …`; returns all that it said."""
        run = subprocess.run(
            [sys.executable, "-m", "api.cli", *arguments],
            cwd=PROJECT_ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout + run.stderr

    async def invite(self, url: str) -> None:
        database = Database(url, pool_size=1)
        await invite_cast(database)
        async with database.transaction() as session:
            for person in (ALMA, CARLA, DORA):
                self.tokens[person] = await issue_token(session, await session.get_one(Account, person))
        await database.dispose()

    def ask(self, who: str, method: str, path: str, **content: Any) -> dict[str, Any]:
        """Asked again while the engine is on its way."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        deadline = time.monotonic() + 60
        while True:
            url = f"http://127.0.0.1:{self.port}/api/v1{path}"
            answer = httpx.request(method, url, headers=headers, timeout=30, trust_env=False, **content)
            if answer.status_code < 300:
                return dict(answer.json())
            assert answer.status_code == 503, answer.text
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.5)

    def hand_in(self, who: str, title: str) -> str:
        words = {"title": title, "summary": "Nachbarn reparieren gemeinsam, was sonst weggeworfen würde."}
        return str(self.ask(who, "POST", "/ideas", json=words)["id"])

    def do(self, who: str, idea: str, event: str, note: str) -> None:
        self.ask(who, "POST", f"/ideas/{idea}/commands", json={"event": event, "note": note})

    def where(self, idea: str) -> tuple[str, int]:
        found = self.ask(CARLA, "GET", f"/ideas/{idea}")
        return found["state"], found["version"]


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    tmp_path.chmod(0o755)
    created = Installation(tmp_path)
    yield created
    created.stop()


def everything_in(url: str) -> str:
    """All rows of all tables as text."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        rows = [connection.execute(f'SELECT t::text FROM "{table}" t'.encode()).fetchall() for (table,) in tables]
    return str(rows)


def database_of(running: Running) -> str:
    assert running.database_url is not None
    return running.database_url


def test_ideas_go_on_walking_after_a_restore_and_whoever_was_erased_stays_erased(installation: Installation) -> None:
    running = installation.start()
    asyncio.run(installation.invite(database_of(running)))
    walking = installation.hand_in(ALMA, "Reparaturcafé im Gemeindehaus")
    installation.do(CARLA, walking, "request_clarification", "Wer würde es betreuen?")
    doras = installation.hand_in(DORA, f"{CANARY} im Park")

    archive = installation.home / "backup.tar"
    assert "tables with" in installation.command("backup", str(archive))
    assert CANARY in everything_in(database_of(running))

    installation.do(ALMA, walking, "clarify", "Zwei Meister im Ruhestand.")
    installation.command("erase", "dora@example.org", "--yes")
    assert installation.where(walking) == ("screening", 3)
    installation.stop()

    shutil.rmtree(installation.var / "postgres")
    shutil.rmtree(installation.var / "temporal")
    said = installation.command("restore", str(archive), "--yes")
    assert "Erased again: 1 account" in said

    running = installation.start()
    assert installation.where(walking) == ("clarification", 2)
    everything = everything_in(database_of(running))
    assert CANARY not in everything
    assert "dora@example.org" not in everything
    assert "SQL and the workflows agree" in installation.command("reconcile")
    installation.do(ALMA, walking, "clarify", "Drei Meister im Ruhestand.")
    assert installation.where(walking) == ("screening", 3)
    installation.command("retention")
    assert installation.ask(CARLA, "GET", f"/ideas/{doras}")["outcome"] == "withdrawn"
