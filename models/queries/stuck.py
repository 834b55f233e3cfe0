"""The lead's list of what is stuck: narrowed, counted, in an order, a page at a time."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Integer, Text, all_, bindparam, case, false, func, or_, true, union
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries import cases
from models.queries.moment import NAMED, Moment
from models.queries.paging import Key, Page, at_most, go_on_after, read_cursor, write_cursor
from models.queries.stuck_causes import (
    HARDEST,
    CauseSource,
    is_going_on,
    is_stuck,
    join_causes,
    of_its_state,
    reasons_of,
)
from models.queries.stuck_lines import StuckCase, find_first, lay_out, read_line, tell_causes, was_chased, with_names
from models.tables import Account, Idea, StandingRow, StatePace
from models.tables.columns import INSTANT, UUID_TYPE
from models.tables.folded import IDEA_TITLE, PERSON_NAME
from models.vocabulary import StuckCause

ORDER = "stuck"
REASONS = reasons_of(NAMED)
WAS_CHASED = was_chased(NAMED)
FIRST: Any = func.least(*(case((one.holds, one.since), else_=None) for one in REASONS.values()))
"""Since when the first of its causes holds."""

AFTER = {"after_chased": Integer(), "after_first": INSTANT, "after_case": UUID_TYPE}
"""The keys of the case behind which a page goes on, in their order."""


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
    """The stuck cases with their causes, in one statement beside that for the ideas of the reader, which are left out:
    on them others decide. Raises InvalidCursor."""
    wanted = Wanted(office is not None, cause)
    values = await _find_values(session, moment, office, reader)
    causes = list(REASONS)
    if (sort, descending) != (StuckSort.SINCE, False):
        order = f"{ORDER}:{'-' if descending else ''}{sort}"
        skipped = _read_skipped(cursor, order) if cursor is not None else 0
        statement = _write_sorted(wanted, sort, limit, descending=descending)
        rows = (await session.exec(statement, params=values | {"skipped": skipped})).all()
        items = [read_line(row, causes, moment.today) for row in rows[:limit]]
        return Page(items, write_cursor(order, [skipped + limit]) if len(rows) > limit else None)
    if cursor is not None:
        values |= dict(zip(AFTER, read_cursor(cursor, ORDER, _keys(None, None, None)), strict=True))
        wanted = wanted._replace(goes_on=True)
    statement = _write_page(wanted, limit)
    return _page((await session.exec(statement, params=values)).all(), causes, moment.today, limit)


async def count_stuck(
    session: AsyncSession, moment: Moment, *, office: str | None, cause: StuckCause | None, reader: str, most: int
) -> int:
    """How many there are; one more than `most` stands for many."""
    statement = _write_count(Wanted(office is not None, cause), most)
    counted: int = (await session.exec(statement, params=await _find_values(session, moment, office, reader))).one()
    return counted


async def _find_values(session: AsyncSession, moment: Moment, office: str | None, reader: str | None) -> dict[str, Any]:
    """For a statement of `Wanted`. The reader's ideas are few, and looked up once instead of within each part of it."""
    own = (await session.exec(cases.own_ideas(reader))).all() if reader is not None else ()
    return moment.values | {"office": office, "own": list(own)}


class Wanted(NamedTuple):
    """What narrows the list, as far as the words of its statement depend on it."""

    of_office: bool
    cause: StuckCause | None

    goes_on: bool = False
    """Behind a case that was seen."""

    @property
    def needs(self) -> frozenset[CauseSource]:
        if self.goes_on:
            return frozenset(CauseSource)
        return REASONS[self.cause].needs if self.cause in REASONS else frozenset()

    def conditions(self) -> list[ColumnElement[bool]]:
        others = col(StandingRow.idea_id) != all_(bindparam("own", type_=ARRAY(UUID_TYPE)))
        conditions: list[ColumnElement[bool]] = [is_going_on(), others]
        if self.of_office:
            conditions.append(cases.is_of([bindparam("office", type_=Text())]))  # type: ignore[list-item]
        if self.cause is not None:
            conditions.append(REASONS[self.cause].holds if self.cause in REASONS else false())
        if self.goes_on:
            last: list[Any] = [bindparam(name, type_=type_) for name, type_ in AFTER.items()]
            conditions.append(go_on_after(_keys(WAS_CHASED, FIRST, col(StandingRow.case_id)), last))
        return conditions


