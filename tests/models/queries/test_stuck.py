"""The list of what is stuck: its order, its pages, what narrows it."""

import random
from datetime import timedelta
from typing import Any

import pytest

from models.database import Database
from models.queries.board import BoardFilter, list_ideas
from models.queries.stuck import StuckSort, count_stuck, list_stuck
from models.queries.stuck_causes import HARDEST
from models.queries.stuck_lines import StuckCase
from models.tables import CoachProfile
from models.vocabulary import Role, StuckCause
from tests.factories import BEN, BRUNO, CARLA, invite_cast
from tests.stuck import MOMENT, NOW, day, place, set_pace, stuck


@pytest.fixture
async def cast(database: Database) -> Database:
    await invite_cast(database)
    return database


async def test_the_longest_stuck_comes_first_and_the_chased_last(cast: Database) -> None:
    recent = await place(cast, holder_until=day(-2))
    oldest = await place(cast, holder_until=day(-20))
    chased = await place(cast, holder_until=day(-50), chased_until=day(1))
    chased_once = await place(cast, holder_until=day(-10), chased_until=day(-1))
    lines = await stuck(cast)
    assert [line.id for line in lines] == [oldest, chased_once, recent, chased]
    assert [line.chased for line in lines] == [False, False, False, True]


async def test_the_pages_of_the_stuck_list_are_complete(cast: Database) -> None:
    all_ideas = {await place(cast, holder_until=day(-(n % 3) - 1), chased_until=day(n % 2)) for n in range(7)}
    seen = await read_all(cast, 2)
    assert len(seen) == len(all_ideas) == len(set(seen))


async def read_all(database: Database, limit: int, **wanted: Any) -> list[str]:
    """All pages, one after the other."""
    seen: list[str] = []
    cursor: str | None = None
    async with database.session() as session:
        while True:
            page = await list_stuck(session, MOMENT, cursor=cursor, limit=limit, **wanted)
            seen += [line.id for line in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return seen


async def test_pages_tell_the_same_as_the_whole_list_whatever_the_causes(cast: Database) -> None:
    """Each cause is looked up by itself, as many ideas as a page has: together they must be the first of all."""
    dice = random.Random(7)
    async with cast.transaction() as session:
        profile = await session.get_one(CoachProfile, BRUNO)
        profile.absent_from, profile.absent_until = day(-6), day(5)
    for _ in range(80):
        await place(
            cast,
            coach_id=dice.choice([BEN, BEN, BRUNO, None]),
            holder_role=dice.choice(["innovator", "lead"]),
            holder_until=day(dice.randint(-9, 9)),
            holder_since=NOW - timedelta(hours=dice.randint(1, 240)),
            last_entry_at=NOW - timedelta(hours=dice.randint(1, 1200)),
            chased_until=dice.choice([None, None, None, day(1), day(-1)]),
            paused_until=dice.choice([None, None, None, None, day(9)]),
        )
    narrowed: list[dict[str, Any]] = [
        {},
        {"cause": StuckCause.WAITING_FOR_US},
        {"cause": StuckCause.COACH_ABSENT},
        {"office": "dresden"},
        *({"sort": sort, "descending": turned} for sort in StuckSort for turned in (False, True)),
    ]
    for wanted in narrowed:
        whole = await read_all(cast, 200, **wanted)
        assert len(whole) > 8
        assert await read_all(cast, 30 if "sort" in wanted else 7, **wanted) == whole
    ranks = [rank_of(line) for line in await stuck(cast, sort=StuckSort.CAUSE, limit=200) if not line.chased]
    assert ranks == sorted(ranks)
    async with cast.session() as session:
        which: dict[str, Any] = {"office": None, "cause": None, "reader": CARLA}
        assert await count_stuck(session, MOMENT, **which, most=200) == len(await read_all(cast, 200))
        assert await count_stuck(session, MOMENT, **which, most=9) == 10
        board = await list_ideas(session, CARLA, [Role.LEAD], MOMENT, BoardFilter(stuck=True), limit=200)
    assert {card.id for card in board.items} == set(await read_all(cast, 200))


def rank_of(line: StuckCase) -> int:
    causes = [cause.cause for cause in line.causes]
    return next((rank for rank, cause in enumerate(HARDEST) if cause in causes), len(HARDEST))


async def test_the_list_is_narrowed_by_office_and_cause(cast: Database) -> None:
    late = await place(cast, holder_until=day(-1))
    orphan = await place(cast, coach_id=None, office="leipzig")
    assert [line.id for line in await stuck(cast, office="leipzig")] == [orphan]
    assert [line.id for line in await stuck(cast, cause=StuckCause.OVER_LIMIT)] == [late]
    assert await stuck(cast, cause=StuckCause.NOT_STARTED) == []


async def test_the_board_agrees_on_what_is_stuck(cast: Database) -> None:
    late = await place(cast, holder_until=day(-1))
    fine = await place(cast)
    async with cast.session() as session:
        for wanted, expected in ((True, {late}), (False, {fine})):
            page = await list_ideas(session, CARLA, [Role.LEAD], MOMENT, BoardFilter(stuck=wanted))
            assert {card.id for card in page.items} == expected


async def test_the_slowest_of_several_states_come_first_a_page_at_a_time(cast: Database) -> None:
    await set_pace(cast, "working", 10)
    await set_pace(cast, "reviewing", 30)
    days = [("working", 40), ("reviewing", 61), ("working", 12), ("reviewing", 31), ("working", 25)]
    ideas = {await place(cast, state=state, entered_at=NOW - timedelta(days=n)): (state, n) for state, n in days}
    seen, cursor = [], None
    while True:
        async with cast.session() as session:
            page = await list_stuck(session, MOMENT, cause=StuckCause.SLOW, cursor=cursor, limit=2)
        seen += [ideas[line.id] for line in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert seen == [("reviewing", 61), ("working", 40), ("working", 25), ("working", 12), ("reviewing", 31)]
