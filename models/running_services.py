"""The record of running embedded services: their ports and processes, for every command of this installation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    pass


class RunningPart(BaseModel):
    """A process of a running installation; `created` tells it from a later process with the same number."""

    model_config = ConfigDict(frozen=True)

    pid: int
    created: float

    def is_alive(self) -> bool:
        return find_process(self) is not None


class Running(RunningPart):
    """{var}/run.json: what `ideenweg up` has running and where. It holds a password, so only its owner may read it."""

    web_url: str
    host: str
    port: int
    demo: bool = False
    database_url: str | None = None
    temporal_address: str | None = None
    temporal_namespace: str | None = None
    temporal_ui: str | None = None
    parts: dict[str, RunningPart] = {}

    @classmethod
    def path(cls, var: Path) -> Path:
        return var / "run.json"

    @classmethod
    def read(cls, var: Path) -> Running | None:
        """The record, stale or not; None when there is none or it cannot be read."""
        try:
            return cls.model_validate_json(cls.path(var).read_bytes())
        except (OSError, ValidationError):
            return None


def find_running(var: Path) -> Running | None:
    """The installation that runs on this var folder; None when there is none or its record is stale."""
    running = Running.read(var)
    return running if running is not None and running.is_alive() else None


def find_process(part: RunningPart) -> psutil.Process | None:
    """The process that `part` names, or None when it ended (another one may have its number by now)."""
    try:
        process = psutil.Process(part.pid)
        same = abs(process.create_time() - part.created) < 0.05 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return None
    return process if same else None
