"""An installation as an operator runs it: `ideenweg up` or `make run` on a folder of its own, and the commands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from typer.testing import CliRunner

from api.cli import app
from api.operations.embedded.network_ports import find_free_port
from api.sign_in.bearer import issue_token
from models.database import Database
from models.running_services import Running, find_running
from models.settings import PROJECT_ROOT
from models.tables import Account
from models.tables.columns import new_id
from tests.factories import ALMA, CARLA, DORA, invite_cast

SECONDS_OF_A_FIRST_START = 120
UP = (sys.executable, "-m", "api.cli", "up")
OF_MAKE = ("MAKELEVEL", "MAKEFLAGS", "MAKEOVERRIDES", "ARGS")
"""`make test` may have been told something that is not for `make run`."""


class Installation:
    """A program on a folder of its own, and the commands beside it."""

    def __init__(self, home: Path, program: Sequence[str] = UP, **settings: str) -> None:
        self.home = home
        self.program = program
        self.var = home / "var"
        self.port = find_free_port()
        self.output = home / "output"
        self.process: subprocess.Popen[bytes] | None = None
        self.tokens: dict[str, str] = {}
        foreign = ("TEMPORAL_", "DATABASE_URL", *OF_MAKE)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        self.environment = kept | {
            "IDEENWEG_VAR": str(self.var),
            "IDEENWEG_PORT": str(self.port),
            "PYTHONPATH": str(PROJECT_ROOT),
            **settings,
        }

    def start(self) -> Running:
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                self.program,
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

    def command(self, *arguments: str, code: int = 0) -> str:
        """One of `ideenweg …` in this process, which has loaded it already; returns all that it said."""
        foreign = dict.fromkeys(os.environ.keys() - self.environment.keys())
        ended = CliRunner().invoke(app, arguments, env=foreign | self.environment)
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        assert ended.exit_code == code, ended.output
        return ended.output

    async def invite(self, url: str) -> None:
        database = Database(url, pool_size=1)
        await invite_cast(database)
        await database.dispose()
        await self.give_tokens(url, ALMA, CARLA, DORA)

    async def give_tokens(self, url: str, *people: str) -> None:
        database = Database(url, pool_size=1)
        async with database.transaction() as session:
            for person in people:
                self.tokens[person] = await issue_token(session, await session.get_one(Account, person))
        await database.dispose()

    def ask(self, who: str, method: str, path: str, **content: Any) -> dict[str, Any]:
        """Asked again under the same key while the engine is on its way: so does a client that is told to try again."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}", "Idempotency-Key": new_id()}
        deadline = time.monotonic() + 60
        while True:
            url = f"http://127.0.0.1:{self.port}/api/v1{path}"
            answer = httpx.request(method, url, headers=headers, timeout=30, trust_env=False, verify=False, **content)
            if answer.status_code < 300:
                return dict(answer.json())
            assert answer.status_code in (502, 503, 504), answer.text
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

    def until_at(self, idea: str, state: str, version: int) -> None:
        """A step that was taken is shown as soon as a worker has recorded it."""
        deadline = time.monotonic() + 60
        while (shown := self.where(idea)) != (state, version):
            assert time.monotonic() < deadline, shown
            time.sleep(0.2)
