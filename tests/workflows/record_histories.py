"""Record the replay corpus: `python -m tests.workflows.record_histories`.

Each history is a run that really happened on the time-skipping server with real activities. A change of workflow code
that cannot replay them would break ideas that are on their way: version it with `workflow.patched`, and record new
scenes beside the old ones. What has been recorded once is never recorded again, so old runs stay as they were.
"""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import psycopg
from temporalio.service import RPCError

from activities.ports.crowdfunding import Cause, PlatformError
from api.embedded.postgres import EmbeddedPostgres
from models.database import Database
from models.messages.coaching import Leave
from models.messages.idea import Standing
from models.migrations import migrate
from models.vocabulary import CampaignStatus, Stage
from tests.cast import SHIPPED_RULEBOOK
from tests.factories import ALMA, BEN, BRUNO, CARLA, alma, ben, carla
from tests.fakes import FakePlatform
from tests.workflows.campaigns import HandOff
from tests.workflows.conftest import World, open_world
from workflows import names

CORPUS = Path(__file__).parent / "histories"


async def whole_path(world: World) -> str:
    return await world.walk_to("published")


async def late_and_extended(world: World) -> str:
    idea = await world.walk_to("working")
    await world.sleep(45)
    await world.ask(idea, "extend_deadline", ben, days=10, note_id=idea)
    await world.ask(idea, "submit_work", alma)
    return idea


async def paused_and_withdrawn(world: World) -> str:
    idea = await world.walk_to("piloting")
    await world.ask(idea, "pause", alma, until=await world.today() + timedelta(days=30), note_id=idea)
    await world.sleep(31)
    await world.ask(idea, "withdraw", alma)
    return idea


async def expired_offer_and_sent_back(world: World) -> str:
    idea = await world.walk_to("matching")
    offer = await world.open_offer(idea)
    await world.sleep((offer.expires_on - await world.today()).days + 1.1)
    await world.accept(idea)
    await world.until_in(idea, "planning")
    await world.ask(idea, "send_back", carla, stage=Stage.IDENTIFY, note_id=idea)
    return idea


async def coach_changed_and_closed(world: World) -> str:
    idea = await world.walk_to("assessing")
    await world.ask(idea, "change_coach", carla, note_id=idea)
    await world.open_offer(idea, 2)
    await world.ask(idea, "close", carla, outcome="closed", note_id=idea)
    return idea


async def decided_and_undone(world: World) -> str:
    idea = await world.walk_to("reviewing", rulebook=SHIPPED_RULEBOOK)
    await world.ask(idea, "approve_concept", ben)
    await world.ask(idea, "undo", ben)
    await world.ask(idea, "close", carla, outcome="closed", note_id=idea)
    await world.ask(idea, "undo", carla)
    await world.ask(idea, "withdraw", alma)
    await world.sleep(0.1)
    return idea


async def coach_on_leave(world: World) -> str:
    idea = await world.walk_to("planning")
    today, rulebook = await world.today(), await world.rulebook()
    until = today + timedelta(days=20)
    await world.ideas.start_leave(Leave(coach_id=BEN, n=1, start=today, until=until, cover_id=BRUNO, rulebook=rulebook))
    await world.sleep(25)
    await world.ask(idea, "agree_plan", ben)
    return idea


async def funded_by_a_crowd(world: World) -> str:
    idea = await world.walk_to("assessing")
    hand_off = await HandOff.start(world, idea)
    await hand_off.link()
    await world.sleep(30)
    for status in (CampaignStatus.FUNDING, CampaignStatus.ENDED_SUCCESSFUL, CampaignStatus.PAID_OUT):
        await hand_off.say(status)
    await world.until_in(idea, "piloting")
    return idea


