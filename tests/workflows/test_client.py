"""The client of the engine: whatever becomes of a call, whoever asked hears a word of ours and may ask again."""

import asyncio
import gc
from datetime import timedelta
from typing import Any, Never

import pytest

from activities.ports.ideas import IdeaGone
from models import workflow_ids
from models.lifecycles.events import SUBMIT
from models.messages.commands import Actor, Command
from models.tables.columns import new_id
from models.vocabulary import Role
from tests.factories import ALMA, new_state
from tests.workflows.conftest import World
from workflows.client import EngineAway, EngineClient

HANDED_IN = Command(id=new_id(), event=SUBMIT, actor=Actor(role=Role.INNOVATOR, account_id=ALMA))


class Silence:
    """A server that takes a call and never answers; what the SDK makes of a call that is ended is the SDK's."""

    namespace = "default"

    def __init__(self) -> None:
        self.is_ended = False

    @property
    def operator_service(self) -> Never:
        raise RuntimeError("it does not answer")

    async def start_workflow(self, *_: Any, **__: Any) -> Never:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.is_ended = True
            raise
        raise AssertionError


async def test_a_start_that_is_never_answered_is_an_engine_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workflows.client.ATTEMPT_TIMEOUT", timedelta(seconds=0.05))
    silence, idea = Silence(), new_id()
    engine = EngineClient(silence, "nobody")  # type: ignore[arg-type]
    with pytest.raises(EngineAway):
        await engine.submit(new_state(idea), HANDED_IN)
    assert silence.is_ended


async def test_whoever_stops_waiting_leaves_no_error_that_nobody_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    complaints: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: complaints.append(context))
    silence, idea = Silence(), new_id()
    engine = EngineClient(silence, "nobody")  # type: ignore[arg-type]
    asking = asyncio.create_task(engine.submit(new_state(idea), HANDED_IN))
    await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.sleep(0.01)
    gc.collect()
    loop.set_exception_handler(None)
    assert (silence.is_ended, complaints) == (True, [])


async def test_a_run_that_was_ended_before_it_began_is_gone_and_no_engine_that_is_away(real_world: World) -> None:
    """As one that goes on from another may be: nobody can ever ask it, so that it begins again from what SQL knows."""
    idea = new_id()
    workflow_id = workflow_ids.idea_workflow(idea)
    run = await real_world.client.start_workflow("Identify", new_state(idea), id=workflow_id, task_queue="of nobody")
    await run.terminate()
    with pytest.raises(IdeaGone):
        await real_world.ideas.case_state(workflow_id)
