"""Offers to coaches and the places they have.

The coach's profile row is the lock under which a place is given: two acceptances at the same moment stand in line,
and the second finds the place taken.
"""

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity

from activities.projection import notice_values
from activities.signatures import Coaching
from models.database import Database
from models.messages.coaching import OfferAnswer, OfferClosing, OfferMade, OfferToMake, OfferVerdict, RankedCoach
from models.rules.ranking import CoachFacts, IdeaFacts, find_best, rank_coaches
from models.tables import Account, CoachProfile, Idea, NoticeRow, Offer, Place, StandingRow, has_role
from models.tables.columns import utc_now
from models.vocabulary import NoticeKind, OfferStatus, Role

RESERVED_FOR = timedelta(days=1)
"""How long a place is kept for an idea that has not confirmed it. Long enough for an outage over night."""


class CoachingActivities(Coaching):
    """Offers and places on PostgreSQL. `zone` tells which day it is when an absence begins."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        self._database = database
        self._zone = zone

    @activity.defn(name="make_offer")
    async def make_offer(self, offer: OfferToMake) -> OfferMade | None:
        offer_id = offer_id_of(offer.idea_id, offer.n, offer.rank)
        async with self._database.transaction() as session:
            existing = await session.get(Offer, offer_id)
            if existing is not None:
                return OfferMade(offer_id=offer_id, coach_id=existing.coach_id)
            await cancel_other_offers(session, offer.idea_id)
            best = await find_best_coach(session, offer.idea_id, set(offer.exclude), self._today())
            if best is None:
                return None
            session.add(
                Offer(
                    id=offer_id,
                    idea_id=offer.idea_id,
                    search=offer.n,
                    rank=offer.rank,
                    coach_id=best.coach_id,
                    reasons=[str(reason) for reason in best.reasons],
                    expires_on=offer.until,
                )
            )
            await tell_coach(session, offer.idea_id, offer_id, best.coach_id, NoticeKind.OFFER)
        return OfferMade(offer_id=offer_id, coach_id=best.coach_id)

    @activity.defn(name="remind_of_offer")
    async def remind_of_offer(self, offer_id: str) -> None:
        async with self._database.transaction() as session:
            offer = await session.get(Offer, offer_id)
            if offer is not None and offer.status == OfferStatus.OPEN:
                await tell_coach(session, offer.idea_id, offer_id, offer.coach_id, NoticeKind.OFFER_REMINDER)

    @activity.defn(name="answer_offer")
    async def answer_offer(self, answer: OfferAnswer) -> OfferVerdict:
        async with self._database.transaction() as session:
            offer = await session.get(Offer, answer.offer_id, with_for_update=True)
            if offer is None or offer.coach_id != answer.coach_id:
                return OfferVerdict.TOO_LATE
            wanted = OfferStatus.ACCEPTED if answer.accepted else OfferStatus.DECLINED
            if offer.status == wanted:
                return OfferVerdict(wanted)
            if offer.status != OfferStatus.OPEN:
                return OfferVerdict.TOO_LATE
            if answer.accepted and not await take_place(session, offer.idea_id, offer.coach_id, self._today()):
                return OfferVerdict.NO_PLACE
            offer.status = wanted
            offer.answered_at = utc_now()
            offer.decline_reason = answer.reason
            offer.note_id = answer.note_id
        return OfferVerdict(wanted)

    @activity.defn(name="close_offer")
    async def close_offer(self, closing: OfferClosing) -> None:
        async with self._database.transaction() as session:
            offer = await session.get(Offer, closing.offer_id, with_for_update=True)
            if offer is None or offer.status in (OfferStatus.DECLINED, OfferStatus.EXPIRED, OfferStatus.CANCELLED):
                return
            if offer.status == OfferStatus.ACCEPTED:
                if not closing.cancelled:
                    return
                # The idea was stopped in the moment of the acceptance: the place is free again.
                await release_place(session, offer.idea_id, offer.coach_id)
            offer.status = OfferStatus.CANCELLED if closing.cancelled else OfferStatus.EXPIRED
            offer.answered_at = utc_now()
            await tell_coach(session, offer.idea_id, offer.id, offer.coach_id, NoticeKind.OFFER_CLOSED)

    def _today(self) -> date:
        return datetime.now(self._zone).date()


def offer_id_of(idea_id: str, n: int, rank: int) -> str:
    """The same question to the same search is the same offer, however often it is asked."""
    return str(uuid5(NAMESPACE_URL, f"offer/{idea_id}/{n}/{rank}"))


class Reservation(NamedTuple):
    """A place that is kept for an idea: until when, and until when it had been kept before that."""

    until: datetime
    before: datetime | None


async def take_place(session: AsyncSession, idea_id: str, coach_id: str, today: date) -> Reservation | None:
    """Reserve a place under the coach's lock. None where the coach is away, gone, or has no free place."""
    profile = await session.get(CoachProfile, coach_id, with_for_update=True)
    if profile is None or is_left(profile, today) or is_absent(profile, today):
        return None
    account = await session.get(Account, coach_id)
    if account is None or Role.COACH not in account.roles or account.blocked_at is not None:
        return None
    holds_one = select(Place.reserved_until).where(Place.idea_id == idea_id, Place.coach_id == coach_id, _is_taken())
    held = (await session.exec(holds_one)).all()
    if not held and await count_places(session, coach_id) >= profile.capacity:
        return None
    reservation = Reservation(until=utc_now() + RESERVED_FOR, before=held[0] if held else None)
    place = insert(Place).values(idea_id=idea_id, coach_id=coach_id, reserved_until=reservation.until)
    # A reservation is renewed, also one that has lapsed; a confirmed place stays confirmed.
    renewed = place.on_conflict_do_update(
        index_elements=["idea_id", "coach_id"],
        set_={"reserved_until": place.excluded.reserved_until},
        where=col(Place.reserved_until).is_not(None),
    )
    await session.exec(renewed)
    return reservation


