"""Does a search stay quick when there are a hundred thousand ideas?

Two databases on one server, asked by turns what people ask: a rare word, a common one, a name, an address, a number, a
phrase. The baseline is the same question in the smaller one.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

from sqlmodel import select

from api.runtime.services import Services
from bench.figures import Figure, Ground, Result, Table, at_most, percentile, show
from bench.installation import open_installation
from bench.reading import Taken
from bench.seeding import open_seeded
from models.queries.board import BoardFilter, list_ideas
from models.queries.global_search import find_ideas, find_people, find_stories
from models.queries.moment import Moment
from models.queries.similar import find_twins
from models.tables import Account, Idea, StandingRow, has_role
from models.vocabulary import Role

NUMBER = 9

SIZES = (10_000, 100_000)
SMALL_SIZES = (200, 2_000)
MOST_MILLISECONDS = 30

QUESTIONS = {
    "a rare word": "Nummer 4321",
    "a common word": "reparieren",
    "two common words": "Nachbarn Werkzeug",
    "a phrase": '"Reparaturcafé Nummer 777"',
    "a name": "Innovator 321",
    "an address": "innovator321@example.org",
    "a number": "iw 2026 417",
    "nothing that is there": "Quantenphysik",
    "one sign": "r",
}
Read = Callable[[], Awaitable[object]]


class Shelf:
    """One database, a lead and a coach who look into it."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.lead = self.coach = ""
        self.idea: Idea | None = None

    async def open(self) -> None:
        async with self.services.database.reading() as session:
            self.lead = (await session.exec(select(Account.id).where(has_role(Role.LEAD)).limit(1))).one()
            coached = select(StandingRow.coach_id).where(StandingRow.outcome == None, StandingRow.coach_id != None)  # noqa: E711
            self.coach = (await session.exec(coached.limit(1))).one() or ""
            self.idea = (await session.exec(select(Idea).limit(1))).one()

    def readings(self) -> dict[str, Read]:
        found: dict[str, Read] = {}
        for what, typed in QUESTIONS.items():
            found[f"{what}, ideas, for a lead"] = partial(self.ideas, self.lead, [Role.LEAD], typed)
        found["a name, people, for a lead"] = partial(self.people, QUESTIONS["a name"])
        found["a common word, stories"] = partial(self.stories, QUESTIONS["a common word"])
        found["a common word, ideas, for a coach"] = partial(self.ideas, self.coach, [Role.COACH], "reparieren")
        found["a rare word in the lead's list"] = partial(self.listed, QUESTIONS["a rare word"])
        found["likely duplicates of an idea"] = self.twins
        return found

    async def ideas(self, who: str, roles: list[Role], typed: str) -> object:
        moment = Moment.of(self.services.policy, datetime.now(UTC))
        async with self.services.database.reading() as session:
            return await find_ideas(session, who, roles, moment, typed)

    async def listed(self, typed: str) -> object:
        moment = Moment.of(self.services.policy, datetime.now(UTC))
        async with self.services.database.reading() as session:
            return await list_ideas(session, self.lead, [Role.LEAD], moment, BoardFilter(text=typed))

    async def people(self, typed: str) -> object:
        async with self.services.database.reading() as session:
            return await find_people(session, self.lead, [Role.LEAD], typed)

    async def stories(self, typed: str) -> object:
        async with self.services.database.reading() as session:
            return await find_stories(session, typed)

    async def twins(self) -> object:
        assert self.idea is not None
        return await find_twins(self.services.database, self.idea)


async def measure(ground: Ground) -> Result:
    sizes, rounds = SMALL_SIZES if ground.small else SIZES, ground.size(20, 5)
    taken: dict[tuple[str, int], Taken] = {}
    async with open_installation(ground.home) as installation:
        shelves = {size: Shelf(await open_seeded(installation, ground, size)) for size in sizes}
        for shelf in shelves.values():
            await shelf.open()
        for n in range(-2, rounds):  # the first rounds fill caches and do not count
            for size, shelf in shelves.items():
                for what, read in shelf.readings().items():
                    began = time.perf_counter()
                    await read()
                    if n >= 0:
                        milliseconds = (time.perf_counter() - began) * 1000
                        taken.setdefault((what, size), Taken()).milliseconds.append(milliseconds)
    return report(taken, sizes)


def tell(one: Taken) -> str:
    return f"{show(one.median)} / {show(percentile(one.milliseconds, 0.95))}"


def report(taken: dict[tuple[str, int], Taken], sizes: tuple[int, ...]) -> Result:
    middle, large = sizes
    kinds = list(dict.fromkeys(what for what, _ in taken))
    rows = [[what, *(tell(taken[what, size]) for size in sizes)] for what in kinds]
    return Result(
        figures=[
            Figure(what, taken[what, large].median, "ms", taken[what, middle].median, at_most(MOST_MILLISECONDS))
            for what in kinds
        ],
        tables=[Table(("median / p95 in ms", *(f"{size:,} ideas" for size in sizes)), rows)],
        notes=[f"The figures are for {large:,} ideas; the baseline is the same question with {middle:,}."],
    )
