"""Coaches with their load, their capacity and their absences."""

from datetime import date
from typing import Any, NamedTuple

from pydantic import BaseModel
from sqlalchemy import func, or_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.account_names import Person, person
from models.queries.paging import at_most
from models.tables import Account, CoachProfile, Idea, Offer, Place, StandingRow, has_role, is_given
from models.tables.columns import utc_now
from models.tables.folded import IDEA_TITLE, PERSON_NAME
from models.vocabulary import OfferStatus, Role

STAND_IN = aliased(Account)
NO_PROFILE: dict[str, Any] = {"districts": [], "themes": [], "languages": [], "capacity": 0}


class Absence(BaseModel):
    """First and last day, and who stands in; nobody: the leads of the office."""

    first_day: date
    last_day: date
    cover: Person | None


class CoachName(NamedTuple):
    """A coach in a choice."""

    id: str
    name: str


class AwayCoach(NamedTuple):
    """Somebody who is away, or will be; `last_day` is the last day of it."""

    id: str
    name: str
    first_day: date
    last_day: date

    @classmethod
    def read(cls, row: list[str]) -> "AwayCoach":
        """Days as PostgreSQL writes them into JSON."""
        return cls(row[0], row[1], date.fromisoformat(row[2]), date.fromisoformat(row[3]))


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
    found = await session.exec(select_coaches().where(has_role(Role.COACH)))
    return [CoachLine(**told) for told in tell_coaches(found, today)]


async def read_coach(session: AsyncSession, coach_id: str, today: date) -> CoachLine | None:
    """One coach, also one who has left or is blocked; None where the account is none and was none."""
    theirs = or_(is_given(Role.COACH), col(CoachProfile.left_on).is_not(None))
    found = await session.exec(select_coaches().where(theirs, Account.id == coach_id))
    return next((CoachLine(**told) for told in tell_coaches(found, today)), None)


async def name_coaches(session: AsyncSession, keep: str | None = None, most: int = 200) -> list[CoachName]:
    """For a choice: the first coaches by name, as many as a choice can hold, and `keep` in any case."""
    names = select(Account.id, Account.name).join(CoachProfile, col(CoachProfile.account_id) == col(Account.id))
    is_here = or_(col(CoachProfile.left_on).is_(None), col(CoachProfile.left_on) > utc_now().date())
    names = names.where(has_role(Role.COACH), is_here).order_by(PERSON_NAME, col(Account.id)).limit(at_most(most))
    found = [CoachName(*row) for row in (await session.exec(names)).all()]
    if keep is None or keep in {coach.id for coach in found}:
        return found
    kept = (await session.exec(select(Account.id, Account.name).where(Account.id == keep))).all()
    return [*(CoachName(*row) for row in kept), *found]


def select_coaches(*more: Any) -> Any:
    """What a `CoachLine` says, column by column, and more: there are thousands of coaches, and as objects of their
    tables they would take longer to build than to find. The name of a cover is looked up where there is one."""
    cover = select(STAND_IN.name).where(col(STAND_IN.id) == col(CoachProfile.cover_id)).correlate(CoachProfile)
    is_open = col(StandingRow.outcome).is_(None)
    columns: list[Any] = [
        *(Account.id, Account.name, Account.office),
        *(CoachProfile.districts, CoachProfile.themes, CoachProfile.languages, CoachProfile.capacity),
        *(CoachProfile.absent_from, CoachProfile.absent_until, CoachProfile.cover_id, CoachProfile.left_on),
        cover.scalar_subquery().label("cover"),
        col(CoachProfile.account_id).is_not(None).label("has_profile"),
        count_taken().label("taken"),
        count_open_ideas().label("ideas"),
        _count(StandingRow, StandingRow.cover_id, is_open).label("covering"),
        _count(Offer, Offer.coach_id, col(Offer.status) == OfferStatus.OPEN).label("open_offers"),
        *more,
    ]
    statement: Any = select(*columns).outerjoin(CoachProfile, col(CoachProfile.account_id) == col(Account.id))
    return statement.order_by(PERSON_NAME, col(Account.id))


def count_taken() -> Any:
    """The places of an account that are confirmed or reserved."""
    is_taken = or_(col(Place.reserved_until).is_(None), col(Place.reserved_until) > utc_now())
    return _count(Place, Place.coach_id, is_taken)


def count_open_ideas() -> Any:
    return _count(StandingRow, StandingRow.coach_id, col(StandingRow.outcome).is_(None))


def _count(table: Any, coach: Any, condition: Any) -> Any:
    counted = select(func.count()).select_from(table).where(col(coach) == col(Account.id), condition)
    return counted.correlate(Account).scalar_subquery()


def tell_coaches(found: Any, today: date) -> list[dict[str, Any]]:
    names = list(found.keys())
    return [_tell(dict(zip(names, row, strict=True)), today) for row in found]


def _tell(told: dict[str, Any], today: date) -> dict[str, Any]:
    if not told["has_profile"]:
        told |= NO_PROFILE
    first, last, absence = told["absent_from"], told["absent_until"], None
    if first is not None and last is not None and last >= today:
        absence = Absence(first_day=first, last_day=last, cover=person(told["cover_id"], told["cover"]))
    return told | {
        "free": max(0, told["capacity"] - told["taken"]),
        "absence": absence,
        "away_today": absence is not None and first <= today,
    }


async def is_there_a_coach(session: AsyncSession) -> bool:
    return (await session.exec(select(Account.id).where(has_role(Role.COACH)).limit(1))).first() is not None


async def read_coach_and_stood_in_for(
    session: AsyncSession, coach_id: str, today: date
) -> tuple[CoachLine | None, list[AwayCoach]]:
    """A coach, and the coaches for whom they are asked to stand in, now or later, the next absence first; in one
    statement, since their list of work asks it each time."""
    away, profile = aliased(Account), aliased(CoachProfile)
    told = func.jsonb_build_array(away.id, away.name, profile.absent_from, profile.absent_until)
    in_order = aggregate_order_by(told, col(profile.absent_from), col(away.name))
    covered = select(func.jsonb_agg(in_order)).select_from(profile)
    covered = covered.join(away, col(profile.account_id) == col(away.id))
    covered = covered.where(profile.cover_id == Account.id, col(profile.absent_until) >= today)
    column = covered.correlate(Account).scalar_subquery().label("stood_in_for")
    found = tell_coaches(await session.exec(select_coaches(column).where(Account.id == coach_id)), today)
    if not found:
        return None, []
    return CoachLine(**found[0]), [AwayCoach.read(row) for row in found[0]["stood_in_for"] or ()]


async def list_left_behind(session: AsyncSession, coach_id: str) -> list[LeftBehind]:
    """Open ideas that had this coach and have nobody yet, with or without a search."""
    had = or_(*(col(StandingRow.snapshot)[gone].contains([coach_id]) for gone in ("former_coaches", "gone_coaches")))
    alone = (col(StandingRow.outcome).is_(None), col(StandingRow.coach_id).is_(None), had)
    columns: list[Any] = [Idea.id, Idea.title, col(StandingRow.search).is_not(None)]
    statement: Any = select(*columns).join(StandingRow, col(StandingRow.case_id) == col(Idea.id)).where(*alone)
    return [LeftBehind(*row) for row in (await session.exec(statement.order_by(IDEA_TITLE, col(Idea.id)))).all()]
