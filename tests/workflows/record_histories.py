"""Record the replay corpus: `python -m tests.workflows.record_histories`.

Each history is a run that really happened on the time-skipping server with real activities. A change of workflow code
that cannot replay them would break ideas that are on their way: version it with `workflow.patched`, and record new
scenes beside the old ones. What has been recorded once is never recorded again, so old runs stay as they were.
"""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg
from sqlmodel import col, select
from temporalio.service import RPCError

from api.operations.embedded.postgres import EmbeddedPostgres
from models import workflow_ids
from models.database import Database
from models.messages.idea import Standing
from models.migrations import migrate
from models.rules.kinds import PLAIN
from models.tables import StandingRow
from tests.factories import ALMA, BEN, CARLA
from tests.workflows.conftest import World, open_world
from tests.workflows.scenes import PLATFORMS, SCENES

CORPUS = Path(__file__).parent / "histories"


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
        workflow_ids.idea_workflow(idea),
        *(workflow_ids.coach_search(idea, n + 1) for n in range(standing.searches)),
        *(workflow_ids.crowdfunding(idea, n + 1) for n in range(standing.attempts)),
        *(workflow_ids.inbox(account) for account in (ALMA, BEN, CARLA)),
        workflow_ids.coach_leave(BEN, 1),
        *(await find_plain_cases(world)),
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


async def find_plain_cases(world: World) -> list[str]:
    """All that were begun in this scene, beside any idea."""
    begun = select(StandingRow).where(col(StandingRow.kind).in_([kind.name for kind in PLAIN]))
    async with world.database.session() as session:
        found = await session.exec(begun.order_by(col(StandingRow.kind), col(StandingRow.case_id)))
        return [row.workflow_id for row in found]


if __name__ == "__main__":
    asyncio.run(record())
