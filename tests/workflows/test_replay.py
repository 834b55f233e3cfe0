"""Recorded histories replay with the code of today, and a change of the story is noticed."""

import json
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from models.messages.idea import IdeaState
from models.vocabulary import Stage
from tests.workflows.record_histories import CORPUS
from workflows.stage import StageWorkflow
from workflows.worker import build_replayer, sandbox_runner

HISTORIES = sorted(CORPUS.glob("*.json"))
STORIES = {
    *("Identify", "Develop", "Support", "Accompany", "MakeVisible"),
    *("CoachSearch", "CoachLeave", "Crowdfunding", "Inbox"),
}
"""Those that wait for people. What a schedule starts is one activity long."""


def read(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())


def type_of(path: Path) -> str:
    started = json.loads(path.read_text())["events"][0]["workflowExecutionStartedEventAttributes"]
    return str(started["workflowType"]["name"])


def test_the_corpus_tells_of_every_stage() -> None:
    assert {type_of(path) for path in HISTORIES} == STORIES


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    """If this fails, ideas on their way would stand still. Version the change with `workflow.patched` and keep the
    old histories; then record new ones beside them: `python -m tests.workflows.record_histories`."""
    await build_replayer().replay_workflow(read(path))


@workflow.defn(name="Develop", sandboxed=False)
class ImpatientDevelop(StageWorkflow):
    """The same story with one timer more: what an unversioned change would look like."""

    stage = Stage.DEVELOP

    @workflow.init
    def __init__(self, idea: IdeaState) -> None:
        self.arrive(idea)

    @workflow.run
    async def run(self, idea: IdeaState) -> IdeaState:
        await workflow.sleep(1)
        return await self.walk()


async def test_a_changed_story_is_noticed() -> None:
    develop = next(path for path in HISTORIES if type_of(path) == "Develop")
    replayer = Replayer(
        workflows=[ImpatientDevelop],
        workflow_runner=sandbox_runner(),
        data_converter=pydantic_data_converter,
    )
    with pytest.raises(NondeterminismError):
        await replayer.replay_workflow(read(develop))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_no_recorded_history_holds_free_text_a_name_or_an_address(path: Path) -> None:
    kept = b"".join(event.SerializeToString() for event in read(path).events)
    assert b'"idea_id"' in kept or b'"account_id"' in kept or b'"coach_id"' in kept, "payloads are read as they are"
    for words in (b"Pflegelotsen", b"Nachbarn", b"Alma", b"example.org", b"fake.example"):
        assert words not in kept
