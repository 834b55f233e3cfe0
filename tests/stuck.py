"""Ideas that are stuck, or are not, as rows: one that goes on, and what differs from it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from models.database import Database
from models.queries.moment import Moment
from models.queries.stuck import list_stuck
from models.queries.stuck_lines import StuckCase
from models.tables import StandingRow, StatePace
from tests.cast import POLICY
from tests.factories import ALMA, BEN, write_idea

NOW = datetime(2026, 6, 10, 21, 30, tzinfo=UTC)
"""Half past eleven in the evening of the region: the date of UTC and the local one agree for half an hour more."""

MOMENT = Moment.of(POLICY, NOW)
TODAY = MOMENT.today


def day(offset: int) -> Any:
    return TODAY + timedelta(days=offset)


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


async def set_pace(database: Database, state: str, days: int, passages: int = 40) -> None:
    span = {"median": timedelta(days=days / 2), "slow": timedelta(days=days)}
    async with database.transaction() as session:
        session.add(StatePace(stage="develop", state=state, passages=passages, measured_at=NOW, **span))
