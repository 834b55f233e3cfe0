"""One supervisor per var folder. The kernel drops the lock with its process, so it can never be stale."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path


class AlreadyRunning(Exception):
    """Somebody else holds the lock. The message says who, where it answers and what to do."""


class VarLock:
    """{var}/lock, held with flock; it also says who holds it."""

    def __init__(self, var: Path) -> None:
        self._var = var
        self._descriptor: int | None = None

    def acquire(self, web_url: str) -> None:
        """Take the lock or raise AlreadyRunning."""
        descriptor = os.open(self._var / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 1000)
            os.close(descriptor)
            raise AlreadyRunning(self._describe(holder)) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps({"pid": os.getpid(), "web_url": web_url}).encode())
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def _describe(self, holder: bytes) -> str:
        try:
            record = json.loads(holder)
            who = f"process {record['pid']}, {record['web_url']}"
            stop = f"stop it with `kill {record['pid']}`"
        except (ValueError, KeyError, TypeError):
            who, stop = "another process", "wait until it has stopped"
        return (
            f"Ideenweg already runs on {self._var} ({who}). Use that one, {stop}, "
            "or start a second one with its own IDEENWEG_VAR and IDEENWEG_PORT."
        )
