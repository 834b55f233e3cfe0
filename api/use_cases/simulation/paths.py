"""One idea's lines as spans of time: where it stood from when to when, whose turn it was, who coached it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from api.use_cases.simulation.behaviour import Place
from api.use_cases.simulation.timeline import Line
from models.lifecycles import LIFECYCLES
from models.vocabulary import Outcome, Role, Stage

DAY = timedelta(days=1)


class Stay(NamedTuple):
    """A time in one state."""

    place: Place
    since: datetime
    to: datetime
    is_over: bool
    days_late: float
    """How long it lasted beyond its limit."""

    @property
    def days(self) -> float:
        return (self.to - self.since) / DAY


class Coaching(NamedTuple):
    """A time in which a coach had a place taken."""

    coach_id: str
    since: datetime
    to: datetime


class Path:
    """The lines of one idea up to an end. Turns and coachings count from `begin` on, stays from when they began."""

    def __init__(
        self,
        lines: Sequence[Line],
        end: datetime,
        zone: ZoneInfo,
        begin: datetime | None = None,
        handed_in: datetime | None = None,
    ) -> None:
        self.lines = [line for line in lines if line.at < end]
        self.handed_in = handed_in or self.first.at
        self._begin = begin or self.first.at
        self._end = end
        self._zone = zone

    @property
    def first(self) -> Line:
        return self.lines[0]

    @property
    def last(self) -> Line:
        return self.lines[-1]

    @property
    def outcome(self) -> Outcome | None:
        """How the path has ended: by the machine's last state, or in the word of whoever ended it."""
        if self.last.holder is not None:
            return None
        leads_to = LIFECYCLES[self.last.stage].leads_to.get(self.last.state)
        return leads_to if isinstance(leads_to, Outcome) else Outcome(self.last.state)

    def stays(self) -> Iterator[Stay]:
        """One after the other, as long as the idea was open."""
        for place, group in groupby(self._spans(), key=lambda span: (span[0].stage, span[0].state)):
            spans = list(group)
            to = spans[-1][2]
            days_late = sum(self._days_late(*span) for span in spans)
            yield Stay(place, spans[0][1], to, to < self._end, days_late)

    def turns(self) -> Iterator[tuple[Role, datetime, datetime]]:
        """Whose turn it was, from when to when."""
        for line, since, to in self._spans():
            assert line.holder is not None
            yield line.holder, max(since, self._begin), to

    def coachings(self) -> Iterator[Coaching]:
        coach_id, since = None, self._begin
        for line in self.lines:
            has_coach = line.holder is not None and line.stage is not Stage.IDENTIFY
            now = (line.coach_id or coach_id) if has_coach else None
            if now != coach_id:
                if coach_id is not None:
                    yield Coaching(coach_id, since, line.at)
                coach_id, since = now, max(line.at, self._begin)
        if coach_id is not None:
            yield Coaching(coach_id, since, self._end)

    def at(self, instant: datetime) -> Line | None:
        """The last word at an instant; None before the idea was handed in."""
        return next((line for line in reversed(self.lines) if line.at <= instant), None)

    def is_late(self, line: Line, instant: datetime) -> bool:
        """Whether what is due was not done. A deadline ends at midnight."""
        return line.holder is not None and line.due is not None and instant >= self._midnight_after(line.due)

    def day_of(self, instant: datetime) -> date:
        return instant.astimezone(self._zone).date()

    def _spans(self) -> Iterator[tuple[Line, datetime, datetime]]:
        """Each line with the time in which it was the last word."""
        ends = [*(line.at for line in self.lines[1:]), self._end]
        for line, to in zip(self.lines, ends, strict=True):
            if line.holder is not None:
                yield line, line.at, to

    def _days_late(self, line: Line, since: datetime, to: datetime) -> float:
        if line.due is None:
            return 0.0
        return max((to - max(since, self._midnight_after(line.due))) / DAY, 0.0)

    def _midnight_after(self, day: date) -> datetime:
        return midnight(day + DAY, self._zone)


@cache
def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins. In UTC, where differences are real time when the clocks change."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
