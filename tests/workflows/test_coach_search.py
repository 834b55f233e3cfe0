"""The search for a coach: offers, answers, expiry, and nobody left without a responsible person."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.workflow import UnfinishedUpdateHandlersWarning

from activities.coach_leave import LeavingActivities
from models.cases.ledger import LEDGER_LENGTH
from models.messages.coaching import Leave, OfferAnswer, OfferVerdict
from models.tables import CoachProfile, Place
from models.vocabulary import NoticeKind, OfferStatus, RankReason, Why
from tests.cast import POLICY
from tests.factories import BEN, BRUNO, CARLA, alma, ben, bruno, carla
from tests.workflows.conftest import World
from workflows.client import EngineAway, OfferClosed


async def statuses(world: World, idea: str) -> list[tuple[str, str]]:
    return [(offer.coach_id, offer.status) for offer in await world.offers(idea)]


async def test_the_coach_who_fits_best_is_asked_first_and_sees_why(world: World) -> None:
    idea = await world.bring_to("matching")
    offer = await world.open_offer(idea)
    assert offer.coach_id == BEN
    assert RankReason.SAME_DISTRICT in offer.reasons
    assert RankReason.SHARED_THEMES in offer.reasons
    shown = await world.until_shown(idea)
    assert (shown.holder_role, shown.holder_until) == ("coach_search", offer.expires_on)


async def test_a_coach_hears_of_an_offer_when_the_inboxes_are_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    knock, in_vain = world.ideas.knock, [EngineAway()] * 3

    async def knock_again_and_again(account_id: str) -> None:
        if in_vain:
            raise in_vain.pop()
        await knock(account_id)

    idea = await world.hand_in()
    monkeypatch.setattr(world.ideas, "knock", knock_again_and_again)
    receipt = await world.ask(idea, "shortlist", carla)
    await world.open_offer(idea)
    await world.until_quiet(idea, receipt.version)
    assert [(n.kind, n.account_id) for n in await world.notices(idea) if n.kind == NoticeKind.OFFER] == [("offer", BEN)]
    assert in_vain == []


@pytest.mark.replayed
async def test_an_expired_offer_goes_to_the_next_coach(world: World) -> None:
    idea = await world.bring_to("matching")
    first = await world.open_offer(idea)
    await world.sleep((first.expires_on - await world.today()).days + 1.1)
    second = await world.open_offer(idea)
    assert second.coach_id == BRUNO
    assert (await statuses(world, idea))[0] == (BEN, OfferStatus.EXPIRED)
    late = OfferAnswer(offer_id=first.id, coach_id=BEN, accepted=True)
    assert await world.ideas.answer_offer(idea, 1, late) is OfferVerdict.TOO_LATE
    kinds = [notice.kind for notice in await world.notices(idea) if notice.account_id == BEN]
    assert kinds == [NoticeKind.OFFER, NoticeKind.OFFER_REMINDER, NoticeKind.OFFER_CLOSED]


async def test_when_everybody_declines_the_lead_is_on_turn(world: World) -> None:
    idea = await world.bring_to("matching")
    for coach in (BEN, BRUNO):
        offer = await world.open_offer(idea)
        assert offer.coach_id == coach
        no = OfferAnswer(offer_id=offer.id, coach_id=coach, accepted=False)
        assert await world.ideas.answer_offer(idea, 1, no) is OfferVerdict.DECLINED
    await world.until_in(idea, "unmatched")
    assert (await world.until_shown(idea)).holder_role == "lead"
    assert NoticeKind.NO_COACH in [n.kind for n in await world.notices(idea) if n.account_id == CARLA]
    receipt = await world.ask(idea, "search_again", carla)
    assert receipt.state == "matching"
    assert (await world.open_offer(idea, 2)).coach_id == BEN, "a new search asks everybody again"


async def test_two_ideas_and_one_place_one_acceptance_wins(world: World) -> None:
    async with world.database.transaction() as session:
        profile = await session.get_one(CoachProfile, BEN)
        profile.capacity = 2
    ideas = [await world.bring_to("matching"), await world.bring_to("matching")]
    offers = [await world.open_offer(idea) for idea in ideas]
    assert [offer.coach_id for offer in offers] == [BEN, BEN]
    async with world.database.transaction() as session:
        profile = await session.get_one(CoachProfile, BEN)
        profile.capacity = 1
    verdicts = await asyncio.gather(
        *(
            world.ideas.answer_offer(idea, 1, OfferAnswer(offer_id=offer.id, coach_id=BEN, accepted=True))
            for idea, offer in zip(ideas, offers, strict=True)
        )
    )
    assert sorted(verdicts) == [OfferVerdict.ACCEPTED, OfferVerdict.NO_PLACE]
    loser = offers[verdicts.index(OfferVerdict.NO_PLACE)]
    assert (await world.open_offer(loser.idea_id)).id == loser.id, "the offer still stands until it expires"


async def test_a_yes_that_is_said_again_and_again_is_answered_each_time(
    world: World, recwarn: pytest.WarningsRecorder
) -> None:
    idea = await world.bring_to("matching")
    offer = await world.open_offer(idea)
    yes = OfferAnswer(offer_id=offer.id, coach_id=BEN, accepted=True)
    verdicts = await asyncio.gather(*(world.ideas.answer_offer(idea, 1, yes) for _ in range(12)))
    assert set(verdicts) == {OfferVerdict.ACCEPTED}
    await world.client.get_workflow_handle(f"coach-search/{idea}/1").result()
    assert UnfinishedUpdateHandlersWarning not in {warning.category for warning in recwarn}, "somebody was cut off"


async def test_a_withdrawn_idea_closes_its_offer_and_the_coach_is_told(world: World) -> None:
    idea = await world.bring_to("matching")
    await world.ask(idea, "withdraw", alma)

    async def is_cancelled() -> bool:
        return await statuses(world, idea) == [(BEN, OfferStatus.CANCELLED)]

    await world.until(is_cancelled)
    assert NoticeKind.OFFER_CLOSED in [n.kind for n in await world.notices(idea) if n.account_id == BEN]


@pytest.mark.replayed
async def test_a_pause_stops_the_search_and_resuming_starts_it_again(world: World) -> None:
    idea = await world.bring_to("matching")
    await world.ask(idea, "pause", alma, until=(await world.today()).replace(year=2027, month=3, day=1), note_id=idea)

    async def is_cancelled() -> bool:
        return await statuses(world, idea) == [(BEN, OfferStatus.CANCELLED)]

    await world.until(is_cancelled)
    await world.ask(idea, "resume", alma)
    offer = await world.open_offer(idea, 2)
    assert await world.accept(idea, 2) is OfferVerdict.ACCEPTED
    await world.until_in(idea, "planning")
    assert (await world.until_shown(idea)).coach_id == offer.coach_id


@pytest.mark.replayed
@pytest.mark.parametrize("state", ["planning", "working", "helping"])
async def test_a_coach_who_leaves_leaves_nobody_behind(world: World, state: str) -> None:
    idea = await world.bring_to(state)
    await _let_ben_leave(world)
    offer = await world.open_offer(idea, 2)
    assert offer.coach_id == BRUNO
    shown = await world.until_shown(idea)
    assert shown.coach_id is None
    assert shown.search == 2
    assert shown.holder_role in ("innovator", "coach_search")
    await world.accept(idea, 2)

    async def has_bruno() -> bool:
        return (await world.shown(idea)).coach_id == BRUNO

    await world.until(has_bruno)
    assert (await world.shown(idea)).state == state
    if state == "planning":
        assert (await world.ask(idea, "agree_plan", bruno)).state == "working"


async def test_when_nobody_replaces_the_coach_the_lead_is_responsible(world: World) -> None:
    idea = await world.bring_to("planning")
    await _let_ben_leave(world)
    offer = await world.open_offer(idea, 2)
    await world.ideas.answer_offer(idea, 2, OfferAnswer(offer_id=offer.id, coach_id=BRUNO, accepted=False))

    async def is_with_lead() -> bool:
        shown = await world.shown(idea)
        return (shown.holder_role, shown.holder_why) == ("lead", Why.NO_COACH)

    await world.until(is_with_lead)
    receipt = await world.ask(idea, "agree_plan", carla)
    assert receipt.state == "working", "the lead can go on in the coach's place"


@pytest.mark.replayed
async def test_an_absence_gives_cover_and_hands_back(world: World) -> None:
    idea = await world.bring_to("planning")
    today = await world.today()
    until = today.replace(year=today.year + 1, month=1, day=5)
    leave = Leave(coach_id=BEN, n=1, start=today, until=until, cover_id=BRUNO, rulebook=await world.rulebook())
    await world.ideas.start_leave(leave)

    async def has_cover() -> bool:
        return (await world.shown(idea)).cover_id == BRUNO

    await world.until(has_cover)
    shown = await world.shown(idea)
    assert (shown.holder_id, shown.holder_why, shown.coach_id) == (BRUNO, Why.COACH_ABSENT, BEN)
    await world.sleep((until - today).days + 2)

    async def is_back() -> bool:
        return (await world.shown(idea)).holder_id == BEN

    await world.until(is_back)
    assert "end_cover" in await world.events(idea)


async def test_an_idea_is_relieved_once_however_late_somebody_asks_again(world: World) -> None:
    idea = await world.walk_to("planning")
    today = await world.today()
    until = today + timedelta(days=30)
    leave = Leave(coach_id=BEN, n=7, start=today, until=until, cover_id=BRUNO, rulebook=await world.rulebook())
    leaving = LeavingActivities(world.database, world.ideas, POLICY.zone)
    await leaving.relieve_coach(idea, leave)
    await world.ask(idea, "end_cover", carla)
    # In the next stage's run: the engine itself knows a command again in the same one.
    for event, actor in (("agree_plan", ben), ("submit_work", alma), ("approve_concept", ben)):
        await world.ask(idea, event, actor)
    for _ in range(LEDGER_LENGTH + 1):
        await world.ask(idea, "write_note", carla, note_id=idea)
    version = (await world.shown(idea)).version
    await leaving.relieve_coach(idea, leave)
    assert (await world.state(idea)).standing.version == version
    assert (await world.events(idea)).count("cover_coach") == 1


async def test_an_answer_to_a_search_that_is_over_is_refused(world: World) -> None:
    idea = await world.walk_to("planning")
    [offer] = await world.offers(idea)
    await world.client.get_workflow_handle(f"coach-search/{idea}/1").result()
    with pytest.raises(OfferClosed):
        await world.ideas.answer_offer(idea, 1, OfferAnswer(offer_id=offer.id, coach_id=BRUNO, accepted=True))
    async with world.database.session() as session:
        place = await session.get_one(Place, (idea, BEN))
    assert place.reserved_until is None, "the place is confirmed"


async def _let_ben_leave(world: World) -> None:
    today = await world.today()
    async with world.database.transaction() as session:
        profile = await session.get_one(CoachProfile, BEN)
        profile.left_on = today
    await world.ideas.start_leave(Leave(coach_id=BEN, n=1, start=today, rulebook=await world.rulebook()))