async def give_back_place(session: AsyncSession, idea_id: str, coach_id: str, reservation: Reservation) -> None:
    """Undo a reservation. Whoever has reserved the place before or after it keeps it."""
    place = await session.get(Place, (idea_id, coach_id), with_for_update=True)
    if place is None or place.reserved_until != reservation.until:
        return
    if reservation.before is None:
        await session.delete(place)
    else:
        place.reserved_until = reservation.before


async def release_place(session: AsyncSession, idea_id: str, coach_id: str) -> None:
    """Give back a place that was reserved and not confirmed."""
    place = await session.get(Place, (idea_id, coach_id), with_for_update=True)
    if place is not None and place.reserved_until is not None:
        await session.delete(place)


async def count_places(session: AsyncSession, coach_id: str) -> int:
    counted = select(func.count()).where(col(Place.coach_id) == coach_id, _is_taken())
    return (await session.exec(counted)).one()


async def find_best_coach(session: AsyncSession, idea_id: str, exclude: set[str], today: date) -> RankedCoach | None:
    return find_best(await _read_facts(session, idea_id), await gather_coaches(session, today), exclude)


async def rank_for_idea(session: AsyncSession, idea_id: str, exclude: set[str], today: date) -> list[RankedCoach]:
    """All coaches for one idea, the best first, each with the reasons for the rank."""
    return rank_coaches(await _read_facts(session, idea_id), await gather_coaches(session, today), exclude)


async def _read_facts(session: AsyncSession, idea_id: str) -> IdeaFacts:
    idea = await session.get_one(Idea, idea_id)
    row = await session.get(StandingRow, idea_id)
    return facts_of(idea, row.team if row is not None else ())


def facts_of(idea: Idea, team: Collection[str] = ()) -> IdeaFacts:
    return IdeaFacts(
        owner_id=idea.owner_id,
        office=idea.office,
        district=idea.district,
        themes=tuple(idea.themes),
        language=idea.language,
        team=tuple(team),
    )


async def gather_coaches(session: AsyncSession, today: date) -> list[CoachFacts]:
    """Everybody with a profile, as they are today."""
    taken = Counter(
        dict(
            (
                await session.exec(
                    select(Place.coach_id, func.count()).where(_is_taken()).group_by(col(Place.coach_id))
                )
            ).all()
        )
    )
    # An open offer may become a place, so it counts while coaches are compared, though not when one accepts.
    offered = Counter((await session.exec(select(Offer.coach_id).where(Offer.status == OfferStatus.OPEN))).all())
    rows = await session.exec(
        select(Account, CoachProfile).where(CoachProfile.account_id == Account.id, has_role(Role.COACH))
    )
    return [
        coach_facts(profile, account.office or "", taken[account.id] + offered[account.id], today)
        for account, profile in rows
    ]


def coach_facts(profile: CoachProfile, office: str, taken: int, today: date) -> CoachFacts:
    return CoachFacts(
        coach_id=profile.account_id,
        office=office,
        districts=tuple(profile.districts),
        themes=tuple(profile.themes),
        languages=tuple(profile.languages),
        capacity=profile.capacity,
        taken=taken,
        absent=is_absent(profile, today),
        left=is_left(profile, today),
    )


async def cancel_other_offers(session: AsyncSession, idea_id: str) -> None:
    """A new search leaves no offer of an older one open."""
    open_offers = select(Offer).where(Offer.idea_id == idea_id, Offer.status == OfferStatus.OPEN).with_for_update()
    for offer in (await session.exec(open_offers)).all():
        offer.status = OfferStatus.CANCELLED
        offer.answered_at = utc_now()


async def tell_coach(session: AsyncSession, idea_id: str, offer_id: str, coach_id: str, kind: NoticeKind) -> None:
    values = notice_values(idea_id, f"{kind}-{offer_id}", coach_id, kind)
    await session.exec(insert(NoticeRow).values(values).on_conflict_do_nothing())


def is_absent(profile: CoachProfile, today: date) -> bool:
    return (
        profile.absent_from is not None
        and profile.absent_until is not None
        and profile.absent_from <= today <= profile.absent_until
    )


def is_left(profile: CoachProfile, today: date) -> bool:
    return profile.left_on is not None and profile.left_on <= today


def _is_taken() -> ColumnElement[bool]:
    return or_(col(Place.reserved_until).is_(None), col(Place.reserved_until) > utc_now())
