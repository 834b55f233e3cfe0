"""Cursors: opaque, exact, and refused when they were not made here."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col

from models.queries.paging import MOST, InvalidCursor, Key, Value, read_cursor, write_cursor
from models.tables import StandingRow
from models.tables.columns import new_id

KEYS = (
    Key(col(StandingRow.holder_until), "day", nullable=True),
    Key(col(StandingRow.entered_at), "time"),
    Key(col(StandingRow.version), "number"),
    Key(col(StandingRow.case_id), "id"),
)


@given(
    st.tuples(st.dates() | st.none(), st.datetimes(timezones=st.just(UTC)), st.integers(0, MOST), st.uuids().map(str))
)
def test_a_cursor_gives_back_what_it_was_made_of(values: tuple[Value, ...]) -> None:
    assert read_cursor(write_cursor("due", values), "due", KEYS) == list(values)


@given(st.text() | st.binary().map(lambda raw: raw.hex()))
def test_a_cursor_that_was_not_made_here_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        read_cursor(text, "due", KEYS)


def test_a_cursor_of_another_order_is_refused() -> None:
    values: list[Value] = [None, datetime(2026, 6, 1, tzinfo=UTC), 1, new_id()]
    for order, given_values in (
        ("-due", values),
        ("due", values[:3]),
        ("due", [*values, 1]),
        ("due", [values[0], None, 1, new_id()]),
        ("due", [values[0], values[1], True, new_id()]),
        ("due", [values[0], values[1], 2**40, new_id()]),
        ("due", [values[0], values[1], 1, "no id"]),
    ):
        with pytest.raises(InvalidCursor):
            read_cursor(write_cursor(order, given_values), "due", KEYS)
