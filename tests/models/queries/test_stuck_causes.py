"""What is stuck: each cause, and what is none."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from models.database import Database
from models.queries.board import BoardFilter, list_ideas
from models.queries.stuck_lines import StuckCase
from models.tables import CoachProfile, Drift, DriftRun, EngineTrouble, MailRow, StandingRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import Role, StuckCause
from tests.factories import BEN, BRUNO, CARLA, invite_cast
from tests.letters import write_letter
from tests.stuck import MOMENT, NOW, day, place, set_pace, stuck


@pytest.fixture
async def cast(database: Database) -> Database:
    await invite_cast(database)
    return database


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
        {"holder_role": "lead", "holder_id": None, "holder_until": day(2), "holder_since": NOW},
    ],
)
async def test_a_pause_an_end_and_a_search_are_not_stuck(cast: Database, standing: dict[str, Any]) -> None:
    await place(cast, **standing)
    assert await causes(cast) == []


async def test_a_letter_that_nobody_passes_on_makes_an_idea_stuck(cast: Database) -> None:
    """Wednesday is the third working day after Friday."""
    idea, in_time, passed_on, resting = [
        await place(cast, paused_until=day(9) if resting else None) for resting in (False, False, False, True)
    ]
    friday = NOW - timedelta(days=5)
    for late in (idea, resting):
        oldest = await write_letter(cast, late, friday - timedelta(days=1))
        await write_letter(cast, late, friday)
    await write_letter(cast, in_time, friday + timedelta(days=1))
    await write_letter(cast, passed_on, friday - timedelta(days=9), passed_on_at=NOW)
    [line] = await stuck(cast)
    assert (line.id, causes_of(line)) == (idea, [(StuckCause.LETTER_WAITING, 6)])
    assert line.letter_id is not None
    assert line.letter_id != oldest, "that is the resting idea's"
    async with cast.session() as session:
        letter = await session.get_one(MailRow, line.letter_id)
    assert letter.sent_at == friday - timedelta(days=1), "the one that waits longest"


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
