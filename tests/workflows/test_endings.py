"""How a path ends, and that an end is not for ever."""

import pytest

from activities.ports.ideas import CommandRefused, IdeaGone
from models import workflow_ids
from models.messages.commands import RefusalCode
from models.messages.idea import IdeaState
from models.vocabulary import NoticeKind, OfferStatus, Outcome, Stage
from tests.factories import ALMA, BEN, RULES, alma, ben, bruno, carla, command, new_state
from tests.workflows.conftest import World, patiently

ONE_OF_EACH_STAGE = ["clarification", "matching", "working", "arranging", "piloting", "drafting"]


@pytest.mark.parametrize("state", ONE_OF_EACH_STAGE)
async def test_an_innovator_may_withdraw_anywhere(world: World, state: str) -> None:
    idea = await world.bring_to(state)
    receipt = await world.ask(idea, "withdraw", alma)
    shown = await world.until_shown(idea, receipt.version)
    assert (shown.outcome, shown.state, shown.holder_role) == (Outcome.WITHDRAWN, "withdrawn", None)
    final = await world.client.get_workflow_handle(f"idea/{idea}", result_type=IdeaState).result()
    assert final.standing.outcome is Outcome.WITHDRAWN

    async def no_offer_is_open() -> bool:
        return all(offer.status != OfferStatus.OPEN for offer in await world.offers(idea))

    await world.until(no_offer_is_open)


@pytest.mark.replayed
@pytest.mark.parametrize("state", ["working", "piloting", "editing"])
async def test_a_lead_sends_an_idea_back_and_its_coach_stays(world: World, state: str) -> None:
    idea = await world.bring_to(state)
    receipt = await world.ask(idea, "send_back", carla, stage=Stage.DEVELOP, note_id=idea)
    assert (receipt.stage, receipt.state) == (Stage.DEVELOP, "planning")
    receipt = await world.ask(idea, "agree_plan", ben)
    assert (await world.until_shown(idea, receipt.version)).state == "working"


@pytest.mark.replayed
async def test_a_finished_idea_can_be_reopened_under_the_same_id(world: World) -> None:
    idea = await world.bring_to("working")
    ended = await world.ask(idea, "close", carla, outcome=Outcome.CLOSED, note_id=idea)
    await world.client.get_workflow_handle(f"idea/{idea}").result()
    with pytest.raises(IdeaGone):
        await world.ask(idea, "agree_plan", ben)
    shown = await world.shown(idea)
    assert shown.snapshot is not None
    state = IdeaState(standing=shown.snapshot, rulebook=RULES)
    receipt = await world.ideas.reopen(state, command("reopen", carla, note_id=idea))
    assert (receipt.version, receipt.stage, receipt.state) == (ended.version + 1, Stage.DEVELOP, "working")
    # Nobody has kept a place for its coach, so it looks for one again, and asks that very coach first.
    shown = await world.until_shown(idea, receipt.version)
    assert (shown.coach_id, shown.holder_role) == (None, "innovator")
    assert (await world.open_offer(idea, 2)).coach_id == BEN
    told = [notice.kind for notice in await world.notices(idea) if notice.account_id == ALMA]
    assert told[-1] == NoticeKind.YOUR_TURN


async def test_only_what_state_and_role_allow_enters_the_history(world: World) -> None:
    idea = await world.bring_to("reviewing")
    before = (await world.state(idea)).standing.version
    for event, actor, code in [
        ("consent", alma, RefusalCode.NOT_ALLOWED),
        ("approve_concept", alma, RefusalCode.FORBIDDEN),
        ("approve_concept", bruno, RefusalCode.FORBIDDEN),
        ("extend_deadline", ben, RefusalCode.INVALID),
        ("withdraw", ben, RefusalCode.FORBIDDEN),
        ("no_such_event", carla, RefusalCode.NOT_ALLOWED),
    ]:
        with pytest.raises(CommandRefused) as refused:
            await world.ask(idea, event, actor)
        assert refused.value.refusal.code is code
    assert (await world.state(idea)).standing.version == before


async def test_a_stale_look_is_refused_with_the_version_of_now(world: World) -> None:
    idea = await world.bring_to("reviewing")
    version = (await world.state(idea)).standing.version
    with pytest.raises(CommandRefused) as refused:
        await world.ask(idea, "approve_concept", ben, expected_version=version - 1)
    assert (refused.value.refusal.code, refused.value.refusal.version) == (RefusalCode.STALE, version)
    assert (await world.ask(idea, "approve_concept", ben, expected_version=version)).state == "assessing"


async def test_a_path_that_has_ended_is_not_handed_in_again(world: World) -> None:
    idea = await world.hand_in()
    await world.ask(idea, "withdraw", alma)
    await world.client.get_workflow_handle(workflow_ids.idea_workflow(idea)).result()
    state = new_state(idea, await world.rulebook(), entered_at=await world.now())
    with pytest.raises(IdeaGone):
        await patiently(lambda: world.ideas.submit(state, command("submit", alma)))
    assert (await world.shown(idea)).outcome == Outcome.WITHDRAWN
    assert await world.events(idea) == ["submit", "withdraw"]
