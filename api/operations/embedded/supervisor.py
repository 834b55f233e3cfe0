"""The supervisor behind `ideenweg up`: starts the parts in order, watches them, restarts what dies, stops them all."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from api.operations.embedded.lock import AlreadyRunning, VarLock
from api.operations.embedded.network_ports import PortBook, is_free, who_listens
from api.operations.embedded.postgres import EmbeddedPostgres
from api.operations.embedded.process import PartFailed, end_recorded, shorten_log, start_child
from api.operations.embedded.screen import Screen
from api.operations.embedded.supervised import Command, Part, Service, describe_exit
from api.operations.embedded.temporal import NAMESPACE, EmbeddedTemporal
from models.running_services import Running
from models.secret_files import keep_key, write_private
from models.settings import PROJECT_ROOT, Settings
from workflows import names

PROGRAM = (sys.executable, "-m", "api.cli")
READY_SECONDS = 90
WATCH_SECONDS = 5.0
STOP_ORDER = ("web", "worker", "temporal", "postgres")
"""The door first, then the hands, then the engine, then the memory."""


class Supervisor:
    """`run` tells the story. One instance serves one start."""

    def __init__(self, settings: Settings, program: Sequence[str] = PROGRAM) -> None:
        self.settings = settings
        self.program = program
        self.screen = Screen()
        self.var = settings.var
        self.logs = settings.var / "logs"
        self.lock = VarLock(settings.var)
        self.postgres: EmbeddedPostgres | None = None
        self.temporal: EmbeddedTemporal | None = None
        self.parts: dict[str, Part] = {}
        self.environment: dict[str, str] = {}
        self.running: Running | None = None
        self.watchers = asyncio.TaskGroup()

    async def run(self) -> int:
        """Start, keep running, stop; returns the exit code."""
        self._obey_signals()
        began = time.monotonic()
        try:
            self._take_the_place()
            await self._end_leftovers()
            async with self.watchers:
                await self._start_services()
                await self._migrate()
                await self._start_application()
                await self._wait_until_ready()
                accounts = await self._load_demo()
                self._show_addresses(accounts, time.monotonic() - began)
                await self._offer_set_up()
                await self._keep_an_eye_on_readiness()
        except asyncio.CancelledError:
            self.screen.say("Stopping …")
        except (AlreadyRunning, PartFailed) as failure:
            self.screen.explain(failure)
            return 1
        except ExceptionGroup as group:
            self.screen.explain(find_own_failure(group))
            return 1
        finally:
            await self._stop_everything()
        return 0

    # Taking the place

    def _take_the_place(self) -> None:
        """One supervisor per var folder and port, and nothing starts before both are ours."""
        self._open_var()
        embedded_or_named = [p for p in self.settings.problems_before_serving() if "nothing embedded runs" not in p]
        if embedded_or_named:
            raise PartFailed("\n".join(embedded_or_named))
        port = self.settings.port
        if not is_free(port, self.settings.host):
            holder = who_listens(port)
            raise PartFailed(
                f"Port {port} is taken{f' by {holder}' if holder else ''}. "
                f"Stop that, or choose another one: IDEENWEG_PORT={port + 1 if port < 65535 else 8000}"
            )

    def _open_var(self) -> None:
        try:
            self.var.mkdir(parents=True, exist_ok=True)
            self.lock.acquire(self.settings.base_url)
        except OSError as error:
            reason = f"{self.var} cannot be written to ({error.strerror})."
            raise PartFailed(f"{reason} Set IDEENWEG_VAR to a folder of yours.") from None

    async def _end_leftovers(self) -> None:
        """What a killed supervisor left behind. On Linux its parts end with it; elsewhere they do not."""
        old = Running.read(self.var)
        for name, part in old.parts.items() if old else ():
            if await end_recorded(part):
                self.screen.say(f"Ended {name} (process {part.pid}), left behind by a start that was killed.")

    # Starting

    async def _start_services(self) -> None:
        """PostgreSQL and Temporal side by side, each only where nobody named one."""
        book = PortBook(self.var / "ports.json", first=self.settings.port + 1)
        if self.settings.database_url is None:
            port = book.port_for("postgres")
            self.postgres = EmbeddedPostgres(self.var / "postgres", port=port, log=self.logs / "postgres.log")
        if not self.settings.temporal_is_configured:
            self.temporal = EmbeddedTemporal(
                self.var / "temporal",
                port=book.port_for("temporal"),
                ui_port=book.port_for("temporal-ui"),
                search_attributes=names.SEARCH_ATTRIBUTES,
                log=self.logs / "temporal.log",
            )
        await self._start_parts({"postgres": self.postgres, "temporal": self.temporal})
        self._remember_ports(book)
        self.environment = self._environment_of_the_application()

    def _remember_ports(self, book: PortBook) -> None:
        if self.postgres and self.postgres.port:
            book.remember("postgres", self.postgres.port)
        if self.temporal and self.temporal.port and self.temporal.ui_port:
            book.remember("temporal", self.temporal.port)
            book.remember("temporal-ui", self.temporal.ui_port)

    async def _migrate(self) -> None:
        """Bring the database up to date; embedded data that these very migrations have seen are left alone."""
        done = self.postgres.home / "migrated" if self.postgres else None
        fingerprint = fingerprint_of_migrations()
        if done and done.exists() and done.read_text(encoding="utf-8") == fingerprint:
            return
        log = self.logs / "migrate.log"
        if await self._run_command("migrate", log=log) != 0:
            raise PartFailed("The database could not be brought up to date.", log)
        if done:
            write_private(done, fingerprint)

    async def _start_application(self) -> None:
        worker = Command([*self.program, "worker"], self.environment, self.logs / "worker.log", seconds_to_stop=30)
        web = Command([*self.program, "web"], self.environment, self.logs / "web.log", seconds_to_stop=30)
        await self._start_parts({"worker": worker, "web": web})

    async def _start_parts(self, services: dict[str, EmbeddedPostgres | EmbeddedTemporal | Command | None]) -> None:
        async with asyncio.TaskGroup() as group:
            for name, service in services.items():
                if service is not None:
                    group.create_task(self._start_part(name, service))

    async def _start_part(self, name: str, service: Service) -> None:
        began = time.monotonic()
        self.parts[name] = Part(name, service)
        await service.start()
        self._write_record()
        self.watchers.create_task(self._watch(self.parts[name]))
        self.screen.say(f"Started {name} ({time.monotonic() - began:.1f} s).")

    async def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        answer = ""
        while time.monotonic() < deadline:
            ready, answer = await asyncio.to_thread(ask_readiness, self._local_url)
            if ready:
                return
            await asyncio.sleep(0.1)
        raise PartFailed(f"Not ready after {READY_SECONDS} seconds: {answer}", self.logs / "web.log")

    async def _load_demo(self) -> list[dict[str, Any]]:
        """Load the demo data once; returns the demo accounts."""
        if not self.settings.demo:
            return []
        # It lies beside the embedded data, so that it goes when they go. A named database is asked every time.
        done = self.postgres.home / "demo.json" if self.postgres else None
        if done and done.exists():
            with contextlib.suppress(ValueError):
                return list(json.loads(done.read_text(encoding="utf-8")))
        self.screen.say("Loading the demo data …")
        if await self._run_command("demo") != 0:
            raise PartFailed("The demo data could not be loaded.", self.logs / "worker.log")
        accounts = await self._read_demo_accounts()
        if done:
            write_private(done, json.dumps(accounts))
        return accounts

    async def _read_demo_accounts(self) -> list[dict[str, Any]]:
        answer = self.logs / "demo-accounts.json"
        answer.unlink(missing_ok=True)
        if await self._run_command("demo", "--accounts", "--json", log=answer, errors_to_log=False) != 0:
            raise PartFailed("The demo accounts could not be read.", answer)
        return list(json.loads(answer.read_text(encoding="utf-8")))

    async def _run_command(self, *arguments: str, log: Path | None = None, errors_to_log: bool = True) -> int:
        """Run a command that ends by itself, on our terminal where it has no log; returns its exit code."""
        command = [*self.program, *arguments]
        child = await start_child(command, log=log, errors_to_log=errors_to_log, env=self.environment, cwd=PROJECT_ROOT)
        try:
            return await child.wait()
        finally:
            await child.stop((signal.SIGTERM, 5))

    def _show_addresses(self, accounts: list[dict[str, Any]], seconds: float) -> None:
        assert self.running is not None
        self.screen.show_addresses(self.running, self.settings, accounts)
        self.screen.say(f"Ready after {seconds:.1f} seconds. Ctrl-C stops everything.")

    async def _offer_set_up(self) -> None:
        """As long as nobody leads, the link for the first lead: on the terminal, and in no log."""
        if not self.settings.demo:
            await self._run_command("people", "set-up")

    # Keeping it running

    async def _watch(self, part: Part) -> None:
        """Restart a part that dies, after a growing pause; one that dies again and again stops everything."""
        while True:
            code = await part.child.wait()
            pause = part.pause_after_death(code, time.monotonic())
            self.screen.warn(f"{part.name} {describe_exit(code)}. Starting it again in {pause:.1f} seconds.")
            await asyncio.sleep(pause)
            await part.service.start()
            self._write_record()
            self.screen.say(f"Started {part.name} again.")

    async def _keep_an_eye_on_readiness(self) -> None:
        """A part can be alive and yet not do its work: whoever reads the terminal learns of it, and when it is over."""
        misses = 0
        terminal = Terminal()
        while not terminal.is_gone():
            await asyncio.sleep(WATCH_SECONDS)
            for log in self.logs.glob("*.log"):
                shorten_log(log)
            ready, answer = await asyncio.to_thread(ask_readiness, self._local_url)
            if ready and misses > 1:
                self.screen.say("Ready again.")
            misses = 0 if ready else misses + 1
            if misses == 2:
                self.screen.warn(f"Not ready: {answer}")
        raise asyncio.CancelledError

    # Stopping

    async def _stop_everything(self) -> None:
        for name in STOP_ORDER:
            if name in self.parts:
                await self.parts[name].service.stop()
        if self.parts:
            Running.path(self.var).unlink(missing_ok=True)
            self.screen.say("Everything has stopped.")
        self.lock.release()

    def _obey_signals(self) -> None:
        """The first signal stops everything in order; a second one does not wait any longer."""
        story = asyncio.current_task()
        assert story is not None
        signals_seen = 0

        def stop() -> None:
            nonlocal signals_seen
            signals_seen += 1
            if signals_seen == 1:
                story.cancel()
                return
            for part in self.parts.values():
                if part.service.child is not None:
                    part.service.child.kill()

        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, stop)  # also where a shell started us in the background, ignoring it
        loop.add_signal_handler(signal.SIGTERM, stop)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup asks for
            loop.add_signal_handler(signal.SIGHUP, stop)

    # What the parts and other shells need to know

    @property
    def _local_url(self) -> str:
        """Where the web process listens, whatever address the public sees."""
        return self.settings.model_copy(update={"public_url": None}).base_url

    def _environment_of_the_application(self) -> dict[str, str]:
        """Ours, completed by what we started; settings for other servers must not reach the embedded ones."""
        foreign = (("PG",) if self.postgres else ()) + (("TEMPORAL_",) if self.temporal else ())
        environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        environment |= {
            "IDEENWEG_HOST": self.settings.host,
            "IDEENWEG_PORT": str(self.settings.port),
            "IDEENWEG_VAR": str(self.var),
            "IDEENWEG_DEMO": "1" if self.settings.demo else "0",
            "IDEENWEG_PIPELINE": str(self.settings.pipeline),
            "IDEENWEG_SECRET_KEY": self._secret_key(),
            "PYTHONUNBUFFERED": "1",
        }
        if self.postgres:
            environment["DATABASE_URL"] = self.postgres.url
        if self.temporal:
            # One desk has one worker: no version of it ever runs beside another.
            environment.pop("IDEENWEG_BUILD_ID", None)
            environment |= {"TEMPORAL_ADDRESS": self.temporal.address, "TEMPORAL_NAMESPACE": NAMESPACE}
        return environment

    def _secret_key(self) -> str:
        """Without one in the environment a key of our own, kept so that people stay signed in from start to start."""
        if self.settings.secret_key is not None:
            return self.settings.secret_key.get_secret_value()
        return keep_key(self.var / "secret.key")

    def _write_record(self) -> None:
        """run.json, written after every start of a part so that it names every process there is."""
        settings, me = self.settings, psutil.Process()
        named = settings.database_url.get_secret_value() if settings.database_url else None
        self.running = Running(
            pid=me.pid,
            created=me.create_time(),
            web_url=settings.base_url,
            host=settings.host,
            port=settings.port,
            demo=settings.demo,
            database_url=self.postgres.url if self.postgres and self.postgres.child else named,
            temporal_address=self.temporal.address if self.temporal else settings.temporal_address,
            temporal_namespace=NAMESPACE if self.temporal else settings.temporal_namespace,
            temporal_ui=self.temporal.ui_url if self.temporal else None,
            parts={name: part.child.record() for name, part in self.parts.items() if part.service.child},
        )
        write_private(Running.path(self.var), self.running.model_dump_json(indent=2))


class Terminal:
    """The terminal we were started from, if any. `make` does not pass on that it was closed, so we look."""

    def __init__(self) -> None:
        self._poll = select.poll() if sys.stdin is not None and sys.stdin.isatty() else None
        if self._poll:
            self._poll.register(sys.stdin.fileno(), 0)  # hang-ups are told without asking

    def is_gone(self) -> bool:
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
            return False
        return any(event & select.POLLHUP for _, event in self._poll.poll(0)) if self._poll else False


def ask_readiness(url: str) -> tuple[bool, str]:
    """GET /readyz: whether it says yes, and what it said."""
    import httpx

    try:
        # Making ready for TLS takes more than asking, and whoever starts is asked ten times a second.
        answer = httpx.get(f"{url}/readyz", timeout=5, trust_env=False, verify=False)  # noqa: S501  it is loopback
    except httpx.HTTPError as error:
        return False, f"web does not answer ({type(error).__name__})"
    return answer.status_code == 200, answer.text[:500]


def fingerprint_of_migrations() -> str:
    digest = hashlib.sha256()
    for file in sorted((PROJECT_ROOT / "models" / "migrations" / "versions").glob("*.py")):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def find_own_failure(group: ExceptionGroup[Exception]) -> PartFailed:
    """The failure of ours in a task group's bundle; anything else is a mistake of ours and is raised as it is."""
    ours = group.subgroup(PartFailed)
    if ours is None:
        raise group
    failure: BaseException = ours
    while isinstance(failure, ExceptionGroup):
        failure = failure.exceptions[0]
    assert isinstance(failure, PartFailed)
    return failure
