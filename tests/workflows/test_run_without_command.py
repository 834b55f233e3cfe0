"""A run that was started for a first command which never came."""

from datetime import timedelta

import pytest

from activities.ports.ideas import IdeaGone
from models import workflow_ids
from models.vocabulary import Outcome
from tests.factories import alma, command, new_state, write_idea
from tests.workflows.conftest import World, patiently
from workflows.stage import UNBORN


async def test_a_draft_can_be_handed_in_when_the_run_of_a_lost_command_has_ended(world: World) -> None:
    """The start has reached the engine and the command with it has not: its connection was cut, its worker died."""
    idea = await write_idea(world.database)
    state = new_state(idea, await world.rulebook(), entered_at=await world.now())
    workflow_id = workflow_ids.idea_workflow(idea)
    await world.client.start_workflow("Identify", state, id=workflow_id, task_queue=world.ideas.task_queue)
    await world.sleep((UNBORN + timedelta(minutes=1)) / timedelta(days=1))
    assert not await world.ideas.is_running(workflow_id)
    receipt = await patiently(lambda: world.ideas.submit(state, command("submit", alma)))
    assert (receipt.version, receipt.state) == (1, "screening")
    assert (await world.until_shown(idea, 1)).state == "screening"
    assert await world.events(idea) == ["submit"]


async def test_a_path_that_has_ended_is_not_handed_in_again(world: World) -> None:
    idea = await world.hand_in()
    await world.ask(idea, "withdraw", alma)
    await world.client.get_workflow_handle(workflow_ids.idea_workflow(idea)).result()
    state = new_state(idea, await world.rulebook(), entered_at=await world.now())
    with pytest.raises(IdeaGone):
        await patiently(lambda: world.ideas.submit(state, command("submit", alma)))
    assert (await world.shown(idea)).outcome == Outcome.WITHDRAWN
    assert await world.events(idea) == ["submit", "withdraw"]
