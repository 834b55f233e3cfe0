"""What the last comparison of SQL with the workflows has found."""

from collections import Counter
from datetime import datetime

from pydantic import BaseModel
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.messages.upkeep import ReconcileReport
from models.tables import Drift, DriftRun
from models.vocabulary import DriftKind

MOST_SHOWN = 200


class DriftLine(BaseModel):
    """One thing that SQL and a workflow tell differently. Null: one of them does not know it."""

    subject: str
    kind: DriftKind
    shown_version: int | None
    engine_version: int | None
    repaired: bool
    found_at: datetime


class DriftReport(BaseModel):
    """The latest finished comparison of everything. `items` are the first ones only where there are very many."""

    started_at: datetime
    finished_at: datetime
    checked: int
    found: dict[DriftKind, int]
    repaired: int
    items: list[DriftLine]


async def read_drift(session: AsyncSession) -> DriftReport | None:
    """None where nothing was compared yet."""
    finished = select(DriftRun).where(col(DriftRun.finished_at).is_not(None), col(DriftRun.partial).is_(False))
    run = (await session.exec(finished.order_by(col(DriftRun.started_at).desc()).limit(1))).one_or_none()
    if run is None or run.finished_at is None:
        return None
    rows = select(Drift).where(Drift.run_id == run.id).order_by(col(Drift.kind), col(Drift.subject)).limit(MOST_SHOWN)
    return DriftReport(
        started_at=run.started_at,
        finished_at=run.finished_at,
        checked=run.checked,
        found={DriftKind(kind): times for kind, times in run.found.items()},
        repaired=run.repaired,
        items=[DriftLine.model_validate(row, from_attributes=True) for row in (await session.exec(rows)).all()],
    )


async def list_findings(session: AsyncSession, run_id: str) -> list[DriftLine]:
    rows = select(Drift).where(Drift.run_id == run_id).order_by(col(Drift.kind), col(Drift.subject))
    return [DriftLine.model_validate(row, from_attributes=True) for row in (await session.exec(rows)).all()]


async def count_drift(session: AsyncSession, run_id: str) -> ReconcileReport:
    """What one comparison has found so far."""
    rows = (await session.exec(select(Drift.kind, Drift.repaired).where(Drift.run_id == run_id))).all()
    return ReconcileReport(
        run_id=run_id,
        found={DriftKind(kind): times for kind, times in sorted(Counter(kind for kind, _ in rows).items())},
        repaired=sum(repaired for _, repaired in rows),
    )
