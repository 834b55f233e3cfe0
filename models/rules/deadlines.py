"""What the engine will send of an idea: every future message of its clock, its pause and its cover, and what is due."""

from datetime import date, datetime

from models.cases.calendar import Calendar
from models.cases.clocks import shift_day, wake_ups
from models.messages.idea import OpenTask, Pause, Standing, WakeUp
from models.vocabulary import Role, WakeUpKind


def upcoming(standing: Standing, calendar: Calendar) -> list[WakeUp]:
    """What the engine will do by itself if nobody does anything: every future message, with its recipient.

    Messages that fall on one instant for one recipient are one message, as they are when they are sent.
    """
    messages = (WakeUpKind.REMINDER, WakeUpKind.OVERDUE, WakeUpKind.ESCALATION)
    chosen = {}
    for wake_up in _planned(standing, calendar):
        own_key = None if wake_up.kind in messages else wake_up.key
        chosen[(wake_up.at, wake_up.to, wake_up.account_id, own_key)] = wake_up
    return list(chosen.values())


def due(standing: Standing, calendar: Calendar, now: datetime) -> list[WakeUp]:
    """The wake-ups whose time has come."""
    return [wake_up for wake_up in _planned(standing, calendar) if wake_up.at <= now]


def _planned(standing: Standing, calendar: Calendar) -> list[WakeUp]:
    if standing.outcome is not None or standing.holder is None:
        return []
    if standing.pause is not None:
        plan = [_wake(WakeUpKind.PAUSE_END, standing.pause.until, standing, calendar)]
    elif standing.clock is None:
        plan = []
    elif standing.holder.role is Role.COACH_SEARCH:
        # The search reminds its coaches itself; only its silence is told to the lead.
        plan = [
            wake_up
            for wake_up in wake_ups(standing.clock, Role.LEAD, None, calendar)
            if wake_up.kind is WakeUpKind.ESCALATION
        ]
    else:
        plan = wake_ups(standing.clock, standing.holder.role, standing.holder.account_id, calendar)
    if standing.cover is not None:
        plan.append(_wake(WakeUpKind.COVER_END, standing.cover.until, standing, calendar))
    return sorted(plan, key=lambda wake_up: wake_up.at)


def shift_tasks_over_pause(tasks: list[OpenTask], pause: Pause, today: date, calendar: Calendar) -> None:
    for task in tasks:
        if task.due is not None:
            task.due = shift_day(task.due, "d", pause, today, calendar)


def _wake(kind: WakeUpKind, day: date, standing: Standing, calendar: Calendar) -> WakeUp:
    assert standing.holder is not None
    return WakeUp(
        kind=kind,
        key=str(kind),
        at=calendar.send_time(calendar.on_working_day(day)),
        to=standing.holder.role,
        account_id=standing.holder.account_id,
    )
