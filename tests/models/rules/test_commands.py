"""A command is carried out once, or refused with a clear reason and without a trace."""

import pytest

from models.cases.ledger import LEDGER_LENGTH
from models.messages.commands import Receipt, Refusal, RefusalCode
from models.vocabulary import Stage
from tests.cast import ALMA, CARLA, RULEBOOK, Story, alma, ben, carla, dora

WORKING = (Stage.DEVELOP, "working")


def test_the_same_command_twice_gives_the_same_receipt() -> None:
    story = Story.at(WORKING)
    command = story.command(alma, "submit_work", id="once")
    receipt = story.send(command)
    assert isinstance(receipt, Receipt)
    before = story.idea.model_dump_json()
    assert story.send(command) == receipt
    assert story.idea.model_dump_json() == before


def test_a_repeat_is_known_also_in_the_next_stage_and_after_the_end() -> None:
    story = Story.at((Stage.DEVELOP, "reviewing"))
    command = story.command(ben, "approve_concept", id="once")
    receipt = story.send(command)
    assert isinstance(receipt, Receipt)
    assert (receipt.stage, receipt.state) == (Stage.SUPPORT, "assessing")
    story.do(ben, "no_support_needed")
    assert story.send(command) == receipt
    story.do(alma, "withdraw")
    assert story.send(command) == receipt


def test_the_same_id_with_another_request_is_refused() -> None:
    story = Story.at(WORKING)
    story.do(alma, "write_note", id="once", fingerprint="a")
    refused = story.refused(alma, "write_note", id="once", fingerprint="b")
    assert refused.code is RefusalCode.ID_REUSED


def test_the_ledger_keeps_the_latest_ids() -> None:
    story = Story.at(WORKING)
    for n in range(40):
        story.do(alma, "write_note", id=f"note-{n}")
    ids = [line.command_id for line in story.idea.ledger]
    assert ids == [f"note-{n}" for n in range(40 - LEDGER_LENGTH, 40)]


def test_a_command_of_which_it_may_have_forgotten_the_receipt_is_not_taken_twice() -> None:
    story = Story.at(WORKING)
    asked = story.command(alma, "write_note", id="late", searched_to=story.standing.version)
    assert isinstance(story.send(asked), Receipt)
    for _ in range(LEDGER_LENGTH):
        story.do(alma, "write_note")
    late = story.send(asked)
    assert isinstance(late, Refusal)
    assert late.code is RefusalCode.UNSURE
    # Whoever has searched up to where the ledger begins can be sure, and so is the idea.
    begins = story.idea.ledger[0].version
    assert isinstance(story.send(asked.model_copy(update={"id": "new", "searched_to": begins - 2})), Refusal)
    assert isinstance(story.send(asked.model_copy(update={"id": "new", "searched_to": begins - 1})), Receipt)


def test_an_idea_that_went_on_from_what_sql_knows_remembers_nothing_from_before() -> None:
    story = Story.at(WORKING)
    version = story.standing.version
    story.idea.ledger.clear()
    assert story.refused(alma, "write_note", searched_to=version - 1).code is RefusalCode.UNSURE
    story.do(alma, "write_note", searched_to=version)


def test_a_command_on_an_old_version_is_refused_with_the_new_one() -> None:
    story = Story.at(WORKING)
    version = story.standing.version
    refused = story.refused(alma, "submit_work", expected_version=version - 1)
    assert (refused.code, refused.version) == (RefusalCode.STALE, version)
    story.do(alma, "submit_work", expected_version=version)


def test_a_refusal_tells_what_is_possible() -> None:
    story = Story.at(WORKING)
    refused = story.refused(alma, "approve_concept")
    assert refused.code is RefusalCode.NOT_ALLOWED
    assert "approve_concept" in refused.detail
    assert "develop.working" in refused.detail
    assert refused.allowed_events[0] == "submit_work"


def test_whoever_is_not_who_they_say_is_refused_before_anything_else() -> None:
    story = Story.at(WORKING)
    assert story.refused(dora, "submit_work").code is RefusalCode.FORBIDDEN
    assert story.refused(dora, "no_such_event", expected_version=0).code is RefusalCode.FORBIDDEN


