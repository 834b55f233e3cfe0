"""What leads did with many cases at once: one run with each of its cases, and the runs of the past."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.account_names import Named, Person, person
from models.queries.cases import OF_IDEA, acting_holder
from models.queries.my_work import Case
from models.tables import BulkItem, BulkRun, Idea, StandingRow
from models.vocabulary import BulkStatus

RUNS_SHOWN = 50


@dataclass(frozen=True)
class BulkLine:
    """One case of a run, and where it stands now."""

    item: BulkItem
    case: Case


@dataclass(frozen=True)
class BulkView:
    """One run with its cases in their order."""

    run: BulkRun
    by: Person | None
    lines: list[BulkLine]

    def count(self, status: BulkStatus) -> int:
        return sum(line.item.status == status for line in self.lines)


@dataclass(frozen=True)
class RunLine:
    """One run in the list of all."""

    run: BulkRun
    by: Person | None
    done: int
    refused: int
    waiting: int


async def read_bulk(session: AsyncSession, run_id: str) -> BulkView | None:
    """Two statements, however many cases."""
    by = Named(col(BulkRun.created_by))
    columns: list[Any] = [BulkRun, by.name]
    found = (await session.exec(by.join(select(*columns)).where(BulkRun.id == run_id))).one_or_none()
    if found is None:
        return None
    run, name = found
    holder, owner = Named(acting_holder()), Named(col(Idea.owner_id))
    columns = [BulkItem, Idea, StandingRow, OF_IDEA, holder.id, holder.name, owner.id, owner.name]
    statement: Any = select(*columns).join(Idea, col(Idea.id) == col(BulkItem.idea_id))
    statement = statement.join(StandingRow, col(StandingRow.case_id) == col(BulkItem.case_id))
    statement = owner.join(holder.join(statement.join(OF_IDEA, col(OF_IDEA.case_id) == col(BulkItem.idea_id))))
    rows = (await session.exec(statement.where(BulkItem.run_id == run_id).order_by(col(BulkItem.position)))).all()
    lines = [
        BulkLine(item, Case(idea, row, of, person(held_by, who), person(owner_id, whose)))
        for item, idea, row, of, held_by, who, owner_id, whose in rows
    ]
    return BulkView(run, person(run.created_by, name), lines)


async def list_runs(session: AsyncSession, account_id: str) -> list[RunLine]:
    """What was carried out, the latest first, and what this lead has prepared."""
    by = Named(col(BulkRun.created_by))
    status = col(BulkItem.status)
    counts = [func.count().filter(status == one) for one in (BulkStatus.DONE, BulkStatus.REFUSED, BulkStatus.WAITING)]
    columns: list[Any] = [BulkRun, by.name, *counts]
    mine = (col(BulkRun.created_by) == account_id) | col(BulkRun.started_at).is_not(None)
    statement: Any = select(*columns).join(BulkItem, col(BulkItem.run_id) == col(BulkRun.id))
    statement = by.join(statement).where(mine).group_by(col(BulkRun.id), by.name)
    rows = (await session.exec(statement.order_by(col(BulkRun.created_at).desc()).limit(RUNS_SHOWN))).all()
    return [RunLine(run, person(run.created_by, name), *numbers) for run, name, *numbers in rows]
