"""Who is told what of each step."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from models.messages.commands import Actor, PlannedTask
from models.rules.notice_timing import group_of
from models.vocabulary import NoticeGroup, Outcome, Role, SearchNews, Stage, WakeUpKind
from tests.cast import ALMA, BEN, BERLIN, BRUNO, OPEN_PLACES, Place, Story, alma, ben, carla, place_name

TURN = "your_turn"


def at_eight(day: date) -> datetime:
    return datetime.combine(day, time(8), tzinfo=BERLIN)


FOR_COACH = PlannedTask(id="task-1", assignee=Role.COACH, is_new=True)

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
        {("coaching", BEN), ("coach_found", ALMA)},
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
    (
        (Stage.DEVELOP, "working"),
        alma,
        "plan",
        {"tasks": (PlannedTask(id="task-1", assignee=Role.COACH, is_new=True),)},
        {("task_added", BEN)},
    ),
    ((Stage.DEVELOP, "working"), alma, "plan", {}, set()),
    ((Stage.DEVELOP, "working"), ben, "change_coach", {}, {("coach_left", ALMA)}),
    (
        (Stage.DEVELOP, "working"),
        carla,
        "change_coach",
        {"coach_id": BRUNO},
        {("coaching", BRUNO), ("coach_found", ALMA), ("coach_left", BEN)},
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
    story.add_task(ben, "task-1")
    story.do(alma, "finish_task")
    assert story.told() == set()


@pytest.mark.parametrize("place", OPEN_PLACES, ids=place_name)
def test_a_turn_that_comes_back_is_told_as_a_turn_to_whoever_has_it(place: Place) -> None:
    paused = Story.at(place)
    paused.do(carla, "pause", until=paused.today + timedelta(days=14))
    paused.let_time_pass(at_eight(paused.today + timedelta(days=14)))
    reopened = Story.at(place)
    reopened.do(carla, "close")
    reopened.do(Actor(role=Role.LEAD, account_id="account-chris"), "reopen", coach_id=reopened.standing.coach_id)
    for story, word in ((paused, "resumed"), (reopened, "reopened")):
        assert story.last.event in ("resume", "reopen")
        holder = story.holder
        calls = {(kind, who) for kind, who in story.told() if kind != word}
        expected = set() if holder.role is Role.COACH_SEARCH else {(TURN, holder.account_id or str(holder.role))}
        assert calls == expected
        others = {ALMA, story.standing.coach_id} - {holder.account_id, None}
        assert {who for kind, who in story.told() if kind == word} == others
        assert group_of(TURN) is NoticeGroup.TURN, "and cannot be off"


def test_a_question_that_was_asked_before_a_pause_is_asked_again_after_it() -> None:
    story = Story.at((Stage.ACCOMPANY, "piloting"))
    story.let_time_pass(at_eight(story.clock.due))
    assert story.told() == {("check_in", ALMA)}
    story.do(carla, "pause", until=story.today + timedelta(days=4))
    until = story.standing.pause
    assert until is not None
    entries = story.let_time_pass(at_eight(story.calendar.on_working_day(until.until)))
    assert [entry.event for entry in entries] == ["resume"]
    assert story.told() == {("check_in", ALMA), ("resumed", BEN)}
    assert [wake_up.kind for wake_up in story.upcoming] == [WakeUpKind.OVERDUE, WakeUpKind.ESCALATION]


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


def test_no_call_to_act_is_news() -> None:
    """News may be off. Whoever has to act, or has become the coach, is told so at once."""
    for place, _actor, _event, _fields, told in STEPS:
        for kind, who in told:
            assert kind not in ("coach_found", "reopened", "resumed") or who == ALMA, (place, kind)
    story = Story.at((Stage.DEVELOP, "reviewing"))
    story.do(carla, "change_coach", coach_id=BRUNO)
    [kind] = [kind for kind, who in story.told() if who == BRUNO]
    assert (kind, group_of(kind)) == ("coaching", NoticeGroup.TURN)
    assert story.holder.account_id == BRUNO


def test_a_coach_who_left_hears_no_more() -> None:
    story = Story.at((Stage.DEVELOP, "working"))
    story.do(carla, "change_coach")
    story.do(carla, "pause")
    assert story.told() == {("paused", ALMA)}
    story.do(carla, "resume")
    story.news(SearchNews.FOUND, coach_id=BRUNO)
    story.do(alma, "withdraw")
    assert story.told() == {("ended", BRUNO)}
