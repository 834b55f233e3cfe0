"""The platform in numbers: how far ideas come, how old the open ones are, what comes and goes. Counts and no names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, cast, func, true
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.state_durations import list_paces
from models.queries.stuck import Moment, is_open
from models.tables import Idea, StandingRow, StatePace, is_idea
from models.vocabulary import Outcome, Stage

AGES = (14, 30, 60, 120)
"""Days in its state up to which an open idea counts to each age; the last age has no end."""


@dataclass(frozen=True)
class Scope:
    """Which ideas are counted: those handed in since then, of one office, with one theme; None: all."""

    since: datetime | None = None
    office: str | None = None
    theme: str | None = None

    def of_place(self) -> list[ColumnElement[bool]]:
        """Office and theme, whenever it was handed in. Needs `join` where there is a theme."""
        conditions: list[ColumnElement[bool]] = [is_idea(), col(StandingRow.version) > 0]
        if self.office is not None:
            conditions.append(col(StandingRow.office) == self.office)
        if self.theme is not None:
            conditions.append(col(Idea.themes).contains([self.theme]))
        return conditions

    def arrived(self) -> list[ColumnElement[bool]]:
        lately = [] if self.since is None else [col(StandingRow.submitted_at) >= self.since]
        return [*self.of_place(), *lately]

    def join(self, statement: Any) -> Any:
        statement = statement.select_from(StandingRow)
        return statement if self.theme is None else statement.join(Idea, col(Idea.id) == col(StandingRow.case_id))


@dataclass(frozen=True)
class Month:
    """What came and went in one month."""

    first_day: date
    arrived: int = 0
    completed: int = 0
    left: int = 0
    """Ended in another way."""


@dataclass(frozen=True)
class Share:
    """The ideas of one office, or with one theme."""

    key: str
    arrived: int
    open: int
    completed: int
    left: int


@dataclass(frozen=True)
class Numbers:
    """All that the overview shows of one scope, and when it was counted."""

    at: datetime
    path: Mapping[Stage, int]
    paces: Sequence[StatePace]
    ages: Mapping[tuple[str, str], Sequence[int]]
    months: Sequence[Month]
    offices: Sequence[Share]
    themes: Sequence[Share]


async def count_all(session: AsyncSession, moment: Moment, scope: Scope, least_passages: int) -> Numbers:
    """Looks at every idea, several times: at a hundred thousand of them it takes a while."""
    return Numbers(
        at=moment.now,
        path=await count_path(session, scope),
        paces=await list_paces(session, least_passages),
        ages=await count_ages(session, moment, scope),
        months=await count_months(session, moment, scope),
        offices=await count_offices(session, scope),
        themes=await count_themes(session, scope),
    )


async def count_path(session: AsyncSession, scope: Scope) -> dict[Stage, int]:
    """How many ideas came at least so far. One that was sent back counts where it is now."""
    statement: Any = scope.join(select(StandingRow.stage, func.count())).where(*scope.arrived())
    there = dict((await session.exec(statement.group_by(col(StandingRow.stage)))).all())
    return {stage: sum(there.get(one, 0) for one in Stage if one.position >= stage.position) for stage in Stage}


async def count_ages(session: AsyncSession, moment: Moment, scope: Scope) -> dict[tuple[str, str], list[int]]:
    """The open ideas of each state by how long they have been in it: one number for each of AGES, and one for older."""
    ages = zip((None, *AGES), (*AGES, None), strict=True)
    counts = [func.count().filter(_between(moment, least, most)) for least, most in ages]
    columns: list[Any] = [StandingRow.stage, StandingRow.state, *counts]
    statement: Any = scope.join(select(*columns)).where(is_open(), *scope.of_place())
    rows = (await session.exec(statement.group_by(col(StandingRow.stage), col(StandingRow.state)))).all()
    return {(stage, state): list(numbers) for stage, state, *numbers in rows}


def _between(moment: Moment, least: int | None, most: int | None) -> ColumnElement[bool]:
    """In its state for more than `least` days of the region, and at most `most`."""
    entered = col(StandingRow.entered_at)
    is_older = true() if least is None else entered < moment.begin_of(moment.today - timedelta(days=least))
    is_no_older = true() if most is None else entered >= moment.begin_of(moment.today - timedelta(days=most))
    return and_(is_older, is_no_older)


async def count_months(session: AsyncSession, moment: Moment, scope: Scope) -> list[Month]:
    """Arrivals and departures by month, from the first month with one of them to the present one."""
    came = await _by_month(session, moment, scope, col(StandingRow.submitted_at))
    went = await _by_month(session, moment, scope, col(StandingRow.ended_at))
    first = min((day for day in (*came, *went)), default=moment.today.replace(day=1))
    months, day = [], first
    while day <= moment.today:
        completed = went.get(day, (0, 0))[1]
        months.append(Month(day, came.get(day, (0, 0))[0], completed, went.get(day, (0, 0))[0] - completed))
        day = (day + timedelta(days=31)).replace(day=1)
    return months


async def _by_month(session: AsyncSession, moment: Moment, scope: Scope, at: Any) -> dict[date, tuple[int, int]]:
    """Month → how many, and how many of them completed their path."""
    month = cast(func.date_trunc("month", func.timezone(str(moment.zone), at)), Date)
    completed = func.count().filter(col(StandingRow.outcome) == Outcome.COMPLETED)
    columns: list[Any] = [month, func.count(), completed]
    lately = at.is_not(None) if scope.since is None else at >= scope.since
    statement: Any = scope.join(select(*columns)).where(lately, *scope.of_place()).group_by(month)
    return {day: (count, done) for day, count, done in (await session.exec(statement)).all()}


async def count_offices(session: AsyncSession, scope: Scope) -> list[Share]:
    statement = scope.join(select(*_shares(col(StandingRow.office)))).where(*scope.arrived())
    return [Share(*row) for row in (await session.exec(statement.group_by(col(StandingRow.office)))).all()]


async def count_themes(session: AsyncSession, scope: Scope) -> list[Share]:
    """An idea counts with each of its themes."""
    themes = func.unnest(col(Idea.themes)).table_valued("key").render_derived(name="themes")
    statement: Any = select(*_shares(themes.c.key)).select_from(StandingRow)
    statement = statement.join(Idea, col(Idea.id) == col(StandingRow.case_id)).join(themes, true())
    statement = statement.where(*scope.arrived()).group_by(themes.c.key)
    return [Share(*row) for row in (await session.exec(statement)).all()]


def _shares(key: Any) -> list[Any]:
    outcome = col(StandingRow.outcome)
    ended = and_(outcome.is_not(None), outcome != Outcome.COMPLETED)
    completed = func.count().filter(outcome == Outcome.COMPLETED)
    return [key, func.count(), func.count().filter(outcome.is_(None)), completed, func.count().filter(ended)]
