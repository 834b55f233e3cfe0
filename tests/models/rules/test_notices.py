"""Who is told what of each step."""

from typing import Any

import pytest

from models.messages.commands import Actor
from models.vocabulary import Outcome, Role, SearchNews, Stage
from tests.cast import ALMA, BEN, BRUNO, Place, Story, alma, ben, carla, place_name

TURN = "your_turn"

STEPS: list[tuple[Place, Actor, str, dict[str, Any], set[tuple[str, str]]]] = [
    ((Stage.IDENTIFY, "screening"), carla, "request_clarification", {}, {(TURN, ALMA)}),
    ((Stage.IDENTIFY, "clarification"), alma, "clarify", {}, {(TURN, "lead")}),
    ((Stage.IDENTIFY, "clarification"), carla, "clarify", {}, {(TURN, "lead")}),
    ((Stage.IDENTIFY, "screening"), carla, "shortlist", {}, set()),
    ((Stage.IDENTIFY, "screening"), carla, "decline", {}, {("ended", ALMA)}),
    ((Stage.IDENTIFY, "screening"), alma, "withdraw", {}, set()),
    (
        (Stage.IDENTIFY, "unmatched"),
        carla,
        "assign_coach",
        {"coach_id": BEN},
        {("coach_found", BEN), ("coach_found", ALMA)},
    ),
    ((Stage.DEVELOP, "planning"), ben, "agree_plan", {}, {(TURN, ALMA)}),
    ((Stage.DEVELOP, "working"), alma, "submit_work", {}, {(TURN, BEN)}),
    ((Stage.DEVELOP, "working"), ben, "submit_work", {}, set()),
    ((Stage.DEVELOP, "reviewing"), ben, "request_changes", {}, {(TURN, ALMA)}),
    ((Stage.DEVELOP, "reviewing"), ben, "approve_concept", {}, {("stage_reached", ALMA)}),
    ((Stage.DEVELOP, "reviewing"), carla, "approve_concept", {}, {(TURN, BEN), ("stage_reached", ALMA)}),
    ((Stage.SUPPORT, "assessing"), ben, "request_support", {}, {(TURN, "lead")}),
    ((Stage.SUPPORT, "arranging"), carla, "arrange", {}, {(TURN, ALMA)}),
    ((Stage.SUPPORT, "using"), alma, "confirm_use", {}, {(TURN, BEN)}),
    ((Stage.SUPPORT, "assessing"), ben, "no_support_needed", {}, {(TURN, ALMA)}),
    ((Stage.ACCOMPANY, "piloting"), alma, "check_in", {"answer": "on_track"}, set()),
    ((Stage.ACCOMPANY, "piloting"), alma, "check_in", {"answer": "needs_help"}, {(TURN, BEN)}),
    ((Stage.ACCOMPANY, "helping"), ben, "give_help", {}, {(TURN, ALMA)}),
    ((Stage.ACCOMPANY, "concluding"), ben, "conclude", {}, {(TURN, ALMA)}),
    ((Stage.MAKE_VISIBLE, "drafting"), alma, "submit_story", {}, {(TURN, "lead")}),
    ((Stage.MAKE_VISIBLE, "editing"), carla, "approve_story", {}, {(TURN, ALMA)}),
    ((Stage.MAKE_VISIBLE, "consenting"), alma, "refuse_consent", {}, set()),
    ((Stage.MAKE_VISIBLE, "consenting"), alma, "consent", {}, {("ended", BEN)}),
    ((Stage.DEVELOP, "working"), alma, "withdraw", {}, {("ended", BEN)}),
    ((Stage.DEVELOP, "working"), carla, "close", {}, {("ended", ALMA), ("ended", BEN)}),
    ((Stage.DEVELOP, "working"), alma, "pause", {}, {("paused", BEN)}),
    ((Stage.DEVELOP, "working"), carla, "pause", {}, {("paused", ALMA), ("paused", BEN)}),
    ((Stage.DEVELOP, "working"), ben, "hand_over", {}, {("handed_over", ALMA)}),
    ((Stage.DEVELOP, "working"), ben, "extend_deadline", {}, {("deadline_moved", ALMA)}),
    ((Stage.DEVELOP, "planning"), ben, "extend_deadline", {}, set()),
    ((Stage.DEVELOP, "working"), alma, "add_task", {"assignee": Role.COACH}, {("task_added", BEN)}),
    ((Stage.DEVELOP, "working"), alma, "add_task", {}, set()),
    ((Stage.DEVELOP, "working"), ben, "change_coach", {}, {("coach_left", ALMA)}),
    (
        (Stage.DEVELOP, "working"),
        carla,
        "change_coach",
        {"coach_id": BRUNO},
        {("coach_found", BRUNO), ("coach_found", ALMA), ("coach_left", BEN)},
    ),
    (
        (Stage.SUPPORT, "arranging"),
        carla,
        "send_back",
        {"stage": Stage.DEVELOP},
        {(TURN, BEN), ("stage_reached", ALMA)},
    ),
    ((Stage.ACCOMPANY, "helping"), ben, "send_back", {"stage": None}, {("stage_reached", ALMA)}),
    (
        (Stage.SUPPORT, "using"),
        carla,
        "send_back",
        {"stage": Stage.IDENTIFY},
        {("coach_left", ALMA), ("coach_left", BEN), (TURN, "lead")},
    ),
    ((Stage.DEVELOP, "working"), alma, "write_note", {}, {("message", BEN)}),
    ((Stage.DEVELOP, "working"), alma, "snooze", {}, set()),
    ((Stage.DEVELOP, "working"), carla, "mark_chased", {}, set()),
]


