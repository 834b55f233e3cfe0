"""Who is on turn: derived from where an idea stands, never set by hand."""

from datetime import date, datetime

from models.lifecycles import LIFECYCLES
from models.messages.idea import Holder, Standing
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
    if standing.cover is not None:
        if standing.cover.account_id is None:
            return Role.LEAD, None, Why.COACH_ABSENT
        return Role.COACH, standing.cover.account_id, Why.COACH_ABSENT
    return Role.COACH, standing.coach_id, Why.STATE


def _until(standing: Standing) -> date | None:
    if standing.pause is not None:
        return standing.pause.until
    return standing.clock.due if standing.clock is not None else None
