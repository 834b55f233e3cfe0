"""`make run` as people use it: start, use, kill the worker, stop, start again; nothing is lost, nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from api.operations.embedded.ports import find_free_port
from models.running import Running, find_running
from models.settings import PROJECT_ROOT

pytestmark = [pytest.mark.services, pytest.mark.slow]

SECONDS_OF_A_FIRST_START = 120


class MakeRun:
    """`make run` with its own data and port."""

    def __init__(self, var: Path, port: int) -> None:
        self.var = var
        self.port = port
        self.output = var.parent / f"output-{time.monotonic_ns()}"
        self.environment = {n: v for n, v in os.environ.items() if not n.startswith(("TEMPORAL_", "DATABASE_URL"))}
        self.environment |= {"IDEENWEG_VAR": str(var), "IDEENWEG_PORT": str(port)}
        for name in ("MAKELEVEL", "MAKEFLAGS", "MAKEOVERRIDES", "ARGS"):
            # `make test` may have been told something that is not for `make run`.
            self.environment.pop(name, None)
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                ["make", "run"],
                cwd=PROJECT_ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def until_ready(self, seconds: float) -> Running:
        deadline = time.monotonic() + seconds
        while "Ready after" not in self.output.read_text():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.05)
        running = find_running(self.var)
        assert running is not None
        return running

    def stop(self) -> None:
        """SIGTERM, as a service manager sends it; make passes it on and waits."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def token(self, role: str) -> str:
        command = [sys.executable, "-m", "api.cli", "token", "--role", role]
        run = subprocess.run(
            command, cwd=PROJECT_ROOT, env=self.environment, capture_output=True, text=True, check=True
        )
        return run.stdout.split()[-1]

    def api(self, role: str) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/api/v1",
            headers={"Authorization": f"Bearer {self.token(role)}"},
            timeout=30,
            trust_env=False,
        )


@pytest.fixture
def make_run(tmp_path: Path) -> Iterator[Callable[[], MakeRun]]:
    runs: list[MakeRun] = []
    port = find_free_port()

    def start() -> MakeRun:
        runs.append(MakeRun(tmp_path / "var", port))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.stop()


def left_behind(running: Running) -> list[str]:
    """The processes of a start that still run."""
    return [name for name, part in running.parts.items() if part.is_alive()]


def hand_in(api: httpx.Client) -> dict[str, Any]:
    answer = api.post(
        "/ideas",
        json={
            "title": "Reparaturcafé im Gemeindehaus",
            "summary": "Nachbarn reparieren gemeinsam, was sonst weggeworfen würde.",
            "problem": "Vieles wird weggeworfen, weil niemand weiß, wie man es repariert.",
            "solution": "Einmal im Monat helfen Ehrenamtliche mit Werkzeug und Wissen.",
            "target_group": "Alle im Ort",
        },
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def command_until_done(api: httpx.Client, idea: str, command: dict[str, Any], seconds: float = 60) -> dict[str, Any]:
    """The same command under the same key until somebody does it: that is what a client does when told to try again."""
    key = str(uuid.uuid4())
    deadline = time.monotonic() + seconds
    while True:
        answer = api.post(f"/ideas/{idea}/commands", json=command, headers={"Idempotency-Key": key})
        if answer.status_code < 300:
            return dict(answer.json())
        assert answer.status_code in (502, 503, 504), answer.text
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.5)


def until_in(api: httpx.Client, idea: str, state: str, seconds: float = 60) -> None:
    """A step that was taken is shown as soon as a worker has recorded it."""
    deadline = time.monotonic() + seconds
    while (shown := api.get(f"/ideas/{idea}").json()["state"]) != state:
        assert time.monotonic() < deadline, shown
        time.sleep(0.2)


def test_an_idea_goes_on_through_a_killed_worker_and_a_new_start(make_run: Callable[[], MakeRun]) -> None:
    first = make_run()
    running = first.until_ready(SECONDS_OF_A_FIRST_START)
    with first.api("innovator") as innovator, first.api("lead") as lead:
        idea = hand_in(innovator)
        assert (idea["stage"], idea["state"]) == ("identify", "screening")

        psutil.Process(running.parts["worker"].pid).kill()
        asked = {"event": "request_clarification", "reason": "Wer würde die Werkstatt betreuen?"}
        command_until_done(lead, idea["id"], asked)
        until_in(lead, idea["id"], "clarification")
        assert "worker was ended by SIGKILL" in first.output.read_text()

    everything = find_running(first.var)
    assert everything is not None
    first.stop()
    assert left_behind(everything) == []
    assert "Everything has stopped." in first.output.read_text()

    second = make_run()
    second.until_ready(SECONDS_OF_A_FIRST_START)
    with second.api("innovator") as innovator:
        found = innovator.get(f"/ideas/{idea['id']}").json()
        assert (found["state"], found["version"]) == ("clarification", 2)
        answered = {"event": "clarify", "note": "Zwei Meister im Ruhestand haben zugesagt."}
        command_until_done(innovator, idea["id"], answered)
        assert innovator.get(f"/ideas/{idea['id']}").json()["state"] == "screening"

    # make cannot pass SIGKILL on; everything ends with it all the same.
    everything = find_running(second.var)
    assert everything is not None
    second.process.kill()
    deadline = time.monotonic() + 60
    while (left_behind(everything) or everything.is_alive()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left_behind(everything) == []
    assert not everything.is_alive()
