"""Whose it is to write what a case has done."""

from datetime import UTC, datetime, timedelta

import pytest

from models.cases import outbox
from models.messages.cases import Taken
from models.messages.idea import IdeaState
from models.rules.steps import IDEAS
from tests.factories import RULES, alma, carla, command, new_state

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


def take(idea: IdeaState, event: str, *, searched_to: int | None = None, asks: bool = True) -> Taken:
    """One command, as a workflow takes it."""
    actor = alma if event in ("submit", "clarify") else carla
    asked = command(event, actor, searched_to=searched_to, asker_records=asks)
    outbox.forget_shown(idea, asked.searched_to)
    return outbox.answer(idea, asked, IDEAS.take(idea, asked, NOW))


@pytest.fixture
def idea() -> IdeaState:
    return new_state("idea", RULES.model_copy(update={"undo_seconds": 30}), entered_at=NOW)


def versions(taken: Taken) -> list[int]:
    return [entry.version for entry in taken.record.entries] if taken.record else []


def test_what_somebody_asks_for_is_left_to_them(idea: IdeaState) -> None:
    taken = take(idea, "submit")
    assert (taken.version, versions(taken), outbox.owes_record(idea)) == (1, [1], False)


def test_whoever_does_not_promise_it_need_not_write(idea: IdeaState) -> None:
    taken = take(idea, "submit", asks=False)
    assert (taken.record, outbox.owes_record(idea)) == (None, True)


def test_a_record_carries_all_that_sql_may_not_show_yet(idea: IdeaState) -> None:
    take(idea, "submit")
    assert versions(take(idea, "request_clarification", searched_to=0)) == [1, 2]
    assert versions(take(idea, "clarify", searched_to=1)) == [2, 3]
    assert versions(take(idea, "request_clarification", searched_to=3)) == [4]
    assert [entry.version for entry in idea.outbox] == [4]


def test_what_nobody_asked_for_is_written_with_all_before_it(idea: IdeaState) -> None:
    take(idea, "submit")
    assert idea.standing.clock is not None
    assert IDEAS.ring(idea, NOW + timedelta(days=60))
    assert outbox.owes_record(idea)
    assert [entry.version for entry in idea.outbox] == [1, 2]


def test_what_somebody_has_not_written_is_taken_back(idea: IdeaState) -> None:
    take(idea, "submit")
    outbox.take_back(idea)
    assert outbox.owes_record(idea)


def test_what_is_undone_waits_for_nobody(idea: IdeaState) -> None:
    take(idea, "submit")
    take(idea, "decline", searched_to=1)
    undone = take(idea, "undo", searched_to=2)
    assert (versions(undone), outbox.owes_record(idea)) == ([3], True)


def test_not_more_is_left_than_travels_lightly(idea: IdeaState) -> None:
    take(idea, "submit")
    for _ in range(outbox.MOST_KEPT - 1):
        take(idea, "write_note", searched_to=0)
        assert not outbox.owes_record(idea)
    take(idea, "write_note", searched_to=0)
    assert outbox.owes_record(idea)


def test_the_same_command_again_is_told_what_may_still_be_missing(idea: IdeaState) -> None:
    asked = command("submit", alma, asker_records=True)
    first, again = (outbox.answer(idea, asked, IDEAS.take(idea, asked, NOW)) for _ in range(2))
    assert first == again
