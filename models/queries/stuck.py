"""What is stuck, since when and why: the conditions as SQL, and the lead's list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Date, and_, case, cast, false, func, or_
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
    return and_(is_open(), or_(*(condition for condition, _ in _causes(moment).values())))


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
    causes = _causes(moment)
    since = {name: case((condition, day), else_=None) for name, (condition, day) in causes.items()}
    first_day = func.least(*since.values())
    chased = case((col(StandingRow.chased_until) >= moment.today, 1), else_=0)
    keys = (Key(chased, "number"), Key(first_day, "day"), Key(col(StandingRow.idea_id), "id"))
    owner, coach, holder = (
        Named(col(column)) for column in (StandingRow.owner_id, StandingRow.coach_id, StandingRow.holder_id)
    )
    columns: list[Any] = [StandingRow, Idea.title, owner.name, coach.name, holder.name, chased, first_day]
    statement: Any = select(*columns, *since.values()).join(Idea, col(Idea.id) == col(StandingRow.idea_id))
    statement = join_coach(statement)
    for named in (owner, coach, holder):
        statement = named.join(statement)
    statement = statement.where(is_stuck(moment))
    if office is not None:
        statement = statement.where(StandingRow.office == office)
    if cause is not None:
        statement = statement.where(causes[cause][0] if cause in causes else false())
    if cursor is not None:
        statement = statement.where(go_on_after(keys, read_cursor(cursor, ORDER, keys)))
    statement = statement.order_by(*(key.ordered() for key in keys)).limit(limit + 1)
    rows = (await session.exec(statement)).all()
    return _page(rows, list(since), moment.today, limit)


def _causes(moment: Moment) -> dict[StuckCause, tuple[ColumnElement[bool], Any]]:
    """Cause → condition and the day since when. A pause is no cause and silences them all."""
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
    ours = col(row.holder_role) == Role.LEAD
    turn_began = moment.local_day(col(row.holder_since))
    return {
        StuckCause.OVER_LIMIT: (
            and_(going_on, col(row.holder_until) < moment.today),
            col(row.holder_until),
        ),
        StuckCause.NO_COACH: (and_(going_on, without_coach), turn_began),
        StuckCause.COACH_ABSENT: (
            and_(going_on, away, col(row.cover_id).is_(None)),
            func.least(
                case((col(CoachProfile.absent_from) <= moment.today, col(CoachProfile.absent_from)), else_=None),
                case((col(CoachProfile.left_on) <= moment.today, col(CoachProfile.left_on)), else_=None),
            ),
        ),
        StuckCause.NO_ACTIVITY: (
            and_(going_on, col(row.last_entry_at) < moment.now - moment.no_activity_after),
            moment.local_day(col(row.last_entry_at)),
        ),
        StuckCause.WAITING_FOR_US: (
            and_(going_on, ours, col(row.holder_until) <= moment.today + NEAR),
            turn_began,
        ),
    }


def _page(rows: Sequence[Any], causes: list[StuckCause], today: date, limit: int) -> Page[StuckIdea]:
    items = [_line(row, causes, today) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items)
    (
        standing,
        *_,
    ) = rows[limit - 1]
    chased, first_day = rows[limit - 1][5:7]
    return Page(items, write_cursor(ORDER, [chased, first_day, standing.idea_id]))


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
