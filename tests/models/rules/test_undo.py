"""A decision can be taken back for a minute; a quiet step tells nobody."""

from datetime import date, timedelta

import pytest

from models.messages.commands import Actor, RefusalCode
from models.messages.idea import Chore
from models.vocabulary import SearchNews, Stage
from tests.cast import (
    BEN,
    BRUNO,
    MONDAY,
    SHIPPED_RULEBOOK,
    Place,
    Story,
    alma,
    ben,
    carla,
)

WORKING = (Stage.DEVELOP, "working")
REVIEWING = (Stage.DEVELOP, "reviewing")


def story_at(place: Place) -> Story:
    return Story.at(place, MONDAY, SHIPPED_RULEBOOK)


def wait(story: Story, seconds: int) -> None:
    story.now += timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("place", "actor", "event"),
    [
        (WORKING, alma, "submit_work"),
        (REVIEWING, ben, "approve_concept"),
        ((Stage.IDENTIFY, "screening"), carla, "decline"),
        (WORKING, carla, "close"),
        (WORKING, carla, "mark_chased"),
        (WORKING, alma, "withdraw"),
        ((Stage.ACCOMPANY, "helping"), ben, "send_back"),
        ((Stage.MAKE_VISIBLE, "consenting"), alma, "consent"),
    ],
)
def test_whoever_decided_can_take_it_back_for_a_minute(place: Place, actor: Actor, event: str) -> None:
    story = story_at(place)
    before = story.standing.model_dump(exclude={"version", "undo"})
    story.do(actor, event, stage=None)
    assert story.last.told_from == story.now + timedelta(seconds=60)
    wait(story, 59)
    story.do(actor, "undo")
    assert story.standing.model_dump(exclude={"version", "undo"}) == before
    assert story.last.facts["undone"] == event
    assert not story.told()
    assert story.refused(actor, "undo").code is RefusalCode.NOT_ALLOWED


def test_after_the_minute_a_decision_stands() -> None:
    story = story_at(WORKING)
    story.do(alma, "submit_work")
    wait(story, 60)
    assert story.refused(alma, "undo").code is RefusalCode.NOT_ALLOWED
    assert story.place == REVIEWING


def test_nobody_else_can_take_a_decision_back() -> None:
    story = story_at(WORKING)
    story.do(alma, "submit_work")
    for other in (ben, carla):
        assert story.refused(other, "undo").code is RefusalCode.NOT_ALLOWED


def test_the_next_step_makes_a_decision_final_but_a_note_does_not() -> None:
    story = story_at(WORKING)
    story.do(alma, "submit_work")
    story.do(ben, "write_note")
    assert "undo" in story.refused(alma, "no_such_event").allowed_events
    story.do(ben, "approve_concept")
    assert story.refused(alma, "undo").code is RefusalCode.NOT_ALLOWED


def test_what_others_know_at_once_cannot_be_taken_back() -> None:
    found = story_at((Stage.IDENTIFY, "matching"))
    found.news(SearchNews.FOUND, coach_id=BEN)
    assert found.standing.undo is None, "it is the engine's word"
    changed = story_at(WORKING)
    changed.do(carla, "change_coach", coach_id=BRUNO)
    assert changed.standing.undo is None, "another coach has the idea"
    closed = story_at((Stage.IDENTIFY, "matching"))
    closed.do(carla, "close")
    assert closed.standing.undo is None, "a search was stopped"


@pytest.mark.parametrize(
    ("place", "event"),
    [((Stage.IDENTIFY, "screening"), "shortlist"), ((Stage.IDENTIFY, "unmatched"), "search_again")],
)
def test_no_coach_is_asked_while_the_search_can_be_undone(place: Place, event: str) -> None:
    story = story_at(place)
    story.idea.chores.clear()
    before = story.standing.model_dump(exclude={"version", "undo", "searches"})
    story.do(carla, event)
    number = story.standing.search
    held = Chore(search=number or 0, start=True, not_before=story.now + timedelta(seconds=60))
    assert story.idea.chores == [held]
    wait(story, 59)
    story.do(carla, "undo")
    assert story.idea.chores == []
    assert story.standing.model_dump(exclude={"version", "undo", "searches"}) == before
    story.do(carla, event)
    assert story.standing.search == (number or 0) + 1, "a search that never began leaves its number to nobody"
    story.do(carla, "close")
    assert story.idea.chores == [], "and one that is stopped before it begins asks nobody either"


def test_a_search_that_has_begun_before_its_time_is_stopped_with_the_step() -> None:
    story = story_at((Stage.IDENTIFY, "screening"))
    story.do(carla, "shortlist")
    story.idea.chores.clear()
    story.do(carla, "undo")
    assert story.idea.chores == [Chore(search=1, start=False)]


def test_an_undone_stage_goes_on_where_it_was_with_the_time_it_had() -> None:
    story = story_at(REVIEWING)
    due, since = story.clock.due, story.holder.since
    wait(story, 3600)
    story.do(ben, "approve_concept")
    assert story.standing.stage is Stage.SUPPORT
    wait(story, 30)
    story.do(ben, "undo")
    assert story.place == REVIEWING
    assert (story.clock.due, story.holder.since) == (due, since)


def test_an_ended_idea_is_open_again_with_its_coach_and_tasks() -> None:
    story = story_at(WORKING)
    story.add_task(ben, "task-1")
    story.do(carla, "close")
    story.do(carla, "undo")
    assert story.standing.outcome is None
    assert [task.id for task in story.standing.tasks] == ["task-1"]
    assert story.standing.coach_id == BEN


def test_an_undone_plan_is_the_one_before_and_what_was_asked_meanwhile_stays() -> None:
    story = story_at(WORKING)
    story.add_task(ben, "rent", until=date(2026, 6, 10))
    story.do(carla, "ask", task_id="early")
    wait(story, 100)
    plan, due = story.standing.plan, story.clock.due
    story.do(ben, "plan", tasks=())
    assert (story.told(), story.last.told_from) == (set(), story.now + timedelta(seconds=60))
    story.do(carla, "ask", task_id="late")
    story.do(alma, "write_note", task_id="early")
    story.do(ben, "undo")
    assert [task.id for task in story.standing.tasks] == ["rent", "late"]
    assert (story.standing.plan, story.clock.due) == (plan, due)


def test_without_a_window_nothing_can_be_taken_back() -> None:
    story = Story.at(WORKING)
    story.do(alma, "submit_work")
    assert story.standing.undo is None
    assert story.last.told_from is None


def test_a_quiet_step_tells_nobody_and_the_deadline_still_reminds() -> None:
    story = story_at(REVIEWING)
    story.do(ben, "request_changes", quiet=True)
    assert not story.told()
    assert story.last.facts["quiet"] == 1
    assert any(wake_up.account_id == story.holder.account_id for wake_up in story.upcoming)


def test_an_innovator_cannot_act_quietly() -> None:
    story = story_at(WORKING)
    refusal = story.refused(alma, "submit_work", quiet=True)
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID, "quiet")
    story.do(carla, "pause", quiet=True)
    assert not story.told()
