"""The installation under attack: embedded PostgreSQL and Temporal, workers and web processes, a mail server.

Each part reaches the others through links of ours, all on loopback, and whatever dies is started again.
"""

import asyncio
import contextlib
import os
import re
import signal
import sys
import time
import zoneinfo
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self

import httpx

from api.operations.embedded.network_ports import PortBook
from api.operations.embedded.postgres import EmbeddedPostgres
from api.operations.embedded.process import Child, last_lines
from api.operations.embedded.supervised import Command, Service
from api.operations.embedded.temporal import NAMESPACE, EmbeddedTemporal
from api.sign_in.bearer import issue_token
from models.database import Database
from models.migrations import migrate
from models.secrets import hash_secret, new_secret
from models.settings import PROJECT_ROOT
from models.tables import Account, CoachProfile, SessionRow
from models.tables.columns import new_id
from models.vocabulary import Role, SecondFactor, SignInMethod, TokenScope
from tests.activities.adapters.smtp_server import HANG_UP, Sink, open_sink
from tests.chaos.clock import new_zone, utc_now, write_zone
from tests.chaos.faults import VARIABLE, Rates
from tests.chaos.links import Link, Weather
from tests.chaos.ports import ports_of_a_town
from tests.chaos.trouble import Attack, Blow

OFFICES = ("dresden", "leipzig", "chemnitz")
DISTRICTS = {"dresden": "DED21", "leipzig": "DED51", "chemnitz": "DED41"}
THEMES = ("care", "housing", "youth")
CLERKS = (Role.LEAD, Role.LEAD, Role.COACH, Role.COACH)
START_SECONDS = 90
WORD = "Kanarienvogel"
"""Stands in every text that people write, so that texts are found where they must not be."""

KEY = "a key of the town, long enough to sign"

PIPELINE = {
    r'^send_at = "[^"]*"': 'send_at = "00:00:05"',
    r'^limit = "[^"]*"': 'limit = "1d"',
    r"^remind = \[[^\]]*\]": 'remind = ["0d"]',
    r"^escalate = \[[^\]]*\]": 'escalate = ["1d"]',
    r'^offer = "[^"]*"': 'offer = "1d"',
    r'^grace = "[^"]*"': 'grace = "0d"',
    r"^undo_seconds = \d+": "undo_seconds = 3",
    r"^gather_seconds = \d+": "gather_seconds = 1",
    r"^renew_after_steps = \d+": "renew_after_steps = 25",
}
"""What the town changes in the shipped pipeline.toml: a limit is a day, and days are short."""


Tell = Callable[[str], None]


@dataclass
class Person:
    """Somebody with an account, a token for the API and a session for the pages."""

    id: str
    name: str
    role: Role
    office: str
    token: str = ""
    session: str = field(default_factory=new_secret)

    @property
    def email(self) -> str:
        return f"{self.name}.{WORD}@example.org".lower()


def signed_in(person: Person) -> SessionRow:
    """As if they had just come in by mail, the staff with a second factor."""
    return SessionRow(
        hash=hash_secret(person.session),
        account_id=person.id,
        method=SignInMethod.LINK,
        second=None if person.role is Role.INNOVATOR else SecondFactor.TOTP,
        expires_at=utc_now() + timedelta(hours=12),
    )


@dataclass
class Ending:
    """How a process has ended, and the last lines of its log."""

    code: int
    words: str

    @classmethod
    def of(cls, child: Child) -> Self:
        assert child.exit_code is not None
        return cls(child.exit_code, "\n".join(last_lines(child.log, 40)))


@dataclass
class Part:
    """A process that is started again when it ends, unless somebody keeps it down for a while."""

    name: str
    service: Service
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    deaths: list[Ending] = field(default_factory=list)
    """Of those that nobody of us has ended."""
    endings: list[Ending] = field(default_factory=list)
    """Of our own programs that were asked to stop."""

    @property
    def child(self) -> Child:
        assert self.service.child is not None
        return self.service.child

    async def care(self) -> None:
        while True:
            await self.child.wait()
            async with self.lock:
                if not self.child.is_alive():
                    self.deaths.append(Ending.of(self.child))
                    await asyncio.sleep(0.3)
                    await self.service.start()


