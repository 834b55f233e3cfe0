"""How a path ends, and how it is opened again."""

import pytest

from models.messages.commands import RefusalCode
from models.messages.idea import Chore
from models.vocabulary import Outcome, Role, SearchNews, Stage, Why
from tests.cast import (
    ALMA,
    BEN,
    BRUNO,
    MONDAY,
    OPEN_PLACES,
    SHIPPED_RULEBOOK,
    Place,
    Story,
    alma,
    ben,
    carla,
    place_name,
)

MATCHING = (Stage.IDENTIFY, "matching")
CONSENTING = (Stage.MAKE_VISIBLE, "consenting")


@pytest.mark.parametrize("place", OPEN_PLACES, ids=place_name)
@pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
def test_alma_may_withdraw_from_everywhere(place: Place, *, paused: bool) -> None:
    story = Story.at(place)
    if paused:
        story.do(carla, "pause")
    story.do(alma, "withdraw")
    standing = story.standing
    assert (standing.outcome, standing.state, standing.stage) == (Outcome.WITHDRAWN, "withdrawn", place[0])
    assert (standing.holder, standing.clock, standing.pause, standing.cover, standing.search) == (None,) * 5
    assert story.upcoming == []
    assert (story.last.from_stage, story.last.from_state) == place


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_lead_closes_with_any_outcome_and_a_reason(outcome: Outcome) -> None:
    story = Story.at(CONSENTING)
    for missing in ("outcome", "note_id"):
        refused = story.refused(carla, "close", **{missing: None})
        assert refused.code is RefusalCode.INVALID
        assert refused.field == {"outcome": "outcome", "note_id": "reason"}[missing]
    story.do(carla, "close", outcome=outcome, note_id="note-9")
    assert story.standing.outcome is outcome
    assert story.last.note_id == "note-9"


def test_a_duplicate_is_closed_and_points_to_the_other_until_it_is_taken_back() -> None:
    story, twin = Story.at(CONSENTING, MONDAY, SHIPPED_RULEBOOK), "22222222-2222-4222-8222-222222222222"
    for event, fields in (
        ("close", {"outcome": Outcome.DECLINED, "duplicate_of": twin}),
        ("close", {"outcome": Outcome.CLOSED, "duplicate_of": story.standing.idea_id}),
        ("send_back", {"stage": Stage.DEVELOP, "duplicate_of": twin}),
    ):
        refused = story.refused(carla, event, note_id="note-9", **fields)
        assert (refused.code, refused.field) == (RefusalCode.INVALID, "duplicate_of")
    story.do(carla, "close", outcome=Outcome.CLOSED, note_id="note-9", duplicate_of=twin)
    assert (story.standing.duplicate_of, story.last.facts["duplicate_of"]) == (twin, twin)
    assert ("ended", ALMA) in story.told()
    story.do(carla, "undo")
    assert (story.standing.outcome, story.standing.duplicate_of) == (None, None)
    story.do(carla, "close", outcome=Outcome.CLOSED, note_id="note-9", duplicate_of=twin)
    story.do(carla, "reopen")
    assert story.standing.duplicate_of is None


def test_a_published_story_completes_the_path() -> None:
    story = Story.at(CONSENTING)
    story.do(alma, "consent")
    assert (story.standing.outcome, story.standing.state) == (Outcome.COMPLETED, "published")
    assert story.told() == {("ended", BEN)}
    assert story.refused(alma, "reopen", stage=Stage.DEVELOP).field == "stage"
    story.do(alma, "reopen")
    assert story.place == (Stage.MAKE_VISIBLE, "drafting"), "it is told anew"


@pytest.mark.parametrize(("event", "outcome"), [("decline", Outcome.DECLINED), ("refer", Outcome.REFERRED)])
def test_declined_and_referred_are_told_apart(event: str, outcome: Outcome) -> None:
    story = Story()
    story.do(carla, event)
    assert (story.standing.outcome, story.standing.state) == (outcome, str(outcome))
    assert story.told() == {("ended", ALMA)}


def test_the_search_stops_with_the_path() -> None:
    story = Story.at(MATCHING)
    story.idea.chores.clear()
    story.do(alma, "withdraw")
    assert story.idea.chores == [Chore(search=1, start=False)]
    assert not story.news(SearchNews.FOUND, coach_id=BEN, n=1)


