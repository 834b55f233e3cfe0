"""Recorded histories replay with the code of today, and a change of the story is noticed."""

import functools
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pydantic import BaseModel
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from models.cases.plain_case import PlainKind
from models.lifecycles import LIFECYCLES
from models.lifecycles.crowdfunding import ENGINE_NOTES, CrowdfundingLifecycle
from models.lifecycles.events import EVENTS
from models.messages.cases import Entry, Record
from models.messages.crowdfunding import CampaignStanding
from models.messages.idea import IdeaState, Standing
from models.rules.kinds import PLAIN
from models.vocabulary import Stage
from tests.workflows.record_histories import CORPUS
from workflows import names
from workflows.stage import StageWorkflow
from workflows.worker import build_replayer, sandbox_runner

R = TypeVar("R", bound=BaseModel)

HISTORIES = sorted(CORPUS.glob("*.json"))
STORIES = {
    *("Identify", "Develop", "Support", "Accompany", "MakeVisible"),
    *("CoachSearch", "CoachLeave", "Crowdfunding", "Inbox"),
    *(kind.name.capitalize() for kind in PLAIN),
}
"""Those that wait for people. What a schedule starts is one activity long."""

HOW_TO_VERSION = """Ideas on their way would stand still with this change. Ask `workflow.patched(…)` in the code where
the new way begins and keep the old way beside it (`names.RECORD_TELLS` is an example; runs that begin later know it by
`CASE_SCHEMA`, without a mark). Keep the histories there are and record new ones beside them: add a scene to
tests/workflows/scenes.py, `python -m tests.workflows.record_histories`. Where the old way can not be kept, deploy the
worker as a new version and let what runs end on the old one."""


@functools.cache
def read(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())


def bytes_of(path: Path) -> bytes:
    """All that is in a history, as the engine keeps it."""
    return b"".join(event.SerializeToString() for event in read(path).events)


def activities_of(path: Path) -> list[tuple[str, bytes]]:
    """Name and first argument of each that was scheduled."""
    scheduled = [
        event.activity_task_scheduled_event_attributes
        for event in read(path).events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    return [
        (each.activity_type.name, each.input.payloads[0].data if each.input.payloads else b"") for each in scheduled
    ]


def recorded(path: Path) -> Iterator[Record]:
    """What a run has recorded itself, what it has left to whoever asked, and what it began with."""
    for name, argument in activities_of(path):
        if name == "record":
            # Before there were kinds, ideas alone were recorded so.
            yield Record.model_validate({"kind": Standing.kind, **json.loads(argument)})
    for event in read(path).events:
        told = event.workflow_execution_update_completed_event_attributes.outcome.success.payloads
        answer = json.loads(told[0].data) if told else None
        if isinstance(answer, dict) and answer.get("record"):
            yield Record.model_validate(answer["record"])
    if type_of(path) == names.STAGE_WORKFLOWS[Stage.IDENTIFY]:
        begun = IdeaState.model_validate_json(argument_of(path))
        yield Record(standing=begun.standing, entries=begun.outbox)


def schema_of(path: Path) -> int:
    """The schema of the state with which a run of an idea began."""
    return int(json.loads(argument_of(path)).get("schema_version", 0))


def argument_of(path: Path) -> bytes:
    """With what a run began."""
    return read(path).events[0].workflow_execution_started_event_attributes.input.payloads[0].data


def type_of(path: Path) -> str:
    started = json.loads(path.read_text())["events"][0]["workflowExecutionStartedEventAttributes"]
    return str(started["workflowType"]["name"])


def test_the_corpus_tells_of_every_story() -> None:
    assert {type_of(path) for path in HISTORIES} == STORIES


def entries_of(kind: str) -> list[Entry]:
    """What was recorded of all cases of a kind."""
    records = (record for path in HISTORIES for record in recorded(path))
    return [entry for record in records if record.kind == kind for entry in record.entries]


def test_the_corpus_comes_through_every_state_and_fires_every_event() -> None:
    entries = entries_of(Standing.kind)
    steps = {(entry.from_state, entry.event, entry.state) for entry in entries}
    fired = {event for _, event, _ in steps}
    assert fired == set(EVENTS)
    for lifecycle in LIFECYCLES.values():
        for state in lifecycle.open_states():
            for event in lifecycle.events_in(state):
                taken = {reached for source, what, reached in steps if (source, what) == (state, event)}
                assert len(taken) == len(lifecycle.targets(state, event)), (state, event)


def test_the_corpus_tells_of_hand_offs_in_every_state_and_of_every_event() -> None:
    entries = entries_of(CampaignStanding.kind)
    assert {entry.state for entry in entries} == {state.id for state in CrowdfundingLifecycle.states}
    assert {entry.event for entry in entries} == {*CrowdfundingLifecycle.event_names(), *ENGINE_NOTES}


@pytest.mark.parametrize("kind", PLAIN, ids=lambda kind: kind.name)
def test_the_corpus_tells_of_plain_cases_in_every_state_and_of_every_event(kind: PlainKind[Any, Any]) -> None:
    entries = entries_of(kind.name)
    assert {entry.state for entry in entries} == {state.id for state in kind.machine.states}
    assert {entry.event for entry in entries} >= {kind.begins_with, *kind.machine.event_names(), "remind", "overdue"}


def test_the_corpus_holds_runs_from_before_and_after_each_versioned_change() -> None:
    """`workflow.patched` leaves a mark where a run took the newer way; since schema 2 it begins with it."""
    records = {path: activities for path in HISTORIES if "record" in (activities := dict(activities_of(path)))}
    marked = {path for path in records if names.RECORD_TELLS.encode() in bytes_of(path)}
    knowing = {path for path in records if schema_of(path) >= 2}
    before = records.keys() - marked - knowing
    assert marked
    assert knowing
    assert not marked & knowing
    assert any("deliver_notices" in records[path] for path in before)
    assert not any("deliver_notices" in records[path] for path in marked | knowing)


async def test_every_recorded_history_replays() -> None:
    async def all_of_them() -> AsyncIterator[WorkflowHistory]:
        for path in HISTORIES:
            yield read(path)

    results = await build_replayer().replay_workflows(all_of_them(), raise_on_replay_failure=False)
    ids = {read(path).run_id: path.stem for path in HISTORIES}
    torn = {ids[run_id]: str(failure) for run_id, failure in results.replay_failures.items()}
    assert not torn, "\n".join([HOW_TO_VERSION, *(f"{name}: {failure}" for name, failure in torn.items())])


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
        return await self.live()


async def test_a_changed_story_is_noticed() -> None:
    develop = next(path for path in HISTORIES if type_of(path) == "Develop")
    replayer = Replayer(
        workflows=[ImpatientDevelop],
        workflow_runner=sandbox_runner(),
        data_converter=pydantic_data_converter,
    )
    with pytest.raises(NondeterminismError):
        await replayer.replay_workflow(read(develop))


def test_no_recorded_history_holds_free_text_a_name_or_an_address() -> None:
    for path in HISTORIES:
        kept = bytes_of(path)
        assert b'"idea_id"' in kept or b'"account_id"' in kept or b'"coach_id"' in kept, "payloads are read as they are"
        for words in (b"Pflegelotsen", b"Nachbarn", b"Alma", b"example.org", b"fake.example"):
            assert words not in kept, path.stem
