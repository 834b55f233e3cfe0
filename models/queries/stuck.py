"""What is stuck, since when and why: the conditions as SQL, and the lead's list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Date, DateTime, and_, case, cast, false, func, or_, true, union, union_all
from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.policy import Policy, days_of
from models.queries import cases
from models.queries.account_names import Named, Person, person
from models.queries.paging import Key, Page, at_most, go_on_after, read_cursor, write_cursor
from models.queries.state_durations import LEAST_PASSAGES
from models.rules.holders import COACHED_STAGES
from models.tables import (
    Account,
    CoachProfile,
    Drift,
    DriftRun,
    EngineTrouble,
    Idea,
    StandingRow,
    StatePace,
    acting_coach,
    is_idea,
)
from models.tables.columns import UUID_TYPE
from models.tables.folded import IDEA_TITLE, PERSON_NAME
from models.text_folding import fold
from models.vocabulary import Role, StuckCause

NEAR = timedelta(days=2)
"""A deadline of ours that is this close is worth a look before it has passed."""

FAILING = 3
"""From this attempt on, an activity that fails is more than a hiccup."""

STILL = timedelta(hours=1)
"""Nothing is tried again more rarely than this: what has not failed since then has ended somehow."""

ORDER = "stuck"


class StuckSort(StrEnum):
    """What the list is sorted by. However it is, those that were chased lately come last."""

    SINCE = "since"
    CAUSE = "cause"
    TITLE = "title"
    HOLDER = "holder"
    OFFICE = "office"


HARDEST = (StuckCause.NO_COACH, StuckCause.COACH_ABSENT, StuckCause.WAITING_FOR_US, StuckCause.UNANSWERED)
"""Where nobody cares for a case comes first, then where it waits for us, whatever else is late."""


@dataclass(frozen=True)
class Moment:
    """When and where somebody looks, and what counts as long."""

    now: datetime
    zone: ZoneInfo
    no_activity_after: timedelta
    places: Mapping[str, str] = field(default_factory=dict)
    """District → its name as it is looked for."""

    @classmethod
    def of(cls, policy: Policy, now: datetime) -> "Moment":
        return cls(
            now=now,
            zone=policy.zone,
            no_activity_after=days_of(policy.engine.no_activity_after),
            places={code: f" {fold(district.name)} " for code, district in policy.region.districts.items()},
        )

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def begin_of(self, day: date) -> datetime:
        """The instant at which a day begins in the region."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone)

    def local_day(self, column: Any) -> ColumnElement[date]:
        """The region's date of an instant."""
        return cast(func.timezone(str(self.zone), column), Date)

    def midnight(self, column: Any) -> ColumnElement[datetime]:
        """The instant at which a date begins in the region."""
        return func.timezone(str(self.zone), cast(column, DateTime))


class Cause(BaseModel):
    """Why a case is stuck, and for how many days."""

    cause: StuckCause
    since: date
    days: int


class StuckCase(BaseModel):
    """One line of the stuck list, the longest stuck first; those that were chased lately come last."""

    id: str
    """Of the idea."""
    case_id: str
    """Of the case; the same, where it is the idea itself."""
    kind: str
    title: str
    stage: str
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
    quiet_until: date | None
    """Whoever is on turn has asked not to be reminded before."""
    version: int


def is_open() -> ColumnElement[bool]:
    """Ideas that have not ended."""
    return and_(is_idea(), is_going_on())


def is_going_on() -> ColumnElement[bool]:
    """Cases that have not ended."""
    return col(StandingRow.outcome).is_(None)


def is_stuck(moment: Moment) -> ColumnElement[bool]:
    """Whether any cause holds. The statement must be joined with `join_causes`."""
    return and_(is_going_on(), or_(*(reason.holds for reason in _reasons(moment).values())))


def join_causes(statement: Any) -> Any:
    """What causes are told from, beside the case: the profile of whoever acts as its coach, the usual pace of its
    state, engine trouble."""
    return _join_others(statement).outerjoin(StatePace, _of_its_state())


def _join_others(statement: Any) -> Any:
    trouble = _trouble()
    statement = statement.outerjoin(CoachProfile, col(CoachProfile.account_id) == acting_coach())
    return statement.outerjoin(trouble, trouble.c.case_id == col(StandingRow.case_id))


def _of_its_state() -> ColumnElement[bool]:
    same = (col(getattr(StatePace, name)) == col(getattr(StandingRow, name)) for name in ("stage", "state"))
    return and_(is_idea(), *same)


