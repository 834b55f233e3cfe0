"""What the engine will send of an idea: every future message of its clock, its pause and its cover, and what is due."""

from datetime import date, datetime

from models.cases.calendar import Calendar
from models.cases.clocks import Ring, ring_on, rings, shift_day, tell_rings
from models.messages.cases import Pause, WakeUp
from models.messages.idea import OpenTask, Standing
from models.vocabulary import Role, WakeUpKind


def upcoming(standing: Standing, calendar: Calendar) -> list[WakeUp]:
    """What the engine will do by itself if nobody does anything: every future message, with its recipient.

    Messages that fall on one instant for one recipient are one message, as they are when they are sent.
    """
    messages = (WakeUpKind.REMINDER, WakeUpKind.OVERDUE, WakeUpKind.ESCALATION)
    chosen = {}
    for wake_up in _tell(standing, _planned(standing, calendar)):
        own_key = None if wake_up.kind in messages else wake_up.key
        chosen[(wake_up.at, wake_up.to, wake_up.account_id, own_key)] = wake_up
    return list(chosen.values())


def next_at(standing: Standing, calendar: Calendar) -> datetime | None:
    """When the engine will do something by itself; None: never, if nobody does anything."""
    return min((ring.at for ring in _planned(standing, calendar)), default=None)


def due(standing: Standing, calendar: Calendar, now: datetime) -> list[WakeUp]:
    """The wake-ups whose time has come."""
    return _tell(standing, [ring for ring in _planned(standing, calendar) if ring.at <= now])


def _planned(standing: Standing, calendar: Calendar) -> list[Ring]:
    if standing.outcome is not None or standing.holder is None:
        return []
    plan: list[Ring] = []
    if standing.pause is not None:
        plan.append(_end_of(WakeUpKind.PAUSE_END, standing.pause.until, calendar))
    elif standing.clock is not None:
        # The search reminds its coaches itself; only its silence is told to the lead.
        searches = standing.holder.role is Role.COACH_SEARCH
        told = rings(standing.clock, calendar)
        plan += [ring for ring in told if not searches or ring.kind is WakeUpKind.ESCALATION]
    if standing.cover is not None:
        plan.append(_end_of(WakeUpKind.COVER_END, standing.cover.until, calendar))
    return plan


def _end_of(kind: WakeUpKind, day: date, calendar: Calendar) -> Ring:
    return ring_on(day, kind, str(kind), calendar)


def _tell(standing: Standing, plan: list[Ring]) -> list[WakeUp]:
    holder = standing.holder
    return [] if holder is None else tell_rings(plan, holder.role, holder.account_id)


def shift_tasks_over_pause(tasks: list[OpenTask], pause: Pause, today: date, calendar: Calendar) -> None:
    for task in tasks:
        if task.due is not None:
            task.due = shift_day(task.due, "d", pause, today, calendar)