def _keys(chased: Any, first: Any, case_id: Any) -> tuple[Key, Key, Key]:
    return Key(chased, "number"), Key(first, "time"), Key(case_id, "id")


@lru_cache(maxsize=100)
def _write_page(wanted: Wanted, limit: int) -> Any:
    """The longest stuck first."""
    told = tell_causes(NAMED, REASONS, col(StandingRow.case_id).in_(_find_candidates(wanted, limit + 1)))
    first = find_first(told, REASONS)
    ordered = [key.ordered() for key in _keys(told.c.chased, first, told.c.case_id)]
    page = lay_out(NAMED, told, REASONS, ordered).order_by(*ordered).limit(at_most(limit + 1))
    return with_names(page.subquery())


@lru_cache(maxsize=100)
def _write_sorted(wanted: Wanted, sort: StuckSort, limit: int, *, descending: bool) -> Any:
    """In another order all that is stuck is looked at. A page goes on behind so many: names and titles are no part of
    an address."""
    told = tell_causes(NAMED, REASONS, *wanted.conditions())
    first, key = find_first(told, REASONS), _look_up(sort, told)
    ordered = [told.c.chased, (key.desc() if descending else key.asc()).nulls_last(), first, told.c.case_id]
    page = lay_out(NAMED, told, REASONS, ordered).join(StandingRow, col(StandingRow.case_id) == told.c.case_id)
    page = page.where(first.is_not(None)).order_by(*ordered)
    return with_names(page.offset(bindparam("skipped", type_=Integer())).limit(at_most(limit + 1)).subquery())


def _look_up(sort: StuckSort, told: Any) -> Any:
    """What is compared: by the worst cause, the longest first within each; by the people on turn, those of a role
    together."""
    ranks = [(told.c[cause].is_not(None), rank) for rank, cause in enumerate(HARDEST)]
    title = select(IDEA_TITLE).select_from(Idea).where(col(Idea.id) == col(StandingRow.idea_id))
    name = select(PERSON_NAME).select_from(Account).where(col(Account.id) == cases.acting_holder())
    of_case = [one.correlate(StandingRow).scalar_subquery() for one in (title, name)]
    return {
        StuckSort.SINCE: find_first(told, REASONS),
        StuckSort.CAUSE: case(*ranks, else_=len(ranks)),
        StuckSort.TITLE: of_case[0],
        StuckSort.HOLDER: func.coalesce(of_case[1], "").concat(col(StandingRow.holder_role)),
        StuckSort.OFFICE: cases.shown("office"),
    }[sort]


@lru_cache(maxsize=100)
def _write_count(wanted: Wanted, most: int) -> Any:
    which = join_causes(select(StandingRow.case_id)).where(is_stuck(NAMED), *wanted.conditions())
    return select(func.count()).select_from(which.limit(at_most(most + 1)).subquery())


def _read_skipped(cursor: str, order: str) -> int:
    [skipped] = read_cursor(cursor, order, [Key(None, "number")])
    return max(0, skipped) if isinstance(skipped, int) else 0


def _find_candidates(wanted: Wanted, count: int) -> Any:
    """Cases among which the first `count` are: the longest stuck for each cause, each found by its own index, so that
    it does not matter how many are stuck. Those that were chased are few, and looked through as they are.
    """
    is_chased = col(StandingRow.chased_until) >= NAMED.today
    not_chased = or_(col(StandingRow.chased_until).is_(None), col(StandingRow.chased_until) < NAMED.today)
    ways = [((r.holds, not_chased), r.order, r.needs) for cause, r in REASONS.items() if cause is not StuckCause.SLOW]
    ways.append(((is_stuck(NAMED), is_chased), FIRST, frozenset(CauseSource)))
    found = [
        join_causes(select(StandingRow.case_id), needs | wanted.needs)
        .where(*conditions, *wanted.conditions())
        .order_by(order, col(StandingRow.case_id))
        .limit(at_most(count))
        .subquery()
        for conditions, order, needs in ways
    ]
    # What is slow differs from state to state, so the slowest of each are found, and all of them looked at.
    slowest = (
        join_causes(select(StandingRow.case_id), wanted.needs - {CauseSource.PACE})
        .where(of_its_state(), REASONS[StuckCause.SLOW].holds, not_chased, *wanted.conditions())
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
