"""When and where somebody looks: what a list counts its days from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
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


@dataclass(frozen=True)
class At:
    """What a statement says of a moment: its values, or their names. With names it is written once, and not at each
    look; the values come with its execution."""

    now: Any
    zone: Any
    today: Any
    near: Any
    silent_before: Any
    """Where nothing has happened since, nothing has happened for long."""
    letters_before: Any
    """Letters that had arrived by then should have been passed on."""


TYPES = At(INSTANT, Text(), Date(), Date(), INSTANT, INSTANT)
NAMED = At(**{one.name: bindparam(one.name, type_=getattr(TYPES, one.name)) for one in fields(At)})


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
    def at(self) -> At:
        """For a statement about now."""
        return At(
            now=self.now,
            zone=str(self.zone),
            today=self.today,
            near=self.today + NEAR,
            silent_before=self.now - self.no_activity_after,
            letters_before=self.begin_of(self.letters_since + timedelta(days=1)),
        )

    @property
    def values(self) -> dict[str, Any]:
        """For a statement that was written with `NAMED`."""
        return asdict(self.at)

    def begin_of(self, day: date) -> datetime:
        """The instant at which a day begins in the region."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone)


def local_day(at: At, column: Any) -> ColumnElement[date]:
    """The region's date of an instant."""
    return cast(func.timezone(at.zone, column), Date)


def midnight(at: At, column: Any) -> ColumnElement[datetime]:
    """The instant at which a date begins in the region."""
    return func.timezone(at.zone, cast(column, DateTime))
