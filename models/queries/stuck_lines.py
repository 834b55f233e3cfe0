"""One case of the stuck list: what its line says, with its people."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel
from sqlalchemy import case, func
from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries import cases
from models.queries.account_names import Named, Person, person
from models.queries.moment import At, Moment, local_day
from models.queries.stuck_causes import Reason, is_going_on, join_causes, reasons_of, waiting_letter
from models.tables import Idea, StandingRow
from models.vocabulary import Role, StuckCause


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
    letter_id: str | None = None
    """Which letter waits to be passed on, where that is a cause; the one that waits longest."""


async def read_stuck(session: AsyncSession, moment: Moment, case_id: str, reader: str) -> StuckCase | None:
    """One open case as a line of that list, also where nothing is wrong with it any more; None where it is of an idea
    of the reader, on which others decide."""
    at = moment.at
    reasons = reasons_of(at)
    told = tell_causes(at, reasons, StandingRow.case_id == case_id, is_going_on(), ~cases.belongs_to(reader))
    page = lay_out(at, told, reasons, [told.c.case_id]).subquery()
    row = (await session.exec(with_names(page))).one_or_none()
    return None if row is None else read_line(row, list(reasons), moment.today)


def tell_causes(at: At, reasons: Mapping[StuckCause, Reason], *which: Any) -> Any:
    """Of some cases whether somebody was asked lately, and since when each cause holds. It is told once: the planner
    would otherwise repeat a cause wherever it is named."""
    since = [case((one.holds, one.since), else_=None).label(cause) for cause, one in reasons.items()]
    columns: list[Any] = [
        StandingRow.case_id,
        was_chased(at).label("chased"),
        waiting_letter().label("letter_id"),
        *since,
    ]
    told = join_causes(select(*columns)).where(*which)
    return told.cte("told").prefix_with("MATERIALIZED")


def was_chased(at: At) -> Any:
    """Whether somebody was asked lately, as a number that sorts."""
    return case((col(StandingRow.chased_until) >= at.today, 1), else_=0)


def find_first(told: Any, reasons: Iterable[StuckCause]) -> Any:
    """Since when the first cause holds; NULL where none does."""
    return func.least(*(told.c[cause] for cause in reasons))


def lay_out(at: At, told: Any, reasons: Iterable[StuckCause], ordered: Sequence[Any]) -> Any:
    """What a page of the list says of its cases before they have names; `place` keeps their order."""
    days = [local_day(at, told.c[cause]).label(f"day_of_{cause}") for cause in reasons]
    place = func.row_number().over(order_by=ordered).label("place")
    first = find_first(told, reasons).label("first")
    columns: list[Any] = [told.c.case_id, place, told.c.chased, first, told.c.letter_id, *days]
    return select(*columns)


def with_names(page: Any) -> Any:
    """Titles and people beside the cases of one page."""
    owner, coach, holder = (
        Named(one) for one in (col(StandingRow.owner_id), cases.shown("coach_id"), cases.acting_holder())
    )
    people = (column for named in (owner, coach, holder) for column in (named.id, named.name))
    _, place, *shown = page.c
    columns: list[Any] = [StandingRow, Idea.title, cases.shown("office"), *people, cases.quiet_until(), *shown]
    statement: Any = select(*columns).join(page, page.c.case_id == col(StandingRow.case_id))
    statement = statement.join(Idea, col(Idea.id) == col(StandingRow.idea_id))
    for named in (owner, coach, holder):
        statement = named.join(statement)
    statement = statement.options(defer(StandingRow.snapshot))  # type: ignore[arg-type]
    return statement.order_by(place)


def read_line(row: Any, causes: list[StuckCause], today: date) -> StuckCase:
    standing, title, office, owner_id, owner, coach_id, coach, holder_id, holder, quiet, chased, _, letter, *days = row
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
        letter_id=letter if any(cause.cause is StuckCause.LETTER_WAITING for cause in found) else None,
    )
