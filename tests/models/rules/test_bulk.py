"""One step for many ideas: which event it becomes for each of them."""

from datetime import date

from models.messages.idea import Standing
from models.rules.bulk import BulkStep, build_command, event_of
from models.vocabulary import BulkAction, Stage
from tests.cast import MONDAY
from tests.factories import ALMA, BEN, BRUNO, carla


def standing(**fields: object) -> Standing:
    values = {"idea_id": "i", "owner_id": ALMA, "office": "dresden", "entered_at": MONDAY, "stage": Stage.DEVELOP}
    return Standing.model_validate({**values, "state": "working", **fields})


def test_another_coach_is_another_event_where_there_was_none() -> None:
    to_bruno, search = BulkStep(BulkAction.REASSIGN, coach_id=BRUNO), BulkStep(BulkAction.REASSIGN)
    assert event_of(to_bruno, standing(coach_id=BEN)) == "change_coach"
    assert event_of(search, standing(coach_id=BEN)) == "change_coach"
    assert event_of(to_bruno, standing()) == "assign_coach"
    assert event_of(search, standing()) == "search_again"


def test_the_other_actions_are_the_same_event_everywhere() -> None:
    events = {action: event_of(BulkStep(action), standing()) for action in BulkAction if action != BulkAction.REASSIGN}
    assert list(events.values()) == ["extend_deadline", "pause", "close"]


def test_a_command_carries_what_was_looked_at_and_no_words() -> None:
    step = BulkStep(BulkAction.PAUSE, until=date(2026, 12, 24))
    asked = build_command(step, standing(), carla, command_id="c", note_id="n", expected_version=7, rulebook=None)
    assert (asked.id, asked.event, asked.until, asked.expected_version) == ("c", "pause", date(2026, 12, 24), 7)
    assert (asked.note_id, asked.coach_id, asked.days, asked.outcome) == ("n", None, None, None)
