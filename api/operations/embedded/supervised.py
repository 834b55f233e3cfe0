"""What the supervisor keeps running: services (PostgreSQL, Temporal) and our own commands (worker, web)."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from api.operations.embedded.process import Child, PartFailed, start_child
from models.settings import PROJECT_ROOT

DEATHS_ALLOWED = 5
WITHIN_SECONDS = 60.0
FIRST_PAUSE = 0.5


class Service(Protocol):
    """Something that runs as one child process and can be started again after it ended."""

    child: Child | None

    async def start(self) -> object: ...

    async def stop(self) -> None: ...


class Command:
    """A program of ours as a part: `start` returns as soon as the process runs."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], log: Path, seconds_to_stop: float) -> None:
        self.command = command
        self.env = env
        self.log = log
        self.seconds_to_stop = seconds_to_stop
        self.child: Child | None = None

    async def start(self) -> None:
        self.child = await start_child(self.command, log=self.log, env=self.env, cwd=PROJECT_ROOT)

    async def stop(self) -> None:
        if self.child is not None:
            await self.child.stop((signal.SIGTERM, self.seconds_to_stop))


class Part:
    """A service under supervision: its name and how often it died lately."""

    def __init__(self, name: str, service: Service) -> None:
        self.name = name
        self.service = service
        self._deaths: deque[float] = deque()

    @property
    def child(self) -> Child:
        assert self.service.child is not None, f"{self.name} has not been started"
        return self.service.child

    def pause_after_death(self, code: int, now: float) -> float:
        """Seconds to wait before the next start; raises PartFailed when it dies again and again."""
        self._deaths.append(now)
        while self._deaths[0] < now - WITHIN_SECONDS:
            self._deaths.popleft()
        if len(self._deaths) > DEATHS_ALLOWED:
            raise PartFailed(
                f"{self.name} {describe_exit(code)}, for the {len(self._deaths)}th time within a minute.",
                self.child.log,
            )
        return FIRST_PAUSE * float(2 ** (len(self._deaths) - 1))


def describe_exit(code: int) -> str:
    if code < 0 and -code in set(signal.Signals):
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
