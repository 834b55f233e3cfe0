"""Record the replay corpus: `python -m tests.workflows.record_histories`.

Each history is a run that really happened on the time-skipping server with real activities. A change of workflow code
that cannot replay them would break ideas that are on their way: version it with `workflow.patched`, then record anew
beside the old ones.
"""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import psycopg

from api.embedded.postgres import EmbeddedPostgres
from models.database import Database
from models.migrations import migrate
from models.vocabulary import Stage
from tests.factories import alma, ben, carla
from tests.workflows.conftest import World, open_world

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


SCENES: list[Callable[[World], Awaitable[str]]] = [
    whole_path,
    late_and_extended,
    paused_and_withdrawn,
    expired_offer_and_sent_back,
    coach_changed_and_closed,
]


async def record() -> None:
    CORPUS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o755)
        server = EmbeddedPostgres(Path(home) / "postgres", fast=True)
        await server.start()
        try:
            for scene in SCENES:
                name = f"corpus_{scene.__name__}"
                with psycopg.connect(server.url, autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {name}".encode())
                migrate(server.url_of(name))
                await record_scene(scene, Database(server.url_of(name)))
        finally:
            await server.stop()


async def record_scene(scene: Callable[[World], Awaitable[str]], database: Database) -> None:
    async with open_world(database, cached_workflows=500) as world:
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
    """The chain of runs of an idea, from the first on, and its coach searches. The test server cannot list runs."""
    searches = (await world.shown(idea)).snapshot or {}
    ids = [f"idea/{idea}", *(f"coach-search/{idea}/{n + 1}" for n in range(searches["searches"]))]
    runs: list[tuple[str, str]] = []
    for workflow_id in ids:
        run: str | None = (await world.client.get_workflow_handle(workflow_id).describe()).run_id
        chain: list[tuple[str, str]] = []
        while run:
            chain.append((workflow_id, run))
            history = await world.client.get_workflow_handle(workflow_id, run_id=run).fetch_history()
            run = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id or None
        runs += reversed(chain)
    return runs


if __name__ == "__main__":
    asyncio.run(record())