class Town:
    """Everything that runs, and the blows that fall on it. Opened by `open_town`."""

    def __init__(
        self,
        home: Path,
        ports: range,
        sink: Sink,
        *,
        workers: int,
        webs: int,
        midnights: Sequence[timedelta],
        rates: Rates,
    ) -> None:
        self.home = home
        self.zone = new_zone()
        self.rates = rates
        self.began = time.monotonic()
        self.people: list[Person] = []
        self.clerks: list[Person] = []
        """Staff who are only managed: no idea has or needs them."""
        self.parts: dict[str, Part] = {}
        self.links: dict[str, Link] = {}
        self.doors_shut: list[tuple[float, float]] = []
        self.blows: list[Attack] = []
        self.sink = sink
        self._book = PortBook(home / "ports.json", first=ports.start)
        self._midnights = midnights
        self.getting_ready = timedelta()
        """How long the application needs on this machine as it is now: at first a guess, then measured."""
        self._workers = [f"worker-{n + 1}" for n in range(workers)]
        self._webs = [f"web-{n + 1}" for n in range(webs)]
        self.postgres = EmbeddedPostgres(home / "postgres", port=self._book.port_for("postgres"))
        self.temporal = EmbeddedTemporal(home / "temporal", port=self._book.port_for("temporal"), with_ui=False)

    @property
    def now(self) -> float:
        """Seconds since the trouble began."""
        return time.monotonic() - self.began

    @property
    def pipeline(self) -> Path:
        return self.home / "pipeline.toml"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def doors(self) -> list[str]:
        """Where callers find the web processes, each behind a link of its own."""
        return [f"http://127.0.0.1:{self.links[f'door-{web}'].port}" for web in self._webs]

    def those_who_are(self, role: Role) -> list[Person]:
        return [person for person in self.people if person.role is role]

    # -- building it -----------------------------------------------------------------------------------------

    async def start_services(self) -> None:
        began = time.monotonic()
        self.logs.mkdir(parents=True)
        await asyncio.gather(self.postgres.start(), self.temporal.start())
        await asyncio.to_thread(migrate, self.postgres.url)
        self.parts = {"postgres": Part("postgres", self.postgres), "temporal": Part("temporal", self.temporal)}
        self.getting_ready = timedelta(seconds=round(5 + 1.5 * (time.monotonic() - began)))

    async def settle_people(self, innovators: int, coaches: int, capacity: int) -> None:
        """Innovators, coaches with few places, and a lead for each office; all with a token."""
        counts = {Role.INNOVATOR: innovators, Role.COACH: coaches, Role.LEAD: len(OFFICES)}
        for role, count in counts.items():
            for n in range(count):
                self.people.append(Person(new_id(), f"{role}{n + 1}", role, OFFICES[n % len(OFFICES)]))
        self.clerks = [Person(new_id(), f"clerk{n + 1}", role, "") for n, role in enumerate(CLERKS)]
        database = Database(self.postgres.url)
        async with database.transaction() as session:
            for person in (*self.people, *self.clerks):
                office = None if person.role is Role.INNOVATOR else person.office or None
                account = Account(
                    id=person.id, email=person.email, name=f"{person.name} {WORD}", roles=[person.role], office=office
                )
                session.add(account)
                await session.flush()
                person.token = await issue_token(session, account, TokenScope)
                session.add(signed_in(person))
                if person.role is Role.COACH and person not in self.clerks:
                    profile = CoachProfile(account_id=person.id, languages=["de"], capacity=capacity)
                    profile.districts, profile.themes = [DISTRICTS[person.office]], list(THEMES)
                    session.add(profile)
        await database.dispose()

    def set_the_clock(self) -> None:
        """From now on it is known when days end."""
        midnights = [self.getting_ready + midnight for midnight in self._midnights]
        write_zone(self.home / "zones" / self.zone, utc_now(), midnights)
        text = (PROJECT_ROOT / "pipeline.toml").read_text(encoding="utf-8")
        for pattern, value in {r'^timezone = "[^"]*"': f'timezone = "{self.zone}"', **PIPELINE}.items():
            text, times = re.subn(pattern, value, text, flags=re.MULTILINE)
            assert times, f"pipeline.toml has nothing like {pattern}"
        self.pipeline.write_text(text, encoding="utf-8")

    async def connect_parts(self) -> None:
        postgres, temporal = self.postgres.port, self.temporal.port
        assert postgres is not None
        assert temporal is not None
        targets = {"web-database": postgres, "worker-database": postgres}
        targets |= {"web-engine": temporal, "worker-engine": temporal, "worker-mail": self.sink.port}
        targets |= {f"door-{web}": self._book.port_for(web) for web in self._webs}
        for name, target in targets.items():
            self.links[name] = Link(name, self._book.port_for(name), target)
            await self.links[name].open()

    async def start_application(self) -> None:
        for name in self._workers:
            self._add_worker(name, self.rates)
        for name in self._webs:
            port = str(self.links[f"door-{name}"].target)
            self._add(
                name, [sys.executable, "-m", "api.cli", "web"], self._environment("web") | {"IDEENWEG_PORT": port}
            )
        began = time.monotonic()
        await asyncio.gather(*(self.parts[name].service.start() for name in (*self._workers, *self._webs)))
        await self.until_ready()
        self.getting_ready = timedelta(seconds=time.monotonic() - began)

    @asynccontextmanager
    async def another_worker(self, rates: Rates) -> AsyncIterator[Part]:
        """One more for a while, with faults of its own. Nobody starts it again."""
        part = self._add_worker(f"worker-{new_id()}", rates)
        await part.service.start()
        try:
            yield part
        finally:
            await part.service.stop()
            del self.parts[part.name]

    def _add_worker(self, name: str, rates: Rates) -> Part:
        environment = self._environment("worker") | {VARIABLE: str(rates)}
        return self._add(name, [sys.executable, "-m", "tests.chaos.faults"], environment)

    def _add(self, name: str, command: list[str], environment: dict[str, str]) -> Part:
        log = self.logs / f"{name}.log"
        self.parts[name] = Part(name, Command(command, environment, log, seconds_to_stop=30))
        return self.parts[name]

    def _environment(self, kind: str) -> dict[str, str]:
        """Ours without settings for other servers, with the links in between."""
        foreign = ("PG", "TEMPORAL_", "IDEENWEG_", "OTEL_", "DATABASE_URL")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        database = self.postgres.url.replace(f":{self.postgres.port}/", f":{self.links[f'{kind}-database'].port}/")
        return environment | {
            "DATABASE_URL": database,
            "TEMPORAL_ADDRESS": f"127.0.0.1:{self.links[f'{kind}-engine'].port}",
            "TEMPORAL_NAMESPACE": NAMESPACE,
            "IDEENWEG_SMTP_URL": f"smtp://127.0.0.1:{self.links['worker-mail'].port}",
            "IDEENWEG_VAR": str(self.home),
            "IDEENWEG_PIPELINE": str(self.pipeline),
            "IDEENWEG_SECRET_KEY": KEY,
            "PYTHONTZPATH": os.pathsep.join(zoneinfo.TZPATH),
            "PYTHONPATH": str(PROJECT_ROOT),
            "PYTHONUNBUFFERED": "1",
        }

    async def until_ready(self, seconds: float = START_SECONDS) -> float:
        """Wait until each web process says that everything works; returns how long that took."""
        began = time.monotonic()
        async with httpx.AsyncClient(timeout=6, trust_env=False) as client:
            for web in self._webs:
                address = f"http://127.0.0.1:{self.links[f'door-{web}'].target}/readyz"
                while not await _says_yes(client, address):
                    if time.monotonic() - began > seconds:
                        words = "\n".join(last_lines(self.parts[web].child.log, 40))
                        raise TimeoutError(f"{web} is not ready; its last words:\n{words}")
                    await asyncio.sleep(0.1)
        return time.monotonic() - began

    # -- blows -----------------------------------------------------------------------------------------------

    async def suffer(self, attacks: Sequence[Attack], tell: Tell) -> None:
        """Let the blows fall at their time. Each part suffers one after the other, all of them at once."""
        async with asyncio.TaskGroup() as group:
            for attack in attacks:
                await asyncio.sleep(max(attack.at - self.now, 0))
                tell(str(attack))
                group.create_task(self.strike(attack))

    async def strike(self, attack: Attack) -> None:
        self.blows.append(attack)
        if attack.target == "mail":
            await self._bother_mail(attack)
        elif attack.target in self.links:
            await self._spoil_weather(attack)
        else:
            await self._hit_part(attack)

    async def _bother_mail(self, attack: Attack) -> None:
        step, answer = ("DATA", "451 later") if attack.blow is Blow.REFUSE else ("after", HANG_UP)
        self.sink.answers[step] = answer
        await asyncio.sleep(attack.seconds)
        self.sink.answers.pop(step, None)

    async def _spoil_weather(self, attack: Attack) -> None:
        weather = {Blow.SLOW: Weather.SLOW, Blow.SILENCE: Weather.SILENT, Blow.CUT: Weather.CUT}[attack.blow]
        link, began = self.links[attack.target], self.now
        link.turn(weather, attack.delay)
        await asyncio.sleep(attack.seconds)
        link.turn(Weather.FINE)
        if attack.target.startswith("door-"):
            self.doors_shut.append((began, self.now + 1))

    async def _hit_part(self, attack: Attack) -> None:
        part, began = self.parts[attack.target], self.now
        async with part.lock:
            if attack.blow is Blow.FREEZE:
                with contextlib.suppress(ProcessLookupError):
                    part.child.process.send_signal(signal.SIGSTOP)
                await asyncio.sleep(attack.seconds)
                with contextlib.suppress(ProcessLookupError):
                    part.child.process.send_signal(signal.SIGCONT)
            else:
                if attack.blow is Blow.KILL:
                    part.child.kill()
                    await part.child.wait()
                else:
                    await part.service.stop()
                    if attack.target in (*self._workers, *self._webs):
                        part.endings.append(Ending.of(part.child))
                await asyncio.sleep(attack.seconds)
                await part.service.start()
        if attack.target in self._webs:
            await self._until_open(attack.target)
            self.doors_shut.append((began, self.now + 1))

    async def _until_open(self, web: str) -> None:
        address = f"http://127.0.0.1:{self.links[f'door-{web}'].target}/healthz"
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            for _ in range(200):
                if await _says_yes(client, address):
                    return
                await asyncio.sleep(0.1)

    @property
    def deaths(self) -> dict[str, str]:
        """Those that nobody has planned, and those of parts that were asked to stop and did not end well; with the last
        lines of their logs."""
        found = {}
        for name, part in self.parts.items():
            planned = self.planted(name).count("die")
            for death in part.deaths:
                if planned and death.code == -signal.SIGKILL:
                    planned -= 1
                else:
                    found[f"{name} died with {death.code}"] = death.words
            for ending in part.endings:
                # Asked while it was still starting, a program ends by the signal itself.
                if ending.code not in (0, -signal.SIGTERM):
                    found[f"{name}, asked to stop, ended with {ending.code}"] = ending.words
        return found

    def planted(self, name: str) -> list[str]:
        """The faults that a worker has had."""
        text = "".join(log.read_text("utf-8", "replace") for log in self.logs.glob(f"{name}.log*"))
        return re.findall("^planted (.*)$", text, re.MULTILINE)

    def calm_down(self) -> None:
        """Fine weather everywhere, and a mail server that works."""
        for link in self.links.values():
            link.turn(Weather.FINE)
        self.sink.answers.clear()

    async def stop(self) -> None:
        """The doors first, the memory last; nothing is left behind."""
        order = [*self._webs, *self._workers, "temporal", "postgres"]
        for name in order:
            part = self.parts.get(name)
            if part is not None and part.service.child is not None:
                if name not in ("temporal", "postgres"):
                    part.child.kill()
                await part.service.stop()
        for link in self.links.values():
            await link.close()


