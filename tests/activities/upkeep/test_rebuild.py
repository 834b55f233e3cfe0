"""The read model is thrown away and comes back, row by row, as it was."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from activities.upkeep.rebuild import Rebuilder
from api.use_cases.idea_text import IdeaWords, new_idea
from models.messages.commands import PlannedTask
from models.tables import Account, Note
from models.tables.columns import new_id
from models.vocabulary import Role
from tests.activities.upkeep.conftest import STATES, dump, end_in_every_way, run_sql
from tests.cast import POLICY
from tests.factories import ALMA, BEN, BRUNO, CARLA, alma, ben, carla
from tests.workflows.conftest import World

READ_MODEL = ("standing", "place", "task")


async def everything_shown(world: World) -> Any:
    return await dump(world.database, *READ_MODEL)


async def lose_read_model(world: World) -> None:
    await run_sql(world.database, "TRUNCATE standing, place")
    await run_sql(world.database, "TRUNCATE task")


async def plan(world: World, idea: str) -> None:
    """Two tasks; then one of them in other words, after another, and the other dropped."""
    day = await world.today() + timedelta(days=5)
    first, second, third = (PlannedTask(id=id_, assignee=Role.INNOVATOR, due=day) for id_ in (BEN, CARLA, BRUNO))
    new = {"is_new": True}
    plans = [
        ("Mieten\nMalen", [first.model_copy(update=new), second.model_copy(update=new)]),
        ("Putzen\nPachten", [third.model_copy(update=new), first]),
    ]
    for words, tasks in plans:
        note = Note(id=new_id(), idea_id=idea, event="plan", body=words)
        async with world.database.transaction() as session:
            session.add(note)
        await world.ask(idea, "plan", ben, note_id=note.id, tasks=tuple(tasks))


@pytest.mark.slow
async def test_what_was_lost_comes_back_as_it_was(real_world: World) -> None:
    world = real_world
    await run_sql(world.database, "UPDATE coach_profile SET capacity = 30")
    async with world.database.transaction() as session:
        owner = await session.get_one(Account, ALMA)
        session.add(new_idea(POLICY, owner, IdeaWords(title="Noch auf dem Weg", summary="Zum Anfang.")))
    ideas = list(await asyncio.gather(*(world.bring_to(state) for state in STATES)))
    ideas += await end_in_every_way(world)
    working = ideas[STATES.index("working")]
    await plan(world, working)
    await world.ask(working, "finish_task", alma, task_id=BEN)
    await world.ask(working, "extend_deadline", ben, days=20, note_id=working)
    paused = ideas[STATES.index("using")]
    await world.ask(paused, "pause", alma, until=await world.today() + timedelta(days=30), note_id=paused)
    covered = ideas[STATES.index("helping")]
    until = await world.today() + timedelta(days=9)
    await world.ask(covered, "cover_coach", carla, until=until, coach_id=BRUNO)

    before = await everything_shown(world)
    assert {row["state"] for row in before["standing"]} >= {*STATES, "withdrawn", "declined", "closed"}
    assert {row["outcome"] for row in before["standing"]} >= {"completed", "referred", None}
    await lose_read_model(world)
    assert await everything_shown(world) != before
    assert await Rebuilder(world.database, world.ideas).run() == []
    assert await everything_shown(world) == before
    # And once more, on what is there.
    assert await Rebuilder(world.database, world.ideas).run() == []
    assert await everything_shown(world) == before


async def test_an_idea_goes_on_after_it_was_built_again(real_world: World) -> None:
    idea = await real_world.bring_to("reviewing")
    await lose_read_model(real_world)
    await Rebuilder(real_world.database, real_world.ideas).build(idea)
    receipt = await real_world.ask(idea, "approve_concept", ben)
    assert (await real_world.until_shown(idea, receipt.version)).state == "assessing"


async def test_what_is_shown_already_and_newer_is_left_alone(real_world: World) -> None:
    idea = await real_world.bring_to("working")
    shown = await real_world.shown(idea)
    await run_sql(real_world.database, "UPDATE standing SET version = version + 1")
    assert not await Rebuilder(real_world.database, real_world.ideas).build(idea)
    assert (await real_world.shown(idea)).version == shown.version + 1
