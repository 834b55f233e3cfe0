"""Second thoughts: across a hand-over, after an end, and too late."""

import pytest

from activities.ports.ideas import CommandRefused, IdeaGone
from models.messages.commands import RefusalCode
from models.messages.idea import IdeaState
from models.queries.coaches import list_coaches
from models.vocabulary import Outcome, Stage
from tests.cast import SHIPPED_RULEBOOK
from tests.factories import ALMA, BEN, alma, ben, carla, command
from tests.workflows.conftest import World

A_MINUTE = 61 / 86400
"""In days, as `World.sleep` counts."""


@pytest.mark.replayed
async def test_a_decision_that_led_to_the_next_stage_is_taken_back(world: World) -> None:
    idea = await world.bring_to("reviewing", rulebook=SHIPPED_RULEBOOK)
    before = await world.shown(idea)
    approved = await world.ask(idea, "approve_concept", ben)
    assert approved.stage == Stage.SUPPORT
    assert [notice.key for notice in await world.notices(idea) if notice.key == f"v{approved.version}"]
    receipt = await world.ask(idea, "undo", ben)
    shown = await world.until_shown(idea, receipt.version)
    assert (shown.stage, shown.state, shown.holder_until) == (before.stage, "reviewing", before.holder_until)
    assert not [notice for notice in await world.notices(idea) if notice.key == f"v{approved.version}"]
    assert (await world.events(idea))[-2:] == ["approve_concept", "undo"]
    # Everything goes on as if nothing had been.
    assert (await world.ask(idea, "approve_concept", ben)).stage == Stage.SUPPORT


@pytest.mark.replayed
async def test_an_end_is_taken_back_and_the_coach_still_has_the_place(world: World) -> None:
    idea = await world.bring_to("working", rulebook=SHIPPED_RULEBOOK)
    await world.ask(idea, "close", carla, outcome=Outcome.CLOSED, note_id=idea)
    assert await free_places(world) == 2, "nobody else is given the place meanwhile"
    receipt = await world.ask(idea, "undo", carla)
    shown = await world.until_shown(idea, receipt.version)
    assert (shown.outcome, shown.state, shown.coach_id) == (None, "working", BEN)
    assert await free_places(world) == 2
    assert (await world.ask(idea, "submit_work", alma)).state == "reviewing"


async def test_an_end_stands_after_a_minute(world: World) -> None:
    idea = await world.bring_to("working", rulebook=SHIPPED_RULEBOOK)
    await world.ask(idea, "withdraw", alma)
    await world.sleep(A_MINUTE)
    handle = world.client.get_workflow_handle(f"idea/{idea}", result_type=IdeaState)
    assert (await handle.result()).standing.outcome is Outcome.WITHDRAWN
    with pytest.raises(IdeaGone):
        await world.ask(idea, "undo", alma)


async def test_a_decision_stands_after_a_minute(world: World) -> None:
    idea = await world.bring_to("working", rulebook=SHIPPED_RULEBOOK)
    await world.ask(idea, "submit_work", alma)
    await world.sleep(A_MINUTE)
    with pytest.raises(CommandRefused) as refused:
        await world.ask(idea, "undo", alma)
    assert refused.value.refusal.code is RefusalCode.NOT_ALLOWED
    assert (await world.shown(idea)).state == "reviewing"


async def test_an_idea_is_reopened_while_its_end_could_still_be_undone(world: World) -> None:
    idea = await world.bring_to("working", rulebook=SHIPPED_RULEBOOK)
    await world.ask(idea, "close", carla, outcome=Outcome.CLOSED, note_id=idea)
    state = await world.state(idea)
    receipt = await world.ideas.reopen(state, command("reopen", carla, note_id=idea))
    shown = await world.until_shown(idea, receipt.version)
    assert (shown.outcome, shown.stage, shown.owner_id) == (None, Stage.DEVELOP, ALMA)


async def free_places(world: World) -> int:
    """How many more ideas Ben can take."""
    async with world.database.session() as session:
        [ben_] = [coach for coach in await list_coaches(session, await world.today()) if coach.id == BEN]
    return ben_.free
