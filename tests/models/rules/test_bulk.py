"""One step for many cases: which event it becomes for each of them."""

from datetime import date
from typing import Any

import pytest

from models.messages.commands import Command, RefusalCode
from models.messages.idea import Standing
from models.rules.bulk import ONLY_IDEAS, BulkStep, build_command, event_of, refuse_unasked
from models.vocabulary import BulkAction, Stage
from tests.cast import MONDAY
from tests.cast import carla as lead
from tests.factories import ALMA, BEN, BRUNO, CARLA, carla
from tests.kinds import SAMPLES


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
    decided = ["shortlist", "refer", "decline"]
    assert list(events.values()) == ["extend_deadline", "pause", "close", *decided]


def test_a_command_carries_what_was_looked_at_and_no_words() -> None:
    step = BulkStep(BulkAction.PAUSE, until=date(2026, 12, 24))
    asked = build_command(step, standing(), carla, command_id="c", note_id="n", expected_version=7, rulebook=None)
    assert (asked.id, asked.event, asked.until, asked.expected_version) == ("c", "pause", date(2026, 12, 24), 7)
    assert isinstance(asked, Command)
    assert (asked.note_id, asked.coach_id, asked.days, asked.outcome) == ("n", None, None, None)


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_case_of_every_kind_is_given_more_time_by_the_same_command(kind: str) -> None:
    sample = SAMPLES[kind](MONDAY)
    step, before = BulkStep(BulkAction.EXTEND, days=5), sample.case.standing.clock.due
    told: dict[str, Any] = {"command_id": "c", "note_id": "n", "expected_version": None, "rulebook": None}
    assert refuse_unasked(step, sample.case.standing, standing(), CARLA) is None
    sample.send(build_command(step, sample.case.standing, lead, **told))
    assert sample.case.standing.clock.due > before


@pytest.mark.parametrize("kind", SAMPLES)
def test_who_is_not_even_asked(kind: str) -> None:
    case, idea = SAMPLES[kind](MONDAY).case.standing, standing(team={BEN: "observer"})
    for action in BulkAction:
        of_others = None if kind == "idea" or action is BulkAction.EXTEND else ONLY_IDEAS
        assert refuse_unasked(BulkStep(action), case, idea, CARLA) == of_others
        for own in (ALMA, BEN):
            refused = refuse_unasked(BulkStep(action), case, idea, own)
            assert refused is not None
            assert refused.code is RefusalCode.FORBIDDEN
        draft = refuse_unasked(BulkStep(action), None, idea, CARLA)
        assert draft is not None
        assert draft.code is RefusalCode.NOT_ALLOWED
