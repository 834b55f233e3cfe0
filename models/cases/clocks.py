"""The clock of a case: when it is due, what the engine will send before and after, and what moves it.

Nothing is due on a free day, and the engine sends nothing on one, but for the day that a person has typed for a task.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from models.cases.calendar import Calendar
from models.messages.cases import Clock, Pause, WakeUp
from models.messages.rulebook import Duration, Limit, Unit
from models.vocabulary import Role, WakeUpKind

ONE_DAY = Duration(1, "d")

ASKED_AGAIN = "again"
"""The key of what is told at the end of a quiet time."""


def start_clock(limit: Limit, today: date, calendar: Calendar) -> Clock:
    """A fresh clock with the limit's steps pinned."""
    return Clock(
        unit=limit.limit.unit,
        due=calendar.deadline(today, limit.limit),
        remind=limit.remind,
        escalate=limit.escalate,
    )


class Ring(NamedTuple):
    """What the engine will do by itself. Nobody is told of it yet."""

    at: datetime
    kind: WakeUpKind
    key: str


def rings(clock: Clock, calendar: Calendar) -> tuple[Ring, ...]:
    """Everything a clock will ring that has not rung, in no order."""
    quiet = (clock.quiet_until, clock.lead_quiet_until)
    return _rings(clock.due, clock.remind, clock.escalate, tuple(clock.rung), *quiet, calendar)


@lru_cache(maxsize=4096)
def _rings(
    due: date,
    remind: Sequence[Duration],
    escalate: Sequence[Duration],
    rung: Collection[str],
    quiet_until: date | None,
    lead_quiet_until: date | None,
    calendar: Calendar,
) -> tuple[Ring, ...]:
    """Kept: who has waited for a ring asks once more when it rings, and many clocks are alike."""
    found, quiet = [], None if quiet_until is None else calendar.on_working_day(quiet_until)

    def plan(kind: WakeUpKind, key: str, day: date) -> None:
        if key not in rung:
            found.append(ring_on(day, kind, key, calendar))

    for step in remind:
        plan(WakeUpKind.REMINDER, f"remind-{step}", _not_before(reminder_day(due, step, calendar), quiet))
    if quiet is not None:
        # Whoever asked to be left alone until then is asked again, and is late only on the day after.
        plan(WakeUpKind.REMINDER, ASKED_AGAIN, quiet)
    plan(WakeUpKind.OVERDUE, "overdue", calendar.add(_not_before(due, quiet), ONE_DAY))
    for step in escalate:
        plan(WakeUpKind.ESCALATION, f"escalate-{step}", _not_before(calendar.add(due, step), lead_quiet_until))
    return tuple(found)


def ring_on(day: date, kind: WakeUpKind, key: str, calendar: Calendar) -> Ring:
    return Ring(calendar.send_time(calendar.on_working_day(day)), kind, key)


def tell_rings(plan: Iterable[Ring], holder: Role, account_id: str | None) -> list[WakeUp]:
    """In the order of time, with whom they tell: escalations the lead, all else whoever is on turn."""
    return [
        WakeUp(kind=ring.kind, key=ring.key, at=ring.at, to=Role.LEAD)
        if ring.kind is WakeUpKind.ESCALATION
        else WakeUp(kind=ring.kind, key=ring.key, at=ring.at, to=holder, account_id=account_id)
        for ring in sorted(plan, key=attrgetter("at"))
    ]


def wake_ups(clock: Clock, holder: Role, account_id: str | None, calendar: Calendar) -> list[WakeUp]:
    """Everything a clock will ring that has not rung, in the order of time."""
    return tell_rings(rings(clock, calendar), holder, account_id)


def shift_over_pause(clock: Clock, pause: Pause, today: date, calendar: Calendar) -> None:
    """Let the clock go on with the time that was left when it stopped."""
    clock.due = shift_day(clock.due, clock.unit, pause, today, calendar)


def extend(clock: Clock, days: int, today: date, calendar: Calendar) -> None:
    """Move the deadline by `days` of its own unit, counted from today where it has passed already."""
    clock.due = calendar.deadline(max(clock.due, today), Duration(days, clock.unit))


def rearm(clock: Clock, now: datetime, calendar: Calendar) -> None:
    """After a deadline has moved, what now lies ahead again will ring again; what lies behind stays rung.

    What is due at this very moment lies ahead: the moment is often that at which a pause has ended by itself.
    """
    # A quiet time holds messages back; it does not make those that were sent long ago lie ahead again.
    plain = clock.model_copy(update={"rung": [], "quiet_until": None, "lead_quiet_until": None})
    ahead = {ring.key for ring in rings(plain, calendar) if ring.at >= now}
    clock.rung = sorted(set(clock.rung) - ahead)


def skip_past(clock: Clock, now: datetime, calendar: Calendar) -> None:
    """Reminders from before the clock has started, or goes on, are never sent: its turn is told instead."""
    past = {ring.key for ring in rings(clock, calendar) if ring.kind is WakeUpKind.REMINDER and ring.at <= now}
    clock.rung = sorted(set(clock.rung) | past)


def reminder_day(due: date, step: Duration, calendar: Calendar) -> date:
    """So long before the deadline; on the next working day where that is none, or on the last one that is in time."""
    day = calendar.on_working_day(calendar.subtract(due, step))
    return day if day <= due else calendar.subtract(due, Duration(1, "wd"))


def shift_day(day: date, unit: Unit, pause: Pause, today: date, calendar: Calendar) -> date:
    if pause.since == today:
        return day
    return calendar.deadline(today, Duration(calendar.between(pause.since, day, unit), unit))


def _not_before(day: date, quiet_until: date | None) -> date:
    return day if quiet_until is None else max(day, quiet_until)
