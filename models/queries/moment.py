"""When and where somebody looks: what a list counts its days from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, DateTime, cast, func

from models.cases.calendar import Calendar
from models.policy import CalendarSection, Policy, days_of
from models.text_folding import fold


@lru_cache(maxsize=8)
def _working_days(section: CalendarSection, year: int) -> Calendar:
    """For looking back, also across the turn of the year."""
    return Calendar(section.timezone, section.closed_days(year - 1, year), section.send_at)


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

    def begin_of(self, day: date) -> datetime:
        """The instant at which a day begins in the region."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone)

    def local_day(self, column: Any) -> ColumnElement[date]:
        """The region's date of an instant."""
        return cast(func.timezone(str(self.zone), column), Date)

    def midnight(self, column: Any) -> ColumnElement[datetime]:
        """The instant at which a date begins in the region."""
        return func.timezone(str(self.zone), cast(column, DateTime))
