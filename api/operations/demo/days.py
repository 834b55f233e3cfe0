"""When people of the demo act: in office hours of working days, by the rules as they stood then."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zlib import crc32

from models.cases.calendar import Calendar, calendar_of
from models.messages.rulebook import Rulebook
from models.policy import Policy
from models.workflow_ids import IDEA

OPENING, OFFICE_HOURS = time(8, 30), 8 * 60
"""When people act, and for how many minutes a day."""


@dataclass(frozen=True)
class Days:
    """The days before the demo is loaded, as one story counts them. `key` sets the minutes."""

    policy: Policy
    today: date
    key: str
    _rulebooks: dict[tuple[int, str], Rulebook] = field(default_factory=dict)

    def rulebook(self, at: datetime, kind: str = IDEA) -> Rulebook:
        year = at.astimezone(self.policy.zone).year
        if (year, kind) not in self._rulebooks:
            self._rulebooks[year, kind] = self.policy.rulebook(date(year, 1, 1), kind)
        return self._rulebooks[year, kind]

    def moment_of(self, ago: int, number: int) -> datetime:
        """A moment in office hours of the working day `ago` days back, or of the one before it."""
        minutes = timedelta(minutes=crc32(f"{self.key}/{number}".encode()) % OFFICE_HOURS)
        at = datetime.combine(self.today - timedelta(days=ago), OPENING, tzinfo=self.policy.zone) + minutes
        while not self._calendar(at).is_working_day(at.date()):
            at -= timedelta(days=1)
        return at

    def _calendar(self, at: datetime) -> Calendar:
        return calendar_of(self.rulebook(at))
