"""One appointment that Ben offers Alma, and a clock that only the test moves."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from models.cases.calendar import Calendar, calendar_of
from models.messages.appointment import AppointmentCommand, AppointmentStanding, AppointmentState
from models.messages.cases import Entry
from models.messages.commands import Actor, Receipt, Refusal
from models.rules.appointment import APPOINTMENTS, side_of
from models.vocabulary import SessionKind
from models.workflow_ids import APPOINTMENT
from tests.cast import ALMA, BERLIN, IDEA, MONDAY, POLICY, ben


def begin(
    idea_id: str, actor: Actor, start: datetime, n: int = 1, office: str = "dresden", owner_id: str = ALMA
) -> AppointmentState:
    """An appointment that nobody has proposed yet."""
    standing = AppointmentStanding(
        idea_id=idea_id, n=n, owner_id=owner_id, office=office, entered_at=start, proposed_by=side_of(actor.role)
    )
    return AppointmentState(standing=standing, rulebook=POLICY.rulebook(start.date(), APPOINTMENT))


class AppointmentStory:
    def __init__(self, start: datetime = MONDAY, actor: Actor = ben, **fields: Any) -> None:
        self.now = start.astimezone(UTC)
        self._ids = count(1)
        self.appointment = begin(IDEA, actor, self.now)
        APPOINTMENTS.take(self.appointment, self.command(actor, "propose", **fields), self.now)

    @property
    def standing(self) -> AppointmentStanding:
        return self.appointment.standing

    @property
    def calendar(self) -> Calendar:
        return calendar_of(self.appointment.rulebook)

    @property
    def last(self) -> Entry:
        return self.appointment.outbox[-1]

    def told(self) -> set[tuple[str, str]]:
        return {(str(notice.kind), notice.account_id or str(notice.to)) for notice in self.last.notices}

    def command(self, actor: Actor, event: str, **fields: Any) -> AppointmentCommand:
        """A command with what its event needs, where it is not given."""
        soon = self.now.replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
        offer = {"slots": (soon, soon + timedelta(hours=2)), "minutes": 60, "place": SessionKind.PHONE}
        ahead = [slot for slot in self.standing.slots if slot > self.now]
        needed: dict[str, dict[str, Any]] = {
            "propose": offer,
            "move": offer,
            "choose": {"start": ahead[0] if ahead else soon},
            "decline_times": {"note_id": "note-1"},
            "note_held": {"minutes": 45},
            "extend_deadline": {"days": 5},
            "snooze": {"until": self.calendar.today(self.now) + timedelta(days=3)},
        }
        values = {"id": f"appointment-{next(self._ids)}"} | needed.get(event, {}) | fields
        return AppointmentCommand(event=event, actor=actor, **values)

    def ask(self, actor: Actor, event: str, **fields: Any) -> Receipt | Refusal:
        command = self.command(actor, event, **fields)
        refused = APPOINTMENTS.refusal(self.appointment, command, self.now)
        return refused or APPOINTMENTS.take(self.appointment, command, self.now)

    def do(self, actor: Actor, event: str, **fields: Any) -> Receipt:
        answer = self.ask(actor, event, **fields)
        assert isinstance(answer, Receipt), f"{event} by {actor.role} in {self.standing.state}: {answer}"
        return answer

    def refused(self, actor: Actor, event: str, **fields: Any) -> Refusal:
        answer = self.ask(actor, event, **fields)
        assert isinstance(answer, Refusal), f"{event} by {actor.role} in {self.standing.state}"
        return answer

    def go_to(self, day: date, at: time = time(8)) -> list[Entry]:
        """Move on to a local time, and let the engine do what is due; returns what it did."""
        self.now = datetime.combine(day, at, tzinfo=BERLIN).astimezone(UTC)
        first = len(self.appointment.outbox)
        while APPOINTMENTS.ring(self.appointment, self.now):
            pass
        return self.appointment.outbox[first:]
