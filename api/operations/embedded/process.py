"""A process of ours: started with its log file, ended within a time limit, never left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from models.running_services import RunningPart, find_process

LAUNCHER = Path(__file__).with_name("launch.py")
LOG_LIMIT = 5_000_000
"""Bytes of a log file beyond which it becomes `….log.1`; one older file is kept."""


class PartFailed(Exception):
    """A part could not be started. The message says why and what to do; `log` has the details."""

    def __init__(self, message: str, log: Path | None = None) -> None:
        super().__init__(message)
        self.log = log


@dataclass
class Child:
    """A running child process in a session of its own, so that Ctrl-C in the terminal does not reach it."""

    process: asyncio.subprocess.Process
    log: Path | None
    created: float

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def exit_code(self) -> int | None:
        return self.process.returncode

    def is_alive(self) -> bool:
        return self.process.returncode is None

    def record(self) -> RunningPart:
        return RunningPart(pid=self.pid, created=self.created)

    async def wait(self) -> int:
        return await self.process.wait()

    async def stop(self, *steps: tuple[signal.Signals, float]) -> None:
        """Send each signal in turn, giving the process that many seconds; at last SIGKILL. Safe to call twice."""
        for signal_number, seconds in steps:
            if not self.is_alive():
                break
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal_number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), seconds)
        self.kill()
        await self.process.wait()

    def kill(self) -> None:
        """SIGKILL to the process and to whatever it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


async def start_child(
    command: Sequence[str],
    *,
    log: Path | None = None,
    errors_to_log: bool = True,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
    may_read_everything: bool = False,
    when_parent_dies: signal.Signals = signal.SIGKILL,
) -> Child:
    """Start `command`. Its output goes to `log`, or to our own output when there is none."""
    launch = [sys.executable, "-I", "-S", str(LAUNCHER), f"--parent={os.getpid()}"]
    launch.append(f"--when-parent-dies={when_parent_dies.name}")
    if user:
        launch.append(f"--user={user}")
    if may_read_everything:
        launch.append("--may-read-everything")
    output = open_log(log) if log else None
    try:
        process = await asyncio.create_subprocess_exec(
            *launch,
            "--",
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output if errors_to_log else None,
            env=dict(env) if env is not None else None,
            cwd=cwd,
            start_new_session=True,
        )
    finally:
        if output is not None:
            os.close(output)
    try:
        created = psutil.Process(process.pid).create_time()
    except psutil.NoSuchProcess:
        created = 0.0
    return Child(process, log, created)


async def end_recorded(part: RunningPart, seconds: float = 5.0) -> bool:
    """End a process that an earlier, killed supervisor left behind; says whether there was one."""
    process = find_process(part)
    if process is None:
        return False
    await end_foreign(process, signal.SIGTERM, seconds)
    return True


async def end_foreign(process: psutil.Process, signal_number: signal.Signals, seconds: float) -> None:
    """End a process that is not our child."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(signal_number)
        if not await _ends_within(process, seconds):
            process.kill()
            await _ends_within(process, 5.0)


async def _ends_within(process: psutil.Process, seconds: float) -> bool:
    for _ in range(int(seconds / 0.05)):
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        await asyncio.sleep(0.05)
    return False


def open_log(path: Path) -> int:
    """The log file as a descriptor for appending, for its owner's eyes only; one grown too long is put aside first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_name(path.name + ".1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def shorten_log(path: Path, limit: int = LOG_LIMIT) -> None:
    """Put a log aside while its writer goes on appending: copied and emptied, as logrotate's copytruncate does."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > limit:
            shutil.copyfile(path, path.with_name(path.name + ".1"))
            os.truncate(path, 0)


def last_lines(path: Path | None, count: int = 15) -> list[str]:
    """The end of a log file, for showing why something failed."""
    if path is None:
        return []
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 20_000))
            return file.read().decode("utf-8", "replace").splitlines()[-count:]
    except OSError:
        return []
