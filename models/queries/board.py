"""The list of ideas that somebody may see, filtered, sorted, a page at a time, in one statement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnClause, ColumnElement, func, literal_column, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.paging import Key, Page, go_on_after, read_cursor, write_cursor
from models.queries.people import Named, Person, person
from models.queries.stuck import Moment, is_open, is_stuck, join_causes
from models.rules.permissions import may_see_board
from models.tables import Idea, StandingRow
from models.vocabulary import Outcome, Role, Stage, Why

MOST_WORDS = 8
"""More words than this in a search are a pasted text, not a search."""

WORDS: ColumnClause[str] = literal_column("(idea.title || ' ' || idea.summary)")
"""Written exactly as in the trigram index, so that the index is used."""


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
        return first, Key(col(row.idea_id), "id", descending)

    def values(self, row: StandingRow) -> list[Any]:
        names = {"due": "holder_until", "entered": "entered_at", "submitted": "submitted_at", "last": "last_entry_at"}
        return [getattr(row, names[self.lstrip("-")]), row.idea_id]


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
    stuck: bool | None = None
    text: str | None = None
    """Words that all occur in title or summary, parts of words too."""


class Card(BaseModel):
    """One idea in a list."""

    id: str
    title: str
    summary: str
    district: str | None
    themes: list[str]
    office: str
    stage: Stage
    state: str
    outcome: Outcome | None
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
    statement = _select_cards()
    if wanted.stuck is not None:
        statement = join_causes(statement)
    statement = statement.where(is_visible(account_id, roles), *_conditions(wanted, moment))
    if cursor is not None:
        statement = statement.where(go_on_after(sort.keys, read_cursor(cursor, sort, sort.keys)))
    statement = statement.order_by(*(key.ordered() for key in sort.keys)).limit(limit + 1)
    rows = (await session.exec(statement)).all()
    cards = [_card(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(cards)
    return Page(cards, write_cursor(sort, sort.values(rows[limit - 1][0])))


@dataclass(frozen=True)
class Column:
    """One state on the board: how many ideas are in it, and those that are in it longest."""

    state: str
    count: int
    cards: list[Card]


async def read_board(
    session: AsyncSession,
    account_id: str,
    roles: Collection[Role],
    moment: Moment,
    wanted: BoardFilter,
    states: Sequence[str],
    most: int,
) -> list[Column]:
    """The open ideas of one stage by their state, in one statement."""
    state, entered = col(StandingRow.state), col(StandingRow.entered_at)
    place = func.row_number().over(partition_by=state, order_by=(entered, col(StandingRow.idea_id))).label("place")
    counted = func.count().over(partition_by=state).label("counted")
    ranked: Any = select(col(StandingRow.idea_id).label("id"), place, counted).select_from(StandingRow)
    if wanted.text:
        ranked = ranked.join(Idea, col(Idea.id) == col(StandingRow.idea_id))
    if wanted.stuck is not None:
        ranked = join_causes(ranked)
    ranked = ranked.where(is_visible(account_id, roles), state.in_(states), *_conditions(wanted, moment)).subquery()
    statement = (
        _select_cards(ranked.c.counted)
        .join(ranked, ranked.c.id == col(StandingRow.idea_id))
        .where(ranked.c.place <= most)
    )
    rows = (await session.exec(statement.order_by(entered, col(StandingRow.idea_id)))).all()
    found: dict[str, tuple[int, list[Card]]] = {name: (0, []) for name in states}
    for *row, count in rows:
        card = _card(row)
        found[card.state] = (count, [*found[card.state][1], card])
    return [Column(name, count, cards) for name, (count, cards) in found.items()]


async def count_stages(
    session: AsyncSession, account_id: str, roles: Collection[Role], moment: Moment, wanted: BoardFilter
) -> dict[Stage, int]:
    """How many ideas the filters leave in each stage."""
    every = replace(wanted, stage=None, state=None)
    statement: Any = select(StandingRow.stage, func.count()).select_from(StandingRow)
    if wanted.text:
        statement = statement.join(Idea, col(Idea.id) == col(StandingRow.idea_id))
    if wanted.stuck is not None:
        statement = join_causes(statement)
    which = (is_visible(account_id, roles), *_conditions(every, moment))
    found = dict((await session.exec(statement.where(*which).group_by(col(StandingRow.stage)))).all())
    return {stage: found.get(stage, 0) for stage in Stage}


def _select_cards(*more: Any) -> Any:
    """Ideas with where they stand and the people around them."""
    people = [
        Named(col(column))
        for column in (StandingRow.owner_id, StandingRow.coach_id, StandingRow.cover_id, StandingRow.holder_id)
    ]
    columns: list[Any] = [StandingRow, Idea, *(named.name for named in people), *more]
    statement: Any = select(*columns).join(Idea, col(Idea.id) == col(StandingRow.idea_id))
    for named in people:
        statement = named.join(statement)
    return statement


def is_visible(account_id: str, roles: Collection[Role]) -> ColumnElement[bool]:
    """`permissions.may_view` as SQL: leads see all, coaches those they coach or cover, everybody their own."""
    if may_see_board(roles):
        return col(StandingRow.idea_id).is_not(None)
    return or_(
        col(StandingRow.owner_id) == account_id,
        col(StandingRow.coach_id) == account_id,
        col(StandingRow.cover_id) == account_id,
    )


def _conditions(wanted: BoardFilter, moment: Moment) -> Sequence[ColumnElement[bool]]:
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
    conditions: list[ColumnElement[bool]] = [col(c) == value for c, value in equal.items() if value is not None]
    if wanted.coach_id is not None:
        conditions.append(or_(col(row.coach_id) == wanted.coach_id, col(row.cover_id) == wanted.coach_id))
    if wanted.open is not None:
        conditions.append(is_open() if wanted.open else ~is_open())
    if wanted.ended is not None:
        conditions.append(col(row.outcome).is_not(None) if wanted.ended else col(row.outcome).is_(None))
    if wanted.stuck is not None:
        conditions.append(is_stuck(moment).is_(True) if wanted.stuck else is_stuck(moment).is_not(True))
    conditions += [_has_word(word) for word in (wanted.text or "").split()[:MOST_WORDS]]
    return conditions


def _has_word(word: str) -> ColumnElement[bool]:
    for sign in ("\\", "%", "_"):
        word = word.replace(sign, "\\" + sign)
    return WORDS.ilike(f"%{word}%", escape="\\")


def _card(row: Any) -> Card:
    standing, idea, owner, coach, cover, holder = row
    return Card(
        id=idea.id,
        title=idea.title,
        summary=idea.summary,
        district=idea.district,
        themes=idea.themes,
        office=standing.office,
        stage=standing.stage,
        state=standing.state,
        outcome=standing.outcome,
        owner=person(standing.owner_id, owner),
        coach=person(standing.coach_id, coach),
        cover=person(standing.cover_id, cover),
        holder_role=standing.holder_role,
        holder=person(standing.holder_id, holder),
        holder_since=standing.holder_since,
        holder_until=standing.holder_until,
        holder_why=why_of(standing),
        paused_until=standing.paused_until,
        chased_until=standing.chased_until,
        submitted_at=standing.submitted_at,
        entered_at=standing.entered_at,
        last_entry_at=standing.last_entry_at,
        version=standing.version,
    )


def why_of(row: StandingRow) -> Why:
    """Why the turn is where it is; nobody's any more once the path has ended."""
    if row.outcome is not None:
        return Why.ENDED
    return Why(row.holder_why or Why.STATE)
