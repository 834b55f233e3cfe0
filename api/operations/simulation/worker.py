"""A worker process of the simulation.

Run as `python -m api.operations.simulation.worker ADDRESS PIPELINE READY`, with DATABASE_URL.

READY is a file that appears when it takes work.
"""

import asyncio
import gc
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.mails.letterhead import Letterhead
from activities.mails.links import Links
from activities.ports.mailer import Mail
from activities.record import RecordActivities
from api.operations.simulation.rules import read_policy
from models.database import Database
from models.policy import Policy
from models.telemetry.logs import configure_logs
from workflows.client import EngineClient
from workflows.worker import WORKFLOWS, build_activities

CACHED = 20_000
"""All workflows stay in memory: replaying them costs more than the memory."""


class Written(RecordActivities):
    """`record` but for its last word: nobody is told, as the people of the simulation see by themselves what is new.

    Looking for whom to tell is a third of its work.
    """

    async def _tell(self, idea_id: str) -> bool:
        return True


class NullInboxes:
    """Fulfils `Inboxes` where nobody has one, so no mail is written."""

    async def knock(self, account_id: str) -> None:
        return


class NullMailer:
    """Fulfils `Mailer` where no inbox ever has a mail."""

    async def send(self, mail: Mail, giving: Callable[[], Awaitable[None]]) -> None:
        raise AssertionError("a simulation writes no mails")


async def work(address: str, pipeline: Path, ready: Path, database_url: str) -> None:
    """Until it is killed: nothing that it leaves behind is kept."""
    database = Database(database_url, pool_size=20)
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    # Thousands of cached ideas are no garbage: looking through them again and again finds nothing.
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    async with build_hands(client, database, read_policy(pipeline)):
        ready.touch()
        await asyncio.Event().wait()


def build_hands(client: Client, database: Database, policy: Policy) -> Worker:
    """Without the sandbox, which watches over developers and costs a quarter of the time."""
    ideas = EngineClient(client)
    return Worker(
        client,
        task_queue=ideas.task_queue,
        workflows=WORKFLOWS,
        activities=choose_activities(database, ideas, policy),
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=CACHED,
    )


def choose_activities(database: Database, ideas: EngineClient, policy: Policy) -> list[Callable[..., Any]]:
    """Those of production, but for telling people."""
    letterhead, doors = (
        Letterhead(policy, Links("no link is ever signed with this key", "http://localhost")),
        NullInboxes(),
    )
    record = Written(database, doors).record
    real = build_activities(database, ideas, NullMailer(), policy, letterhead, inboxes=doors)
    return [record if chosen.__name__ == record.__name__ else chosen for chosen in real]


if __name__ == "__main__":
    configure_logs("worker", sys.stderr, logging.WARNING)
    asyncio.run(work(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), os.environ["DATABASE_URL"]))
