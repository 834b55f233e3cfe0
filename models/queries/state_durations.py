"""How long ideas usually stay in each state: measured over a year of timelines, and read from where it was written."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.lifecycles import LIFECYCLES
from models.lifecycles.events import REOPEN, SUBMIT
from models.tables import StatePace

YEAR = timedelta(days=365)

LEAST_PASSAGES = 10
"""Fewer ideas than this say nothing about what is usual."""

ENTERING = sorted({event for lifecycle in LIFECYCLES.values() for event in lifecycle.event_names()} | {SUBMIT, REOPEN})
"""Events that begin a state anew even where it stays the same, as a check-in does."""

# One look along each timeline, in the order of its key. A stay with a pause in it says nothing of the pace.
_PACES = """
    SELECT from_stage AS stage, from_state AS state, count(*) AS passages,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY at - since) AS median,
           percentile_cont(0.85) WITHIN GROUP (ORDER BY at - since) AS slow, CAST(:now AS timestamptz) AS measured_at
    FROM (
        SELECT from_stage, from_state, at, pauses, lag(at) OVER one AS since, lag(pauses) OVER one AS pauses_before
        FROM (
            SELECT case_id, version, at, from_stage, from_state,
                   event = ANY(:entering) OR stage <> from_stage OR state <> from_state AS moves,
                   count(*) FILTER (WHERE event = 'pause') OVER (PARTITION BY case_id ORDER BY version) AS pauses
            FROM timeline_entry WHERE kind = 'idea' AND at > :earliest AND at <= :now
        ) AS told
        WHERE moves WINDOW one AS (PARTITION BY case_id ORDER BY version)
    ) AS stays
    WHERE since IS NOT NULL AND at > :since AND pauses = pauses_before
    GROUP BY from_stage, from_state
"""
_MEASURE = text(f"INSERT INTO state_pace (stage, state, passages, median, slow, measured_at) {_PACES}")


async def measure_pace(session: AsyncSession, now: datetime) -> int:
    """Measure the year up to now, in place of what was measured before; returns for how many states.

    The caller commits.
    """
    connection = await session.connection()
    await connection.execute(text("SET LOCAL statement_timeout = '10min'"))
    await connection.execute(text("DELETE FROM state_pace"))
    return int((await connection.execute(_MEASURE, _year_to(now))).rowcount)


async def recall_paces(session: AsyncSession, at: datetime, least: int = LEAST_PASSAGES) -> list[StatePace]:
    """What a measurement would have said at an earlier instant."""
    rows = (await (await session.connection()).execute(text(_PACES), _year_to(at))).mappings().all()
    return [StatePace(**row) for row in rows if row["passages"] >= least]


def _year_to(now: datetime) -> dict[str, object]:
    return {"now": now, "since": now - YEAR, "earliest": now - 2 * YEAR, "entering": ENTERING}


async def list_paces(session: AsyncSession, least: int = LEAST_PASSAGES) -> list[StatePace]:
    """Of all states that so many ideas have left, in the order of the path."""
    found = select(StatePace).where(col(StatePace.passages) >= least)
    paces = {(pace.stage, pace.state): pace for pace in (await session.exec(found)).all()}
    states = [(stage, state) for stage, lifecycle in LIFECYCLES.items() for state in lifecycle.open_states()]
    return [paces[place] for place in states if place in paces]
