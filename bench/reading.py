"""Do lists, timelines and single ideas stay as fast when there are a hundred thousand ideas?

Three databases on one server, read by turns: by the queries alone, and through the JSON API in this process, with the
caller's token and all. Each idea has ten timeline entries.
"""

import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
from sqlalchemy import event
from sqlmodel import col, select

from api.app import create_app
from api.runtime.services import Services
from api.sign_in.bearer import issue_token
from bench.figures import Figure, Ground, Result, Table, percentile, ratio_at_most, show
from bench.installation import open_installation
from bench.seeding import open_seeded
from models.queries.board import BoardFilter, list_ideas
from models.queries.idea import read_idea, read_timeline
from models.queries.moment import Moment
from models.queries.my_work import list_coached_cases
from models.queries.stuck import list_stuck
from models.tables import Account, StandingRow, has_role, is_open_idea
from models.vocabulary import Role

NUMBER = 4

SIZES = (1_000, 10_000, 100_000)
SMALL_SIZES = (200, 1_000, 4_000)
Read = Callable[[], Awaitable[object]]


@dataclass
class Taken:
    """How long one kind of reading took in one database, in milliseconds, and how many statements it was."""

    milliseconds: list[float] = field(default_factory=list)
    statements: set[int] = field(default_factory=set)

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)


class Shelf:
    """One database and its readers: a lead, a coach, and ideas that are looked at one after the other."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.statements = 0
        self.lead = ""
        self.coaches: list[str] = []
        self.ideas: list[str] = []
        self.tokens: dict[str, str] = {}
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(services)), base_url="http://127.0.0.1", trust_env=False
        )

    async def open(self) -> None:
        async with self.services.database.transaction() as session:
            self.lead = (await session.exec(select(Account.id).where(has_role(Role.LEAD)).limit(1))).one()
            coaches = select(Account.id).where(has_role(Role.COACH)).order_by(col(Account.id)).limit(20)
            self.coaches = list((await session.exec(coaches)).all())
            open_ones = select(StandingRow.case_id).where(is_open_idea())
            self.ideas = list((await session.exec(open_ones.order_by(col(StandingRow.case_id)).limit(50))).all())
            for account_id in (self.lead, *self.coaches):
                self.tokens[account_id] = await issue_token(session, await session.get_one(Account, account_id))

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count every statement, also those of drivers and transactions that SQLAlchemy sends itself."""

        def count(*_: Any) -> None:
            self.statements += 1

        engine = self.services.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", count)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", count)

    async def get(self, who: str, path: str) -> None:
        answer = await self.client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {self.tokens[who]}"})
        if answer.status_code != 200:
            raise RuntimeError(f"GET {path} was answered with {answer.status_code}")

    async def query(self, ask: Callable[..., Awaitable[object]], *arguments: Any, **named: Any) -> object:
        async with self.services.database.session() as session:
            return await ask(session, *arguments, **named)

    def readings(self, n: int) -> dict[tuple[str, str], Read]:
        """What is read in round `n`: what and by which way."""
        idea, coach = self.ideas[n % len(self.ideas)], self.coaches[n % len(self.coaches)]
        moment = Moment.of(self.services.policy, datetime.now(UTC))
        lists = partial(self.query, list_ideas, self.lead, [Role.LEAD], moment)
        return {
            ("lead's list of open ideas", "query"): partial(lists, BoardFilter(open=True)),
            ("lead's list of open ideas", "API"): partial(self.get, self.lead, "/ideas?open=true"),
            ("lead's list of all ideas", "query"): partial(lists, BoardFilter()),
            ("lead's list of all ideas", "API"): partial(self.get, self.lead, "/ideas"),
            ("stuck list", "query"): partial(self.query, list_stuck, moment),
            ("stuck list", "API"): partial(self.get, self.lead, "/stuck"),
            ("coach's list", "query"): partial(self.query, list_coached_cases, coach),
            ("coach's list", "API"): partial(self.get, coach, "/ideas?coach=me&open=true"),
            ("timeline", "query"): partial(self.query, read_timeline, idea, with_internal=True),
            ("timeline", "API"): partial(self.get, self.lead, f"/ideas/{idea}/timeline"),
            ("one idea", "query"): partial(self.query, read_idea, idea),
            ("one idea", "API"): partial(self.get, self.lead, f"/ideas/{idea}"),
        }


async def measure(ground: Ground) -> Result:
    sizes, rounds = SMALL_SIZES if ground.small else SIZES, ground.size(60, 10)
    async with open_installation(ground.home) as installation:
        shelves: dict[int, Shelf] = {}
        for size in sizes:
            shelves[size] = Shelf(await open_seeded(installation, ground, size))
            await shelves[size].open()
        taken: dict[tuple[str, str, int], Taken] = {}
        for n in range(-3, rounds):  # the first rounds fill caches and do not count
            for size, shelf in shelves.items():
                with shelf.counting():
                    for (what, way), read in shelf.readings(n).items():
                        before, began = shelf.statements, time.perf_counter()
                        await read()
                        milliseconds = (time.perf_counter() - began) * 1000
                        if n >= 0:
                            entry = taken.setdefault((what, way, size), Taken())
                            entry.milliseconds.append(milliseconds)
                            entry.statements.add(shelf.statements - before)
        for shelf in shelves.values():
            await shelf.client.aclose()
    return report(taken, sizes)


def report(taken: dict[tuple[str, str, int], Taken], sizes: tuple[int, ...]) -> Result:
    _, middle, large = sizes
    kinds = list(dict.fromkeys((what, way) for what, way, _ in taken))
    figures, rows = [], []
    for what, way in kinds:
        each = [taken[what, way, size] for size in sizes]
        growth = Figure(f"{what}, {way}", each[2].median, "ms", each[1].median, ratio_at_most(1.5))
        figures.append(growth)
        counts = set().union(*(one.statements for one in each))
        times = [f"{show(one.median)} / {show(percentile(one.milliseconds, 0.95))}" for one in each]
        rows.append([f"{what}, {way}", *times, "–".join(str(n) for n in sorted({min(counts), max(counts)}))])
    header = ("median / p95 in ms", *(f"{size:,} ideas" for size in sizes), "statements")
    return Result(
        figures=figures,
        tables=[Table(header, rows)],
        notes=[
            f"The figures are for {large:,} ideas; the baseline is the same with {middle:,}, so the ratio is growth."
        ],
    )
