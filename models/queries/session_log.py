"""The session log: of one idea, and added up by month, coach and idea."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.account_names import Named, Person, person
from models.queries.paging import at_most
from models.tables import SessionLogRow

MOST_SESSIONS = 500
MOST_SUMS = 2000
"""More than a page or a sheet of one year ever needs."""


@dataclass(frozen=True)
class SessionSum:
    """So many sessions, and how long they were together."""

    count: int = 0
    minutes: int = 0


@dataclass(frozen=True)
class LoggedSession:
    """A session and whose it was."""

    row: SessionLogRow
    coach: Person | None


@dataclass(frozen=True)
class SessionLog:
    """The sessions of one idea, the latest first, and what all of them come to, also those that are not listed."""

    sessions: Sequence[LoggedSession] = ()
    total: SessionSum = SessionSum()


@dataclass(frozen=True)
class MonthSum:
    """One coach in one month; with an idea where they are told apart. `month` is its first day."""

    month: date
    coach: Person | None
    idea_id: str | None
    total: SessionSum


async def read_session_log(session: AsyncSession, idea_id: str, limit: int = MOST_SESSIONS) -> SessionLog:
    """What counts, in one statement."""
    rows = (await session.exec(_logged(limit), params={"idea_id": idea_id})).all()
    found = [LoggedSession(row, person(row.coach_id, name)) for row, name, *_ in rows]
    return SessionLog(found, SessionSum(rows[0][2], rows[0][3]) if rows else SessionSum())


@cache
def _logged(limit: int) -> Any:
    """The sessions of an idea with their coaches and with what all of them come to. Built once."""
    coach = Named(col(SessionLogRow.coach_id))
    count, minutes = func.count().over(), func.sum(SessionLogRow.minutes).over()
    columns: list[Any] = [SessionLogRow, coach.name, count, minutes]
    statement = coach.join(select(*columns)).where(SessionLogRow.idea_id == bindparam("idea_id"))
    return _latest_first(statement.where(col(SessionLogRow.removed_at).is_(None))).limit(at_most(limit))


async def list_removed_sessions(session: AsyncSession, idea_id: str) -> list[LoggedSession]:
    """What was taken out lately and can be brought back."""
    coach = Named(col(SessionLogRow.coach_id))
    statement: Any = select(SessionLogRow, coach.name).where(
        SessionLogRow.idea_id == idea_id, col(SessionLogRow.removed_at).is_not(None)
    )
    rows = (await session.exec(_latest_first(coach.join(statement)).limit(MOST_SESSIONS))).all()
    return [LoggedSession(row, person(row.coach_id, name)) for row, name in rows]


async def sum_months(
    session: AsyncSession, since: date, *, coach_id: str | None = None, by_idea: bool = False
) -> list[MonthSum]:
    """By month and coach, of everybody or of one coach, the latest month first."""
    coach, month = Named(col(SessionLogRow.coach_id)), func.date_trunc("month", SessionLogRow.day)
    keys: list[Any] = [month, SessionLogRow.coach_id, coach.name, *([SessionLogRow.idea_id] if by_idea else [])]
    columns: list[Any] = [*keys, func.count(), func.sum(SessionLogRow.minutes)]
    statement: Any = coach.join(select(*columns).select_from(SessionLogRow))
    statement = statement.where(col(SessionLogRow.removed_at).is_(None), SessionLogRow.day >= since)
    if coach_id is not None:
        statement = statement.where(SessionLogRow.coach_id == coach_id)
    order = (month.desc(), coach.name, *keys[1:2], *keys[3:])
    rows = (await session.exec(statement.group_by(*keys).order_by(*order).limit(MOST_SUMS))).all()
    return [
        MonthSum(row[0].date(), person(row[1], row[2]), row[3] if by_idea else None, SessionSum(*row[-2:]))
        for row in rows
    ]


def told_sessions(limit: int) -> Any:
    """The same as values: `who` is the coach, `count` and `minutes_of_all` tell of all of them."""
    coach = Named(col(SessionLogRow.coach_id))
    of_all = (func.count().over().label("count"), func.sum(SessionLogRow.minutes).over().label("minutes_of_all"))
    columns: list[Any] = [*SQLModel.metadata.tables["session_log"].columns, coach.name.label("who"), *of_all]
    its = coach.join(select(*columns).select_from(SessionLogRow)).where(SessionLogRow.idea_id == bindparam("idea_id"))
    return _latest_first(its.where(col(SessionLogRow.removed_at).is_(None))).limit(at_most(limit))


def _latest_first(statement: Any) -> Any:
    return statement.order_by(col(SessionLogRow.day).desc(), col(SessionLogRow.created_at).desc(), SessionLogRow.id)
