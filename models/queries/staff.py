"""The people who work here: who leads, who coaches, what they have to do, who was invited, which office lacks whom."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Text, func, literal, or_, union
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.rules.staff_roles import Staff
from models.tables import (
    Account,
    CoachProfile,
    Offer,
    PersonChange,
    StaffInvitation,
    StandingRow,
    has_role,
)
from models.tables.columns import utc_now
from models.vocabulary import OfferStatus, Role

ABOUT, BY, DECIDED_BY = aliased(Account), aliased(Account), aliased(Account)
"""Whom a change is about, and who decided on it."""


class ChangeLine(NamedTuple):
    """A line of somebody's history, with the names that it needs."""

    change: PersonChange
    about: str
    by: str
    decided_by: str


class OfficeGap(NamedTuple):
    """An office in which nobody has a role."""

    office: str
    role: Role


async def find_leads(session: AsyncSession) -> frozenset[str]:
    """All who lead and are not blocked."""
    return frozenset((await session.exec(select(Account.id).where(has_role(Role.LEAD)))).all())


async def list_changes(session: AsyncSession, account_id: str) -> list[ChangeLine]:
    """What was changed of somebody, the latest first."""
    return await _list_changes(session, PersonChange.account_id == account_id)


async def list_proposals(session: AsyncSession) -> list[ChangeLine]:
    """What waits for a second lead."""
    waits = (PersonChange.status == "proposed", col(PersonChange.proposed_until) > utc_now())
    return await _list_changes(session, *waits)


async def _list_changes(session: AsyncSession, *which: Any) -> list[ChangeLine]:
    name: Any = func.coalesce(ABOUT.name, StaffInvitation.name, "")
    columns: list[Any] = [PersonChange, name, func.coalesce(BY.name, ""), func.coalesce(DECIDED_BY.name, "")]
    told: Any = select(*columns)
    told = told.outerjoin(ABOUT, col(ABOUT.id) == col(PersonChange.account_id))
    told = told.outerjoin(BY, col(BY.id) == col(PersonChange.by_id))
    told = told.outerjoin(DECIDED_BY, col(DECIDED_BY.id) == col(PersonChange.decided_by_id))
    told = told.outerjoin(StaffInvitation, col(StaffInvitation.id) == col(PersonChange.invitation_id))
    rows = await session.exec(told.where(*which).order_by(col(PersonChange.at).desc(), col(PersonChange.id)))
    return [ChangeLine(*row) for row in rows]


async def has_lead(session: AsyncSession, office: str) -> bool:
    """Whether somebody leads there. If not, all leads read what comes to it."""
    leads = select(Account.id).where(has_role(Role.LEAD), Account.office == office).limit(1)
    return (await session.exec(leads)).first() is not None


async def find_gaps(session: AsyncSession, offices: Iterable[str], today: date) -> list[OfficeGap]:
    """The offices without a lead or without a coach whom a search could ask one day."""
    is_here = or_(col(CoachProfile.left_on).is_(None), col(CoachProfile.left_on) > today)
    leads: Any = select(literal(Role.LEAD, Text()), Account.office).where(has_role(Role.LEAD))
    coaches: Any = select(literal(Role.COACH, Text()), Account.office)
    coaches = coaches.outerjoin(CoachProfile, col(CoachProfile.account_id) == col(Account.id))
    there: Any = union(leads, coaches.where(has_role(Role.COACH), is_here))
    has = {(role, office) for role, office in await session.exec(there)}
    wanted = [OfficeGap(office, role) for office in offices for role in (Role.LEAD, Role.COACH)]
    return [gap for gap in wanted if (gap.role, gap.office) not in has]


async def list_asked_for(session: AsyncSession) -> set[OfficeGap]:
    """What open invitations would fill."""
    is_open = (StaffInvitation.is_unanswered(), col(StaffInvitation.expires_at) > utc_now())
    asked = select(StaffInvitation.office, StaffInvitation.role).where(*is_open)
    return {OfficeGap(office, Role(role)) for office, role in await session.exec(asked) if office is not None}


async def read_staff(session: AsyncSession, account: Account) -> Staff:
    """A person as the rules see them."""
    return Staff(
        id=account.id,
        roles=frozenset(Role(role) for role in account.roles),
        blocked=account.blocked_at is not None,
        work=await count_work(session, account.id),
    )


async def count_work(session: AsyncSession, account_id: str) -> int:
    """Open ideas that they coach or cover, and offers to them that are open."""
    theirs = or_(col(StandingRow.coach_id) == account_id, col(StandingRow.cover_id) == account_id)
    ideas = select(func.count()).where(theirs, col(StandingRow.outcome).is_(None))
    offers = select(func.count()).where(col(Offer.coach_id) == account_id, col(Offer.status) == OfferStatus.OPEN)
    return (await session.exec(ideas)).one() + (await session.exec(offers)).one()


async def find_offers(session: AsyncSession, account_id: str) -> list[tuple[str, int]]:
    """The idea and the search of each open offer to somebody."""
    offers = select(Offer.idea_id, Offer.search).where(Offer.coach_id == account_id, Offer.status == OfferStatus.OPEN)
    return list((await session.exec(offers)).all())
