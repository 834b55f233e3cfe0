"""Do the busiest pages stay quick and small when there are a hundred thousand ideas?

Two databases on one server, read by turns through the whole application in this process, as a browser asks: with the
cookie of a session, and packed. Beside each page stands one without content for the same reader: its frame, menu and
session, which every page pays for.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from fastapi import Response
from sqlalchemy import event
from sqlmodel import col, select

from api.app import create_app
from api.pages.kit.page import AnyPage
from api.runtime.services import Services
from api.web.cookies import SESSION, name_of
from bench.figures import Figure, Ground, Result, Table, at_most, percentile, show
from bench.installation import open_installation
from bench.seeding import open_seeded
from models.queries.state_durations import measure_pace
from models.secrets import hash_secret, new_secret
from models.tables import Account, SessionRow, StandingRow, has_role
from models.tables.columns import utc_now
from models.vocabulary import Role, SecondFactor, SignInMethod

NUMBER = 8

SIZES = (10_000, 100_000)
SMALL_SIZES = (200, 2_000)
IDEAS = 40
EMPTY_PATH = "/leer"

MOST_MILLISECONDS, MOST_STATEMENTS, MOST_KILOBYTES = 30, 8, 40


@dataclass(frozen=True)
class Sight:
    """A page and who opens it. The reader is `lead`, or `coach` or `owner` of the idea that is shown, or `stranger`."""

    name: str
    reader: str
    path: str
    is_bound: bool = False
    """Whether the targets count for it."""

    @property
    def title(self) -> str:
        return f"{self.name}, for its {self.reader}" if self.reader == "owner" else f"{self.name}, for a {self.reader}"


SIGHTS = (
    Sight("idea", "owner", "/ideen/{idea}", is_bound=True),
    Sight("idea", "coach", "/ideen/{idea}", is_bound=True),
    Sight("idea", "lead", "/ideen/{idea}", is_bound=True),
    Sight("list of ideas", "lead", "/leitung", is_bound=True),
    Sight("board", "lead", "/leitung/tafel"),
    Sight("stuck list", "lead", "/haengt-fest"),
    Sight("stuck list by title", "lead", "/haengt-fest?sortierung=fall"),
    Sight("own work", "coach", "/arbeit"),
    Sight("overview counted anew", "lead", "/ueberblick?neu=1"),
    Sight("overview of the last minutes", "lead", "/ueberblick"),
    Sight("people", "lead", "/menschen"),
    Sight("engine room", "lead", "/maschinenraum"),
    Sight("1,000 stories and their map", "stranger", "/geschichten", is_bound=True),
    Sight("the same, looked for", "stranger", "/geschichten?text=werkzeug&thema=care", is_bound=True),
    Sight("story", "stranger", "/geschichten/geschichte-7"),
    Sight("start page", "stranger", "/"),
)


@dataclass
class Taken:
    """What one page took in one database: milliseconds of each round, and the most statements and bytes of them all."""

    milliseconds: list[float] = field(default_factory=list)
    statements: int = 0
    bytes: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)

    def add(self, milliseconds: float, statements: int, bytes_: int) -> None:
        self.milliseconds.append(milliseconds)
        self.statements = max(self.statements, statements)
        self.bytes = max(self.bytes, bytes_)


@dataclass(frozen=True)
class Shown:
    """An idea, and by whom it is looked at."""

    idea_id: str
    readers: dict[str, str]
    """As what → the secret of their session."""


class House:
    """One database and the application on it, with people who are signed in."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.statements = 0
        self.shown: list[Shown] = []
        app = create_app(services)
        app.add_api_route(EMPTY_PATH, show_nothing)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", trust_env=False
        )

    async def open(self) -> None:
        async with self.services.database.transaction() as session:
            await measure_pace(session, utc_now())
            lead = (await session.exec(select(Account.id).where(has_role(Role.LEAD)).limit(1))).one()
            coached = select(StandingRow.case_id, StandingRow.coach_id, StandingRow.owner_id).where(
                col(StandingRow.outcome).is_(None), col(StandingRow.coach_id).is_not(None)
            )
            ideas = (await session.exec(coached.order_by(col(StandingRow.case_id)).limit(IDEAS))).all()
            secrets = {account_id: new_secret() for _, *both in ideas for account_id in (lead, *both)}
            session.add_all(signed_in(account_id, secret) for account_id, secret in secrets.items())
        for idea_id, *people in ideas:
            readers = dict(zip(("lead", "coach", "owner"), (secrets[one] for one in (lead, *people)), strict=True))
            self.shown.append(Shown(idea_id, readers))

    @contextmanager
    def counting(self) -> Iterator[None]:
        def count(*_: Any) -> None:
            self.statements += 1

        engine = self.services.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", count)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", count)

    async def look(self, sight: Sight, n: int) -> tuple[float, int, int]:
        """Open a page in round `n`: milliseconds, statements, and bytes on the line."""
        shown = self.shown[n % len(self.shown)]
        session = shown.readers.get(sight.reader)
        cookie = {"Cookie": f"{name_of(self.services.settings, SESSION)}={session}"} if session else {}
        headers = cookie | {"Accept-Encoding": "gzip"}
        before, began = self.statements, time.perf_counter()
        answer = await self.client.get(sight.path.format(idea=shown.idea_id), headers=headers)
        milliseconds = (time.perf_counter() - began) * 1000
        if answer.status_code != 200:
            raise RuntimeError(f"GET {sight.path} was answered with {answer.status_code}")
        return milliseconds, self.statements - before, int(answer.headers["content-length"])


