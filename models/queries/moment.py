"""When and where somebody looks: what a list counts its days from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, DateTime, Text, bindparam, cast, func

from models.cases.calendar import Calendar
from models.policy import CalendarSection, Policy, days_of
from models.tables.columns import INSTANT
from models.text_folding import fold


@lru_cache(maxsize=8)
def _working_days(section: CalendarSection, year: int) -> Calendar:
    """For looking back, also across the turn of the year."""
    return Calendar(section.timezone, section.closed_days(year - 1, year), section.send_at)


NEAR = timedelta(days=2)
"""A deadline of ours that is this close is worth a look before it has passed."""


class At(Protocol):
    """What a statement says of a moment: its values, or names of them."""

    @property
    def now(self) -> Any: ...

    @property
    def zone(self) -> Any: ...

    @property
    def today(self) -> Any: ...

    @property
    def near(self) -> Any: ...

    @property
    def silent_before(self) -> Any: ...

    @property
    def letters_before(self) -> Any: ...


@dataclass(frozen=True)
class Moment:
    """When and where somebody looks, and what counts as long."""

    now: datetime
    zone: ZoneInfo
    no_activity_after: timedelta
    letters_since: date
    """Letters that had arrived by this day should have been passed on."""
    places: Mapping[str, str] = field(default_factory=dict)
    """District → its name as it is looked for."""

    @classmethod
    def of(cls, policy: Policy, now: datetime) -> "Moment":
        calendar = _working_days(policy.calendar, now.year)
        return cls(
            now=now,
            zone=policy.zone,
            no_activity_after=days_of(policy.engine.no_activity_after),
            letters_since=calendar.subtract(calendar.today(now), policy.engine.letter_waits_for),
            places={code: f" {fold(district.name)} " for code, district in policy.region.districts.items()},
        )

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def near(self) -> date:
        return self.today + NEAR

    @property
    def silent_before(self) -> datetime:
        """Where nothing has happened since, nothing has happened for long."""
        return self.now - self.no_activity_after

    @property
    def letters_before(self) -> datetime:
        return self.begin_of(self.letters_since + timedelta(days=1))

    @property
    def values(self) -> dict[str, Any]:
        """For a statement that was written with `NAMED`."""
        named = ("now", "today", "near", "silent_before", "letters_before")
        return {name: getattr(self, name) for name in named} | {"zone": str(self.zone)}

    def begin_of(self, day: date) -> datetime:
        """The instant at which a day begins in the region."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone)


@dataclass(frozen=True)
class NamedMoment:
    """A moment whose values come with the execution: a large statement is written once, and not at each look."""

    now: Any
    zone: Any
    today: Any
    near: Any
    silent_before: Any
    letters_before: Any


NAMED = NamedMoment(
    now=bindparam("now", type_=INSTANT),
    zone=bindparam("zone", type_=Text()),
    today=bindparam("today", type_=Date()),
    near=bindparam("near", type_=Date()),
    silent_before=bindparam("silent_before", type_=INSTANT),
    letters_before=bindparam("letters_before", type_=INSTANT),
)


def local_day(at: At, column: Any) -> ColumnElement[date]:
    """The region's date of an instant."""
    return cast(func.timezone(_zone(at), column), Date)


def midnight(at: At, column: Any) -> ColumnElement[datetime]:
    """The instant at which a date begins in the region."""
    return func.timezone(_zone(at), cast(column, DateTime))


def _zone(at: At) -> Any:
    return str(at.zone) if isinstance(at.zone, ZoneInfo) else at.zone
