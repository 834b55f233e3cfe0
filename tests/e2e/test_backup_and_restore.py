"""Backup and restore as an operator does them: with the commands, on an installation that people use."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from models.running import Running
from tests.e2e.installation import KEY, Installation
from tests.factories import ALMA, CARLA, DORA

pytestmark = [pytest.mark.services, pytest.mark.slow]

CANARY = "Kanarienvogel"


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

    installation.environment["IDEENWEG_SECRET_KEY"] = "another key of tests, long enough to sign"
    assert "not made under this secret key" in installation.command("restore", str(archive), "--yes", code=2)
    installation.environment["IDEENWEG_SECRET_KEY"] = KEY
    shutil.rmtree(installation.var / "postgres")
    shutil.rmtree(installation.var / "temporal")
    said = installation.command("restore", str(archive), "--yes")
    assert "Erased again: 1 account" in said

    running = installation.start()
    with pytest.raises(AssertionError, match="not valid"):
        installation.where(walking)
    asyncio.run(installation.give_tokens(database_of(running), ALMA, CARLA))
    assert installation.where(walking) == ("clarification", 2)
    everything = everything_in(database_of(running))
    assert CANARY not in everything
    assert "dora@example.org" not in everything
    assert "SQL and the workflows agree" in installation.command("reconcile")
    installation.do(ALMA, walking, "clarify", "Drei Meister im Ruhestand.")
    assert installation.where(walking) == ("screening", 3)
    installation.command("retention")
    assert installation.ask(CARLA, "GET", f"/ideas/{doras}")["outcome"] == "withdrawn"
