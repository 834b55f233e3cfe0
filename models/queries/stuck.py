"""The lead's list of what is stuck: narrowed, counted, in an order, a page at a time."""

from collections.abc import Mapping, Sequence, Set
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, false, func, or_, true, union
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries import cases
from models.queries.moment import Moment
from models.queries.paging import Key, Page, at_most, go_on_after, read_cursor, write_cursor
from models.queries.stuck_causes import (
    HARDEST,
    Beside,
    Reason,
    is_going_on,
    is_stuck,
    join_causes,
    of_its_state,
    reasons_of,
)
from models.queries.stuck_lines import StuckCase, lay_out, read_line, shown_of, with_names
from models.tables import Account, Idea, StandingRow, StatePace
from models.tables.folded import IDEA_TITLE, PERSON_NAME
from models.vocabulary import StuckCause

ORDER = "stuck"


class StuckSort(StrEnum):
    """What the list is sorted by. However it is, those that were chased lately come last."""

    SINCE = "since"
    CAUSE = "cause"
    TITLE = "title"
    HOLDER = "holder"
    OFFICE = "office"


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
    reasons = reasons_of(moment)
    wanted = _wanted(moment, office=office, cause=cause, reader=reader)
    if (sort, descending) != (StuckSort.SINCE, False):
        return await _list_sorted(session, moment, wanted, sort, cursor, limit, descending=descending)
    chased, days, first = shown_of(moment, reasons)
    keys = (Key(chased, "number"), Key(first, "time"), Key(col(StandingRow.case_id), "id"))
    needed = set(reasons[cause].needs) if cause in reasons else set()
    if cursor is not None:
        wanted.append(go_on_after(keys, read_cursor(cursor, ORDER, keys)))
        needed = set(Beside)
    candidates = _candidates(moment, wanted, needed, first, limit + 1)
    ordered = [key.ordered() for key in keys]
    page = lay_out(chased, days, first, ordered).where(col(StandingRow.case_id).in_(candidates))
    page = page.order_by(*ordered).limit(at_most(limit + 1))
    rows = (await session.exec(with_names(page.subquery()))).all()
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
    reasons = reasons_of(moment)
    chased, days, first = shown_of(moment, reasons)
    order = f"{ORDER}:{'-' if descending else ''}{sort}"
    skipped = _read_skipped(cursor, order) if cursor is not None else 0
    key = _sorted_by(reasons, first)[sort]
    ordered = [chased, (key.desc() if descending else key.asc()).nulls_last(), first, col(StandingRow.case_id)]
    page = lay_out(chased, days, first, ordered).join(Idea, col(Idea.id) == col(StandingRow.idea_id))
    page = page.outerjoin(Account, col(Account.id) == cases.acting_holder()).where(is_stuck(moment), *wanted)
    page = page.order_by(*ordered).offset(at_most(skipped)).limit(at_most(limit + 1))
    rows = (await session.exec(with_names(page.subquery()))).all()
    items = [read_line(row, list(reasons), moment.today) for row in rows[:limit]]
    return Page(items, write_cursor(order, [skipped + limit]) if len(rows) > limit else None)


def _read_skipped(cursor: str, order: str) -> int:
    [skipped] = read_cursor(cursor, order, [Key(None, "number")])
    return max(0, skipped) if isinstance(skipped, int) else 0


def _sorted_by(reasons: Mapping[StuckCause, Reason], first: Any) -> dict[StuckSort, Any]:
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
    reasons = reasons_of(moment)
    wanted: list[ColumnElement[bool]] = [is_going_on()]
    if office is not None:
        wanted.append(cases.is_of([office]))
    if cause is not None:
        wanted.append(reasons[cause].holds if cause in reasons else false())
    if reader is not None:
        wanted.append(~cases.belongs_to(reader))
    return wanted


def _candidates(
    moment: Moment, wanted: Sequence[ColumnElement[bool]], needed: Set[Beside], first: Any, count: int
) -> Any:
    """Cases among which the first `count` are: the longest stuck for each cause, each found by its own index, so that
    it does not matter how many are stuck. Those that were chased are few, and looked through as they are. `needed` is
    what `wanted` is told from.
    """
    is_chased = col(StandingRow.chased_until) >= moment.today
    not_chased = or_(col(StandingRow.chased_until).is_(None), col(StandingRow.chased_until) < moment.today)
    reasons = reasons_of(moment)
    ways = [((r.holds, not_chased), r.order, r.needs) for cause, r in reasons.items() if cause is not StuckCause.SLOW]
    ways.append(((is_stuck(moment), is_chased), first, frozenset(Beside)))
    found = [
        join_causes(select(StandingRow.case_id), needs | needed)
        .where(*conditions, *wanted)
        .order_by(order, col(StandingRow.case_id))
        .limit(at_most(count))
        .subquery()
        for conditions, order, needs in ways
    ]
    # What is slow differs from state to state, so the slowest of each are found, and all of them looked at.
    slowest = (
        join_causes(select(StandingRow.case_id), needed - {Beside.PACE})
        .where(of_its_state(), reasons[StuckCause.SLOW].holds, not_chased, *wanted)
        .order_by(col(StandingRow.entered_at), col(StandingRow.case_id))
        .limit(at_most(count))
        .correlate(StatePace)
        .lateral()
    )
    slow = select(slowest.c.case_id).select_from(StatePace).join(slowest, true())
    return union(*(select(one.c.case_id) for one in found), slow)


def _page(rows: Sequence[Any], causes: list[StuckCause], today: date, limit: int) -> Page[StuckCase]:
    items = [read_line(row, causes, today) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items)
    last = rows[limit - 1]
    return Page(items, write_cursor(ORDER, [last.chased, last.first, last.StandingRow.case_id]))
