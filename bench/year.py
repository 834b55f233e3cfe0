"""How long do twelve months of the platform take in memory, and how long a look ahead from a thousand open cases?

`ideenweg simulate`: a thousand ideas are handed in over a year, and coaches, leads and innovators answer late, forget
and are reminded; and twelve weeks from the open cases that PostgreSQL has, with reading and counting. The baseline are
the rules alone: the same steps of the same ideas in the same order, called one after the other, without a clock,
searches and people, and without anything being written down.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import func
from sqlmodel import select

from api.operations.embedded.postgres import EmbeddedPostgres
from api.use_cases.simulation import year as simulated
from api.use_cases.simulation.ahead import look_ahead
from api.use_cases.simulation.people import make_people
from api.use_cases.simulation.rules import read_policy
from api.use_cases.simulation.scenario import Scenario
from api.use_cases.simulation.summary import summarise
from bench.figures import Figure, Ground, Result, at_most, take_turns
from bench.seeding import IDEAS_A_COACH, seed
from models.database import Database
from models.messages.commands import Command, News
from models.messages.idea import IdeaState
from models.migrations import migrate
from models.policy import Policy
from models.rules import steps
from models.rules.steps import IDEAS
from models.settings import PROJECT_ROOT
from models.tables import StandingRow, is_open_idea

NUMBER = 7

ROUNDS = 3
SHARE_OPEN = 0.35


class Recorder:
    """Stands in for the rules of ideas and `models.rules.steps`, and can call all that was called once more."""

    refusal = staticmethod(IDEAS.refusal)

    def __init__(self) -> None:
        self.calls: list[tuple[Callable[..., object], int, tuple[Any, ...]]] = []
        self._first: dict[int, IdeaState] = {}
        """Idea → where it stood when it came for the first time."""

    @contextmanager
    def in_place(self) -> Iterator[None]:
        with patch.object(simulated, "IDEAS", self), patch.object(simulated, "steps", self):
            yield

    def take(self, idea: IdeaState, command: Command, now: datetime) -> object:
        return self._call(IDEAS.take, idea, command, now)

    def ring(self, idea: IdeaState, now: datetime) -> object:
        return self._call(IDEAS.ring, idea, now)

    def hear(self, idea: IdeaState, news: News, now: datetime) -> object:
        return self._call(steps.hear, idea, news, now)

    def _call(self, rule: Callable[..., object], idea: IdeaState, *given: Any) -> object:
        if id(idea) not in self._first:
            self._first[id(idea)] = idea.model_copy(deep=True)
        self.calls.append((rule, id(idea), given))
        return rule(idea, *given)

    async def repeat(self) -> float:
        ideas = {key: idea.model_copy(deep=True) for key, idea in self._first.items()}
        began = time.perf_counter()
        for rule, key, given in self.calls:
            rule(ideas[key], *given)
            ideas[key].outbox, ideas[key].chores = [], []
        return time.perf_counter() - began


async def measure(ground: Ground) -> Result:
    policy, today = read_policy(PROJECT_ROOT / "pipeline.toml"), datetime.now(UTC).date()
    months = ground.size(12, 2)
    a_year = Scenario(first_day=date(today.year + 1, 1, 1), ideas=ground.size(1_000, 20), months=months)
    ahead = Scenario(first_day=today + timedelta(days=1), weeks=12, ideas=0, coaches=0)
    postgres = EmbeddedPostgres(ground.home / "postgres")
    await postgres.start()
    migrate(postgres.url)
    await seed(postgres.url, ground.size(72 * IDEAS_A_COACH, 2 * IDEAS_A_COACH), policy, today, SHARE_OPEN)
    database = Database(postgres.url)

    async def look() -> float:
        began = time.perf_counter()
        await look_ahead(database, ahead, policy)
        return time.perf_counter() - began

    async def live() -> float:
        return live_through(a_year, policy)

    try:
        cases = await count_open(database)
        ground.tell(f"{cases:,} open cases are there")
        of_year, of_weeks = Recorder(), Recorder()
        with of_year.in_place():
            await live()
        with of_weeks.in_place():
            await look()
        ground.tell(f"{len(of_year.calls):,} and {len(of_weeks.calls):,} calls of the rules")
        year, bare_year, weeks, bare_weeks = await take_turns(ROUNDS, live, of_year.repeat, look, of_weeks.repeat)
    finally:
        await database.dispose()
        await postgres.stop()
    return Result(
        figures=[
            Figure(f"{a_year.ideas:,} ideas, {months} months", year, "s", bare_year, at_most(8)),
            Figure(f"{cases:,} open cases, twelve weeks ahead", weeks, "s", bare_weeks, at_most(1.5)),
        ],
        notes=[
            f"{len(of_year.calls):,} calls of the rules in the year, {len(of_weeks.calls):,} in the weeks. Measured is"
            " all that a report needs, counting included.",
            "The look ahead reads the open cases, coaches and offers anew each time, from PostgreSQL on this machine.",
        ],
    )


def live_through(scenario: Scenario, policy: Policy) -> float:
    began, people = time.perf_counter(), make_people(scenario, policy)
    year = simulated.Year(scenario, policy, people)
    for _ in year.live():
        pass
    summarise(year.diary(), scenario, people.coaches, policy.zone)
    return time.perf_counter() - began


async def count_open(database: Database) -> int:
    async with database.reading() as session:
        counted = select(func.count()).select_from(StandingRow).where(is_open_idea())
        return (await session.exec(counted)).one()
