"""What somebody has to do by a day, and when they are away: the source of their calendar."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.cases import OF_IDEA, belongs_to, is_in_time, is_of
from models.queries.my_work import Case, list_coached_cases, list_own_cases
from models.queries.paging import at_most
from models.tables import Account, CalendarAddress, CoachProfile, Idea, Offer, StandingRow, can_come_in, is_idea
from models.vocabulary import OfferStatus, Role
from models.workflow_ids import APPOINTMENT

MOST_OF_LEADS = 300
"""More nobody reads off a calendar; the lists have them all."""


@dataclass(frozen=True)
class MyDates:
    """The open cases of one person, those they coach and their own, with everything else that has a date."""

    coached: list[Case]
    own: list[Case]
    offers: list[Offer]
    profile: CoachProfile | None


async def find_calendar(session: AsyncSession, digest: str) -> Account | None:
    """Whose calendar an address opens; None for one that was revoked, or never was."""
    owner = select(Account).join(CalendarAddress, col(CalendarAddress.account_id) == col(Account.id))
    found = await session.exec(owner.where(CalendarAddress.hash == digest, can_come_in()))
    return found.one_or_none()


async def list_my_dates(session: AsyncSession, account: Account) -> MyDates:
    mine = select(Offer).where(Offer.coach_id == account.id, Offer.status == OfferStatus.OPEN)
    is_coach = Role.COACH in account.roles
    return MyDates(
        coached=await list_coached_cases(session, account.id),
        own=[case for case in await list_own_cases(session, account.id) if case.row.outcome is None],
        offers=list((await session.exec(mine.order_by(col(Offer.id)))).all()),
        profile=await session.get(CoachProfile, account.id) if is_coach else None,
    )


async def list_dates_of_leads(
    session: AsyncSession, account_id: str, office: str | None, first: date, last: date
) -> list[Case]:
    """What leads have to decide by a day between two, and whom coaches of the office meet then; without what is one's
    own to do. Of all offices where it is None."""
    turns: Any = select(Idea, StandingRow, OF_IDEA).join(Idea, col(Idea.id) == col(StandingRow.idea_id))
    turns = turns.outerjoin(OF_IDEA, and_(col(OF_IDEA.case_id) == col(StandingRow.idea_id), ~is_idea()))
    to_decide = and_(col(StandingRow.holder_role) == Role.LEAD, is_in_time())
    coaches = (col(column).is_distinct_from(account_id) for column in (OF_IDEA.coach_id, OF_IDEA.cover_id))
    to_meet = and_(col(StandingRow.kind) == APPOINTMENT, col(StandingRow.state) == "agreed", *coaches)
    turns = turns.where(or_(to_decide, to_meet), col(StandingRow.outcome).is_(None))
    turns = turns.where(col(StandingRow.holder_until).between(first, last), ~belongs_to(account_id))
    if office is not None:
        turns = turns.where(is_of([office]))
    order = (col(StandingRow.holder_until), col(StandingRow.case_id))
    found = (await session.exec(turns.order_by(*order).limit(at_most(MOST_OF_LEADS)))).all()
    return [Case(idea, row, of or row) for idea, row, of in found]
