"""How long ideas usually stay in a state, measured from what happened."""

from datetime import UTC, datetime, timedelta

from models.database import Database
from models.queries.state_durations import LEAST_PASSAGES, list_paces, measure_pace
from models.tables import StatePace, TimelineEntry
from tests.factories import invite_cast, write_idea

NOW = datetime(2026, 6, 10, tzinfo=UTC)


async def walk(
    database: Database, days: float, *, ago: int = 30, paused: bool = False, event: str = "submit_work"
) -> None:
    """An idea that left working after so many days, so many days ago."""
    idea, left = await write_idea(database), NOW - timedelta(days=ago)
    told = [
        (left - timedelta(days=days), "agree_plan", "planning", "working"),
        *([(left - timedelta(days=days / 2), "pause", "working", "working")] if paused else []),
        (left - timedelta(hours=1), "write_note", "working", "working"),
        (left, event, "working", "reviewing" if event == "submit_work" else "closed"),
    ]
    async with database.transaction() as session:
        for version, (at, name, before, after) in enumerate(told, 1):
            session.add(
                TimelineEntry(
                    case_id=idea,
                    idea_id=idea,
                    version=version,
                    at=at,
                    event=name,
                    command_id=f"c{version}",
                    actor_role="innovator",
                    from_stage="develop",
                    from_state=before,
                    stage="develop",
                    state=after,
                )
            )


async def measure(database: Database) -> list[StatePace]:
    async with database.transaction() as session:
        await measure_pace(session, NOW)
    async with database.session() as session:
        return await list_paces(session)


async def test_the_pace_is_the_median_and_what_85_of_100_were_faster_than(database: Database) -> None:
    await invite_cast(database)
    for days in range(1, 22):
        await walk(database, days)
    (pace,) = await measure(database)
    assert (pace.stage, pace.state, pace.passages) == ("develop", "working", 21)
    assert (pace.median, pace.slow) == (timedelta(days=11), timedelta(days=18))
    assert [one.measured_at for one in await measure(database)] == [NOW], "measured anew, it stands there once"


async def test_pauses_and_what_is_long_ago_say_nothing_and_few_say_too_little(database: Database) -> None:
    await invite_cast(database)
    for _ in range(LEAST_PASSAGES - 1):
        await walk(database, 4)
    await walk(database, 200, paused=True)
    await walk(database, 200, ago=400)
    assert await measure(database) == []
    await walk(database, 4, event="close")
    (pace,) = await measure(database)
    assert (pace.passages, pace.slow) == (LEAST_PASSAGES, timedelta(days=4))
