"""What is stuck, since when and why: the conditions as SQL, and the lead's list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Date, DateTime, and_, case, cast, false, func, or_, union
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.policy import Policy, days_of
from models.queries.paging import Key, Page, go_on_after, read_cursor, write_cursor
from models.queries.people import Named, Person, person
from models.rules.holders import COACHED_STAGES
from models.tables import CoachProfile, Idea, StandingRow
from models.vocabulary import Role, Stage, StuckCause

NEAR = timedelta(days=2)
"""A deadline of ours that is this close is worth a look before it has passed."""

ORDER = "stuck"


@dataclass(frozen=True)
class Moment:
    """When somebody looks, and what counts as long."""

    now: datetime
    zone: ZoneInfo
    no_activity_after: timedelta

    @classmethod
    def of(cls, policy: Policy, now: datetime) -> "Moment":
        return cls(now=now, zone=policy.zone, no_activity_after=days_of(policy.engine.no_activity_after))

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def local_day(self, column: Any) -> ColumnElement[date]:
        """The region's date of an instant."""
        return cast(func.timezone(str(self.zone), column), Date)

    def midnight(self, column: Any) -> ColumnElement[datetime]:
        """The instant at which a date begins in the region."""
        return func.timezone(str(self.zone), cast(column, DateTime))


class Cause(BaseModel):
    """Why an idea is stuck, and for how many days."""

    cause: StuckCause
    since: date
    days: int


class StuckIdea(BaseModel):
    """One line of the stuck list, the longest stuck first; those that were chased lately come last."""

    id: str
    title: str
    stage: Stage
    state: str
    office: str
    causes: list[Cause]
    holder_role: Role
    holder: Person | None
    holder_until: date | None
    owner: Person | None
    coach: Person | None
    chased_until: date | None
    chased: bool
    version: int


def is_open() -> ColumnElement[bool]:
    """Handed in and not ended."""
    return and_(col(StandingRow.outcome).is_(None), col(StandingRow.version) > 0)


def is_stuck(moment: Moment) -> ColumnElement[bool]:
    """Whether any cause holds. The statement must join `CoachProfile` with `join_coach`."""
    return and_(is_open(), or_(*(reason.holds for reason in _reasons(moment).values())))


def join_coach(statement: Any) -> Any:
    """The profile of an idea's coach beside the idea: an absence makes an idea stuck."""
    return statement.outerjoin(CoachProfile, col(CoachProfile.account_id) == col(StandingRow.coach_id))


