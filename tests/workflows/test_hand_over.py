"""Nothing is lost or doubled where one run hands over to the next."""

import asyncio
import contextlib
from functools import partial
from typing import Any

import pytest

from activities.ports.ideas import CommandRefused, IdeaGone
from models.messages.commands import Receipt, RefusalCode
from models.messages.idea import IdeaState
from models.vocabulary import Answer
from tests.factories import CARLA, alma, ben, carla, command
from tests.workflows.conftest import PATH_WITH_BEN, World, patiently
from workflows.search_attributes import KIND, OFFICE, STAGE


async def follow_path(world: World, renew_after_steps: int) -> tuple[dict[str, Any], list[tuple[int, str, str]]]:
    """Walk everything; returns what SQL shows at the end, and the timeline."""
    rulebook = (await world.rulebook()).model_copy(update={"renew_after_steps": renew_after_steps})
    idea = await world.bring_to("consenting", rulebook=rulebook)
    receipt = await world.ask(idea, "consent", alma)
    shown = await world.until_shown(idea, receipt.version)
    assert shown.snapshot is not None
    varying = {"idea_id", "entered_at", "submitted_at"}
    end = {name: value for name, value in shown.snapshot.items() if name not in varying}
    return end, [(entry.version, entry.event, entry.state) for entry in await world.timeline(idea)]


@pytest.mark.replayed
async def test_forced_renewal_at_every_step_gives_the_same_end(world: World) -> None:
    assert await follow_path(world, renew_after_steps=1) == await follow_path(world, renew_after_steps=400)


async def test_the_same_command_before_and_after_a_hand_over_counts_once(real_world: World) -> None:
    idea = await real_world.bring_to("reviewing")
    approve = command("approve_concept", ben)
    receipts = [await patiently(lambda: real_world.ideas.command(idea, approve)) for _ in range(3)]
    run = await real_world.client.get_workflow_handle(f"idea/{idea}").describe()
    while run.workflow_type != "Support":
        run = await real_world.client.get_workflow_handle(f"idea/{idea}").describe()
    found = run.typed_search_attributes
    assert (found[KIND], found[OFFICE], found[STAGE]) == ("idea", "dresden", "support"), "each run says where it stands"
    receipts.append(await patiently(lambda: real_world.ideas.command(idea, approve)))
    assert len(set(receipts)) == 1
    await real_world.until_shown(idea)
    assert (await real_world.events(idea)).count("approve_concept") == 1


async def test_the_same_id_with_another_request_is_refused_in_any_stage(world: World) -> None:
    idea = await world.bring_to("reviewing")
    approve = command("approve_concept", ben, fingerprint="one")
    await patiently(lambda: world.ideas.command(idea, approve))
    other = approve.model_copy(update={"fingerprint": "two"})
    with pytest.raises(CommandRefused) as refused:
        await patiently(lambda: world.ideas.command(idea, other))
    assert refused.value.refusal.code is RefusalCode.ID_REUSED


@pytest.mark.replayed
async def test_after_the_end_a_repeat_gets_its_receipt_at_most_and_nothing_new_is_taken(world: World) -> None:
    idea = await world.bring_to("working")
    withdraw = command("withdraw", alma)
    receipt = await patiently(lambda: world.ideas.command(idea, withdraw))
    await world.client.get_workflow_handle(f"idea/{idea}", result_type=IdeaState).result()
    with contextlib.suppress(IdeaGone):  # the server may have forgotten it; the timeline never does
        assert await world.ideas.command(idea, withdraw) == receipt
    with pytest.raises(IdeaGone):
        await world.ask(idea, "submit_work", alma)
    assert (await world.shown(idea)).version == receipt.version


@pytest.mark.parametrize("round_", range(3))
async def test_commands_in_flight_across_the_hand_over_reach_the_next_stage(real_world: World, round_: int) -> None:
    """Many people at once, right while the stage ends: every acknowledged step has its own version."""
    idea = await real_world.bring_to("reviewing")
    before = (await real_world.until_shown(idea)).version
    asked = [command("approve_concept", ben), *(command("write_note", carla, note_id=CARLA) for _ in range(12))]
    receipts: list[Receipt] = await asyncio.gather(
        *(patiently(partial(real_world.ideas.command, idea, each)) for each in asked)
    )
    assert sorted(receipt.version for receipt in receipts) == list(range(before + 1, before + 14))
    await real_world.until_shown(idea, before + 13)
    recorded = {entry.command_id: entry.version for entry in await real_world.timeline(idea)}
    assert all(recorded[each.id] == receipt.version for each, receipt in zip(asked, receipts, strict=True))


async def test_two_who_decide_at_once_are_told_who_came_first(real_world: World) -> None:
    idea = await real_world.bring_to("concluding")

    async def decide(event: str) -> str:
        try:
            return (await real_world.ask(idea, event, ben)).state
        except CommandRefused as refused:
            return refused.refusal.code

    outcome = await asyncio.gather(decide("conclude"), decide("request_more"))
    assert RefusalCode.NOT_ALLOWED in outcome
    assert set(outcome) & {"drafting", "piloting"}


async def test_a_run_stays_short(world: World) -> None:
    """Budgets: events a command over the path, and the size of what travels."""
    idea = await world.hand_in()
    await world.ask(idea, "shortlist", carla)
    await world.accept(idea)
    await world.until_in(idea, "planning")
    for event, actor, fields, _ in PATH_WITH_BEN[:9]:
        await world.ask(idea, event, actor, **fields)
    state = await world.state(idea)
    assert len(state.model_dump_json()) <= 8 * 1024
    receipt = await world.ask(idea, "check_in", alma, answer=Answer.ON_TRACK)
    assert receipt.version == state.standing.version + 1
