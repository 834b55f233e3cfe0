"""What has happened in a span of days: what was taken back has not, and a pause says nothing of the pace."""

from datetime import UTC, date, datetime, timedelta

from models.database import Database
from models.policy import load_policy
from models.queries.happenings import Span, select_decisions, select_passages
from models.queries.moment import Moment
from models.tables import TimelineEntry
from tests.cast import PIPELINE
from tests.factories import invite_cast, write_idea

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
MOMENT = Moment.of(load_policy(PIPELINE), NOW)
LATELY = Span(date(2026, 6, 1), date(2026, 6, 10))
SUBMITTED = (20, "submit", "screening", "screening")


async def walk(database: Database, *told: tuple[float, str, str, str], until: date | None = None) -> str:
    """An idea with these lines: days ago, event, state before and after."""
    idea = await write_idea(database)
    async with database.transaction() as session:
        for version, (ago, event, before, after) in enumerate(told, 1):
            session.add(
                TimelineEntry(
                    case_id=idea,
                    idea_id=idea,
                    version=version,
                    at=NOW - timedelta(days=ago),
                    event=event,
                    command_id=f"c{version}",
                    actor_role="lead",
                    from_stage="identify",
                    from_state=before,
                    stage="develop" if after == "planning" else "identify",
                    state=after,
                    holder_until=until,
                    facts={"undone_version": version - 1} if event == "undo" else {},
                )
            )
    return idea


async def test_a_decision_counts_in_its_span_as_long_as_nobody_has_taken_it_back(database: Database) -> None:
    await invite_cast(database)
    shortlisted, undone = (3, "shortlist", "screening", "matching"), (3, "undo", "matching", "screening")
    in_time = await walk(database, SUBMITTED, shortlisted, until=(NOW - timedelta(days=3)).date())
    late = await walk(database, SUBMITTED, shortlisted, until=(NOW - timedelta(days=4)).date())
    await walk(database, SUBMITTED, shortlisted, undone)
    await walk(database, SUBMITTED, (15, *shortlisted[1:]))
    again = await walk(database, SUBMITTED, shortlisted, undone, (2, "decline", "screening", "declined"))
    async with database.session() as session:
        rows = (await session.exec(select_decisions(LATELY, MOMENT))).all()
    assert {(row.case_id, row.event, row.in_time) for row in rows} == {
        (in_time, "shortlist", True),
        (late, "shortlist", False),
        (again, "decline", None),
    }


async def test_a_passage_lasts_from_where_the_stage_began_and_has_no_pause_in_it(database: Database) -> None:
    await invite_cast(database)
    shortlisted, found = (5, "shortlist", "screening", "matching"), (4, "coach_found", "matching", "planning")
    passed = await walk(database, SUBMITTED, shortlisted, found)
    await walk(database, SUBMITTED, (9, "pause", "screening", "screening"), shortlisted, found)
    await walk(database, SUBMITTED, (5, "decline", "screening", "declined"))
    async with database.session() as session:
        rows = (await session.exec(select_passages(LATELY, MOMENT))).all()
    assert [(row.case_id, row.stage, row.took) for row in rows] == [(passed, "identify", timedelta(days=16))]
