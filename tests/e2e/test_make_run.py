"""`make run` as people use it: start, use, kill the worker, back up, stop, restore, start again.

Nothing is lost but what was erased, and nothing is left behind.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from models.running_services import Running, find_running
from tests.e2e.installation import Installation
from tests.factories import ALMA, CARLA, DORA

pytestmark = [pytest.mark.services, pytest.mark.slow]

CANARY = "Kanarienvogel"
OTHER_KEY = "another key of tests, long enough to sign"


@pytest.fixture
def make_run(tmp_path: Path) -> Iterator[Installation]:
    tmp_path.chmod(0o755)
    created = Installation(tmp_path, ("make", "run"))
    yield created
    created.stop()


def left_behind(running: Running) -> list[str]:
    """The processes of a start that still run."""
    return [name for name, part in running.parts.items() if part.is_alive()]


def running_of(installation: Installation) -> Running:
    """What runs now: a part may have been started again since the start."""
    running = find_running(installation.var)
    assert running is not None
    return running


def everything_in(url: str) -> str:
    """All rows of all tables as text."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        rows = [connection.execute(f'SELECT t::text FROM "{table}" t'.encode()).fetchall() for (table,) in tables]
    return str(rows)


def database_of(running: Running) -> str:
    assert running.database_url is not None
    return running.database_url


def test_ideas_go_on_through_a_killed_worker_and_a_restore_and_whoever_was_erased_stays_erased(
    make_run: Installation,
) -> None:
    running = make_run.start()
    asyncio.run(make_run.invite(database_of(running)))
    walking = make_run.hand_in(ALMA, "Reparaturcafé im Gemeindehaus")
    make_run.until_at(walking, "screening", 1)
    psutil.Process(running.parts["worker"].pid).kill()
    make_run.do(CARLA, walking, "request_clarification", "Wer würde es betreuen?")
    make_run.until_at(walking, "clarification", 2)
    assert "worker was ended by SIGKILL" in make_run.output.read_text()

    doras = make_run.hand_in(DORA, f"{CANARY} im Park")
    make_run.until_at(doras, "screening", 1)
    archive = make_run.home / "backup.tar"
    assert "tables with" in make_run.command("backup", str(archive))
    assert CANARY in everything_in(database_of(running))
    make_run.do(ALMA, walking, "clarify", "Zwei Meister im Ruhestand.")
    make_run.command("erase", "dora@example.org", "--yes")
    make_run.until_at(walking, "screening", 3)

    everything = running_of(make_run)
    make_run.stop()
    assert left_behind(everything) == []
    assert "Everything has stopped." in make_run.output.read_text()
    of_the_installation = make_run.environment
    make_run.environment = of_the_installation | {"IDEENWEG_SECRET_KEY": OTHER_KEY}
    assert "not made under this secret key" in make_run.command("restore", str(archive), "--yes", code=2)
    make_run.environment = of_the_installation
    shutil.rmtree(make_run.var / "postgres")
    shutil.rmtree(make_run.var / "temporal")
    assert "Erased again: 1 account" in make_run.command("restore", str(archive), "--yes")

    running = make_run.start()
    with pytest.raises(AssertionError, match="not valid"):
        make_run.where(walking)
    asyncio.run(make_run.give_tokens(database_of(running), ALMA, CARLA))
    assert make_run.where(walking) == ("clarification", 2)
    in_database = everything_in(database_of(running))
    assert CANARY not in in_database
    assert "dora@example.org" not in in_database
    assert "SQL and the workflows agree" in make_run.command("reconcile")
    make_run.do(ALMA, walking, "clarify", "Drei Meister im Ruhestand.")
    make_run.until_at(walking, "screening", 3)
    make_run.command("retention")
    assert make_run.ask(CARLA, "GET", f"/ideas/{doras}")["outcome"] == "withdrawn"

    # make cannot pass SIGKILL on; everything ends with it all the same.
    everything = running_of(make_run)
    assert make_run.process is not None
    make_run.process.kill()
    deadline = time.monotonic() + 60
    while (left_behind(everything) or everything.is_alive()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left_behind(everything) == []
    assert not everything.is_alive()
