"""What is stuck: each cause, and what is none."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from models.database import Database
from models.queries.board import BoardFilter, list_ideas
from models.queries.stuck import HARDEST, Moment, StuckCase, StuckSort, count_stuck, list_stuck
from models.tables import CoachProfile, Drift, DriftRun, EngineTrouble, StandingRow, StatePace
from models.tables.columns import new_id, utc_now
from models.vocabulary import Role, StuckCause
from tests.cast import POLICY
from tests.factories import ALMA, BEN, BRUNO, CARLA, invite_cast, write_idea

NOW = datetime(2026, 6, 10, 21, 30, tzinfo=UTC)
"""Half past eleven in the evening of the region: the date of UTC and the local one agree for half an hour more."""

MOMENT = Moment.of(POLICY, NOW)
TODAY = MOMENT.today


def day(offset: int) -> Any:
    return TODAY + timedelta(days=offset)


@pytest.fixture
async def cast(database: Database) -> Database:
    await invite_cast(database)
    return database


async def place(database: Database, **standing: Any) -> str:
    """An idea with Ben as its coach, in working, with Alma on turn and time enough; `standing` differs from that."""
    idea = await write_idea(database, owner_id=standing.pop("owner_id", ALMA))
    values = {
        "version": 5,
        "stage": "develop",
        "state": "working",
        "coach_id": BEN,
        "holder_role": "innovator",
        "holder_id": ALMA,
        "holder_since": NOW - timedelta(days=3),
        "holder_until": day(10),
        "holder_why": "state",
        "entered_at": NOW - timedelta(days=3),
        "last_entry_at": NOW - timedelta(days=3),
        "submitted_at": NOW - timedelta(days=30),
    } | standing
    async with database.transaction() as session:
        await session.exec(update(StandingRow).where(col(StandingRow.case_id) == idea).values(**values))
    return idea


async def stuck(database: Database, **wanted: Any) -> list[StuckCase]:
    async with database.session() as session:
        return (await list_stuck(session, MOMENT, **wanted)).items


async def causes(database: Database) -> list[tuple[StuckCause, int]]:
    return [(cause.cause, cause.days) for line in await stuck(database) for cause in line.causes]


async def test_whoever_acts_as_the_coach_is_the_one_who_must_be_there(cast: Database) -> None:
    idea = await place(cast, cover_id=BRUNO)
    await be_away(cast, BEN, absent_from=day(-3), absent_until=day(3))
    assert await stuck(cast) == [], "Bruno stands in"
    await be_away(cast, BRUNO, absent_from=day(-2), absent_until=day(3))
    assert [(line.id, *causes_of(line)) for line in await stuck(cast)] == [(idea, (StuckCause.COACH_ABSENT, 2))]
    await be_away(cast, BRUNO, absent_from=None, absent_until=None, left_on=day(-1))
    assert await causes(cast) == [(StuckCause.COACH_ABSENT, 1)], "he has left for good"


async def test_whoever_asked_for_no_reminders_is_shown_to_the_lead(cast: Database) -> None:
    for until, shown in ((day(4), day(4)), (day(-1), None)):
        clock = {"unit": "d", "due": day(-1).isoformat(), "quiet_until": until.isoformat()}
        idea = await place(cast, holder_until=day(-1), snapshot={"clock": clock})
        [line] = [line for line in await stuck(cast) if line.id == idea]
        assert line.quiet_until == shown


async def be_away(database: Database, coach_id: str, **values: Any) -> None:
    async with database.transaction() as session:
        await session.exec(update(CoachProfile).where(col(CoachProfile.account_id) == coach_id).values(**values))


def causes_of(line: StuckCase) -> list[tuple[StuckCause, int]]:
    return [(cause.cause, cause.days) for cause in line.causes]


async def test_an_idea_that_goes_on_is_not_stuck(cast: Database) -> None:
    await place(cast)
    await place(cast, holder_until=day(0))
    await place(cast, holder_until=None)
    assert await stuck(cast) == []


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        ({"holder_until": day(-1)}, [(StuckCause.OVER_LIMIT, 1)]),
        ({"holder_until": day(-5)}, [(StuckCause.OVER_LIMIT, 5)]),
        (
            {"coach_id": None, "holder_role": "lead", "holder_id": None},
            [(StuckCause.NO_COACH, 3)],
        ),
        (
            {"stage": "identify", "state": "unmatched", "coach_id": None, "holder_role": "lead", "holder_id": None},
            [(StuckCause.NO_COACH, 3)],
        ),
        ({"last_entry_at": NOW - timedelta(days=43)}, [(StuckCause.NO_ACTIVITY, 43)]),
        ({"holder_role": "lead", "holder_id": None, "holder_until": day(2)}, [(StuckCause.WAITING_FOR_US, 3)]),
        (
            {"holder_role": "lead", "holder_id": None, "holder_until": day(-2)},
            [(StuckCause.WAITING_FOR_US, 3), (StuckCause.OVER_LIMIT, 2)],
        ),
    ],
)
async def test_each_cause_is_named_with_its_days(
    cast: Database, standing: dict[str, Any], expected: list[tuple[StuckCause, int]]
) -> None:
    await place(cast, **standing)
    assert await causes(cast) == expected


@pytest.mark.parametrize(
    "standing",
    [
        {"paused_until": day(30), "holder_until": day(-9)},
        {"outcome": "completed", "holder_until": day(-9)},
        {"coach_id": None, "search": 2, "holder_role": "coach_search", "holder_id": None},
        {"stage": "identify", "state": "screening", "coach_id": None, "holder_until": day(5)},
        {"holder_role": "lead", "holder_id": None, "holder_until": day(3)},
    ],
)
async def test_a_pause_an_end_and_a_search_are_not_stuck(cast: Database, standing: dict[str, Any]) -> None:
    await place(cast, **standing)
    assert await causes(cast) == []


async def test_a_coach_who_is_away_without_cover_makes_an_idea_stuck(cast: Database) -> None:
    await place(cast)
    covered = await place(cast, cover_id=BRUNO)
    async with cast.transaction() as session:
        profile = await session.get_one(CoachProfile, BEN)
        profile.absent_from, profile.absent_until = day(-2), day(5)
    (line,) = await stuck(cast)
    assert [(cause.cause, cause.days) for cause in line.causes] == [(StuckCause.COACH_ABSENT, 2)]
    assert line.id != covered
    async with cast.transaction() as session:
        profile = await session.get_one(CoachProfile, BEN)
        profile.absent_from = profile.absent_until = None
        profile.left_on = day(0)
    assert await causes(cast) == [(StuckCause.COACH_ABSENT, 0)]


async def test_a_coach_who_is_not_away_yet_makes_nothing_stuck(cast: Database) -> None:
    await place(cast)
    async with cast.transaction() as session:
        profile = await session.get_one(CoachProfile, BEN)
        profile.absent_from, profile.absent_until, profile.left_on = day(1), day(5), day(9)
    assert await causes(cast) == []


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


async def set_pace(database: Database, state: str, days: int, passages: int = 40) -> None:
    span = {"median": timedelta(days=days / 2), "slow": timedelta(days=days)}
    async with database.transaction() as session:
        session.add(StatePace(stage="develop", state=state, passages=passages, measured_at=NOW, **span))


async def test_what_takes_longer_than_85_of_100_is_stuck(cast: Database) -> None:
    slow = await place(cast, entered_at=NOW - timedelta(days=16))
    await place(cast, entered_at=NOW - timedelta(days=13))
    await place(cast, entered_at=NOW - timedelta(days=90), paused_until=day(5))
    await place(cast, state="reviewing", entered_at=NOW - timedelta(days=90))
    await set_pace(cast, "working", 14)
    await set_pace(cast, "reviewing", 14, passages=3)
    (line,) = await stuck(cast)
    assert (line.id, [(cause.cause, cause.days) for cause in line.causes]) == (slow, [(StuckCause.SLOW, 2)])
    async with cast.session() as session:
        found = await list_ideas(session, CARLA, [Role.LEAD], MOMENT, BoardFilter(stuck=True))
    assert [card.id for card in found.items] == [slow]


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


async def test_engine_trouble_makes_an_idea_stuck_until_it_is_over(cast: Database) -> None:
    failing, drifted, mended, hiccup, old = [await place(cast) for _ in range(5)]
    run, now = new_id(), utc_now()
    fields: dict[str, Any] = {"activity": "record", "cause": "OperationalError", "since": NOW - timedelta(days=2)}
    async with cast.transaction() as session:
        session.add(EngineTrouble(workflow_id=f"idea/{failing}", attempts=9, last_at=now, **fields))
        session.add(EngineTrouble(workflow_id=f"idea/{hiccup}", attempts=2, last_at=now, **fields))
        session.add(EngineTrouble(workflow_id=f"idea/{old}", attempts=9, last_at=now - timedelta(hours=2), **fields))
        session.add(EngineTrouble(workflow_id="inbox/not-an-idea", attempts=9, last_at=now, **fields))
        session.add(DriftRun(id=run, started_at=NOW, finished_at=NOW))
        await session.flush()
        for idea, repaired in ((drifted, False), (mended, True)):
            at = NOW - timedelta(hours=30)
            drift = Drift(run_id=run, subject=f"idea/{idea}", kind="behind", repaired=repaired, found_at=at)
            session.add(drift)
    lines = await stuck(cast, cause=StuckCause.ENGINE_TROUBLE)
    assert [(line.id, line.causes[0].days) for line in lines] == [(failing, 2), (drifted, 1)]
    async with cast.transaction() as session:
        moved = update(StandingRow).where(col(StandingRow.case_id) == drifted)
        await session.exec(moved.values(last_entry_at=NOW - timedelta(hours=1)))
    assert [line.id for line in await stuck(cast)] == [failing]


@pytest.mark.parametrize(("until", "is_stuck"), [(-1, True), (0, False)])
async def test_a_question_without_an_answer_is_a_cause(cast: Database, until: int, *, is_stuck: bool) -> None:
    await place(cast, asked_until=day(until))
    await place(cast, asked_until=day(-1), paused_until=day(9))
    causes = [cause.cause for case in await stuck(cast) for cause in case.causes]
    assert causes == [StuckCause.UNANSWERED] * is_stuck