FIELDS = [
    ("pause", "note_id", "reason"),
    ("pause", "until", "until"),
    ("close", "outcome", "outcome"),
    ("close", "note_id", "reason"),
    ("send_back", "stage", "stage"),
    ("send_back", "note_id", "reason"),
    ("extend_deadline", "days", "days"),
    ("extend_deadline", "note_id", "reason"),
    ("change_coach", "note_id", "reason"),
    ("assign_coach", "coach_id", "coach_id"),
    ("cover_coach", "until", "until"),
    ("hand_over", "partner", "partner"),
    ("plan", "tasks", "tasks"),
    ("write_note", "note_id", "note"),
]


@pytest.mark.parametrize(("event", "left_out", "named"), FIELDS)
def test_a_missing_field_is_named(event: str, left_out: str, named: str) -> None:
    refused = Story.at(WORKING).refused(carla, event, **{left_out: None})
    assert (refused.code, refused.field) == (RefusalCode.INVALID, named)


def test_a_quiet_time_needs_its_end() -> None:
    assert Story.at(WORKING).refused(alma, "snooze", until=None).field == "until"


def test_a_check_in_needs_its_answer_and_a_decline_its_reason() -> None:
    assert Story.at((Stage.ACCOMPANY, "piloting")).refused(alma, "check_in", answer=None).field == "answer"
    assert Story().refused(carla, "decline", note_id=None).field == "reason"


@pytest.mark.parametrize("days", [-1, 0, 181, 100_000])
def test_an_extension_stays_within_its_bounds(days: int) -> None:
    refused = Story.at(WORKING).refused(ben, "extend_deadline", days=days)
    assert (refused.code, refused.field) == (RefusalCode.INVALID, "days")


@pytest.mark.parametrize("days", [1, 180])
def test_an_extension_at_its_bounds_is_possible(days: int) -> None:
    Story.at(WORKING).do(ben, "extend_deadline", days=days)


def test_an_idea_is_handed_in_once() -> None:
    story = Story()
    assert story.place == (Stage.IDENTIFY, "screening")
    assert story.standing.version == 1
    assert story.told() == {("your_turn", "lead")}
    assert story.refused(alma, "submit").code is RefusalCode.NOT_ALLOWED


def test_a_command_brings_the_rules_of_today_along() -> None:
    story = Story.at(WORKING)
    newer = RULEBOOK.model_copy(update={"digest": "newer", "longest_extension_days": 5})
    assert isinstance(story.ask(ben, "extend_deadline", days=6, rulebook=newer), Refusal)
    assert story.idea.rulebook.digest == RULEBOOK.digest, "a refused command brings nothing along"
    due = story.clock.due
    story.do(alma, "write_note", rulebook=newer)
    assert (story.idea.rulebook, story.standing.rulebook_digest) == (newer, "newer")
    assert story.clock.due == due, "running deadlines are not moved"


def test_an_entry_tells_what_happened() -> None:
    story = Story.at((Stage.SUPPORT, "arranging"))
    story.do(carla, "arrange", id="this-one", fingerprint="abc")
    entry = story.last
    assert (entry.event, entry.command_id, entry.fingerprint, entry.at) == ("arrange", "this-one", "abc", story.now)
    assert (entry.from_stage, entry.from_state) == (Stage.SUPPORT, "arranging")
    assert (entry.stage, entry.state) == (Stage.SUPPORT, "using")
    assert entry.actor.account_id == CARLA
    assert entry.holder is not None
    assert entry.holder.account_id == ALMA


def test_the_turn_goes_on_where_neither_state_nor_person_changes() -> None:
    story = Story.at(WORKING)
    since = story.holder.since
    story.pass_days(2)
    for event in ("write_note", "plan", "snooze", "pause", "resume"):
        story.do(alma, event)
        assert story.holder.since == since
    story.do(carla, "hand_over")
    assert (story.standing.partner, story.last.facts) == ("caritas", {"partner": "caritas"})
    story.do(alma, "submit_work")
    assert story.holder.since == story.now