@pytest.mark.parametrize(
    ("place", "actor", "event", "fields", "told"),
    STEPS,
    ids=[f"{place_name(place)}-{event}-{actor.role}-{n}" for n, (place, actor, event, *_) in enumerate(STEPS)],
)
def test_a_step_is_told_to_exactly_these(
    place: Place, actor: Actor, event: str, fields: dict[str, Any], told: set[tuple[str, str]]
) -> None:
    story = Story.at(place)
    story.do(actor, event, **fields)
    assert story.told() == told
    assert actor.account_id not in {notice.account_id for notice in story.last.notices}


def test_a_finished_task_is_told_to_nobody() -> None:
    story = Story.at((Stage.DEVELOP, "working"))
    story.do(ben, "add_task", task_id="task-1")
    story.do(alma, "finish_task")
    assert story.told() == set()


def test_innovator_and_coach_hear_that_it_goes_on() -> None:
    story = Story.at((Stage.DEVELOP, "working"))
    story.do(carla, "pause")
    story.do(carla, "resume")
    assert story.told() == {("resumed", ALMA), ("resumed", BEN)}


def test_nobody_is_told_of_their_turn_in_a_pause() -> None:
    story = Story.at((Stage.DEVELOP, "working"))
    story.do(carla, "pause")
    story.do(carla, "send_back", stage=Stage.DEVELOP)
    assert story.told() == set()


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_ending_is_told_once_to_each_whatever_it_is(outcome: Outcome) -> None:
    story = Story.at((Stage.DEVELOP, "planning"))
    story.do(carla, "close", outcome=outcome)
    assert story.told() == {("ended", ALMA), ("ended", BEN)}
    assert len(story.last.notices) == 2


def test_a_reopened_idea_is_told_to_alma_and_the_lead() -> None:
    story = Story()
    story.do(alma, "withdraw")
    story.do(carla, "reopen")
    assert story.told() == {("reopened", ALMA), ("your_turn", "lead")}


def test_a_coach_who_left_hears_no_more() -> None:
    story = Story.at((Stage.DEVELOP, "working"))
    story.do(carla, "change_coach")
    story.do(carla, "pause")
    assert story.told() == {("paused", ALMA)}
    story.do(carla, "resume")
    story.news(SearchNews.FOUND, coach_id=BRUNO)
    story.do(alma, "withdraw")
    assert story.told() == {("ended", BRUNO)}
