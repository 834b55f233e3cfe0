"""`ideenweg up` as a real process over real services, with a stand-in for the application."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from api.operations.embedded.network_ports import find_free_port
from api.operations.embedded.supervisor import fingerprint_of_migrations
from models.running_services import Running, find_running
from models.settings import load_settings
from tests.api.operations.embedded.conftest import lay_out

STAND_IN = Path(__file__).with_name("stand_in.py")

pytestmark = [pytest.mark.services, pytest.mark.slow]


class Start:
    """One start of the supervisor in a session of its own, as a terminal or a service manager would start it."""

    def __init__(self, var: Path, port: int, **environment: str) -> None:
        self.var = var
        self.port = port
        self.output_file = var.parent / f"output-{time.monotonic_ns()}"
        clean = {n: v for n, v in os.environ.items() if not n.startswith(("TEMPORAL_", "DATABASE_URL", "IDEENWEG_"))}
        self.process = subprocess.Popen(
            [sys.executable, str(STAND_IN), "up"],
            env=clean
            | {
                "IDEENWEG_VAR": str(var),
                "IDEENWEG_PORT": str(port),
                "IDEENWEG_DEMO": "1",
                "PYTHONPATH": str(Path.cwd()),
            }
            | environment,
            stdout=self.output_file.open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def output(self) -> str:
        return self.output_file.read_text()

    def wait_for(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def until_said(self, text: str, seconds: float = 30) -> None:
        self.wait_for(lambda: text in self.output, seconds)

    def until_ready(self) -> Running:
        self.until_said("Ready after")
        running = find_running(self.var)
        assert running is not None
        return running

    def stop(self, signal_number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(signal_number)
        return self.process.wait(120)


def processes_of(var: Path) -> list[str]:
    """Every process that names this var folder in its command or environment, or works in it."""
    found = []
    for process in psutil.process_iter():
        try:
            told = " ".join(process.cmdline()) + process.environ().get("IDEENWEG_VAR", "") + process.cwd()
            if str(var) in told and process.pid != os.getpid():
                found.append(f"{process.pid} {process.name()}")
        except psutil.Error:
            continue
    return found


def eventually_nothing_of(var: Path, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while processes_of(var) and time.monotonic() < deadline:
        time.sleep(0.1)
    return processes_of(var) == []


@pytest.fixture
def start(start_afresh: Callable[..., Start], cluster: Path, tmp_path: Path) -> Callable[..., Start]:
    """As `start_afresh`, where PostgreSQL has been before."""
    lay_out(cluster, tmp_path / "var" / "postgres")
    return start_afresh


@pytest.fixture
def start_afresh(tmp_path: Path) -> Iterator[Callable[..., Start]]:
    """Starts supervisors on the same var folder and port, and leaves none behind."""
    starts: list[Start] = []
    port = find_free_port()

    def begin(**environment: str) -> Start:
        starts.append(Start(tmp_path / "var", port, **environment))
        return starts[-1]

    yield begin
    for each in starts:
        if each.process.poll() is None:
            each.stop()
    assert eventually_nothing_of(tmp_path / "var")


def test_everything_starts_stops_and_starts_again(start_afresh: Callable[..., Start]) -> None:
    first = start_afresh()
    running = first.until_ready()
    assert httpx.get(f"http://127.0.0.1:{first.port}/readyz", trust_env=False).text == running.database_url
    assert set(running.parts) == {"postgres", "temporal", "worker", "web"}
    for text in (f"http://127.0.0.1:{first.port}/api/v1/docs", running.temporal_ui, "alma@example.org", "/mailbox"):
        assert str(text) in first.output
    assert first.stop() == 0
    assert "Everything has stopped." in first.output
    assert (first.var / "worker-drained").exists()
    assert eventually_nothing_of(first.var, 0)
    assert not Running.path(first.var).exists()

    second = start_afresh()
    again = second.until_ready()
    assert again.database_url == running.database_url
    assert again.temporal_address == running.temporal_address
    assert (second.var / "demo-runs").read_text() == "once\n"
    assert (second.var / "migrate-runs").read_text() == "once\n"
    assert "alma@example.org" in second.output
    assert second.stop(signal.SIGINT) == 0


def test_others_find_what_runs_and_a_second_start_is_refused(
    start: Callable[..., Start], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start()
    running = first.until_ready()
    second = start()
    assert second.process.wait(10) == 1
    assert "already runs" in second.output
    assert f"process {first.process.pid}" in second.output
    assert f"http://127.0.0.1:{first.port}" in second.output
    assert first.process.poll() is None

    for name in ("DATABASE_URL", "TEMPORAL_ADDRESS", "IDEENWEG_PORT", "IDEENWEG_DEMO"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("IDEENWEG_VAR", str(first.var))
    settings = load_settings()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == running.database_url
    assert settings.temporal_address == running.temporal_address
    assert (settings.port, settings.demo) == (first.port, True)
    assert Running.path(first.var).stat().st_mode & 0o077 == 0
    first.stop()
    assert load_settings().database_url is None


def test_a_taken_port_is_explained_before_anything_starts(start_afresh: Callable[..., Start], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = start_afresh(IDEENWEG_PORT=str(port))
        assert refused.process.wait(10) == 1
    assert f"Port {port} is taken" in refused.output
    assert f"process {os.getpid()}" in refused.output
    assert "IDEENWEG_PORT=" in refused.output
    assert not (tmp_path / "var" / "postgres").exists()


def test_demo_mode_is_refused_to_the_outside(start_afresh: Callable[..., Start]) -> None:
    refused = start_afresh(IDEENWEG_HOST="0.0.0.0")
    assert refused.process.wait(10) == 1
    assert "demo mode signs anybody in" in refused.output


def test_a_start_without_demo_needs_a_secret_key(start_afresh: Callable[..., Start]) -> None:
    refused = start_afresh(IDEENWEG_DEMO="0")
    assert refused.process.wait(10) == 1
    assert "IDEENWEG_SECRET_KEY" in refused.output


def test_a_part_that_dies_is_started_again_and_one_that_keeps_dying_stops_everything(
    start: Callable[..., Start],
) -> None:
    up = start()
    before = up.until_ready()
    for name, part in before.parts.items():
        os.kill(part.pid, signal.SIGKILL)
        up.until_said(f"Started {name} again.")
        assert f"{name} was ended by SIGKILL" in up.output
    after = find_running(up.var)
    assert after is not None
    assert not set(after.parts.values()) & set(before.parts.values())
    assert (after.database_url, after.temporal_address) == (before.database_url, before.temporal_address)
    assert after.database_url is not None
    with psycopg.connect(after.database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)

    (up.var / "worker-dies").touch()
    os.kill(json.loads(Running.path(up.var).read_text())["parts"]["worker"]["pid"], signal.SIGKILL)
    assert up.process.wait(40) == 1
    assert "for the 6th time within a minute" in up.output
    assert "worker had to die" in up.output
    assert eventually_nothing_of(up.var, 0)


def test_a_failed_migration_is_shown(start: Callable[..., Start], tmp_path: Path) -> None:
    (tmp_path / "var" / "migrate-dies").touch()
    up = start()
    assert up.process.wait(30) == 1
    assert "could not be brought up to date" in up.output
    assert "migrate had to die" in up.output


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends children with their parent")
def test_a_killed_supervisor_leaves_nothing_behind(start: Callable[..., Start]) -> None:
    first = start()
    first.until_ready()
    first.process.kill()
    first.process.wait()
    assert eventually_nothing_of(first.var)
    assert find_running(first.var) is None
    second = start()
    second.until_ready()
    assert second.stop() == 0


def test_stopping_in_the_middle_of_the_start_leaves_nothing_behind(start: Callable[..., Start]) -> None:
    for said in ("", "Started temporal", "Started web"):
        up = start()
        up.wait_for((up.var / "logs").exists)
        up.until_said(said)
        assert up.stop() == 0
        assert eventually_nothing_of(up.var, 0)


def test_a_named_database_is_used_instead_of_an_own_one(start_afresh: Callable[..., Start]) -> None:
    up = start_afresh(DATABASE_URL="postgresql://somebody@127.0.0.1:1/elsewhere")
    running = up.until_ready()
    assert set(running.parts) == {"temporal", "worker", "web"}
    assert running.database_url == "postgresql://somebody@127.0.0.1:1/elsewhere"


def test_other_migrations_are_run_before_anything_works_on_the_data(
    start: Callable[..., Start], tmp_path: Path
) -> None:
    migrated = tmp_path / "var" / "postgres" / "migrated"
    migrated.write_text("of an older version")
    up = start()
    up.until_ready()
    assert (up.var / "migrate-runs").read_text() == "once\n"
    assert migrated.read_text() == fingerprint_of_migrations()
