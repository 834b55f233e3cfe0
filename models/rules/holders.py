"""Who is on turn: derived from where an idea stands, never set by hand."""

from datetime import date, datetime

from models.lifecycles import LIFECYCLES
from models.messages.cases import Holder
from models.messages.idea import Standing
from models.vocabulary import Role, Stage, Why

COACHED_STAGES = frozenset(stage for stage, lifecycle in LIFECYCLES.items() if Role.COACH in lifecycle.on_turn.values())
"""The stages in which an idea needs a coach."""


def find_holder(standing: Standing, since: datetime) -> Holder | None:
    """Who is on turn now; None only for an idea that has ended."""
    if standing.outcome is not None:
        return None
    role, account_id, why = _on_turn(standing)
    if standing.pause is not None:
        why = Why.PAUSED
    return Holder(role=role, account_id=account_id, since=since, until=_until(standing), why=why)


def needs_coach(stage: Stage) -> bool:
    return stage in COACHED_STAGES


def acting_coach(standing: Standing) -> str | None:
    """Who acts as the coach now: whoever stands in while the coach is away. None where there is none, or the leads do.

    The one answer for all that depends on the coach being there: turns, absences, departures, access, mails.
    """
    return standing.cover.account_id if standing.cover is not None else standing.coach_id


def person_for(standing: Standing, role: Role) -> tuple[Role, str | None]:
    """Who stands for a role now: the owner, whoever acts as the coach, or else the leads of the office."""
    if role is Role.INNOVATOR:
        return role, standing.owner_id
    acting = acting_coach(standing) if role is Role.COACH else None
    return (Role.LEAD, None) if acting is None else (Role.COACH, acting)


def is_on_turn(standing: Standing, account_id: str | None, role: Role) -> bool:
    """Whether it is somebody's own turn, in this role; where a group is on turn, that of each of its people."""
    holder = standing.holder
    return holder is not None and holder.role is role and holder.account_id in (None, account_id)


def waits_for_others(standing: Standing, account_id: str | None, role: Role) -> bool:
    """Whether an idea waits for somebody else than them: who is on turn, or was asked something."""
    asked = [person_for(standing, task.assignee) for task in standing.tasks if task.asks]
    themselves = ((role, None), (role, account_id))
    return not is_on_turn(standing, account_id, role) or any(one not in themselves for one in asked)


def count_questions_to(standing: Standing, account_id: str) -> int:
    """How many open questions wait for somebody by name: the coach, or who stands in for them; the owner."""
    asked = [person_for(standing, task.assignee) for task in standing.tasks if task.asks]
    return sum(whom == account_id for _, whom in asked)


def _on_turn(standing: Standing) -> tuple[Role, str | None, Why]:
    role = LIFECYCLES[standing.stage].on_turn[standing.state]
    if role is Role.INNOVATOR:
        return role, standing.owner_id, Why.STATE
    if role is not Role.COACH:
        return role, None, Why.STATE
    if standing.coach_id is None:
        if standing.search is not None:
            return Role.COACH_SEARCH, None, Why.SEARCHING
        return Role.LEAD, None, Why.NO_COACH
    acting = acting_coach(standing)
    if acting is None:
        return Role.LEAD, None, Why.COACH_ABSENT
    return Role.COACH, acting, Why.STATE if standing.cover is None else Why.COACH_ABSENT


def _until(standing: Standing) -> date | None:
    if standing.pause is not None:
        return standing.pause.until
    return standing.clock.due if standing.clock is not None else None