@cache
def _trouble() -> Any:
    """Cases that the engine cannot go on with: an activity fails again and again, or the last comparison has found
    drift and nothing was recorded since."""
    newest = select(DriftRun.id).where(col(DriftRun.finished_at).is_not(None), col(DriftRun.partial).is_(False))
    latest = newest.order_by(col(DriftRun.started_at).desc()).limit(1).scalar_subquery()
    told: Any = (col(Drift.subject).label("workflow_id"), col(Drift.found_at).label("since"), true().label("drifted"))
    drifted = select(*told).where(Drift.run_id == latest, col(Drift.repaired).is_(False))
    failing: Any = select(EngineTrouble.workflow_id, EngineTrouble.since, false()).where(
        col(EngineTrouble.attempts) >= FAILING, col(EngineTrouble.last_at) > func.now() - STILL
    )
    both = union_all(drifted, failing).subquery()
    # The idea finds the row in an index; the whole id says whether it is this one.
    is_its = and_(col(StandingRow.idea_id) == _idea_in(both.c.workflow_id), cases.workflow_id() == both.c.workflow_id)
    first = select(StandingRow.case_id, func.min(both.c.since).label("since")).join(both, is_its)
    first = first.where(or_(~both.c.drifted, col(StandingRow.last_entry_at) < both.c.since))
    return first.group_by(col(StandingRow.case_id)).subquery("trouble")


def _idea_in(workflow_id: Any) -> Any:
    """The idea of the case whose workflow it may be; NULL where no case can have this id."""
    is_case = workflow_id.regexp_match("^[a-z-]+/[0-9a-f-]{36}(/[0-9]+)?$")
    return case((is_case, cast(func.split_part(workflow_id, "/", 2), UUID_TYPE)), else_=None)


