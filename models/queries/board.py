"""The list of ideas that somebody may see, filtered, sorted, a page at a time, in one statement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, func, or_, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from models.queries.account_names import Named, Person, person
from models.queries.happenings import Happening, Span, has_left, has_met, has_reached, is_aged
from models.queries.moment import Moment
from models.queries.paging import MOST_COUNTED, Key, Page, at_most, go_on_after, read_cursor, write_cursor
from models.queries.search_conditions import ideas_with
from models.queries.stuck_causes import is_open, is_stuck, join_causes
from models.rules.permissions import may_see_board
from models.tables import Idea, StandingRow, is_idea, is_own
from models.vocabulary import Outcome, Role, Stage, Why
from models.workflow_ids import IDEA

BESIDE = aliased(StandingRow)
"""What else an idea has."""

PEOPLE = ("owner", "coach", "cover", "holder")
STANDS = (
    *("version", "stage", "state", "outcome", "duplicate_of", "office", "entered_at", "submitted_at", "last_entry_at"),
    *("holder_role", "holder_since", "holder_until", "holder_why", "paused_until", "chased_until"),
)
"""What a list says of where an idea stands."""


class Sort(StrEnum):
    """What a list is sorted by; a minus turns the order round. Missing dates come last either way."""

    DUE = "due"
    ENTERED = "entered"
    SUBMITTED = "submitted"
    LAST = "last"
    DUE_LATEST = "-due"
    ENTERED_LATEST = "-entered"
    SUBMITTED_LATEST = "-submitted"
    LAST_LATEST = "-last"

    @property
    def keys(self) -> tuple[Key, Key]:
        row, descending = StandingRow, self.startswith("-")
        first = {
            "due": Key(col(row.holder_until), "day", descending, nullable=True),
            "entered": Key(col(row.entered_at), "time", descending),
            "submitted": Key(col(row.submitted_at), "time", descending, nullable=True),
            "last": Key(col(row.last_entry_at), "time", descending),
        }[self.lstrip("-")]
        return first, Key(col(row.case_id), "id", descending)

    def values(self, card: "Card") -> list[Any]:
        names = {"due": "holder_until", "entered": "entered_at", "submitted": "submitted_at", "last": "last_entry_at"}
        return [getattr(card, names[self.lstrip("-")]), card.id]


class Due(StrEnum):
    """By when an idea is due, or was."""

    LATE = "late"
    TODAY = "today"
    WEEK = "week"

    def last_day(self, today: date) -> date:
        """A week ends on Sunday.

        >>> Due.WEEK.last_day(date(2026, 12, 2)).isoformat()
        '2026-12-06'
        """
        days = {Due.LATE: -1, Due.TODAY: 0, Due.WEEK: 6 - today.weekday()}
        return today + timedelta(days=days[self])


@dataclass(frozen=True)
class BoardFilter:
    """What of the visible ideas is shown; None: all."""

    stage: Stage | None = None
    state: str | None = None
    holder_role: Role | None = None
    holder_id: str | None = None
    coach_id: str | None = None
    """Also those that the coach covers."""
    owner_id: str | None = None
    office: str | None = None
    outcome: Outcome | None = None
    open: bool | None = None
    ended: bool | None = None
    left: bool = False
    """Ended in another way than completed."""
    stuck: bool | None = None
    due: Due | None = None
    """What rests is due on no day."""
    theme: str | None = None
    reached: Stage | None = None
    """Came at least so far."""
    met: tuple[Happening, Span] | None = None
    aged: tuple[int | None, int | None] | None = None
    """In its state for more than so many days, and for at most so many."""
    text: str | None = None
    """Words that an idea holds, or people around it that have them in their names."""


class Card(BaseModel):
    """One idea in a list."""

    id: str
    reference: str | None
    title: str
    summary: str
    district: str | None
    themes: list[str]
    organisation: str
    office: str
    stage: Stage
    state: str
    outcome: Outcome | None
    duplicate_of: str | None
    owner: Person | None
    coach: Person | None
    cover: Person | None
    holder_role: Role | None
    holder: Person | None
    holder_since: datetime | None
    holder_until: date | None
    holder_why: Why
    paused_until: date | None
    chased_until: date | None
    submitted_at: datetime | None
    entered_at: datetime
    last_entry_at: datetime
    version: int
    beside: str | None
    beside_until: date | None
    """Kind and deadline of what else is on the way, the first that is due."""


async def list_ideas(
    session: AsyncSession,
    account_id: str,
    roles: Collection[Role],
    moment: Moment,
    wanted: BoardFilter,
    *,
    sort: Sort = Sort.DUE,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Card]:
    """The ideas that an account may see. Raises InvalidCursor."""
    statement = _cards()
    if wanted.stuck is not None:
        statement = join_causes(statement)
    statement = statement.where(is_visible(account_id, roles), *_conditions(wanted, roles, moment))
    if cursor is not None:
        statement = statement.where(go_on_after(sort.keys, read_cursor(cursor, sort, sort.keys)))
    statement = statement.order_by(*(key.ordered() for key in sort.keys)).limit(at_most(limit + 1))
    cards = _lay_out(await session.exec(statement))
    if len(cards) <= limit:
        return Page(cards)
    return Page(cards[:limit], write_cursor(sort, sort.values(cards[limit - 1])))


def select_ids(account_id: str, roles: Collection[Role], moment: Moment, wanted: BoardFilter) -> SelectOfScalar[str]:
    """All ideas that the filters show, for whoever needs more of them than a list has."""
    statement: Any = select(Idea.id).select_from(StandingRow).join(Idea, col(Idea.id) == col(StandingRow.case_id))
    if wanted.stuck is not None:
        statement = join_causes(statement)
    ids: SelectOfScalar[str] = statement.where(is_visible(account_id, roles), *_conditions(wanted, roles, moment))
    return ids


async def list_ids(
    session: AsyncSession,
    account_id: str,
    roles: Collection[Role],
    moment: Moment,
    wanted: BoardFilter,
    sort: Sort,
    limit: int,
) -> Sequence[str]:
    """The first ideas of a list, for whoever leafs through it."""
    ids = select_ids(account_id, roles, moment, wanted).order_by(*(key.ordered() for key in sort.keys))
    return (await session.exec(ids.limit(at_most(limit)))).all()


async def count_ideas(
    session: AsyncSession, account_id: str, roles: Collection[Role], moment: Moment, wanted: BoardFilter
) -> int:
    """How many ideas the filters leave; one more than MOST_COUNTED stands for many."""
    some = select_ids(account_id, roles, moment, wanted).limit(at_most(MOST_COUNTED + 1)).subquery()
    return (await session.exec(select(func.count()).select_from(some))).one()


async def count_states(
    session: AsyncSession, account_id: str, roles: Collection[Role], moment: Moment, wanted: BoardFilter
) -> dict[tuple[Stage, str], int]:
    """How many ideas the filters leave in each state of each stage, whichever of these the filters name themselves."""
    every = replace(wanted, stage=None, state=None)
    columns: list[Any] = [StandingRow.stage, StandingRow.state, func.count()]
    statement = _join(select(*columns).select_from(StandingRow), wanted)
    statement = statement.where(is_visible(account_id, roles), *_conditions(every, roles, moment))
    rows = (await session.exec(statement.group_by(col(StandingRow.stage), col(StandingRow.state)))).all()
    return {(Stage(stage), state): count for stage, state, count in rows}


async def read_board(
    session: AsyncSession,
    account_id: str,
    roles: Collection[Role],
    moment: Moment,
    wanted: BoardFilter,
    places: Sequence[tuple[Stage, str]],
    most: int,
) -> dict[tuple[Stage, str], list[Card]]:
    """The open ideas that are longest in each state, whichever the filters name themselves, in one statement: each has
    its own look into the index, so that it does not matter how many there are."""
    which = (
        is_visible(account_id, roles),
        *_conditions(replace(wanted, stage=None, state=None), roles, moment),
    )
    in_order = (col(StandingRow.entered_at), col(StandingRow.case_id))
    longest = [
        select(
            _join(select(StandingRow.case_id), wanted)
            .where(col(StandingRow.stage) == stage, col(StandingRow.state) == state, *which)
            .order_by(*in_order)
            .limit(at_most(most))
            .subquery()
            .c.case_id
        )
        for stage, state in places
    ]
    statement = _cards().where(col(StandingRow.case_id).in_(union_all(*longest)))
    found: dict[tuple[Stage, str], list[Card]] = {place: [] for place in places}
    for card in _lay_out(await session.exec(statement.order_by(*in_order))):
        found[card.stage, card.state].append(card)
    return found


async def read_cards(session: AsyncSession, ids: Sequence[str]) -> list[Card]:
    """In the order of the ids. Who may see them is for the caller to ask."""
    if not ids:
        return []
    cards = {card.id: card for card in _lay_out(await session.exec(_cards().where(col(Idea.id).in_(ids))))}
    return [cards[idea_id] for idea_id in ids if idea_id in cards]


def _join(statement: Any, wanted: BoardFilter) -> Any:
    """What the filters ask about beside the standing."""
    if wanted.text or wanted.theme:
        statement = statement.join(Idea, col(Idea.id) == col(StandingRow.case_id))
    return join_causes(statement) if wanted.stuck is not None else statement


@cache
def _cards() -> Any:
    """What a `Card` says, column by column: ideas, where they stand, and the people around them. Built once for all
    lists."""
    people = {role: Named(col(getattr(StandingRow, f"{role}_id"))) for role in PEOPLE}
    columns: list[Any] = [
        *(Idea.id, Idea.reference, Idea.title, Idea.summary, Idea.district, Idea.themes, Idea.organisation),
        *(getattr(StandingRow, name) for name in STANDS),
        *(column for role, named in people.items() for column in (named.id, named.name.label(role))),
        *(_of_first_beside(BESIDE.kind, "beside"), _of_first_beside(BESIDE.holder_until, "beside_until")),
    ]
    statement: Any = select(*columns).select_from(StandingRow).join(Idea, col(Idea.id) == col(StandingRow.case_id))
    for named in people.values():
        statement = named.join(statement)
    return statement


def _of_first_beside(column: Any, name: str) -> Any:
    its = (col(BESIDE.idea_id) == col(StandingRow.case_id), BESIDE.kind != IDEA, col(BESIDE.outcome).is_(None))
    first = select(column).where(*its).order_by(col(BESIDE.holder_until), col(BESIDE.case_id)).limit(at_most(1))
    return first.correlate(StandingRow).scalar_subquery().label(name)


def _lay_out(found: Any) -> list[Card]:
    names = list(found.keys())
    return [_card(dict(zip(names, row, strict=True))) for row in found]


def _card(told: dict[str, Any]) -> Card:
    people = {role: person(told[f"{role}_id"], told[role]) for role in PEOPLE}
    return Card(**told | people | {"holder_why": why_of(told["outcome"], told["holder_why"])})


def is_visible(account_id: str, roles: Collection[Role]) -> ColumnElement[bool]:
    """`permissions.may_view` as SQL: leads see all, coaches those they coach or cover, everybody their
    own and those in whose team they are."""
    if may_see_board(roles):
        return is_idea()
    return or_(is_own(account_id), col(StandingRow.coach_id) == account_id, col(StandingRow.cover_id) == account_id)


def _conditions(wanted: BoardFilter, roles: Collection[Role], moment: Moment) -> Sequence[ColumnElement[bool]]:
    row = StandingRow
    equal = {
        row.stage: wanted.stage,
        row.state: wanted.state,
        row.holder_role: wanted.holder_role,
        row.holder_id: wanted.holder_id,
        row.owner_id: wanted.owner_id,
        row.office: wanted.office,
        row.outcome: wanted.outcome,
    }
    conditions = [is_idea(), *(col(c) == value for c, value in equal.items() if value is not None)]
    if wanted.coach_id is not None:
        conditions.append(or_(col(row.coach_id) == wanted.coach_id, col(row.cover_id) == wanted.coach_id))
    if wanted.open is not None:
        conditions.append(is_open() if wanted.open else ~is_open())
    if wanted.ended is not None:
        conditions.append(col(row.outcome).is_not(None) if wanted.ended else col(row.outcome).is_(None))
    if wanted.left:
        conditions.append(has_left())
    if wanted.theme is not None:
        conditions.append(col(Idea.themes).contains([wanted.theme]))
    if wanted.reached is not None:
        conditions.append(has_reached(wanted.reached))
    if wanted.met is not None:
        conditions.append(has_met(*wanted.met, moment))
    if wanted.aged is not None:
        conditions.append(is_aged(*wanted.aged, moment))
    if wanted.due is not None:
        conditions += [col(row.holder_until) <= wanted.due.last_day(moment.today), col(row.paused_until).is_(None)]
    if wanted.stuck is not None:
        conditions.append(is_stuck(moment.at).is_(True) if wanted.stuck else is_stuck(moment.at).is_not(True))
    if wanted.text and wanted.text.strip():
        conditions.append(ideas_with(wanted.text, roles, moment.places))
    return conditions


def why_of(outcome: str | None, holder_why: str | None) -> Why:
    """Why the turn is where it is; nobody's any more once the path has ended."""
    return Why.ENDED if outcome is not None else Why(holder_why or Why.STATE)
