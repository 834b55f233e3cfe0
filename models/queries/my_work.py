"""What one person has to do with: their own ideas, those they coach, and all that is on the way beside them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, union
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from models.queries.account_names import Named, Person, person
from models.queries.cases import OF_IDEA, acting_holder
from models.queries.paging import at_most
from models.tables import Idea, Note, SessionLogRow, StandingRow, Task, is_idea, is_in_team
from models.vocabulary import Role, Share

MOST_CASES = 500
"""More than one person ever has; keeps a page from growing without end."""


@dataclass(frozen=True)
class Case:
    """An idea and where it stands, or something else that is on the way beside it. `tasks` are an idea's open ones."""

    idea: Idea
    row: StandingRow
    of: StandingRow
    """Where the idea stands: the same row, where the case is the idea itself."""
    holder: Person | None = None
    owner: Person | None = None
    tasks: list[Task] = field(default_factory=list)
    spoken_on: date | None = None
    """The day of the latest session that is in the log. Looked up for those who coach alone, as the next one is."""
    wrote_at: datetime | None = None
    """When somebody has last written something there that is not for coaches and leads alone."""

    @property
    def is_idea(self) -> bool:
        return self.row is self.of

    @property
    def paused_until(self) -> date | None:
        """What belongs to an idea rests with it."""
        return self.row.paused_until or self.of.paused_until


async def list_own_cases(session: AsyncSession, account_id: str, *, with_teams: bool = False) -> list[Case]:
    """Everything that somebody has handed in, ended paths as well, with all that is on the way beside it; the latest
    first. `with_teams`: of the ideas in whose team they are, too. Who only looks on there sees
    the idea alone. With it where they are asked for help elsewhere."""
    own, in_team = col(StandingRow.owner_id) == account_id, is_in_team(account_id)
    team: Any = col(StandingRow.team)
    works = and_(in_team, team.contains({account_id: Share.COLLABORATOR}))
    ideas, working = (or_(own, in_team), or_(own, works)) if with_teams else (own, own)
    ways = [_ids_of_ideas(ideas), _open_beside(working), _held_elsewhere(account_id)]
    return await _list_cases(session, ways, col(StandingRow.last_entry_at).desc())


async def list_coached_cases(session: AsyncSession, account_id: str) -> list[Case]:
    """The open cases of the ideas that somebody coaches or stands in for, and all others in which they are on turn;
    the earliest deadline first. None of their own ideas."""
    coached = or_(col(StandingRow.coach_id) == account_id, col(StandingRow.cover_id) == account_id)
    others = col(StandingRow.owner_id) != account_id
    held = and_(col(StandingRow.holder_id) == account_id, col(StandingRow.holder_role) != Role.ORIGINAL)
    touched = or_(coached, held)
    theirs = select(StandingRow.case_id).where(touched, others, col(StandingRow.outcome).is_(None)).correlate(None)
    order = col(StandingRow.holder_until).asc().nulls_last()
    return await _list_cases(session, [theirs, _open_beside(coached, others)], order, _contact())


async def find_still_mine(session: AsyncSession, account_id: str, ids: Collection[str]) -> set[str]:
    """Which of these ideas somebody coaches or stands in for, ended ones as well."""
    mine = or_(col(StandingRow.coach_id) == account_id, col(StandingRow.cover_id) == account_id)
    return set((await session.exec(select(StandingRow.case_id).where(col(StandingRow.case_id).in_(ids), mine))).all())


def _ids_of_ideas(*which: ColumnElement[bool]) -> SelectOfScalar[str]:
    return select(StandingRow.case_id).where(is_idea(), *which).correlate(None)


def _open_beside(*ideas: ColumnElement[bool]) -> SelectOfScalar[str]:
    """What else is on the way of these ideas."""
    theirs = (~is_idea(), col(StandingRow.idea_id).in_(_ids_of_ideas(*ideas)))
    return select(StandingRow.case_id).where(*theirs, col(StandingRow.outcome).is_(None)).correlate(None)


def _held_elsewhere(account_id: str) -> SelectOfScalar[str]:
    """Where somebody is asked for help with what is not theirs."""
    asked = (col(StandingRow.holder_id) == account_id, col(StandingRow.holder_role) == Role.ORIGINAL)
    return select(StandingRow.case_id).where(*asked, col(StandingRow.outcome).is_(None)).correlate(None)


def _contact() -> list[ColumnElement[Any]]:
    """When people of an idea and those who coach it last had to do with each other."""
    spoken = select(func.max(SessionLogRow.day)).where(
        col(SessionLogRow.idea_id) == col(StandingRow.idea_id), col(SessionLogRow.removed_at).is_(None)
    )
    wrote = select(func.max(Note.created_at)).where(
        col(Note.idea_id) == col(StandingRow.idea_id), col(Note.internal).is_(False)
    )
    return [one.correlate(StandingRow).scalar_subquery() for one in (spoken, wrote)]


async def _list_cases(
    session: AsyncSession,
    ways: Sequence[SelectOfScalar[str]],
    order: ColumnElement[Any],
    contact: Sequence[ColumnElement[Any]] = (),
) -> list[Case]:
    """Each way is a look into an index of its own."""
    holder, owner = Named(acting_holder()), Named(col(StandingRow.owner_id))
    columns: list[Any] = [Idea, StandingRow, OF_IDEA, holder.id, holder.name, owner.name, *contact]
    of_another = and_(col(OF_IDEA.case_id) == col(StandingRow.idea_id), ~is_idea())
    statement = select(*columns).join(StandingRow, col(StandingRow.idea_id) == col(Idea.id))
    statement = owner.join(holder.join(statement.outerjoin(OF_IDEA, of_another)))
    statement = statement.where(col(StandingRow.case_id).in_(union(*ways)))
    statement = statement.order_by(order, col(StandingRow.case_id)).limit(at_most(MOST_CASES))
    found = (await session.exec(statement)).all()
    cases = {
        row.case_id: Case(idea, row, of or row, person(held_by, name), person(row.owner_id, whose), [], *when)
        for idea, row, of, held_by, name, whose, *when in found
    }
    await _add_tasks(session, cases)
    return list(cases.values())


async def _add_tasks(session: AsyncSession, cases: dict[str, Case]) -> None:
    """The open tasks of all cases in one statement."""
    if not cases:
        return
    tasks = select(Task).where(col(Task.idea_id).in_(cases), col(Task.done_at).is_(None))
    for task in (await session.exec(tasks.order_by(col(Task.due).asc().nulls_last(), col(Task.number)))).all():
        if cases[task.idea_id].row.outcome is None:
            cases[task.idea_id].tasks.append(task)
