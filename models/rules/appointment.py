"""Appointments as a kind of case: who is on turn, what is refused, who is told what.

Whether somebody is the coach, a lead or a collaborator is known to whoever asks, since coaches and teams change.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import ClassVar

from models.cases.calendar import Calendar, calendar_of
from models.cases.plain_case import PlainKind, PlainStep
from models.lifecycles.appointment import AppointmentLifecycle
from models.lifecycles.events import CHANGE_OWNER
from models.messages.appointment import AppointmentCommand, AppointmentStanding, AppointmentState
from models.messages.cases import Clock, Entry, WakeUp
from models.messages.commands import Refusal
from models.messages.rulebook import Duration, Rulebook
from models.vocabulary import NoticeKind, Role, SessionKind, WakeUpKind

MOST_SLOTS = 5
SHORTEST, LONGEST = 5, 480
"""Minutes that an appointment may be planned for."""
LONGEST_HELD = 24 * 60
"""Minutes that it may have taken: as many as the session log takes."""

PLACES = (SessionKind.PHONE, SessionKind.VIDEO, SessionKind.IN_PERSON)
"""How people meet; a mail is no appointment."""

OFFERS = frozenset({"propose", "move"})
CHOICES = frozenset({"choose", "decline_times"})

SOON = "soon"
"""The keys of what is told the working day before begin so."""


def side_of(role: Role) -> Role:
    """A lead stands in for the coach."""
    return Role.INNOVATOR if role is Role.INNOVATOR else Role.COACH


def other_side(side: Role) -> Role:
    return Role.COACH if side is Role.INNOVATOR else Role.INNOVATOR


class Appointments(PlainKind[AppointmentState, AppointmentCommand]):
    """Its times are instants: what was said stays what was said when the clocks change."""

    name = "appointment"
    state = AppointmentState
    command = AppointmentCommand
    machine = AppointmentLifecycle
    begins_with = "propose"
    required: ClassVar = {
        "propose": ("minutes", "place"),
        "move": ("minutes", "place"),
        "choose": ("start",),
        "decline_times": ("note_id",),
        "note_held": ("minutes",),
    }
    restarts_clock = frozenset({"move"})
    ends_with_idea = frozenset({"choosing", "proposing", "agreed"})
    follows_owner = True

    # -- who is on turn, and until when ----------------------------------------------------------------------

    def turn(self, standing: AppointmentStanding) -> Role | None:
        match standing.state:
            case "choosing":
                return other_side(standing.proposed_by)
            case "proposing":
                return standing.proposed_by
        return super().turn(standing)

    def start_clock(
        self, standing: AppointmentStanding, rulebook: Rulebook, today: date, calendar: Calendar
    ) -> Clock | None:
        """Until it is over, it is due on its day."""
        if standing.state == "agreed" and standing.start is not None:
            return Clock(unit="d", due=calendar.today(standing.start))
        return super().start_clock(standing, rulebook, today, calendar)

    def upcoming(self, standing: AppointmentStanding, rulebook: Rulebook) -> list[WakeUp]:
        """Both sides hear of it the working day before; its end makes it the coach's turn."""
        if standing.state != "agreed" or standing.start is None or standing.end is None or standing.clock is None:
            return super().upcoming(standing, rulebook)
        calendar = calendar_of(rulebook)
        soon = calendar.send_time(calendar.subtract(calendar.today(standing.start), Duration(1, "wd")))
        told = [
            WakeUp(kind=WakeUpKind.REMINDER, key=f"{SOON}-{role}", at=soon, to=role, account_id=account_id)
            for role, account_id in ((Role.INNOVATOR, standing.owner_id), (Role.COACH, None))
        ]
        # Who agrees on the day before knows it.
        ahead = [one for one in told if soon > standing.entered_at and one.key not in standing.clock.rung]
        return [*ahead, WakeUp(kind=WakeUpKind.EXPIRY, key="end", at=standing.end, to=Role.ENGINE)]

    # -- its steps -------------------------------------------------------------------------------------------

    def carry_out(self, step: PlainStep[AppointmentState], command: AppointmentCommand) -> None:
        standing = step.standing
        super().carry_out(step, command)
        if command.event == CHANGE_OWNER:
            return
        # A command that any kind knows, as in bulk, says nothing of the owner.
        standing.owner_id = getattr(command, "owner_id", None) or standing.owner_id
        if command.event in OFFERS:
            self._offer(standing, command)
        else:
            standing.said_id = command.note_id or standing.said_id
        if command.event == "choose":
            standing.start = command.start
            step.facts["start"] = command.start.isoformat() if command.start else ""
        if command.event == "note_held" and standing.start is not None:
            day = step.calendar.today(standing.start)
            step.facts |= {"minutes": command.minutes or 0, "day": day.isoformat()}
        if standing.is_agreed != step.before.is_agreed:
            standing.sequence += 1

    def _offer(self, standing: AppointmentStanding, command: AppointmentCommand) -> None:
        standing.proposed_by = side_of(command.actor.role)
        standing.slots = tuple(sorted(command.slots))
        standing.minutes = command.minutes or standing.minutes
        standing.place = command.place or standing.place
        standing.where_id, standing.said_id = command.note_id or standing.where_id, None

    def tells(
        self, before: AppointmentStanding, after: AppointmentStanding, entry: Entry
    ) -> Iterable[tuple[NoticeKind, Role | None]]:
        both = (Role.INNOVATOR, Role.COACH)
        told: dict[str, tuple[NoticeKind, tuple[Role | None, ...]]] = {
            "propose": (NoticeKind.APPOINTMENT_PROPOSED, (after.turn,)),
            "move": (NoticeKind.APPOINTMENT_PROPOSED, (after.turn,)),
            "decline_times": (NoticeKind.APPOINTMENT_DECLINED, (after.turn,)),
            "choose": (NoticeKind.APPOINTMENT_AGREED, both),
            "withdraw": (NoticeKind.APPOINTMENT_CANCELLED, both),
            "end": (NoticeKind.APPOINTMENT_OVER, (after.turn,)),
        }
        kind, roles = told.get(entry.event, (NoticeKind.APPOINTMENT_WAITS, ()))
        return [(kind, role) for role in roles]

    def notice_of(self, wake_up: WakeUp, standing: AppointmentStanding) -> NoticeKind:
        if wake_up.kind is WakeUpKind.ESCALATION:
            return NoticeKind.APPOINTMENT_ESCALATION
        return NoticeKind.APPOINTMENT_SOON if wake_up.key.startswith(SOON) else NoticeKind.APPOINTMENT_WAITS

    # -- what is refused -------------------------------------------------------------------------------------

    def makes_sense(self, event: str, role: Role, standing: AppointmentStanding) -> bool:
        """Nobody chooses for both sides."""
        return event not in CHOICES or side_of(role) is other_side(standing.proposed_by)

    def refuse_fields(self, case: AppointmentState, command: AppointmentCommand, now: datetime) -> Refusal | None:
        if why := super().refuse_fields(case, command, now):
            return why
        wrong: tuple[str, str] | None = None
        if command.event in OFFERS:
            rulebook = command.rulebook or case.rulebook
            wrong = _wrong_offer(command, now, now + timedelta(days=rulebook.longest_pause_days))
        elif command.event == "choose" and command.start is not None:
            wrong = _wrong_choice(case.standing, command.start, now)
        elif command.event == "note_held" and not 1 <= (command.minutes or 0) <= LONGEST_HELD:
            wrong = "minutes", f"must be between 1 and {LONGEST_HELD}"
        return self.invalid(case, command, *wrong) if wrong is not None else None


def _wrong_offer(command: AppointmentCommand, now: datetime, last: datetime) -> tuple[str, str] | None:
    slots = command.slots
    if not 1 <= len(slots) <= MOST_SLOTS or len(set(slots)) < len(slots):
        return "slots", f"must be between 1 and {MOST_SLOTS} different times"
    if not all(now < slot <= last for slot in slots):
        return "slots", "must lie ahead, and not too far"
    if not SHORTEST <= (command.minutes or 0) <= LONGEST:
        return "minutes", f"must be between {SHORTEST} and {LONGEST}"
    if command.place not in PLACES:
        return "place", f"must be one of {', '.join(PLACES)}"
    return None


def _wrong_choice(standing: AppointmentStanding, start: datetime, now: datetime) -> tuple[str, str] | None:
    if start not in standing.slots:
        return "start", "must be one of the times that are offered"
    return ("start", "lies in the past by now") if start <= now else None


APPOINTMENTS = Appointments()