async def failed_and_tried_again(world: World) -> str:
    idea = await world.walk_to("piloting")
    hand_off = await HandOff.start(world, idea)
    await hand_off.link()
    await hand_off.say(CampaignStatus.FUNDING)
    await hand_off.say(CampaignStatus.ENDED_FAILED)
    await world.until_in(idea, "planning")
    for event, actor in (("agree_plan", ben), ("submit_work", alma), ("approve_concept", ben)):
        await world.ask(idea, event, actor)
    await HandOff.start(world, idea, attempt=2)
    await world.ask(idea, "withdraw", alma)
    return idea


async def read_by_itself(world: World) -> str:
    READABLE.says(PlatformError(Cause.UNAVAILABLE), CampaignStatus.FUNDING)
    hand_off = await HandOff.start(world, await world.walk_to("assessing"))
    await hand_off.link()
    await world.sleep(0.5)
    await hand_off.until_event("observe")
    until = await world.today() + timedelta(days=3)
    await world.ask(hand_off.idea, "pause", alma, until=until, note_id=hand_off.idea)
    await world.ask(hand_off.idea, "resume", alma)
    READABLE.says(CampaignStatus.ENDED_FAILED)
    await world.sleep(0.2)
    await hand_off.until_idea_heard("crowdfunding_failed")
    return hand_off.idea


SCENES: list[Callable[[World], Awaitable[str]]] = [
    whole_path,
    late_and_extended,
    paused_and_withdrawn,
    expired_offer_and_sent_back,
    coach_changed_and_closed,
    decided_and_undone,
    coach_on_leave,
    funded_by_a_crowd,
    failed_and_tried_again,
    read_by_itself,
]

READABLE = FakePlatform(reads_status=True)
PLATFORMS: dict[Callable[[World], Awaitable[str]], FakePlatform] = {read_by_itself: READABLE}
"""Where a scene needs one that can be read."""


async def record() -> None:
    CORPUS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o755)
        server = EmbeddedPostgres(Path(home) / "postgres", fast=True)
        await server.start()
        try:
            for scene in SCENES:
                if any(CORPUS.glob(f"{scene.__name__}-*.json")):
                    continue
                name = f"corpus_{scene.__name__}"
                with psycopg.connect(server.url, autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {name}".encode())
                migrate(server.url_of(name))
                await record_scene(scene, Database(server.url_of(name)))
        finally:
            await server.stop()


async def record_scene(scene: Callable[[World], Awaitable[str]], database: Database) -> None:
    async with open_world(database, cached_workflows=500, platform=PLATFORMS.get(scene)) as world:
        idea = await scene(world)
        await world.until_shown(idea)
        written = 0
        for workflow_id, run_id in await find_runs(world, idea):
            history = await world.client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
            path = CORPUS / f"{scene.__name__}-{written:02}.json"
            path.write_text(json.dumps(history.to_json_dict(), indent=1, sort_keys=True) + "\n")
            written += 1
        print(f"{scene.__name__}: {written} runs")
    await database.dispose()


async def find_runs(world: World, idea: str) -> list[tuple[str, str]]:
    """The chains of runs of an idea and of everything about it. The test server cannot list runs."""
    standing = Standing.model_validate((await world.shown(idea)).snapshot)
    ids = [
        names.idea_workflow(idea),
        *(names.coach_search(idea, n + 1) for n in range(standing.searches)),
        *(names.crowdfunding(idea, n + 1) for n in range(standing.attempts)),
        *(names.inbox(account) for account in (ALMA, BEN, CARLA)),
        names.coach_leave(BEN, 1),
    ]
    runs: list[tuple[str, str]] = []
    for workflow_id in ids:
        try:
            run: str | None = (await world.client.get_workflow_handle(workflow_id).describe()).run_id
        except RPCError:
            continue  # not in this scene
        chain: list[tuple[str, str]] = []
        while run:
            chain.append((workflow_id, run))
            history = await world.client.get_workflow_handle(workflow_id, run_id=run).fetch_history()
            run = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id or None
        runs += reversed(chain)
    return runs


if __name__ == "__main__":
    asyncio.run(record())
