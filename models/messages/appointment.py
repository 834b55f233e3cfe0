"""What travels of an appointment: instants, minutes and ids. Where it takes place is words, which stay in SQL."""

from datetime import datetime, timedelta

from models.messages.cases import CaseState, PlainStanding
from models.messages.commands import PlainCommand
from models.vocabulary import Role, SessionKind


class AppointmentCommand(PlainCommand):
    """One event asked of one appointment."""

    slots: tuple[datetime, ...] = ()
    """When it could begin: instants."""
    minutes: int | None = None
    """How long it shall take, or has taken."""
    place: SessionKind | None = None
    start: datetime | None = None
    """Which of the slots is chosen."""


class AppointmentStanding(PlainStanding):
    """Where an appointment stands."""

    kind = "appointment"

    n: int
    state: str = "choosing"
    proposed_by: Role
    """The side that has offered the times: innovator or coach."""
    slots: tuple[datetime, ...] = ()
    minutes: int = 60
    place: SessionKind = SessionKind.PHONE
    where_id: str | None = None
    """The note that says where, or under which number or link."""
    said_id: str | None = None
    """The note that says why the latest times were turned down, or why it was cancelled."""
    start: datetime | None = None
    """When it was agreed to begin; kept while other times are sought, so that calendars can take it out."""
    sequence: int = 0
    """Grows with each change that a calendar has to know of (RFC 5545)."""

    @property
    def number(self) -> int:
        return self.n

    @property
    def end(self) -> datetime | None:
        return self.start + timedelta(minutes=self.minutes) if self.start is not None else None

    @property
    def is_agreed(self) -> bool:
        """Whether it takes place, or has taken place, at its start."""
        return self.state in ("agreed", "noting", "held")


class AppointmentState(CaseState):
    standing: AppointmentStanding