def signed_in(account_id: str, secret: str) -> SessionRow:
    now = utc_now()
    return SessionRow(
        hash=hash_secret(secret),
        account_id=account_id,
        method=SignInMethod.LINK,
        second=SecondFactor.TOTP,
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(hours=12),
    )


async def show_nothing(page: AnyPage) -> Response:
    """What every page has, and nothing else."""
    return page.render("base.html")


async def measure(ground: Ground) -> Result:
    sizes, rounds = SMALL_SIZES if ground.small else SIZES, ground.size(60, 8)
    readers = dict.fromkeys(sight.reader for sight in SIGHTS)
    sights = [*SIGHTS, *(Sight("nothing", reader, EMPTY_PATH) for reader in readers)]
    async with open_installation(ground.home) as installation:
        houses: dict[int, House] = {}
        for size in sizes:
            houses[size] = House(await open_seeded(installation, ground, size))
            await houses[size].open()
        taken: dict[tuple[str, str, int], Taken] = {}
        for n in range(-5, rounds):  # the first rounds fill caches and do not count
            for size, house in houses.items():
                with house.counting():
                    for sight in sights:
                        seen = await house.look(sight, n)
                        if n >= 0:
                            taken.setdefault((sight.name, sight.reader, size), Taken()).add(*seen)
        for house in houses.values():
            await house.client.aclose()
    return report(taken, sizes)


def report(taken: dict[tuple[str, str, int], Taken], sizes: tuple[int, ...]) -> Result:
    figures, rows = [], []
    for sight in SIGHTS:
        each = [taken[sight.name, sight.reader, size] for size in sizes]
        empty = [taken["nothing", sight.reader, size] for size in sizes]
        target = at_most(MOST_MILLISECONDS) if sight.is_bound else None
        for size, one, nothing in zip(sizes, each, empty, strict=True):
            figures.append(Figure(f"{sight.title}, {size:,} ideas", one.median, "ms", nothing.median, target))
        if sight.is_bound:
            figures += [
                Figure(
                    f"{sight.title}: SQL statements",
                    max(one.statements for one in each),
                    "",
                    max(one.statements for one in empty),
                    at_most(MOST_STATEMENTS),
                ),
                Figure(
                    f"{sight.title}: compressed",
                    max(one.bytes for one in each) / 1000,
                    "kB",
                    max(one.bytes for one in empty) / 1000,
                    at_most(MOST_KILOBYTES),
                ),
            ]
    for name, reader in dict.fromkeys((name, reader) for name, reader, _ in taken):
        each = [taken[name, reader, size] for size in sizes]
        times = [f"{show(one.median)} / {show(percentile(one.milliseconds, 0.95))}" for one in each]
        kilobytes = show(max(one.bytes for one in each) / 1000)
        title = Sight(name, reader, "").title
        rows.append([title, *times, str(max(one.statements for one in each)), kilobytes])
    header = ("median / p95 in ms", *(f"{size:,} ideas" for size in sizes), "statements", "kB")
    return Result(
        figures=figures,
        tables=[Table(header, rows)],
        notes=[
            "The baseline is the page without content for the same reader. Statements and bytes are the most of any "
            "round; the table has every page, those without content last.",
        ],
    )
