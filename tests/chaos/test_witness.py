"""The witness sees what must not be there."""

from temporalio.client import WorkflowHistory

from tests.chaos.town import WORD
from tests.chaos.witness import holds_words, replay
from tests.workflows.record_histories import CORPUS


def test_words_in_a_history_are_seen() -> None:
    path = next(CORPUS.glob("whole_path-*.json"))
    history = WorkflowHistory.from_json(path.stem, path.read_text())
    assert not holds_words(history)
    started = history.events[0].workflow_execution_started_event_attributes
    started.input.payloads[0].data = f'{{"title": "{WORD}"}}'.encode()
    assert holds_words(history)


async def test_the_history_that_does_not_replay_is_named() -> None:
    sound, broken, other = (
        WorkflowHistory.from_json(path.stem, path.read_text()) for path in sorted(CORPUS.glob("whole_path-*.json"))[:3]
    )
    (scheduled, *_) = (event for event in broken.events if event.HasField("activity_task_scheduled_event_attributes"))
    scheduled.activity_task_scheduled_event_attributes.activity_type.name = "something_else"
    found = await replay([sound, broken, other])
    assert list(found) == [f"{broken.workflow_id} {broken.run_id}"]