async def list_stuck(
    session: AsyncSession,
    moment: Moment,
    *,
    office: str | None = None,
    cause: StuckCause | None = None,
    reader: str | None = None,
    sort: StuckSort = StuckSort.SINCE,
    descending: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[StuckCase]:
    """The stuck cases with their causes, in one statement; without those of the reader, on which others decide. Raises
    InvalidCursor."""
    reasons = _reasons(moment)
    wanted = _wanted(moment, office=office, cause=cause, reader=reader)
    if (sort, descending) != (StuckSort.SINCE, False):
        return await _list_sorted(session, moment, wanted, sort, cursor, limit, descending=descending)
    chased, days, first = _shown(moment, reasons)
    keys = (Key(chased, "number"), Key(first, "time"), Key(col(StandingRow.case_id), "id"))
    if cursor is not None:
        wanted.append(go_on_after(keys, read_cursor(cursor, ORDER, keys)))
    candidates = _candidates(moment, wanted, first, limit + 1)
    ordered = [key.ordered() for key in keys]
    page = _lay_out(chased, days, first, ordered).where(col(StandingRow.case_id).in_(candidates))
    page = page.order_by(*ordered).limit(at_most(limit + 1))
    rows = (await session.exec(_with_names(page.subquery()))).all()
    return _page(rows, list(reasons), moment.today, limit)


async def _list_sorted(
    session: AsyncSession,
    moment: Moment,
    wanted: Sequence[ColumnElement[bool]],
    sort: StuckSort,
    cursor: str | None,
    limit: int,
    *,
    descending: bool,
) -> Page[StuckCase]:
    """In another order all that is stuck is looked at. A page goes on behind so many: names and titles are no part of
    an address."""
    reasons = _reasons(moment)
    chased, days, first = _shown(moment, reasons)
    order = f"{ORDER}:{'-' if descending else ''}{sort}"
    skipped = _read_skipped(cursor, order) if cursor is not None else 0
    key = _sorted_by(reasons, first)[sort]
    ordered = [chased, (key.desc() if descending else key.asc()).nulls_last(), first, col(StandingRow.case_id)]
    page = _lay_out(chased, days, first, ordered).join(Idea, col(Idea.id) == col(StandingRow.idea_id))
    page = page.outerjoin(Account, col(Account.id) == cases.acting_holder()).where(is_stuck(moment), *wanted)
    page = page.order_by(*ordered).offset(at_most(skipped)).limit(at_most(limit + 1))
    rows = (await session.exec(_with_names(page.subquery()))).all()
    items = [_line(row, list(reasons), moment.today) for row in rows[:limit]]
    return Page(items, write_cursor(order, [skipped + limit]) if len(rows) > limit else None)


def _read_skipped(cursor: str, order: str) -> int:
    [skipped] = read_cursor(cursor, order, [Key(None, "number")])
    return max(0, skipped) if isinstance(skipped, int) else 0


def _sorted_by(reasons: Mapping[StuckCause, "_Reason"], first: Any) -> dict[StuckSort, Any]:
    """By the people on turn, those of a role together; by the worst cause, the longest first within each."""
    ranks = [(reasons[one].holds, rank) for rank, one in enumerate(HARDEST)]
    return {
        StuckSort.SINCE: first,
        StuckSort.CAUSE: case(*ranks, else_=len(ranks)),
        StuckSort.TITLE: IDEA_TITLE,
        StuckSort.HOLDER: func.coalesce(PERSON_NAME, "").concat(col(StandingRow.holder_role)),
        StuckSort.OFFICE: cases.shown("office"),
    }


async def count_stuck(
    session: AsyncSession, moment: Moment, *, office: str | None, cause: StuckCause | None, reader: str, most: int
) -> int:
    """How many there are; one more than `most` stands for many."""
    which = join_causes(select(StandingRow.case_id))
    which = which.where(is_stuck(moment), *_wanted(moment, office=office, cause=cause, reader=reader))
    return (await session.exec(select(func.count()).select_from(which.limit(at_most(most + 1)).subquery()))).one()


def _wanted(
    moment: Moment, *, office: str | None, cause: StuckCause | None, reader: str | None
) -> list[ColumnElement[bool]]:
    reasons = _reasons(moment)
    wanted: list[ColumnElement[bool]] = [is_going_on()]
    if office is not None:
        wanted.append(cases.is_of([office]))
    if cause is not None:
        wanted.append(reasons[cause].holds if cause in reasons else false())
    if reader is not None:
        wanted.append(~cases.belongs_to(reader))
    return wanted


async def read_stuck(session: AsyncSession, moment: Moment, case_id: str) -> StuckCase | None:
    """One open case as a line of that list, also where nothing is wrong with it any more."""
    reasons = _reasons(moment)
    chased, days, first = _shown(moment, reasons)
    one = _lay_out(chased, days, first, [first]).where(StandingRow.case_id == case_id, is_going_on()).subquery()
    row = (await session.exec(_with_names(one))).one_or_none()
    return None if row is None else _line(row, list(reasons), moment.today)


def _lay_out(chased: Any, days: Sequence[Any], first: Any, ordered: Sequence[Any]) -> Any:
    """What a page of the list says of its cases before they have names; `place` keeps their order."""
    place = func.row_number().over(order_by=ordered).label("place")
    return join_causes(select(StandingRow.case_id, place, chased.label("chased"), first.label("first"), *days))


def _shown(moment: Moment, reasons: dict[StuckCause, "_Reason"]) -> tuple[Any, list[Any], Any]:
    """Whether somebody was asked lately, since which day each cause holds, and since when the first."""
    days = [case((reason.holds, reason.day), else_=None).label(f"since_{name}") for name, reason in reasons.items()]
    first = func.least(*(case((reason.holds, reason.since), else_=None) for reason in reasons.values()))
    return case((col(StandingRow.chased_until) >= moment.today, 1), else_=0), days, first


def _with_names(page: Any) -> Any:
    """Titles and people beside the cases of one page."""
    owner, coach, holder = (
        Named(one) for one in (col(StandingRow.owner_id), cases.shown("coach_id"), cases.acting_holder())
    )
    people = (column for named in (owner, coach, holder) for column in (named.id, named.name))
    _, place, *shown = page.c
    columns: list[Any] = [StandingRow, Idea.title, cases.shown("office"), *people, _quiet_until(), *shown]
    statement: Any = select(*columns).join(page, page.c.case_id == col(StandingRow.case_id))
    statement = statement.join(Idea, col(Idea.id) == col(StandingRow.idea_id))
    for named in (owner, coach, holder):
        statement = named.join(statement)
    statement = statement.options(defer(StandingRow.snapshot))  # type: ignore[arg-type]
    return statement.order_by(place)


def _quiet_until() -> Any:
    return cast(col(StandingRow.snapshot)["clock"]["quiet_until"].astext, Date)


def _candidates(moment: Moment, wanted: Sequence[ColumnElement[bool]], first: Any, count: int) -> Any:
    """Cases among which the first `count` are: the longest stuck for each cause, each found by its own index, so that
    it does not matter how many are stuck. Those that were chased are few, and looked through as they are.
    """
    is_chased = col(StandingRow.chased_until) >= moment.today
    not_chased = or_(col(StandingRow.chased_until).is_(None), col(StandingRow.chased_until) < moment.today)
    reasons = _reasons(moment)
    ways = [((r.holds, not_chased), r.order) for cause, r in reasons.items() if cause is not StuckCause.SLOW]
    ways.append(((is_stuck(moment), is_chased), first))
    found = [
        join_causes(select(StandingRow.case_id))
        .where(*conditions, *wanted)
        .order_by(order, col(StandingRow.case_id))
        .limit(at_most(count))
        .subquery()
        for conditions, order in ways
    ]
    # What is slow differs from state to state, so the slowest of each are found, and all of them looked at.
    slowest = (
        _join_others(select(StandingRow.case_id))
        .where(_of_its_state(), reasons[StuckCause.SLOW].holds, not_chased, *wanted)
        .order_by(col(StandingRow.entered_at), col(StandingRow.case_id))
        .limit(at_most(count))
        .correlate(StatePace)
        .lateral()
    )
    slow = select(slowest.c.case_id).select_from(StatePace).join(slowest, true())
    return union(*(select(one.c.case_id) for one in found), slow)


@dataclass(frozen=True)
class _Reason:
    """A cause as SQL: whether it holds, since which day and which instant; `order`: what sorts as the instant does and
    stands in an index."""

    holds: ColumnElement[bool]
    day: Any
    since: Any
    order: Any


def _reasons(moment: Moment) -> dict[StuckCause, _Reason]:
    """A pause is no cause and silences them all. What depends on a coach or a usual pace is of ideas alone; what else
    they have is uncoached where it waits for a coach that is not there."""
    row = StandingRow
    going_on = cases.is_in_time()
    needs_coach = or_(col(row.stage).in_(sorted(COACHED_STAGES)), col(row.state) == "unmatched")
    without_coach = and_(
        col(row.coach_id).is_(None),
        col(row.search).is_(None),
        or_(and_(is_idea(), needs_coach), cases.is_held_by_nobody()),
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
    # The engine waits in silence, until a day that it knows.
    waits = and_(col(row.holder_role) == Role.ENGINE, col(row.holder_until) >= moment.today)
    silent = and_(col(row.last_entry_at) < moment.now - moment.no_activity_after, waits.is_not(True))
    usual, trouble = col(StatePace.slow), _trouble()
    slow = and_(col(StatePace.passages) >= LEAST_PASSAGES, col(row.entered_at) < moment.now - usual)

    def since_day(condition: ColumnElement[bool], day: Any) -> _Reason:
        return _Reason(and_(going_on, condition), day, moment.midnight(day), day)

    def since_instant(condition: ColumnElement[bool], instant: Any) -> _Reason:
        return _Reason(and_(going_on, condition), moment.local_day(instant), instant, instant)

    return {
        StuckCause.OVER_LIMIT: since_day(col(row.holder_until) < moment.today, col(row.holder_until)),
        StuckCause.SLOW: since_instant(slow, col(row.entered_at) + usual),
        StuckCause.NO_COACH: since_instant(without_coach, col(row.holder_since)),
        StuckCause.COACH_ABSENT: since_day(and_(away, col(row.coach_id).is_not(None)), away_since),
        StuckCause.NO_ACTIVITY: since_instant(silent, col(row.last_entry_at)),
        StuckCause.WAITING_FOR_US: since_instant(ours, col(row.holder_since)),
        StuckCause.UNANSWERED: since_day(col(row.asked_until) < moment.today, col(row.asked_until)),
        StuckCause.ENGINE_TROUBLE: since_instant(trouble.c.since.is_not(None), trouble.c.since),
    }


def _page(rows: Sequence[Any], causes: list[StuckCause], today: date, limit: int) -> Page[StuckCase]:
    items = [_line(row, causes, today) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items)
    last = rows[limit - 1]
    return Page(items, write_cursor(ORDER, [last.chased, last.first, last.StandingRow.case_id]))


def _line(row: Any, causes: list[StuckCause], today: date) -> StuckCase:
    standing, title, office, owner_id, owner, coach_id, coach, holder_id, holder, quiet, chased, _, *days = row
    found = [
        Cause(cause=cause, since=since, days=(today - since).days)
        for cause, since in zip(causes, days, strict=True)
        if since is not None
    ]
    is_nobodys = standing.holder_role == Role.COACH and holder_id is None
    return StuckCase(
        id=standing.idea_id,
        case_id=standing.case_id,
        kind=standing.kind,
        title=title,
        stage=standing.stage,
        state=standing.state,
        office=office,
        causes=sorted(found, key=lambda cause: cause.since),
        holder_role=Role.LEAD if is_nobodys else standing.holder_role,
        holder=person(holder_id, holder),
        holder_until=standing.holder_until,
        owner=person(owner_id, owner),
        coach=person(coach_id, coach),
        chased_until=standing.chased_until,
        chased=bool(chased),
        quiet_until=quiet if quiet is not None and quiet > today and not chased else None,
        version=standing.version,
    )
