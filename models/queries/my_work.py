"""What one person has to do with: their own ideas, the ideas they coach, and what waits for them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.account_names import Named, Person, person
from models.queries.paging import at_most
from models.tables import Idea, StandingRow, Task, is_in_team

MOST_CASES = 500
"""More than one person ever has; keeps a page from growing without end."""


@dataclass(frozen=True)
class Case:
    """An idea and where it stands. `tasks` are the open ones."""

    idea: Idea
    row: StandingRow
    holder: Person | None = None
    owner: Person | None = None
    tasks: list[Task] = field(default_factory=list)


async def list_own_ideas(session: AsyncSession, account_id: str, *, with_teams: bool = False) -> list[Case]:
    """Everything that somebody has handed in or begun, drafts and ended paths as well; the latest first. `with_teams`:
    the ideas in whose team they are, too."""
    own = col(StandingRow.owner_id) == account_id
    which = or_(own, is_in_team(account_id)) if with_teams else own
    return await _list_cases(session, which, col(StandingRow.last_entry_at).desc())


async def find_incomplete_drafts(session: AsyncSession, account_id: str, most: int) -> tuple[Sequence[Idea], int]:
    """The drafts that cannot be handed in yet because they do not say what they are about, and how many there are."""
    lacking = (
        col(Idea.owner_id) == account_id,
        col(StandingRow.version) == 0,
        func.btrim(col(Idea.summary)) == "",
    )
    drafts = select(Idea).join(StandingRow, col(StandingRow.case_id) == col(Idea.id)).where(*lacking)
    count = (await session.exec(select(func.count()).select_from(drafts.subquery()))).one()
    in_order = drafts.order_by(col(Idea.created_at), col(Idea.title), col(Idea.id)).limit(most)
    return (await session.exec(in_order)).all(), count


async def list_coached_ideas(session: AsyncSession, account_id: str) -> list[Case]:
    """The open ideas somebody coaches or stands in for; the earliest deadline first."""
    touched = or_(
        col(StandingRow.coach_id) == account_id,
        col(StandingRow.cover_id) == account_id,
        col(StandingRow.holder_id) == account_id,
    )
    others = and_(touched, col(StandingRow.outcome).is_(None), col(StandingRow.owner_id) != account_id)
    return await _list_cases(session, others, col(StandingRow.holder_until).asc().nulls_last())


async def find_still_mine(session: AsyncSession, account_id: str, ids: Collection[str]) -> set[str]:
    """Which of these ideas somebody coaches or stands in for, ended ones as well."""
    mine = or_(col(StandingRow.coach_id) == account_id, col(StandingRow.cover_id) == account_id)
    return set((await session.exec(select(StandingRow.case_id).where(col(StandingRow.case_id).in_(ids), mine))).all())


async def _list_cases(session: AsyncSession, which: ColumnElement[bool], order: ColumnElement[Any]) -> list[Case]:
    holder, owner = Named(col(StandingRow.holder_id)), Named(col(StandingRow.owner_id))
    columns: list[Any] = [Idea, StandingRow, holder.name, owner.name]
    statement = select(*columns).join(StandingRow, col(StandingRow.case_id) == col(Idea.id))
    statement = owner.join(holder.join(statement))
    statement = statement.where(which).order_by(order, col(Idea.id)).limit(at_most(MOST_CASES))
    found = (await session.exec(statement)).all()
    cases = {
        idea.id: Case(idea, row, person(row.holder_id, name), person(row.owner_id, whose))
        for idea, row, name, whose in found
    }
    await _add_tasks(session, cases)
    return list(cases.values())


async def _add_tasks(session: AsyncSession, cases: dict[str, Case]) -> None:
    """The open tasks of all cases in one statement."""
    if not cases:
        return
    tasks = select(Task).where(
        col(Task.idea_id).in_(cases), col(Task.done_at).is_(None), col(Task.added_version).is_not(None)
    )
    for task in (await session.exec(tasks.order_by(col(Task.due).asc().nulls_last(), col(Task.created_at)))).all():
        if cases[task.idea_id].row.outcome is None:
            cases[task.idea_id].tasks.append(task)
