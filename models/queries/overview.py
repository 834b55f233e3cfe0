"""The platform in numbers: how far ideas come, how old the open ones are, what comes and goes, and how that was in the
period before. Counts and no names; `happenings` has the conditions that the list shows the same ideas by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, cast, func, true
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.happenings import Span, has_left, has_reached, is_aged, select_decisions, select_passages
from models.queries.moment import Moment
from models.queries.state_durations import list_paces
from models.queries.stuck_causes import is_open
from models.tables import Idea, StandingRow, StatePace, is_idea
from models.vocabulary import Outcome, Stage

AGES = (14, 30, 60, 120)
"""Days in its state up to which an open idea counts to each age; the last age has no end."""


@dataclass(frozen=True)
class Scope:
    """Which ideas are counted: those handed in in these days, of one office, with one theme; None: all. `periods`: what
    is compared, and the time before that it is compared with."""

    lately: Span
    periods: tuple[Span, ...] = ()
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

    def arrived(self, moment: Moment) -> list[ColumnElement[bool]]:
        return [*self.of_place(), self.lately.holds(moment, col(StandingRow.submitted_at))]

    @property
    def whole(self) -> Span:
        """All periods in one."""
        firsts, lasts = [one.first for one in self.periods if one.first], [one.last for one in self.periods if one.last]
        return Span(min(firsts, default=None), max(lasts, default=None))

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
class Passages:
    """How many ideas have left a stage for the next one, and how long half of them took at most."""

    ideas: int
    median: timedelta


@dataclass(frozen=True)
class Period:
    """What happened in a span of days; each idea counts once."""

    span: Span
    arrived: int
    decided: int
    accepted: int
    in_time: int
    """Decided on by the day that was promised."""
    declined: int
    completed: int
    passages: Mapping[Stage, Passages]


@dataclass(frozen=True)
class Numbers:
    """All that the overview shows of one scope, and when it was counted."""

    at: datetime
    periods: Sequence[Period]
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
        periods=await count_periods(session, moment, scope),
        path=await count_path(session, moment, scope),
        paces=await list_paces(session, least_passages),
        ages=await count_ages(session, moment, scope),
        months=await count_months(session, moment, scope),
        offices=await count_offices(session, moment, scope),
        themes=await count_themes(session, moment, scope),
    )


async def count_periods(session: AsyncSession, moment: Moment, scope: Scope) -> list[Period]:
    """Each span of the scope, in three statements for all of them."""
    if not scope.periods:
        return []
    counts = await _count_rows(session, moment, scope)
    decisions = await _count_decisions(session, moment, scope)
    passages = await _count_passages(session, moment, scope)
    return [
        Period(span, arrived, decided, accepted, in_time, declined, completed, passed)
        for span, (arrived, declined, completed), (decided, accepted, in_time), passed in zip(
            scope.periods, counts, decisions, passages, strict=True
        )
    ]


async def _count_rows(session: AsyncSession, moment: Moment, scope: Scope) -> list[Sequence[int]]:
    """For each span: handed in, declined, completed."""
    outcome, columns = col(StandingRow.outcome), []
    for span in scope.periods:
        ended = span.holds(moment, col(StandingRow.ended_at))
        columns += [
            func.count().filter(span.holds(moment, col(StandingRow.submitted_at))),
            func.count().filter(ended, outcome == Outcome.DECLINED),
            func.count().filter(ended, outcome == Outcome.COMPLETED),
        ]
    row = (await session.exec(scope.join(select(*columns)).where(*scope.of_place()))).one()
    return [row[3 * n : 3 * n + 3] for n in range(len(scope.periods))]


async def _count_decisions(session: AsyncSession, moment: Moment, scope: Scope) -> list[Sequence[int]]:
    """For each span: decided on, accepted, in time."""
    found = select_decisions(scope.whole, moment).subquery()
    columns = []
    for span in scope.periods:
        ideas, here = func.count(found.c.case_id.distinct()), span.holds(moment, found.c.at)
        columns += [
            ideas.filter(here),
            ideas.filter(here, found.c.event == "shortlist"),
            ideas.filter(here, found.c.in_time),
        ]
    statement = scope.join(select(*columns)).join(found, found.c.case_id == col(StandingRow.case_id))
    row = (await session.exec(statement.where(*scope.of_place()))).one()
    return [row[3 * n : 3 * n + 3] for n in range(len(scope.periods))]


async def _count_passages(session: AsyncSession, moment: Moment, scope: Scope) -> list[dict[Stage, Passages]]:
    """For each span: stage → who has left it for the next."""
    found = select_passages(scope.whole, moment).subquery()
    median = func.percentile_cont(0.5).within_group(found.c.took)
    columns: list[Any] = [found.c.stage]
    for span in scope.periods:
        here = span.holds(moment, found.c.at)
        columns += [func.count(found.c.case_id.distinct()).filter(here), median.filter(here)]
    statement = scope.join(select(*columns)).join(found, found.c.case_id == col(StandingRow.case_id))
    rows = (await session.exec(statement.where(*scope.of_place()).group_by(found.c.stage))).all()
    return [
        {Stage(row[0]): Passages(*row[2 * n + 1 : 2 * n + 3]) for row in rows if row[2 * n + 1]}
        for n in range(len(scope.periods))
    ]


async def count_path(session: AsyncSession, moment: Moment, scope: Scope) -> dict[Stage, int]:
    """How many ideas came at least so far."""
    columns = [func.count().filter(has_reached(stage)) for stage in Stage]
    row = (await session.exec(scope.join(select(*columns)).where(*scope.arrived(moment)))).one()
    return dict(zip(Stage, row, strict=True))


async def count_ages(session: AsyncSession, moment: Moment, scope: Scope) -> dict[tuple[str, str], list[int]]:
    """The open ideas of each state by how long they have been in it: one number for each of AGES, and one for older."""
    ages = zip((None, *AGES), (*AGES, None), strict=True)
    counts = [func.count().filter(is_aged(least, most, moment)) for least, most in ages]
    columns: list[Any] = [StandingRow.stage, StandingRow.state, *counts]
    statement: Any = scope.join(select(*columns)).where(is_open(), *scope.of_place())
    rows = (await session.exec(statement.group_by(col(StandingRow.stage), col(StandingRow.state)))).all()
    return {(stage, state): list(numbers) for stage, state, *numbers in rows}


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
    lately = scope.lately.holds(moment, at)
    statement: Any = scope.join(select(*columns)).where(lately, *scope.of_place()).group_by(month)
    return {day: (count, done) for day, count, done in (await session.exec(statement)).all()}


async def count_offices(session: AsyncSession, moment: Moment, scope: Scope) -> list[Share]:
    statement = scope.join(select(*_shares(col(StandingRow.office)))).where(*scope.arrived(moment))
    return [Share(*row) for row in (await session.exec(statement.group_by(col(StandingRow.office)))).all()]


async def count_themes(session: AsyncSession, moment: Moment, scope: Scope) -> list[Share]:
    """An idea counts with each of its themes."""
    themes = func.unnest(col(Idea.themes)).table_valued("key").render_derived(name="themes")
    statement: Any = select(*_shares(themes.c.key)).select_from(StandingRow)
    statement = statement.join(Idea, col(Idea.id) == col(StandingRow.case_id)).join(themes, true())
    statement = statement.where(*scope.arrived(moment)).group_by(themes.c.key)
    return [Share(*row) for row in (await session.exec(statement)).all()]


def _shares(key: Any) -> list[Any]:
    outcome = col(StandingRow.outcome)
    completed = func.count().filter(outcome == Outcome.COMPLETED)
    return [key, func.count(), func.count().filter(outcome.is_(None)), completed, func.count().filter(has_left())]
