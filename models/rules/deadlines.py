"""What the engine will send of an idea: every future message of its clock, its questions, its pause and its cover, and
what is due. A question has a clock of its own, so that each thing is reminded of once, whatever the state."""

from collections.abc import Iterable
from datetime import date, datetime
from operator import attrgetter

from models.cases.calendar import Calendar
from models.cases.clocks import Ring, rearm, ring_on, rings, shift_day, skip_past, tell_rings
from models.messages.cases import Clock, Pause, WakeUp
from models.messages.idea import OpenTask, Standing
from models.rules.holders import person_for
from models.vocabulary import Role, WakeUpKind


def upcoming(standing: Standing, calendar: Calendar, *, with_internal: bool = True) -> list[WakeUp]:
    """What the engine will do by itself if nobody does anything: every future message, with its recipient.

    Messages of one thing that fall on one instant for one recipient are one message, as they are when they are sent.
    Without `with_internal`, what is asked among coaches and leads is left out.
    """
    messages = (WakeUpKind.REMINDER, WakeUpKind.OVERDUE, WakeUpKind.ESCALATION)
    chosen = {}
    asked = [task for task in ringing_questions(standing) if with_internal or not task.internal]
    for wake_up in [*_tell(standing, _planned(standing, calendar)), *_tell_questions(standing, asked, calendar)]:
        own_key = wake_up.task_id if wake_up.kind in messages else wake_up.key
        chosen[(wake_up.at, wake_up.to, wake_up.account_id, own_key)] = wake_up
    return sorted(chosen.values(), key=attrgetter("at"))


def next_at(standing: Standing, calendar: Calendar) -> datetime | None:
    """When the engine will do something by itself; None: never, if nobody does anything."""
    asked = (ring for task in ringing_questions(standing) for ring in rings(clock_of(standing, task), calendar))
    return min((ring.at for ring in (*_planned(standing, calendar), *asked)), default=None)


def due(standing: Standing, calendar: Calendar, now: datetime) -> list[WakeUp]:
    """The wake-ups whose time has come: those of the idea itself, then those of each question."""
    own = _tell(standing, [ring for ring in _planned(standing, calendar) if ring.at <= now])
    asked = _tell_questions(standing, ringing_questions(standing), calendar)
    return [*own, *(wake_up for wake_up in asked if wake_up.at <= now)]


def ringing_questions(standing: Standing) -> list[OpenTask]:
    """A pause rests them, and an end silences them."""
    if standing.outcome is not None or standing.pause is not None:
        return []
    return [task for task in standing.tasks if task.asks]


def asked_until(standing: Standing) -> date | None:
    """By when the first of the open questions wants its answer; None for an idea that has ended."""
    asked = [task.due for task in standing.tasks if task.asks and task.due is not None]
    return min(asked, default=None) if standing.outcome is None else None


def clock_of(standing: Standing, task: OpenTask) -> Clock:
    """The clock of a question. Where somebody was asked in person, the leads wait with it as with all else."""
    assert task.question is not None
    assert task.due is not None
    pinned = task.question
    return Clock(
        unit="d",
        due=task.due,
        remind=pinned.remind,
        escalate=pinned.escalate,
        rung=pinned.rung,
        lead_quiet_until=standing.chased_until,
    )


def skip_past_reminders(standing: Standing, task: OpenTask, now: datetime, calendar: Calendar) -> None:
    """Of a question that has just been asked."""
    clock = clock_of(standing, task)
    skip_past(clock, now, calendar)
    _set_rung(task, clock)


def _set_rung(task: OpenTask, clock: Clock) -> None:
    assert task.question is not None
    task.question.rung = clock.rung


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


def _tell_questions(standing: Standing, asked: Iterable[OpenTask], calendar: Calendar) -> list[WakeUp]:
    return [
        wake_up.model_copy(update={"task_id": task.id})
        for task in asked
        for wake_up in tell_rings(rings(clock_of(standing, task), calendar), *person_for(standing, task.assignee))
    ]


def shift_tasks_over_pause(standing: Standing, pause: Pause, now: datetime, calendar: Calendar) -> None:
    """Tasks go on with the time that was left. What now lies ahead of a question rings again."""
    today = calendar.today(now)
    for task in standing.tasks:
        if task.due is not None:
            task.due = shift_day(task.due, "d", pause, today, calendar)
        if task.asks:
            clock = clock_of(standing, task)
            rearm(clock, now, calendar)
            _set_rung(task, clock)
