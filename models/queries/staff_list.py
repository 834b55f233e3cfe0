"""The table of the people who work here, or were asked to: filtered, sorted, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Text, and_, case, cast, func, literal, null, union_all
from sqlalchemy.dialects.postgresql import array
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.coaches import CoachLine, count_open_ideas, count_taken, select_coaches, tell_coaches
from models.queries.paging import at_most
from models.tables import Account, CoachProfile, PersonChange, StaffInvitation, is_given
from models.tables.columns import UUID_TYPE, utc_now
from models.tables.folded import INVITED_NAME, PERSON_ADDRESS, PERSON_NAME
from models.vocabulary import Role

NAME: Any = case((col(Account.name) != "", PERSON_NAME), else_=PERSON_ADDRESS)
NAME_OF_INVITED: Any = case(
    (col(StaffInvitation.name) != "", INVITED_NAME), else_=func.ideenweg_words(col(StaffInvitation.email))
)
"""As they are called, or else their address."""


class StaffState(StrEnum):
    """How it stands with somebody."""

    ACTIVE = "active"
    INVITED = "invited"
    PROPOSED = "proposed"
    """Is invited as soon as a second lead agrees."""
    EXPIRED = "expired"
    """Was invited and has not answered in time."""
    ABSENT = "absent"
    LEAVES = "leaves"
    LEFT = "left"
    BLOCKED = "blocked"


class StaffSort(StrEnum):
    """What the table is sorted by. Who has no such value comes last, in either direction."""

    NAME = "name"
    ROLES = "roles"
    OFFICE = "office"
    PLACES = "places"
    """By how many are free."""
    IDEAS = "ideas"
    SIGNED_IN = "signed_in"
    STATE = "state"


@dataclass(frozen=True)
class StaffFilter:
    """Who of them is shown; None: everybody."""

    role: Role | None = None
    office: str | None = None
    state: StaffState | None = None


class StaffLine(CoachLine):
    """Somebody who works here, or has worked here. Places and ideas are those of a coach."""

    email: str
    roles: list[str]
    signed_in_at: datetime | None
    blocked_at: datetime | None
    state: StaffState

    def told(self) -> dict[str, Any]:
        """For the command line."""
        return {
            "name": self.name,
            "email": self.email,
            "roles": self.roles,
            "office": self.office,
            "taken": self.taken,
            "capacity": self.capacity if self.has_profile else None,
            "ideas": self.ideas,
            "signed_in_at": self.signed_in_at.isoformat() if self.signed_in_at else None,
            "state": str(self.state),
        }


class InvitedLine(NamedTuple):
    """Somebody who was asked and has not answered; proposed, as long as a second lead has not agreed."""

    asked: StaffInvitation
    state: StaffState

    def told(self) -> dict[str, Any]:
        """For the command line."""
        asked = self.asked
        nothing = {"taken": 0, "capacity": None, "ideas": 0, "signed_in_at": None}
        known = {"name": asked.name, "email": asked.email, "roles": [asked.role], "office": asked.office}
        return {**known, **nothing, "state": str(self.state)}


async def count_staff(session: AsyncSession, today: date, wanted: StaffFilter) -> int:
    everybody = _everybody(today, wanted, null(), null()).subquery()
    return (await session.exec(select(func.count()).select_from(everybody))).one()


async def list_staff(
    session: AsyncSession,
    today: date,
    wanted: StaffFilter | None = None,
    *,
    sort: StaffSort = StaffSort.NAME,
    descending: bool = False,
    offices: Sequence[str] = (),
    skip: int = 0,
    limit: int | None = None,
) -> list[StaffLine | InvitedLine]:
    """Everybody with a role here, whoever has left, and who was asked and has not answered; those that are equal by
    name. `offices`: in the order in which they are sorted. What a line says is looked up for one page alone."""
    everybody = _everybody(today, wanted or StaffFilter(), *_keys(today, sort, offices)).subquery()
    key: Any = everybody.c.key.desc() if descending else everybody.c.key.asc()
    page: Any = select(everybody.c.account_id, everybody.c.invitation_id)
    page = page.order_by(key.nulls_last(), everybody.c.name, everybody.c.account_id, everybody.c.invitation_id)
    page = page.offset(at_most(skip)) if skip else page
    found = (await session.exec(page.limit(at_most(limit)) if limit is not None else page)).all()
    staff = await _read_staff(session, today, [one for one, _ in found if one is not None])
    invited = await _read_invited(session, [one for _, one in found if one is not None])
    return [staff[account_id] if account_id else invited[asked_id] for account_id, asked_id in found]


async def read_person(session: AsyncSession, account_id: str, today: date) -> StaffLine | None:
    """Anybody with an account: who works here, and who could."""
    return (await _read_staff(session, today, [account_id])).get(account_id)


async def read_invited(session: AsyncSession, invitation_id: str) -> InvitedLine | None:
    """None where it was answered or withdrawn."""
    return (await _read_invited(session, [invitation_id])).get(invitation_id)


async def _read_staff(session: AsyncSession, today: date, ids: Sequence[str]) -> dict[str, StaffLine]:
    if not ids:
        return {}
    more = (Account.email, Account.roles, Account.signed_in_at, Account.blocked_at, _state_of(today).label("state"))
    theirs = select_coaches(*more).where(col(Account.id).in_(ids), col(Account.erased_at).is_(None))
    return {told["id"]: StaffLine(**told) for told in tell_coaches(await session.exec(theirs), today)}


async def _read_invited(session: AsyncSession, ids: Sequence[str]) -> dict[str, InvitedLine]:
    if not ids:
        return {}
    asked: Any = select(StaffInvitation, _state_of_invited()).where(
        col(StaffInvitation.id).in_(ids), StaffInvitation.is_unanswered()
    )
    return {one.id: InvitedLine(one, StaffState(state)) for one, state in await session.exec(asked)}


def _everybody(today: date, wanted: StaffFilter, key: Any, invited_key: Any) -> Any:
    """The ids of both kinds of people in the table, with what they are sorted by; those who work here by their roles,
    each by its own index: they are few among all who have an account."""
    no_account: Any = cast(null(), UUID_TYPE)
    columns: list[Any] = [col(Account.id).label("account_id"), no_account.label("invitation_id"), NAME.label("name")]
    columns.append(key.label("key"))
    staff: Any = select(*columns).outerjoin(CoachProfile, col(CoachProfile.account_id) == col(Account.id))
    staff = staff.where(col(Account.erased_at).is_(None))
    columns = [no_account, StaffInvitation.id, NAME_OF_INVITED, invited_key]
    invited: Any = select(*columns).where(StaffInvitation.is_unanswered())
    if wanted.role is not None:
        staff, invited = staff.where(is_given(wanted.role)), invited.where(StaffInvitation.role == wanted.role)
    if wanted.office is not None:
        staff = staff.where(Account.office == wanted.office)
        invited = invited.where(StaffInvitation.office == wanted.office)
    if wanted.state is not None:
        staff = staff.where(_state_of(today) == wanted.state)
        invited = invited.where(_state_of_invited() == wanted.state)
    coaches, leads = is_given(Role.COACH), is_given(Role.LEAD)
    have_left = and_(~coaches, ~leads, col(CoachProfile.left_on).is_not(None))
    return union_all(staff.where(coaches), staff.where(leads, ~coaches), staff.where(have_left), invited)


def _keys(today: date, sort: StaffSort, offices: Sequence[str]) -> tuple[Any, Any]:
    """What is compared of somebody who works here, and of somebody who was asked to."""
    has_profile = col(CoachProfile.account_id).is_not(None)
    match sort:
        case StaffSort.NAME:
            return NAME, NAME_OF_INVITED
        case StaffSort.ROLES:
            is_coach, is_lead = is_given(Role.COACH), is_given(Role.LEAD)
            roles = case((and_(is_coach, is_lead), 1), (is_coach, 0), (is_lead, 2), else_=3)
            return roles, case((col(StaffInvitation.role) == Role.COACH, 0), else_=2)
        case StaffSort.OFFICE:
            return _place_in(offices, col(Account.office)), _place_in(offices, col(StaffInvitation.office))
        case StaffSort.PLACES:
            has_places = and_(has_profile, col(CoachProfile.left_on).is_(None))
            return case((has_places, col(CoachProfile.capacity) - count_taken())), null()
        case StaffSort.IDEAS:
            return case((has_profile, count_open_ideas())), null()
        case StaffSort.SIGNED_IN:
            return col(Account.signed_in_at), null()
        case StaffSort.STATE:
            return _rank(_state_of(today)), _rank(_state_of_invited())


def _rank(state: Any) -> Any:
    return _place_in(list(StaffState), state)


def _place_in(order: Sequence[str], value: Any) -> Any:
    return func.array_position(array(list(order), type_=Text()), value)


def _state_of(today: date) -> Any:
    """Of who works here. The statement must be joined with `CoachProfile`."""
    profile = CoachProfile
    is_away = and_(col(profile.absent_from) <= today, col(profile.absent_until) >= today)
    return case(
        (col(Account.blocked_at).is_not(None), literal(StaffState.BLOCKED, Text())),
        (col(profile.left_on) <= today, literal(StaffState.LEFT, Text())),
        (col(profile.left_on).is_not(None), literal(StaffState.LEAVES, Text())),
        (is_away, literal(StaffState.ABSENT, Text())),
        else_=literal(StaffState.ACTIVE, Text()),
    )


def _state_of_invited() -> Any:
    waits = select(PersonChange.id).where(
        col(PersonChange.invitation_id) == col(StaffInvitation.id), PersonChange.status == "proposed"
    )
    return case(
        (waits.exists(), literal(StaffState.PROPOSED, Text())),
        (col(StaffInvitation.expires_at) > utc_now(), literal(StaffState.INVITED, Text())),
        else_=literal(StaffState.EXPIRED, Text()),
    )
