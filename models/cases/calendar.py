"""Working days and local dates.

Deadlines are local dates: they end at midnight of the region's time zone, also on the days the clocks change.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from models.messages.rulebook import Duration, Rulebook, Unit

SATURDAY = 5


class Calendar:
    """The working days of a region: no weekends, no closed days."""

    def __init__(self, timezone: str, closed: tuple[date, ...], send_at: time) -> None:
        self._closed = frozenset(closed)
        self._zone = ZoneInfo(timezone)
        self._send_at = send_at
        self._shifted: dict[tuple[date, Duration, int], date] = {}
        """Counted before: each clock counts the same few days again with each look at it."""
        self._sent: dict[date, datetime] = {}

    def today(self, now: datetime) -> date:
        """The local date of an aware instant."""
        return now.astimezone(self._zone).date()

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < SATURDAY and day not in self._closed

    def on_working_day(self, day: date) -> date:
        """The day itself, or the next working day where it is none (as § 193 BGB has it)."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def deadline(self, day: date, duration: Duration) -> date:
        """The last day of a time that begins on `day`; never a free day."""
        return self.on_working_day(self.add(day, duration))

    def add(self, day: date, duration: Duration) -> date:
        """The day that lies `duration` after `day`. Working days start to count on the next day."""
        return self._shift(day, duration, 1)

    def subtract(self, day: date, duration: Duration) -> date:
        """The day that lies `duration` before `day`."""
        return self._shift(day, duration, -1)

    def between(self, first: date, last: date, unit: Unit) -> int:
        """How many days of `unit` lie after `first` up to and including `last`; 0 where `last` is not later."""
        if last <= first:
            return 0
        span = (last - first).days
        if unit == "d":
            return span
        return sum(self.is_working_day(first + timedelta(days=n)) for n in range(1, span + 1))

    def send_time(self, day: date) -> datetime:
        """The instant at which the messages of a day go out."""
        if day not in self._sent:
            local = datetime.combine(day, self._send_at, tzinfo=self._zone)
            self._sent[day] = local.astimezone(ZoneInfo("UTC"))
        return self._sent[day]

    def end_of(self, day: date) -> datetime:
        """The instant at which a day is over: midnight at its end."""
        return datetime.combine(day + timedelta(days=1), time(0), tzinfo=self._zone).astimezone(ZoneInfo("UTC"))

    def start_of(self, day: date) -> datetime:
        return self.end_of(day - timedelta(days=1))

    def instant(self, day: date, at: time) -> datetime | None:
        """The instant at which clocks here show a time: of one that comes twice the first, and None for one that never
        comes, since the clocks go forward over it."""
        shown = datetime.combine(day, at, tzinfo=self._zone).astimezone(ZoneInfo("UTC"))
        return shown if shown.astimezone(self._zone).time() == at else None

    def _shift(self, day: date, duration: Duration, step: int) -> date:
        if duration.unit == "d":
            return day + timedelta(days=step * duration.amount)
        known = (day, duration, step)
        if known not in self._shifted:
            left = duration.amount
            while left > 0:
                day += timedelta(days=step)
                left -= self.is_working_day(day)
            self._shifted[known] = day
        return self._shifted[known]


@lru_cache(maxsize=64)
def _calendar(timezone: str, closed: tuple[date, ...], send_at: time) -> Calendar:
    return Calendar(timezone, closed, send_at)


def calendar_of(rulebook: Rulebook) -> Calendar:
    """The calendar of a rulebook; building one is cheap, but every decision needs it."""
    return _calendar(rulebook.timezone, rulebook.closed, rulebook.send_at)
