"""An installation to measure: the embedded servers as `ideenweg up` starts them, and the application's processes."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import psutil
import psycopg
from psycopg import sql
from pydantic import SecretStr

from api.operations.embedded.network_ports import find_free_port
from api.operations.embedded.postgres import EmbeddedPostgres
from api.operations.embedded.supervised import Command, Service
from api.operations.embedded.temporal import NAMESPACE, EmbeddedTemporal
from api.runtime.services import Services, open_services
from models.migrations import migrate
from models.settings import PROJECT_ROOT, Settings

READY_SECONDS = 90
QUIET = 0.1
"""Of one core: less than this is what waiting costs."""
LONGEST_REST_SECONDS = 30


class Installation:
    """Servers that run, worker and web processes as they are asked for. Opened by `open_installation`."""

    def __init__(self, home: Path, stack: AsyncExitStack, pipeline: Path) -> None:
        self.home = home
        self.pipeline = pipeline
        self.postgres = EmbeddedPostgres(home / "postgres")
        self.temporal = EmbeddedTemporal(home / "temporal", with_ui=False)
        self.parts: dict[str, Command] = {}
        self.services: Services
        self._stack = stack

    async def start(self) -> None:
        self._stack.push_async_callback(self.postgres.stop)
        self._stack.push_async_callback(self.temporal.stop)
        await asyncio.gather(self.postgres.start(), self.temporal.start())
        await asyncio.to_thread(migrate, self.postgres.url)
        self.services = await self._open_services(self.postgres.url)

    async def open_database(self, name: str) -> Services:
        """Another database beside the first, empty, with the newest schema."""
        async with await psycopg.AsyncConnection.connect(self.postgres.url, autocommit=True) as connection:
            await connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        await asyncio.to_thread(migrate, self.postgres.url_of(name))
        return await self._open_services(self.postgres.url_of(name))

    async def _open_services(self, url: str) -> Services:
        settings = Settings(
            var=self.home,
            database_url=SecretStr(url),
            temporal_address=self.temporal.address,
            secret_key=SecretStr(KEY),
            pipeline=self.pipeline,
        )
        services = await open_services(settings, pool_size=24)
        self._stack.push_async_callback(services.close)
        return services

    async def start_worker(self, name: str = "worker", module: str = "api.cli", *arguments: str) -> None:
        """A worker of ours, or another module in its place; returns once somebody takes work."""
        await self._start_part(name, ["-m", module, *(arguments or (("worker",) if module == "api.cli" else ()))], {})

    async def start_web(self, name: str = "web", *command: str) -> str:
        """A web process, or another one in its place; returns its address once it says that everything is ready."""
        port = find_free_port()
        await self._start_part(name, ["-m", *(command or ("api.cli", "web"))], {"IDEENWEG_PORT": str(port)})
        url = f"http://127.0.0.1:{port}"
        await self._until_ready(name, url)
        return url

    async def stop_part(self, name: str) -> None:
        await self.parts.pop(name).stop()

    async def _start_part(self, name: str, command: list[str], more: dict[str, str]) -> None:
        log = self.home / f"{name}.log"
        part = Command([sys.executable, *command], self.environment | more, log, seconds_to_stop=20)
        self.parts[name] = part
        self._stack.push_async_callback(part.stop)
        await part.start()

    async def _until_ready(self, name: str, url: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        async with httpx.AsyncClient(timeout=6, trust_env=False) as client:
            while True:
                try:
                    if (await client.get(f"{url}/readyz")).status_code == 200:
                        return
                except httpx.HTTPError:
                    pass  # it does not listen yet
                child = self.parts[name].child
                if child is None or not child.is_alive() or time.monotonic() > deadline:
                    raise RuntimeError(f"{name} did not become ready")
                await asyncio.sleep(0.1)

    @property
    def environment(self) -> dict[str, str]:
        """With the settings of this installation."""
        return self.own_environment() | {
            "DATABASE_URL": self.postgres.url,
            "TEMPORAL_ADDRESS": self.temporal.address,
            "TEMPORAL_NAMESPACE": NAMESPACE,
            "IDEENWEG_VAR": str(self.home),
            "IDEENWEG_SECRET_KEY": KEY,
            "IDEENWEG_PIPELINE": str(self.pipeline),
        }

    @staticmethod
    def own_environment() -> dict[str, str]:
        """The environment of any process of ours, without settings for other servers."""
        foreign = ("PG", "TEMPORAL_", "IDEENWEG_", "OTEL_", "DATABASE_URL")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return kept | {"PYTHONPATH": str(PROJECT_ROOT)}

    # -- what it uses ----------------------------------------------------------------------------------------

    def processes(self, name: str) -> list[psutil.Process]:
        """A part with its children."""
        services: dict[str, Service] = {"postgres": self.postgres, "temporal": self.temporal, **self.parts}
        service = services[name]
        assert service.child is not None
        root = psutil.Process(service.child.pid)
        return [root, *root.children(recursive=True)]

    @property
    def all_parts(self) -> list[str]:
        return ["postgres", "temporal", *self.parts]

    def memory(self, name: str) -> float:
        """What the processes of a part have for themselves, and their share of what they have in common, in MiB.

        PostgreSQL's processes share most of theirs: what is resident counts it once for each connection.
        """
        return sum(process.memory_full_info().pss for process in self.processes(name)) / 2**20

    def cpu_seconds(self, names: Iterable[str]) -> dict[str, float]:
        """What each part has used since it started."""
        used = {}
        for name in names:
            used[name] = 0.0
            for process in self.processes(name):
                try:
                    times = process.cpu_times()
                except psutil.NoSuchProcess:  # a backend that has just been left
                    continue
                used[name] += times.user + times.system
        return used

    async def rest(self) -> None:
        """Wait until what was set in motion has come to rest, so that nobody pays for what another one has ordered."""
        names = self.all_parts
        deadline = time.monotonic() + LONGEST_REST_SECONDS
        while time.monotonic() < deadline:
            before, began = sum(self.cpu_seconds(names).values()), time.monotonic()
            await asyncio.sleep(0.5)
            if (sum(self.cpu_seconds(names).values()) - before) / (time.monotonic() - began) < QUIET * len(names):
                return


KEY = "a key of the benches, long enough to sign"


@asynccontextmanager
async def open_installation(home: Path, **changes: int) -> AsyncIterator[Installation]:
    """The servers run and the schema is there; whatever is started on them ends with them.

    `changes` are numbers of pipeline.toml that are other than shipped.
    """
    home.mkdir(exist_ok=True)
    async with AsyncExitStack() as stack:
        installation = Installation(home, stack, write_pipeline(home, changes))
        await installation.start()
        yield installation


def write_pipeline(home: Path, changes: Mapping[str, int]) -> Path:
    """The shipped pipeline.toml with other numbers. Raises ValueError where it has no such key."""
    text = (PROJECT_ROOT / "pipeline.toml").read_text(encoding="utf-8")
    for key, number in changes.items():
        text, times = re.subn(rf"(?m)^{key} = \d+", f"{key} = {number}", text)
        if times != 1:
            raise ValueError(f"pipeline.toml has no {key}, or several")
    path = home / "pipeline.toml"
    path.write_text(text, encoding="utf-8")
    return path
