"""Cases of whatever kind. What a hand-off does not say itself, its idea does: who coaches, whether all rests, whose it
is. An idea is asked for nothing beside its own row."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, case, cast, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.tables import Account, StandingRow, is_idea, is_own
from models.vocabulary import Role

OF_IDEA = aliased(StandingRow)
"""Where the idea of a case stands."""


def of_its_idea(column: Any) -> ColumnElement[Any]:
    """A column of OF_IDEA, looked up for one case."""
    its = select(column).where(col(OF_IDEA.case_id) == col(StandingRow.idea_id))
    return its.correlate(StandingRow).scalar_subquery()


def shown(name: str) -> ColumnElement[Any]:
    """What the idea says, by the name of a column, beside a case of whatever kind."""
    return case((is_idea(), col(getattr(StandingRow, name))), else_=of_its_idea(getattr(OF_IDEA, name)))


def acting_holder() -> ColumnElement[Any]:
    """The account that is on turn. A case that waits for the coach, and names none, waits for whoever acts as such."""
    acting = of_its_idea(func.coalesce(col(OF_IDEA.cover_id), col(OF_IDEA.coach_id)))
    waits_for_coach = and_(~is_idea(), col(StandingRow.holder_role) == Role.COACH)
    return func.coalesce(col(StandingRow.holder_id), case((waits_for_coach, acting)))


def is_held_by_nobody() -> ColumnElement[bool]:
    """What is no idea waits for the coach, and nobody acts as such: the leads look after it."""
    return and_(~is_idea(), col(StandingRow.holder_role) == Role.COACH, acting_holder().is_(None))


def is_in_time() -> ColumnElement[bool]:
    """It does not rest. What belongs to an idea rests with it."""
    return and_(col(StandingRow.paused_until).is_(None), or_(is_idea(), of_its_idea(OF_IDEA.paused_until).is_(None)))


def is_of(offices: Collection[str]) -> ColumnElement[bool]:
    """As two conditions, each of which the planner knows how to estimate."""
    own, its = col(StandingRow.office).in_(offices), of_its_idea(OF_IDEA.office).in_(offices)
    return or_(and_(is_idea(), own), and_(~is_idea(), its))


def workflow_id() -> ColumnElement[str]:
    """`StandingRow.workflow_id` as SQL."""
    row = StandingRow
    number = case((col(row.number) > 0, func.concat("/", row.number)), else_="")
    return func.concat(row.kind, "/", row.idea_id, number)


def belongs_to(account_id: Any) -> ColumnElement[bool]:
    """`is_own` for cases of whatever kind: those of one's own ideas."""
    return col(StandingRow.idea_id).in_(own_ideas(account_id))


def own_ideas(account_id: Any) -> Any:
    """Their ids; `account_id` may be a column of `Account`."""
    return select(StandingRow.case_id).where(is_idea(), is_own(account_id)).correlate(Account)


def quiet_until() -> ColumnElement[Any]:
    """Up to which day whoever is on turn is not reminded; null where nobody has put it off."""
    return cast(col(StandingRow.snapshot)["clock"]["quiet_until"].astext, Date)


def put_off(today: date) -> Any:
    """The ids of ideas of which whoever is on turn wants to hear later."""
    return select(StandingRow.case_id).where(is_idea(), quiet_until() > today)