@asynccontextmanager
async def open_town(
    home: Path,
    *,
    workers: int = 2,
    webs: int = 2,
    midnights: Sequence[timedelta],
    rates: Rates,
    innovators: int = 6,
    coaches: int = 5,
    capacity: int = 6,
) -> AsyncIterator[Town]:
    """A town that works and has not been attacked yet. `midnights` count from its readiness on, nearly.

    Temporal does not know its zone and so keeps no schedules: where clocks leap like ours, it would look for the next
    time of each for ever, with all the processors there are.
    """
    known, zones = zoneinfo.TZPATH, str((home / "zones").absolute())
    zoneinfo.reset_tzpath([zones, *known])
    carers: list[asyncio.Task[None]] = []
    try:
        with ports_of_a_town() as ports:
            async with open_sink() as sink:
                town = Town(home, ports, sink, workers=workers, webs=webs, midnights=midnights, rates=rates)
                try:
                    await town.start_services()
                    await town.settle_people(innovators, coaches, capacity)
                    town.set_the_clock()
                    await town.connect_parts()
                    await town.start_application()
                    carers = [asyncio.create_task(part.care()) for part in town.parts.values()]
                    town.began = time.monotonic()
                    yield town
                finally:
                    for carer in carers:
                        carer.cancel()
                    await asyncio.gather(*carers, return_exceptions=True)
                    await town.stop()
    finally:
        zoneinfo.reset_tzpath(known)


async def _says_yes(client: httpx.AsyncClient, address: str) -> bool:
    try:
        return (await client.get(address)).status_code == 200
    except httpx.HTTPError:
        return False