async def list_stuck(
    session: AsyncSession,
    moment: Moment,
    *,
    office: str | None = None,
    cause: StuckCause | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[StuckIdea]:
    """The stuck ideas with their causes, in one statement. Raises InvalidCursor."""
    reasons = _reasons(moment)
    days = [case((reason.holds, reason.day), else_=None).label(f"since_{name}") for name, reason in reasons.items()]
    first = func.least(*(case((reason.holds, reason.since), else_=None) for reason in reasons.values()))
    chased = case((col(StandingRow.chased_until) >= moment.today, 1), else_=0)
    keys = (Key(chased, "number"), Key(first, "time"), Key(col(StandingRow.idea_id), "id"))
    wanted: list[ColumnElement[bool]] = [is_open()]
    if office is not None:
        wanted.append(col(StandingRow.office) == office)
    if cause is not None:
        wanted.append(reasons[cause].holds if cause in reasons else false())
    if cursor is not None:
        wanted.append(go_on_after(keys, read_cursor(cursor, ORDER, keys)))
    candidates = _candidates(moment, wanted, first, limit + 1)
    page = join_coach(select(StandingRow.idea_id, chased.label("chased"), first.label("first"), *days))
    page = page.where(col(StandingRow.idea_id).in_(candidates), *wanted)
    page = page.order_by(*(key.ordered() for key in keys)).limit(limit + 1).subquery()
    rows = (await session.exec(_with_names(page))).all()
    return _page(rows, list(reasons), moment.today, limit)


def _with_names(page: Any) -> Any:
    """Titles and people beside the ideas of one page."""
    owner, coach, holder = (
        Named(col(column)) for column in (StandingRow.owner_id, StandingRow.coach_id, StandingRow.holder_id)
    )
    _, *shown = page.c
    columns: list[Any] = [StandingRow, Idea.title, owner.name, coach.name, holder.name, *shown]
    statement: Any = select(*columns).join(page, page.c.idea_id == col(StandingRow.idea_id))
    statement = statement.join(Idea, col(Idea.id) == col(StandingRow.idea_id))
    for named in (owner, coach, holder):
        statement = named.join(statement)
    return statement.order_by(page.c.chased, page.c.first, page.c.idea_id)


def _candidates(moment: Moment, wanted: Sequence[ColumnElement[bool]], first: Any, count: int) -> Any:
    """Ideas among which the first `count` are: the longest stuck for each cause, each found by its own index, so that
    it does not matter how many are stuck. Those that were chased are few, and looked through as they are.
    """
    is_chased = col(StandingRow.chased_until) >= moment.today
    not_chased = or_(col(StandingRow.chased_until).is_(None), col(StandingRow.chased_until) < moment.today)
    ways = [((reason.holds, not_chased), reason.order) for reason in _reasons(moment).values()]
    ways.append(((is_stuck(moment), is_chased), first))
    found = [
        join_coach(select(StandingRow.idea_id))
        .where(*conditions, *wanted)
        .order_by(order, col(StandingRow.idea_id))
        .limit(count)
        .subquery()
        for conditions, order in ways
    ]
    return union(*(select(one.c.idea_id) for one in found))


@dataclass(frozen=True)
class _Reason:
    """A cause as SQL: whether it holds, since which day and which instant; `order`: what sorts as the instant does and
    stands in an index."""

    holds: ColumnElement[bool]
    day: Any
    since: Any
    order: Any


def _reasons(moment: Moment) -> dict[StuckCause, _Reason]:
    """A pause is no cause and silences them all."""
    row = StandingRow
    going_on = col(row.paused_until).is_(None)
    without_coach = and_(
        col(row.coach_id).is_(None),
        col(row.search).is_(None),
        or_(col(row.stage).in_(sorted(COACHED_STAGES)), col(row.state) == "unmatched"),
    )
    away = or_(
        and_(col(CoachProfile.absent_from) <= moment.today, col(CoachProfile.absent_until) >= moment.today),
        col(CoachProfile.left_on) <= moment.today,
    )
    away_since = func.least(
        case((col(CoachProfile.absent_from) <= moment.today, col(CoachProfile.absent_from)), else_=None),
        case((col(CoachProfile.left_on) <= moment.today, col(CoachProfile.left_on)), else_=None),
    )
    ours = and_(col(row.holder_role) == Role.LEAD, col(row.holder_until) <= moment.today + NEAR)
    silent = col(row.last_entry_at) < moment.now - moment.no_activity_after

    def since_day(condition: ColumnElement[bool], day: Any) -> _Reason:
        return _Reason(and_(going_on, condition), day, moment.midnight(day), day)

    def since_instant(condition: ColumnElement[bool], instant: Any) -> _Reason:
        return _Reason(and_(going_on, condition), moment.local_day(instant), instant, instant)

    return {
        StuckCause.OVER_LIMIT: since_day(col(row.holder_until) < moment.today, col(row.holder_until)),
        StuckCause.NO_COACH: since_instant(without_coach, col(row.holder_since)),
        StuckCause.COACH_ABSENT: since_day(and_(away, col(row.cover_id).is_(None)), away_since),
        StuckCause.NO_ACTIVITY: since_instant(silent, col(row.last_entry_at)),
        StuckCause.WAITING_FOR_US: since_instant(ours, col(row.holder_since)),
    }


def _page(rows: Sequence[Any], causes: list[StuckCause], today: date, limit: int) -> Page[StuckIdea]:
    items = [_line(row, causes, today) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items)
    standing, *_ = rows[limit - 1]
    chased, first = rows[limit - 1][5:7]
    return Page(items, write_cursor(ORDER, [chased, first, standing.idea_id]))


def _line(row: Any, causes: list[StuckCause], today: date) -> StuckIdea:
    standing, title, owner, coach, holder, chased, _, *days = row
    found = [
        Cause(cause=cause, since=since, days=(today - since).days)
        for cause, since in zip(causes, days, strict=True)
        if since is not None
    ]
    return StuckIdea(
        id=standing.idea_id,
        title=title,
        stage=standing.stage,
        state=standing.state,
        office=standing.office,
        causes=sorted(found, key=lambda cause: cause.since),
        holder_role=standing.holder_role,
        holder=person(standing.holder_id, holder),
        holder_until=standing.holder_until,
        owner=person(standing.owner_id, owner),
        coach=person(standing.coach_id, coach),
        chased_until=standing.chased_until,
        chased=bool(chased),
        version=standing.version,
    )
