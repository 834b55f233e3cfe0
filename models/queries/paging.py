"""Keyset paging: a page goes on after the last row that was seen, so that nothing is shown twice or skipped."""

import base64
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal_column, or_

Value = str | int | date | datetime | None
Kind = Literal["id", "time", "day", "number"]
Row = TypeVar("Row")


PAGE = 500
"""So many rows of a whole list are read at a time."""

MOST_COUNTED = 500
"""Whoever has more in a list looks for fewer, not for how many."""


class InvalidCursor(ValueError):
    """The cursor was not made here, or for another order."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and where to go on; `next_cursor` None on the last page."""

    items: list[Row]
    next_cursor: str | None = None


@dataclass(frozen=True)
class Key:
    """One part of an order. Missing values come last in either direction."""

    column: Any
    kind: Kind
    descending: bool = False
    nullable: bool = False

    def ordered(self) -> ColumnElement[Any]:
        column: ColumnElement[Any] = self.column.desc() if self.descending else self.column.asc()
        return column.nulls_last() if self.nullable and self.descending else column

    def beyond(self, value: Value) -> ColumnElement[bool] | None:
        """The rows after a value; None where there are none."""
        if value is None:
            return None
        further: ColumnElement[bool] = self.column < value if self.descending else self.column > value
        return or_(further, self.column.is_(None)) if self.nullable else further

    def same(self, value: Value) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = self.column.is_(None) if value is None else self.column == value
        return condition


async def read_whole(listed: Callable[..., Awaitable[Page[Row]]], most: int) -> list[Row]:
    """All pages of a list, one after the other; more than `most` only tell that there are more."""
    items: list[Row] = []
    cursor: str | None = None
    while True:
        page = await listed(cursor=cursor, limit=PAGE)
        items += page.items
        cursor = page.next_cursor
        if cursor is None or len(items) > most:
            return items


def at_most(count: int) -> ColumnElement[int]:
    """A limit that stands in the statement itself. Sent beside it, it is unknown to a plan that is kept, and a tenth of
    everything is expected: then PostgreSQL keeps none, and plans a large statement every time."""
    return literal_column(str(int(count)))


def go_on_after(keys: Sequence[Key], values: Sequence[Value]) -> ColumnElement[bool]:
    """The rows after the one with these values, in the order of the keys."""
    ways: list[ColumnElement[bool]] = []
    for position, key in enumerate(keys):
        beyond = key.beyond(values[position])
        if beyond is not None:
            before = [earlier.same(values[n]) for n, earlier in enumerate(keys[:position])]
            ways.append(and_(*before, beyond))
    return or_(*ways)


def write_cursor(order: str, values: Sequence[Value]) -> str:
    """An opaque word for a place in an order."""
    plain = [value.isoformat() if isinstance(value, date) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps([order, *plain]).encode()).decode().rstrip("=")


def read_cursor(cursor: str, order: str, keys: Sequence[Key]) -> list[Value]:
    """The values of a cursor. Raises InvalidCursor."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        named, *plain = json.loads(raw)
        if named != order:
            raise InvalidCursor("this cursor belongs to another list or order")
        return [_read(value, key) for value, key in zip(plain, keys, strict=True)]
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidCursor("this cursor was not made here") from error


def _read(raw: Any, key: Key) -> Value:
    """Raises ValueError or TypeError where the value does not fit its key."""
    if raw is None and key.nullable:
        return None
    return _READERS[key.kind](raw)


def _time(raw: Any) -> datetime:
    value = datetime.fromisoformat(raw)
    if value.tzinfo is None:
        raise ValueError("a time without its zone")
    return value


def _number(raw: Any) -> int:
    if type(raw) is not int or abs(raw) > MOST:
        raise ValueError("no number")
    return raw


def _id(raw: Any) -> str:
    if type(raw) is not str:
        raise TypeError("no id")
    return str(UUID(raw))


MOST = 2**31 - 1
_READERS: dict[Kind, Callable[[Any], Value]] = {
    "id": _id,
    "time": _time,
    "day": date.fromisoformat,
    "number": _number,
}
