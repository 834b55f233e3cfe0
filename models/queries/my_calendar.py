"""What somebody has to do by a day, and when they are away: the source of their calendar."""

from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.my_work import Case, list_coached_cases, list_own_cases
from models.tables import Account, CalendarAddress, CoachProfile, Offer, can_come_in
from models.vocabulary import OfferStatus, Role


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
