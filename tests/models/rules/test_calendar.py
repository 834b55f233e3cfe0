"""Working days of Saxony and the edges of days, also where the clocks change."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cases.calendar import Calendar, calendar_of
from models.messages.rulebook import Duration
from models.policy import YEARS_AHEAD
from tests.cast import BERLIN, POLICY, RULEBOOK

CALENDAR = calendar_of(RULEBOOK)

days = st.dates(date(2026, 1, 1), date(2028, 12, 31))
units = st.sampled_from(["wd", "d"])


def wd(amount: int) -> Duration:
    return Duration(amount, "wd")


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 1, 1), False),
        (date(2026, 4, 3), False),  # Good Friday
        (date(2026, 4, 6), False),  # Easter Monday
        (date(2026, 5, 14), False),  # Ascension Day
        (date(2026, 10, 2), True),  # the Friday before Unity Day on a Saturday
        (date(2026, 10, 3), False),
        (date(2026, 10, 5), True),  # no substitute day in Germany
        (date(2026, 10, 30), True),
        (date(2026, 10, 31), False),  # Reformation Day on a Saturday
        (date(2026, 11, 2), True),
        (date(2026, 11, 18), False),  # Buß- und Bettag, in Saxony only
        (date(2026, 11, 19), True),
        (date(2026, 12, 24), True),
        (date(2026, 12, 25), False),
        (date(2028, 2, 29), True),
        (date(2027, 11, 17), False),  # Buß- und Bettag a year later
    ],
)
def test_saxony_knows_its_working_days(day: date, *, works: bool) -> None:
    assert CALENDAR.is_working_day(day) is works


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        (date(2026, 11, 16), 3, date(2026, 11, 20)),  # over Buß- und Bettag
        (date(2026, 10, 2), 1, date(2026, 10, 5)),  # a holiday on a Saturday costs nothing more
        (date(2026, 10, 30), 1, date(2026, 11, 2)),
        (date(2026, 4, 2), 1, date(2026, 4, 7)),  # over Easter
        (date(2026, 3, 27), 1, date(2026, 3, 30)),  # over the change to summer time
        (date(2026, 10, 23), 1, date(2026, 10, 26)),  # over the change to winter time
        (date(2028, 2, 28), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 1, date(2028, 3, 1)),
        (date(2026, 12, 30), 2, date(2027, 1, 4)),  # over the turn of the year
        (date(2026, 6, 6), 1, date(2026, 6, 8)),  # from a Saturday
        (date(2026, 6, 6), 0, date(2026, 6, 6)),
    ],
)
def test_working_days_are_counted_forward_and_back(start: date, amount: int, end: date) -> None:
    assert CALENDAR.add(start, wd(amount)) == end
    assert CALENDAR.between(start, end, "wd") == amount
    if CALENDAR.is_working_day(start):
        assert CALENDAR.subtract(end, wd(amount)) == start


def test_calendar_days_count_every_day() -> None:
    assert CALENDAR.add(date(2028, 2, 15), Duration(14, "d")) == date(2028, 2, 29)
    assert CALENDAR.add(date(2026, 12, 18), Duration(14, "d")) == date(2027, 1, 1)
    assert CALENDAR.subtract(date(2028, 3, 1), Duration(1, "d")) == date(2028, 2, 29)


def test_the_sites_own_closed_days_count_as_holidays() -> None:
    calendar = POLICY.calendar.model_copy(update={"closed": (date(2026, 12, 24), date(2026, 12, 31))})
    closed = calendar.closed_days(2026, 2026)
    assert date(2026, 12, 24) in closed
    ours = Calendar("Europe/Berlin", closed, time(8))
    assert ours.add(date(2026, 12, 23), wd(1)) == date(2026, 12, 28)


def test_closed_days_are_sorted_weekdays_of_the_years_ahead() -> None:
    assert list(RULEBOOK.closed) == sorted(set(RULEBOOK.closed))
    assert all(day.weekday() < 5 for day in RULEBOOK.closed)
    assert {day.year for day in RULEBOOK.closed} == set(range(2026, 2026 + YEARS_AHEAD + 1))


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 28), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 10, 26), 24)],
)
def test_a_day_ends_at_local_midnight_also_when_the_clocks_change(day: date, hours: int) -> None:
    assert CALENDAR.end_of(day).astimezone(BERLIN).replace(tzinfo=None) == datetime.combine(
        day + timedelta(days=1), time(0)
    )
    assert CALENDAR.end_of(day) - CALENDAR.start_of(day) == timedelta(hours=hours)


def test_the_ends_of_days_are_these_instants() -> None:
    assert CALENDAR.end_of(date(2026, 3, 28)) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert CALENDAR.end_of(date(2026, 3, 29)) == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert CALENDAR.end_of(date(2026, 10, 24)) == datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert CALENDAR.end_of(date(2026, 10, 25)) == datetime(2026, 10, 25, 23, tzinfo=UTC)
    assert CALENDAR.end_of(date(2026, 12, 31)) == datetime(2026, 12, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hour"),
    [(date(2026, 3, 28), 7), (date(2026, 3, 29), 6), (date(2026, 10, 24), 6), (date(2026, 10, 25), 7)],
)
def test_messages_go_out_at_eight_local_time_all_year(day: date, hour: int) -> None:
    assert CALENDAR.send_time(day) == datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "today"),
    [
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_today_turns_at_local_midnight(instant: datetime, today: date) -> None:
    assert CALENDAR.today(instant) == today


@given(day=days)
def test_every_day_begins_where_the_one_before_ended(day: date) -> None:
    start, end = CALENDAR.start_of(day), CALENDAR.end_of(day)
    assert start < CALENDAR.send_time(day) < end
    assert CALENDAR.today(start) == day
    assert CALENDAR.today(end - timedelta(microseconds=1)) == day
    assert CALENDAR.today(end) == day + timedelta(days=1)


@given(day=days, amount=st.integers(0, 60), unit=units)
def test_adding_and_counting_are_inverse(day: date, amount: int, unit: str) -> None:
    duration = Duration.parse(f"{amount}{unit}")
    end = CALENDAR.add(day, duration)
    assert CALENDAR.between(day, end, duration.unit) == amount
    if unit == "wd" and amount:
        assert CALENDAR.is_working_day(end)


@given(first=days, last=days)
def test_nothing_lies_between_a_day_and_an_earlier_one(first: date, last: date) -> None:
    if last <= first:
        assert CALENDAR.between(first, last, "wd") == CALENDAR.between(first, last, "d") == 0
    else:
        assert CALENDAR.between(first, last, "wd") <= CALENDAR.between(first, last, "d")
