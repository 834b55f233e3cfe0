"""Offers and places in SQL: asked twice, answered twice, and two hands on the last place."""

import asyncio
from datetime import date, timedelta

from sqlmodel import select

from activities.coaching import CoachingActivities, offer_id_of, release_place, take_place
from models.database import Database
from models.messages.coaching import OfferAnswer, OfferClosing, OfferMade, OfferToMake, OfferVerdict
from models.tables import CoachProfile, NoticeRow, Offer, Place
from models.vocabulary import OfferStatus
from tests.cast import POLICY
from tests.factories import BEN, BRUNO, invite_cast, write_idea

TODAY = date(2026, 6, 1)


def coaching(database: Database) -> CoachingActivities:
    return CoachingActivities(database, POLICY.zone)


async def offer(database: Database, idea: str, rank: int = 1, exclude: tuple[str, ...] = ()) -> OfferMade | None:
    asked = OfferToMake(idea_id=idea, n=1, rank=rank, exclude=list(exclude), until=TODAY + timedelta(days=7))
    return await coaching(database).make_offer(asked)


def says(made: OfferMade, accepted: bool) -> OfferAnswer:
    return OfferAnswer(offer_id=made.offer_id, coach_id=made.coach_id, accepted=accepted)


async def test_asking_twice_makes_one_offer_and_one_notice(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    first, second = await offer(database, idea), await offer(database, idea)
    assert first == second == OfferMade(offer_id=offer_id_of(idea, 1, 1), coach_id=BEN)
    async with database.session() as session:
        assert len((await session.exec(select(NoticeRow))).all()) == 1


async def test_nobody_is_asked_twice_in_one_search(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    made = await offer(database, idea, rank=2, exclude=(BEN,))
    assert made is not None
    assert made.coach_id == BRUNO
    assert await offer(database, idea, rank=3, exclude=(BEN, BRUNO)) is None


async def test_an_answer_that_comes_twice_has_the_same_verdict(database: Database) -> None:
    await invite_cast(database, ben_has_places=1)
    made = await offer(database, await write_idea(database))
    assert made is not None
    verdicts = [await coaching(database).answer_offer(says(made, True)) for _ in range(2)]
    assert verdicts == [OfferVerdict.ACCEPTED, OfferVerdict.ACCEPTED]
    assert await coaching(database).answer_offer(says(made, False)) is OfferVerdict.TOO_LATE


async def test_an_answer_and_an_expiry_at_the_same_moment_stand_in_line(database: Database) -> None:
    await invite_cast(database)
    for _ in range(5):
        made = await offer(database, await write_idea(database))
        assert made is not None
        verdict, _none = await asyncio.gather(
            coaching(database).answer_offer(says(made, True)),
            coaching(database).close_offer(OfferClosing(offer_id=made.offer_id, cancelled=False)),
        )
        async with database.session() as session:
            row = await session.get_one(Offer, made.offer_id)
            place = await session.get(Place, (row.idea_id, BEN))
            if place is not None:
                await session.delete(place)
                await session.commit()
        assert (verdict, row.status, place is not None) in (
            (OfferVerdict.ACCEPTED, OfferStatus.ACCEPTED, True),
            (OfferVerdict.TOO_LATE, OfferStatus.EXPIRED, False),
        )


async def test_twenty_hands_on_three_places_and_three_are_taken(database: Database) -> None:
    await invite_cast(database, ben_has_places=3)
    ideas = [await write_idea(database) for _ in range(20)]

    async def grab(idea: str) -> bool:
        async with database.transaction() as session:
            return await take_place(session, idea, BEN, TODAY) is not None

    assert sum(await asyncio.gather(*map(grab, ideas))) == 3


async def test_a_coach_who_is_away_or_gone_takes_nothing(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    for away in (
        {"absent_from": TODAY, "absent_until": TODAY},
        {"absent_from": None, "absent_until": None, "left_on": TODAY},
    ):
        async with database.transaction() as session:
            profile = await session.get_one(CoachProfile, BEN)
            for name, value in away.items():
                setattr(profile, name, value)
        async with database.transaction() as session:
            assert not await take_place(session, idea, BEN, TODAY)


async def test_a_reserved_place_can_be_given_back_and_a_confirmed_one_not(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    async with database.transaction() as session:
        assert await take_place(session, idea, BEN, TODAY)
        await release_place(session, idea, BEN)
    async with database.transaction() as session:
        assert await session.get(Place, (idea, BEN)) is None
        session.add(Place(idea_id=idea, coach_id=BEN, reserved_until=None))
    async with database.transaction() as session:
        await release_place(session, idea, BEN)
    async with database.session() as session:
        assert await session.get(Place, (idea, BEN)) is not None


async def test_a_stopped_search_takes_back_even_an_acceptance_of_that_moment(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    made = await offer(database, idea)
    assert made is not None
    await coaching(database).answer_offer(says(made, True))
    await coaching(database).close_offer(OfferClosing(offer_id=made.offer_id, cancelled=True))
    async with database.session() as session:
        assert await session.get(Place, (idea, BEN)) is None
        assert (await session.get_one(Offer, made.offer_id)).status == OfferStatus.CANCELLED
