"""SIGTERM drains: what is under way is finished, nothing new is begun, and the process ends well."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter

from api.operations.embedded.process import last_lines
from models import workflow_ids
from tests.chaos.conftest import Door
from tests.chaos.faults import Rates
from tests.chaos.links import Weather
from tests.chaos.town import WORD, Part, Town
from workflows import names

pytestmark = [pytest.mark.services, pytest.mark.slow]

NOTES, WRITERS = 8, 4


async def end_well(part: Part) -> None:
    """Ask a part to stop, and wait until it has."""
    part.child.process.send_signal(signal.SIGTERM)
    assert await part.child.wait() == 0, "\n".join(last_lines(part.child.log))


@asynccontextmanager
async def nobody_else(part: Part) -> AsyncIterator[None]:
    """The part may end, and nobody starts it again before the end of the block."""
    async with part.lock:
        try:
            yield
        finally:
            await part.service.start()


async def test_a_web_process_answers_whoever_has_asked(town: Town, door: Door) -> None:
    idea, web = await door.hand_in(), town.parts["web-1"]
    assert (await door.note(idea, "before")).status_code == 200
    async with nobody_else(web):
        town.links["web-engine"].turn(Weather.SILENT)
        asked = asyncio.create_task(door.note(idea, "under-way"))
        await asyncio.sleep(0.5)
        ending = asyncio.create_task(end_well(web))
        await until_refused(town.links["door-web-1"].target)
        assert not asked.done()
        town.links["web-engine"].turn(Weather.FINE)
        answer = await asked
        assert (answer.status_code, answer.json()["state"]) == (200, "screening")
        await ending
    await town.until_ready()
    assert await door.notes_shown(idea, 2) == [f"{WORD} before", f"{WORD} under-way"]


ASKED_WHILE_LOADING = """
import signal, sys

class Asking:
    def __set_name__(self, owner, name):
        signal.raise_signal(signal.SIGTERM)

class Watching:
    def find_spec(self, name, path, target=None):
        if name == "api.pages":
            print("loading", flush=True)
            type("Any", (), {"member": Asking()})

sys.meta_path.insert(0, Watching())
from api.operations.commands.web import web
web()
"""


async def test_a_web_process_that_is_asked_while_it_loads_ends_at_once() -> None:
    environment = {
        "DATABASE_URL": "postgresql://127.0.0.1:1/nowhere",
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        "IDEENWEG_SECRET_KEY": "long enough to sign " * 2,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        ASKED_WHILE_LOADING,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert (process.returncode, output) == (-signal.SIGTERM, b"loading\n")


async def until_refused(port: int) -> None:
    """As long as the process has not heard the signal, it lets people in."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return
        writer.close()
        await asyncio.sleep(0.05)


async def test_a_worker_finishes_the_activity_it_has_begun(town: Town, door: Door) -> None:
    """A step that sets something in motion: it is recorded by the engine first."""
    idea = await door.hand_in()
    client = await Client.connect(town.temporal.address, data_converter=pydantic_data_converter)
    handle = client.get_workflow_handle(workflow_ids.idea_workflow(idea))
    async with nobody_else(town.parts["worker-1"]), town.another_worker(Rates(slow=1, pause=6)) as slow:
        await until_at_work(client, slow)
        await end_well(town.parts["worker-1"])
        path = f"/api/v1/ideas/{idea}/commands"
        asked = asyncio.create_task(door.post(door.carla, path, {"event": "shortlist"}, "under-way"))
        await until_begun(handle, "record")
        assert await finished(handle) == []
        await end_well(slow)
        assert (await asked).status_code == 200
        # No worker is there: whoever has begun it has finished it.
        assert await finished(handle) == [1]
    answer = await door.until_it_works(lambda: door.note(idea, "afterwards"))
    assert answer.status_code == 200, answer.text
    assert {*await finished(handle)} == {1}


async def finished(handle: WorkflowHandle[object, object]) -> list[int]:
    """At the how-manieth attempt each activity was begun that has come to its end."""
    return [
        event.activity_task_started_event_attributes.attempt
        for event in (await handle.fetch_history()).events
        if event.HasField("activity_task_started_event_attributes")
    ]


async def until_at_work(client: Client, worker: Part) -> None:
    """Until the engine knows a worker."""
    request = DescribeTaskQueueRequest(namespace=client.namespace, task_queue=TaskQueue(name=names.TASK_QUEUE))
    while True:
        known = (await client.workflow_service.describe_task_queue(request)).pollers
        if any(poller.identity == f"worker-{worker.child.pid}" for poller in known):
            return
        await asyncio.sleep(0.1)


async def until_begun(handle: WorkflowHandle[object, object], activity: str) -> None:
    """Until a worker has an activity of a workflow in hand."""
    while True:
        pending = (await handle.describe()).raw_description.pending_activities
        begun = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
        if any(each.activity_type.name == activity and each.state == begun for each in pending):
            return
        await asyncio.sleep(0.02)


async def test_no_command_is_lost_while_workers_come_and_go(town: Town, door: Door) -> None:
    ideas = await asyncio.gather(*(door.hand_in() for _ in range(WRITERS)))
    answers: list[httpx.Response] = []

    async def write(idea: str) -> None:
        for n in range(NOTES):
            answers.append(await door.until_it_works(lambda key=f"{n:02}": door.note(idea, key)))  # type: ignore[misc]

    async with town.another_worker(Rates()) as newer:
        older = town.parts["worker-1"]
        writing = asyncio.gather(*(write(idea) for idea in ideas))
        while len(answers) < WRITERS * NOTES / 4:
            await asyncio.sleep(0.01)
        async with nobody_else(older):
            await end_well(older)
        while len(answers) < WRITERS * NOTES / 2:
            await asyncio.sleep(0.01)
        await end_well(newer)
        await writing
    assert {answer.status_code for answer in answers} == {200}, [a.text for a in answers if a.status_code != 200]
    for idea in ideas:
        assert await door.notes_shown(idea, NOTES) == [f"{WORD} {n:02}" for n in range(NOTES)]