@pytest.mark.parametrize("place", OPEN_PLACES, ids=place_name)
def test_a_reopened_idea_goes_on_where_it_ended_with_its_coach(place: Place) -> None:
    story = Story.at(place)
    coach, version = story.standing.coach_id, story.standing.version
    story.do(carla, "close")
    story.do(carla, "reopen", coach_id=coach)
    standing = story.standing
    assert (story.place, standing.coach_id, standing.outcome) == (place, coach, None)
    assert standing.version == version + 2
    assert standing.former_coaches == []
    assert story.holder.role is Story.at(place).holder.role
    story.ring()


def test_the_coach_of_the_end_is_asked_like_others_where_they_have_no_place_any_more() -> None:
    story = Story.at((Stage.ACCOMPANY, "concluding"))
    story.do(carla, "close")
    story.idea.chores.clear()
    story.do(carla, "reopen")
    assert story.place == (Stage.ACCOMPANY, "concluding")
    assert (story.standing.coach_id, story.standing.former_coaches) == (None, [])
    assert story.idea.chores == [Chore(search=2, start=True)]
    assert story.holder.why is Why.SEARCHING


def test_who_was_replaced_before_the_end_is_not_asked_again_after_it() -> None:
    story = Story.at((Stage.DEVELOP, "planning"))
    story.do(carla, "change_coach", coach_id=BRUNO)
    story.do(carla, "close")
    assert story.refused(carla, "reopen", coach_id=BEN).field == "coach_id"
    story.do(carla, "reopen", coach_id=BRUNO)
    assert (story.standing.coach_id, story.standing.former_coaches) == (BRUNO, [BEN])


def test_a_reopened_coachs_turn_waits_for_the_new_search() -> None:
    story = Story.at((Stage.SUPPORT, "arranging"))
    story.do(carla, "close")
    story.do(carla, "reopen", stage=Stage.DEVELOP)
    assert story.place == (Stage.DEVELOP, "planning"), "an earlier stage begins at its beginning"
    assert (story.holder.role, story.holder.why) == (Role.COACH_SEARCH, Why.SEARCHING)
    assert ("reopened", ALMA) in story.told()
    story.news(SearchNews.FOUND, coach_id=BRUNO)
    assert story.holder.account_id == BRUNO


def test_an_idea_is_reopened_where_it_ended_or_before_never_further_on() -> None:
    story = Story.at((Stage.SUPPORT, "using"))
    story.do(carla, "close")
    assert story.refused(carla, "reopen", stage=Stage.ACCOMPANY).field == "stage"
    assert story.refused(carla, "reopen", note_id=None).field == "reason"
    story.do(carla, "reopen", stage=Stage.IDENTIFY)
    assert story.place == (Stage.IDENTIFY, "screening")


def test_an_idea_may_end_and_be_reopened_more_than_once() -> None:
    story = Story()
    for _ in range(3):
        story.do(alma, "withdraw")
        story.do(carla, "reopen")
    assert story.standing.version == 7
    assert [entry.version for entry in story.idea.outbox] == list(range(1, 8))


@pytest.mark.parametrize("place", OPEN_PLACES, ids=place_name)
def test_a_lead_sends_back_to_this_stage_or_an_earlier_one_only(place: Place) -> None:
    for stage in Stage:
        story = Story.at(place)
        if stage.position > place[0].position:
            assert story.refused(carla, "send_back", stage=stage).field == "stage"
            continue
        story.do(carla, "send_back", stage=stage)
        assert story.standing.stage is stage
        assert (story.standing.coach_id is None) == (stage is Stage.IDENTIFY)
        assert story.clock.due == story.calendar.deadline(story.today, story.idea.rulebook.limit_of(*story.place).limit)


def test_a_coach_sends_back_to_develop_only() -> None:
    story = Story.at((Stage.ACCOMPANY, "helping"))
    assert story.refused(ben, "send_back", stage=Stage.SUPPORT).field == "stage"
    story.do(ben, "send_back", stage=None, note_id=None)
    assert story.place == (Stage.DEVELOP, "planning")
    assert story.holder.account_id == BEN
