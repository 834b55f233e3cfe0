"""Coaches with their load, their capacity and their absences."""

from datetime import date
from typing import Any, NamedTuple

from pydantic import BaseModel
from sqlalchemy import func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.people import Named, Person, person
from models.tables import Account, CoachProfile, Idea, Offer, Place, StandingRow, has_role
from models.tables.columns import utc_now
from models.vocabulary import OfferStatus, Role


class Absence(BaseModel):
    """First and last day, and who stands in; nobody: the leads of the office."""

    first_day: date
    last_day: date
    cover: Person | None


class CoachName(NamedTuple):
    """A coach in a choice."""

    id: str
    name: str


class LeftBehind(NamedTuple):
    """An idea whose coach has gone and that has none yet."""

    id: str
    title: str
    searching: bool


class CoachLine(BaseModel):
    """A coach as a lead sees them. `taken` counts confirmed and reserved places, `ideas` the open ideas they have."""

    id: str
    name: str
    office: str | None
    districts: list[str]
    themes: list[str]
    languages: list[str]
    capacity: int
    taken: int
    free: int
    ideas: int
    covering: int
    """Open ideas of others that they stand in for."""
    open_offers: int
    absence: Absence | None
    away_today: bool
    left_on: date | None
    has_profile: bool


async def list_coaches(session: AsyncSession, today: date) -> list[CoachLine]:
    """Everybody with the role of a coach, by name, in one statement."""
    return [_line(row, today) for row in (await session.exec(_select().where(has_role(Role.COACH)))).all()]


async def read_coach(session: AsyncSession, coach_id: str, today: date) -> CoachLine | None:
    """One coach; None where the account has no such role."""
    row = (await session.exec(_select().where(has_role(Role.COACH), Account.id == coach_id))).one_or_none()
    return None if row is None else _line(row, today)


async def name_coaches(session: AsyncSession, keep: str | None = None, most: int = 200) -> list[CoachName]:
    """For a choice: the first coaches by name, as many as a choice can hold, and `keep` in any case."""
    names = select(Account.id, Account.name).join(CoachProfile, col(CoachProfile.account_id) == col(Account.id))
    is_here = or_(col(CoachProfile.left_on).is_(None), col(CoachProfile.left_on) > utc_now().date())
    names = names.where(has_role(Role.COACH), is_here)
    found = [CoachName(*row) for row in (await session.exec(names.order_by(col(Account.name)).limit(most))).all()]
    if keep is None or keep in {coach.id for coach in found}:
        return found
    kept = (await session.exec(select(Account.id, Account.name).where(Account.id == keep))).all()
    return [*(CoachName(*row) for row in kept), *found]


def _select() -> Any:
    cover = Named(col(CoachProfile.cover_id))
    is_taken = or_(col(Place.reserved_until).is_(None), col(Place.reserved_until) > utc_now())
    is_open = col(StandingRow.outcome).is_(None)
    counts = [
        _count(Place, Place.coach_id, is_taken),
        _count(StandingRow, StandingRow.coach_id, is_open),
        _count(StandingRow, StandingRow.cover_id, is_open),
        _count(Offer, Offer.coach_id, col(Offer.status) == OfferStatus.OPEN),
    ]
    columns: list[Any] = [Account, CoachProfile, cover.name, *counts]
    statement: Any = select(*columns).outerjoin(CoachProfile, col(CoachProfile.account_id) == col(Account.id))
    return cover.join(statement).order_by(col(Account.name), col(Account.id))


def _count(table: Any, coach: Any, condition: Any) -> Any:
    counted = select(func.count()).select_from(table).where(col(coach) == col(Account.id), condition)
    return counted.correlate(Account).scalar_subquery()


def _line(row: Any, today: date) -> CoachLine:
    account, found, cover, taken, ideas, covering, open_offers = row
    profile = found or CoachProfile(account_id=account.id, capacity=0)
    absence = None
    if profile.absent_from is not None and profile.absent_until is not None and profile.absent_until >= today:
        absence = Absence(
            first_day=profile.absent_from, last_day=profile.absent_until, cover=person(profile.cover_id, cover)
        )
    return CoachLine(
        id=account.id,
        name=account.name,
        office=account.office,
        districts=profile.districts,
        themes=profile.themes,
        languages=profile.languages,
        capacity=profile.capacity,
        taken=taken,
        free=max(0, profile.capacity - taken),
        ideas=ideas,
        covering=covering,
        open_offers=open_offers,
        absence=absence,
        away_today=absence is not None and absence.first_day <= today,
        left_on=profile.left_on,
        has_profile=found is not None,
    )


async def list_left_behind(session: AsyncSession, coach_id: str) -> list[LeftBehind]:
    """Open ideas that had this coach and have nobody yet, with or without a search."""
    had = col(StandingRow.snapshot)["former_coaches"].contains([coach_id])
    alone = (col(StandingRow.outcome).is_(None), col(StandingRow.coach_id).is_(None), had)
    columns: list[Any] = [Idea.id, Idea.title, col(StandingRow.search).is_not(None)]
    statement: Any = select(*columns).join(StandingRow, col(StandingRow.idea_id) == col(Idea.id)).where(*alone)
    return [LeftBehind(*row) for row in (await session.exec(statement.order_by(col(Idea.title)))).all()]
