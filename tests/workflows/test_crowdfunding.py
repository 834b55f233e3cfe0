"""A hand-off on the time-skipping server: from the package to the end of the campaign, and back to the idea."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from activities.ports.crowdfunding import Cause, PlatformError
from activities.ports.ideas import CommandRefused, IdeaGone
from models.cases.calendar import calendar_of
from models.database import Database
from models.messages.commands import Receipt, RefusalCode
from models.messages.rulebook import Duration
from models.tables import CampaignAddressRow
from models.vocabulary import CampaignStatus, NoticeKind, Outcome, Stage
from tests.factories import ALMA, BEN, CARLA, alma, ben, carla, command
from tests.fakes import FakePlatform
from tests.workflows.campaigns import HandOff
from tests.workflows.conftest import World, open_world, patiently


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform()


@pytest.fixture
async def world(database: Database, cached_workflows: int, platform: FakePlatform) -> AsyncIterator[World]:
    async with open_world(database, cached_workflows, platform=platform) as world:
        yield world


async def begin(world: World) -> HandOff:
    return await HandOff.start(world, await world.bring_to("assessing"))


# -- what comes of it ----------------------------------------------------------------------------------------------


async def test_a_campaign_that_reaches_its_goal_takes_the_idea_along(world: World, platform: FakePlatform) -> None:
    hand_off = await begin(world)
    await hand_off.link()
    await hand_off.say(CampaignStatus.FUNDING)
    await hand_off.say(CampaignStatus.ENDED_SUCCESSFUL, ben, funded_cents=6_000_00, threshold_cents=5_000_00)
    await hand_off.until_idea_heard("crowdfunding_funded")
    shown = await world.shown(hand_off.idea)
    assert (shown.stage, shown.state) == ("accompany", "piloting")
    assert (await hand_off.shown()).state == "linked", "the money is not there yet"
    await hand_off.say(CampaignStatus.PAID_OUT)
    await hand_off.until_idea_heard("crowdfunding_closed")
    assert (await hand_off.shown()).state == "closed"
    assert len(platform.submissions) == 1
    timeline = await hand_off.timeline()
    assert [entry.version for entry in timeline] == list(range(1, len(timeline) + 1))
    assert NoticeKind.CROWDFUNDING_RESULT in await hand_off.told(ALMA)


@pytest.mark.replayed
async def test_a_campaign_that_fails_sends_the_idea_back_and_a_second_attempt_begins_with_its_package(
    world: World,
) -> None:
    hand_off = await begin(world)
    await hand_off.link()
    await hand_off.say(CampaignStatus.ENDED_FAILED)
    await hand_off.until_idea_heard("crowdfunding_failed")
    await world.until_in(hand_off.idea, "planning")
    await world.walk(hand_off.idea, ("agree_plan", ben, {}), ("submit_work", alma, {}), ("approve_concept", ben, {}))
    second = await HandOff.start(world, hand_off.idea, ben, attempt=2)
    assert (await second.facts()).digest == (await hand_off.facts()).digest
    assert (await second.facts()).revision == 1
    assert await second.told(ALMA) == [NoticeKind.CROWDFUNDING_TURN]
    with pytest.raises((IdeaGone, CommandRefused)):
        await hand_off.send(await hand_off.command("withdraw", alma))


@pytest.mark.replayed
async def test_sql_shows_exactly_what_the_workflow_knows(world: World) -> None:
    hand_off = await begin(world)
    await hand_off.confirm()
    state = await hand_off.state()
    shown = await hand_off.shown()
    assert shown.snapshot == state.standing.model_dump(mode="json")
    assert (await hand_off.timeline())[-1].snapshot == shown.snapshot
    assert len(state.model_dump_json()) <= 8 * 1024


async def test_everybody_hears_of_their_turn_once(world: World) -> None:
    hand_off = await begin(world)
    await hand_off.link()
    assert await hand_off.told(BEN) == [NoticeKind.CROWDFUNDING_TURN] * 2, "to confirm, and to check the address"
    assert await hand_off.told(ALMA) == [NoticeKind.CROWDFUNDING_TURN] * 2, (
        "to enter the campaign, and to bring it live"
    )
    assert await hand_off.told(CARLA) == []


# -- races ---------------------------------------------------------------------------------------------------------


async def test_an_edit_and_a_confirmation_at_the_same_moment_never_hand_over_what_nobody_saw(
    world: World, platform: FakePlatform
) -> None:
    hand_off = await begin(world)
    await hand_off.save()
    await hand_off.ask("pack", alma)
    await hand_off.ask("confirm", alma)
    confirms = await hand_off.command("confirm", ben)
    edits = hand_off.save(title="Anders")
    confirmed, edited = await asyncio.gather(hand_off.send(confirms), edits, return_exceptions=True)
    assert isinstance(edited, Receipt)
    if isinstance(confirmed, CommandRefused):
        assert confirmed.refusal.code in (RefusalCode.STALE, RefusalCode.NOT_ALLOWED)
    else:
        assert isinstance(confirmed, Receipt)
    await hand_off.until_in("ready")
    state = await hand_off.state()
    assert state.standing.confirmations == []
    edited_digest = (await hand_off.facts()).digest
    assert [key for key in platform.submissions if key.endswith(edited_digest)] == []


async def test_an_edit_that_never_arrived_is_found_before_the_package_is_handed_over(
    world: World, platform: FakePlatform
) -> None:
    hand_off = await begin(world)
    await hand_off.save()
    confirmed = await hand_off.facts()
    await hand_off.ask("pack", alma)
    await hand_off.ask("confirm", alma)
    await hand_off.write((await hand_off.package()).model_copy(update={"title": "Anders"}))
    await hand_off.ask("confirm", ben, package=confirmed)
    await hand_off.until_in("ready")
    assert platform.submissions == []
    assert (await hand_off.state()).standing.package == await hand_off.facts()


async def test_of_two_addresses_pasted_at_once_one_is_taken(world: World) -> None:
    hand_off = await begin(world)
    await hand_off.confirm()
    pastes = [
        await hand_off.command("link", actor, link_id=await hand_off.paste(name))
        for actor, name in ((alma, "one"), (ben, "two"))
    ]
    answers = await asyncio.gather(*(hand_off.send(paste) for paste in pastes), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, CommandRefused)]
    assert [answer.refusal.code for answer in refused] == [RefusalCode.NOT_ALLOWED]
    link = (await hand_off.state()).standing.link
    assert link is not None
    taken = [paste.link_id for paste, answer in zip(pastes, answers, strict=True) if isinstance(answer, Receipt)]
    assert taken == [link.link_id]


async def test_the_same_command_twice_is_one_step(world: World) -> None:
    hand_off = await begin(world)
    await hand_off.save()
    pack = await hand_off.command("pack", alma)
    receipts = await asyncio.gather(*(hand_off.send(pack) for _ in range(3)))
    assert len(set(receipts)) == 1
    await hand_off.until_version(receipts[0].version)
    assert (await hand_off.events()).count("pack") == 1
    other = pack.model_copy(update={"fingerprint": "another"})
    with pytest.raises(CommandRefused) as refused:
        await hand_off.send(other)
    assert refused.value.refusal.code is RefusalCode.ID_REUSED


# -- the idea ------------------------------------------------------------------------------------------------------


async def test_only_one_hand_off_runs_and_only_where_money_is_raised(world: World) -> None:
    idea = await world.bring_to("reviewing")
    with pytest.raises(CommandRefused) as early:
        await world.ask(idea, "start_crowdfunding", alma)
    await world.ask(idea, "approve_concept", ben)
    await HandOff.start(world, idea, carla)
    with pytest.raises(CommandRefused) as twice:
        await world.ask(idea, "start_crowdfunding", ben)
    assert {early.value.refusal.code, twice.value.refusal.code} == {RefusalCode.NOT_ALLOWED}


async def test_an_idea_that_ends_takes_what_is_not_on_the_platform_with_it(world: World) -> None:
    hand_off = await begin(world)
    await hand_off.confirm()
    await hand_off.ask("link", alma, link_id=await hand_off.paste("pflegelotsen"))
    await world.ask(hand_off.idea, "close", carla, outcome=Outcome.CLOSED, note_id=hand_off.idea)
    await hand_off.until_in("withdrawn")
    async with world.database.session() as session:
        link = (await hand_off.timeline())[-1].facts["rejected_link"]
        assert (await session.get_one(CampaignAddressRow, link)).rejected_at is not None, "free for another attempt"


async def test_a_linked_campaign_outlives_its_idea_and_is_heard_when_that_is_reopened(world: World) -> None:
    hand_off = await begin(world)
    await hand_off.link()
    await world.ask(hand_off.idea, "close", carla, outcome=Outcome.CLOSED, note_id=hand_off.idea)
    ended = await world.client.get_workflow_handle(f"idea/{hand_off.idea}").result()
    await hand_off.say(CampaignStatus.ENDED_SUCCESSFUL)
    assert (await world.events(hand_off.idea))[-1] == "close", "an ended idea hears nothing"
    state = (await world.state(hand_off.idea)).model_copy(deep=True)
    assert state.standing.model_dump(mode="json") == ended["standing"]
    reopen = command("reopen", carla, note_id=hand_off.idea, stage=Stage.SUPPORT)
    await patiently(lambda: world.ideas.reopen(state, reopen))
    await hand_off.until_idea_heard("crowdfunding_funded")
    assert (await world.shown(hand_off.idea)).stage == "accompany"


async def test_an_idea_that_is_reopened_learns_that_its_hand_off_is_over(world: World) -> None:
    hand_off = await begin(world)
    await world.ask(hand_off.idea, "close", carla, outcome=Outcome.CLOSED, note_id=hand_off.idea)
    await hand_off.until_in("withdrawn")
    await world.client.get_workflow_handle(f"crowdfunding/{hand_off.idea}/1").result()
    state = await world.state(hand_off.idea)
    assert state.standing.crowdfunding == 1
    reopen = command("reopen", carla, note_id=hand_off.idea, stage=Stage.SUPPORT)
    await patiently(lambda: world.ideas.reopen(state, reopen))
    await hand_off.until_idea_heard("crowdfunding_closed")
    await HandOff.start(world, hand_off.idea, attempt=2)


async def test_the_idea_pauses_and_the_hand_off_is_silent(world: World) -> None:
    hand_off = await begin(world)
    calendar, today = calendar_of((await hand_off.state()).rulebook), await world.today()
    until = calendar.on_working_day(today + timedelta(days=100))
    await world.ask(hand_off.idea, "pause", alma, until=until, note_id=hand_off.idea)
    await hand_off.until_event("pause")
    before = len(await hand_off.events())
    await world.sleep((until - today).days - 1)
    assert len(await hand_off.events()) == before
    await world.sleep(2)
    await hand_off.until_event("resume")
    assert (await hand_off.shown()).holder_until == calendar.deadline(until, Duration(30, "d"))


# -- time ----------------------------------------------------------------------------------------------------------


async def test_who_is_late_is_reminded_and_the_lead_hears_and_in_the_end_it_expires(world: World) -> None:
    hand_off = await begin(world)
    await world.sleep(60)
    await hand_off.until_event("escalate")
    assert (await hand_off.events())[1:] == ["remind", "overdue", "escalate"]
    assert await hand_off.told(ALMA) == [NoticeKind.CROWDFUNDING_REMINDER, NoticeKind.CROWDFUNDING_OVERDUE]
    assert await hand_off.told(CARLA) == [NoticeKind.CROWDFUNDING_ESCALATION]
    # A few days more than the policy says: nothing ends on a free day.
    await world.sleep(125)
    await hand_off.until_idea_heard("crowdfunding_expired")
    assert (await hand_off.shown()).state == "expired"
    assert (await world.shown(hand_off.idea)).state == "assessing", "the idea goes on"


async def test_the_three_questions_come_in_their_time(world: World) -> None:
    hand_off = await begin(world)
    await hand_off.link()
    for status, days in (
        # Three more than the policy says: nobody is asked on a free day.
        (CampaignStatus.FUNDING, 17.5),
        (CampaignStatus.ENDED_SUCCESSFUL, 17.5),
        (CampaignStatus.PAID_OUT, 24.5),
    ):
        asked = (await hand_off.told(ALMA)).count(NoticeKind.CROWDFUNDING_QUESTION)
        await world.sleep(days)
        await hand_off.until_event("remind", asked + 1)
        await hand_off.say(status)
    assert (await hand_off.told(ALMA)).count(NoticeKind.CROWDFUNDING_QUESTION) == 3
    assert (await hand_off.shown()).state == "closed"


async def test_a_platform_that_cannot_be_reached_leaves_its_part_to_a_person(
    world: World, platform: FakePlatform
) -> None:
    platform.draft_errors.extend([PlatformError(Cause.UNAVAILABLE, 3600)] * 40)
    hand_off = await begin(world)
    await hand_off.save()
    await hand_off.ask("pack", alma)
    await hand_off.ask("confirm", alma)
    await hand_off.ask("confirm", ben)
    assert (await hand_off.shown()).holder_role == "engine"
    await world.sleep(0.3)
    await hand_off.until_in("awaiting_entry")
    assert (await hand_off.standing()).trouble == "unavailable"
    assert len(platform.submissions) <= 8


async def test_meanwhile_the_package_can_be_edited(world: World, platform: FakePlatform) -> None:
    platform.draft_errors.extend([PlatformError(Cause.UNAVAILABLE, 3600)] * 2)
    hand_off = await begin(world)
    await hand_off.save()
    for event, actor in (("pack", alma), ("confirm", alma), ("confirm", ben)):
        await hand_off.ask(event, actor)
    await hand_off.save(title="Anders")
    assert (await hand_off.shown()).state == "ready"
    await world.sleep(0.5)
    assert (await hand_off.shown()).state == "ready"


async def test_a_life_with_a_renewal_at_every_step_is_the_same_life(world: World) -> None:
    hand_off = await begin(world)
    limits = (await hand_off.state()).rulebook.model_copy(update={"renew_after_steps": 1, "digest": "short"})
    await hand_off.save()
    await hand_off.ask("pack", alma, rulebook=limits)
    pack = (await hand_off.timeline())[-1].command_id
    await hand_off.ask("confirm", alma)
    await hand_off.ask("confirm", ben)
    await hand_off.until_in("awaiting_entry")
    await hand_off.ask("link", alma, link_id=await hand_off.paste("pflegelotsen"))
    await hand_off.ask("confirm_link", ben)
    again = (await hand_off.command("pack", alma)).model_copy(update={"id": pack})
    assert (await hand_off.send(again)).version < (await hand_off.shown()).version, "the ledger travels along"
    await hand_off.say(CampaignStatus.CANCELLED)
    await hand_off.until_idea_heard("crowdfunding_cancelled")
    timeline = await hand_off.timeline()
    assert [entry.version for entry in timeline] == list(range(1, len(timeline) + 1))
    assert [entry.event for entry in timeline] == [
        *("start", "edit", "pack", "confirm", "confirm", "await_entry", "link", "confirm_link", "observe")
    ]


# -- reading -------------------------------------------------------------------------------------------------------


async def test_a_campaign_that_can_be_read_is_followed_by_itself(world: World, platform: FakePlatform) -> None:
    platform.reads_status = True
    ends_on = await world.today() + timedelta(days=3)
    platform.says(CampaignStatus.START)
    hand_off = await begin(world)
    await hand_off.link()
    await hand_off.until_event("observe")
    platform.says(CampaignStatus.FUNDING, ends_on=ends_on)
    await world.sleep(0.3)
    await hand_off.until_event("observe", 2)
    shown = await hand_off.shown()
    assert (shown.stage, shown.holder_role) == ("funding", "engine")
    read = len(platform.readings)
    await world.sleep(1)
    assert 20 <= len(platform.readings) - read <= 26, "about every hour"
    platform.says(CampaignStatus.ENDED_SUCCESSFUL)
    await world.sleep(1)
    await hand_off.until_idea_heard("crowdfunding_funded")
    assert len(await hand_off.events()) < 16, "most readings leave no trace in the timeline"
    assert len(await hand_off.observations()) == len(platform.readings), "each is kept"


async def test_a_key_that_was_revoked_is_told_once_and_people_answer_instead(
    world: World, platform: FakePlatform
) -> None:
    platform.reads_status = True
    platform.says(PlatformError(Cause.KEY_REVOKED))
    hand_off = await begin(world)
    await hand_off.link()
    await hand_off.until_event("trouble")
    await world.sleep(5)
    assert (await hand_off.events()).count("trouble") == 1
    assert NoticeKind.CROWDFUNDING_TROUBLE in await hand_off.told(CARLA)
    await hand_off.say(CampaignStatus.FUNDING)
    platform.says(CampaignStatus.FUNDING)
    await world.sleep(1.5)
    await hand_off.until_event("observe", 2)
    assert (await hand_off.standing()).trouble is None, "it was mended, and nobody had to tell the engine"
