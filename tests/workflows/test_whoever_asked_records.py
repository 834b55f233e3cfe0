"""Who asks writes to SQL what they are answered; where they do not, the case does, and nothing is lost."""

import itertools
from typing import Any

import pytest
from sqlmodel import col, select

from activities.notice_courier import dispatch_notices
from activities.record import write_record
from models import workflow_ids
from models.messages.cases import Taken
from models.messages.commands import Actor
from models.tables import NoticeRow, StandingRow, TimelineEntry
from tests.factories import alma, ben, carla, command
from tests.fakes import Doors
from tests.workflows.campaigns import HandOff
from tests.workflows.conftest import World, patiently


async def ask(world: World, idea: str, event: str, actor: Actor, **fields: Any) -> Taken:
    """One command by somebody who has promised to write down what comes of it, and has not done so yet."""
    shown = (await world.shown(idea)).version
    asked = command(event, actor, asker_records=True, searched_to=shown, **fields)
    return await patiently(lambda: world.ideas.command(idea, asked))


async def write(world: World, taken: Taken) -> None:
    assert taken.record is not None
    await write_record(world.database, taken.record)


async def told(world: World, idea: str) -> list[tuple[int, str]]:
    async with world.database.session() as session:
        lines = select(TimelineEntry.version, TimelineEntry.event).where(TimelineEntry.case_id == idea)
        return list((await session.exec(lines.order_by(col(TimelineEntry.version)))).all())


async def test_what_somebody_has_asked_for_is_theirs_to_write(real_world: World) -> None:
    world, idea = real_world, await real_world.bring_to("planning")
    before = (await world.shown(idea)).version
    taken = await ask(world, idea, "write_note", ben)
    assert (await world.state(idea)).standing.version == taken.version == before + 1
    assert (await world.shown(idea)).version == before, "the engine leaves it to them"
    await write(world, taken)
    assert (await world.shown(idea)).version == taken.version
    again = await ask(world, idea, "write_note", ben)
    assert again.record is not None
    assert [entry.version for entry in again.record.entries] == [again.version], "what SQL shows is forgotten"


async def test_what_nobody_has_written_the_case_writes_when_it_is_told(real_world: World) -> None:
    """Ben's process was killed between his step and its record."""
    world, idea = real_world, await real_world.bring_to("planning")
    taken = await ask(world, idea, "agree_plan", ben)
    await world.ideas.nudge(workflow_ids.idea_workflow(idea))
    assert (await world.until_shown(idea, taken.version)).state == "working"
    assert [version for version, _ in await told(world, idea)] == [*range(1, taken.version + 1)]


async def test_the_next_who_writes_brings_along_what_is_missing(real_world: World) -> None:
    world, idea = real_world, await real_world.bring_to("planning")
    await ask(world, idea, "write_note", ben)
    second = await ask(world, idea, "agree_plan", ben)
    await write(world, second)
    events = [event for _, event in await told(world, idea)]
    assert events[-2:] == ["write_note", "agree_plan"]


async def test_two_write_in_either_order_and_the_same_is_shown(real_world: World) -> None:
    """All orders of three records, each into an empty read model of the idea."""
    world, idea = real_world, await real_world.bring_to("planning")
    taken = [await ask(world, idea, "write_note", ben), await ask(world, idea, "agree_plan", ben)]
    taken.append(await ask(world, idea, "submit_work", alma))
    versions = [one.version for one in taken]
    shown: list[object] = []
    for order in itertools.permutations(taken):
        async with world.database.transaction() as session:
            for table in (TimelineEntry, NoticeRow):
                rows = select(table).where(table.idea_id == idea, col(table.version).in_(versions))
                for row in (await session.exec(rows)).all():
                    await session.delete(row)
            await session.delete(await session.get_one(StandingRow, idea))
        for one in order:
            await write(world, one)
        async with world.database.session() as session:
            notices = select(NoticeRow.key, NoticeRow.account_id, NoticeRow.kind).where(NoticeRow.idea_id == idea)
            found = sorted((await session.exec(notices)).all())
        shown.append(((await world.shown(idea)).model_dump(), await told(world, idea), found))
    assert all(one == shown[0] for one in shown)


async def test_the_stage_ends_and_the_next_still_knows_what_is_to_be_written(real_world: World) -> None:
    world, idea = real_world, await real_world.bring_to("reviewing")
    taken = await ask(world, idea, "approve_concept", ben)
    assert taken.stage == "support"
    await world.ideas.nudge(workflow_ids.idea_workflow(idea))
    assert (await world.until_shown(idea, taken.version)).stage == "support"


async def test_nothing_begins_before_its_step_is_shown(real_world: World) -> None:
    """A search for a coach, and a crowdfunding: whoever asked is gone, and the case writes before it sets them off."""
    world, idea = real_world, await real_world.bring_to("piloting")
    taken = await ask(world, idea, "start_crowdfunding", alma)
    await world.until(HandOff(world, idea).is_there)
    assert (await world.shown(idea)).version >= taken.version
    assert "start_crowdfunding" in [event for _, event in await told(world, idea)]


async def test_before_it_ends_a_case_writes_what_is_missing(real_world: World) -> None:
    world, idea = real_world, await real_world.bring_to("planning")
    taken = await ask(world, idea, "withdraw", alma)
    assert (await world.until_shown(idea, taken.version)).outcome == "withdrawn"
    await world.client.get_workflow_handle(workflow_ids.idea_workflow(idea)).result()
    assert (await told(world, idea))[-1] == (taken.version, "withdraw")


async def test_a_hand_off_goes_the_same_way(real_world: World) -> None:
    hand_off = await HandOff.start(real_world, await real_world.bring_to("piloting"))
    await hand_off.save()
    asked = await hand_off.command("pack", alma, asker_records=True, searched_to=(await hand_off.shown()).version)
    taken = await hand_off.send(asked)
    assert (await hand_off.shown()).state == "ready"
    await real_world.ideas.nudge(workflow_ids.crowdfunding(hand_off.idea, 1))
    await hand_off.until_version(taken.version)
    assert (await hand_off.shown()).state == "packaged"


async def test_inboxes_hear_of_it_once_and_after_the_record(real_world: World) -> None:
    world, idea = real_world, await real_world.bring_to("planning")
    taken = await ask(world, idea, "agree_plan", ben)
    doors = Doors()
    assert await dispatch_notices(world.database, doors, idea) == 0, "nothing is written yet"
    await write(world, taken)
    assert await dispatch_notices(world.database, doors, idea) == 1
    await write(world, taken)
    assert await dispatch_notices(world.database, doors, idea) == 0


@pytest.mark.parametrize("asks", [True, False])
async def test_a_step_that_is_taken_back_tells_nobody(real_world: World, *, asks: bool) -> None:
    """Whoever writes it, and though the record of the step that was taken back comes last."""
    rulebook = (await real_world.rulebook()).model_copy(update={"undo_seconds": 60})
    world, idea = real_world, await real_world.hand_in(rulebook=rulebook)
    declined = await ask(world, idea, "decline", carla)
    undone = await patiently(
        lambda: world.ideas.command(idea, command("undo", carla, asker_records=asks, searched_to=1))
    )
    assert (await world.until_shown(idea, undone.version)).state == "screening"
    await write(world, declined)
    assert [notice.key for notice in await world.notices(idea) if notice.key == f"v{declined.version}"] == []
