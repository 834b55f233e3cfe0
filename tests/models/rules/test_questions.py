"""Questions: a message that asks is a task that rings by itself, in every state, until somebody answers."""

from datetime import date, timedelta

import pytest

from models.messages.commands import Actor, RefusalCode
from models.rules.deadlines import asked_until, upcoming
from models.vocabulary import Role, Stage
from tests.cast import (
    ALMA,
    BEN,
    BRUNO,
    NORA,
    OPEN_PLACES,
    OTTO,
    SHIPPED_RULEBOOK,
    Place,
    Story,
    alma,
    ben,
    bruno,
    carla,
    engine,
    nora,
    place_name,
)

WORKING = (Stage.DEVELOP, "working")
FIRST = (Stage.IDENTIFY, "screening")
WEDNESDAY = date(2026, 6, 10)


def ask(story: Story, who: Actor = ben, whom: Role = Role.INNOVATOR, until: date = WEDNESDAY, **fields: object) -> str:
    story.do(who, "ask", assignee=whom, until=until, **fields)
    return story.standing.tasks[-1].id


def answer(story: Story, who: Actor, task_id: str, **fields: object) -> None:
    story.do(who, "write_note", task_id=task_id, **fields)


def rung_of(story: Story, task_id: str) -> list[str]:
    return [wake_up.key for wake_up in story.upcoming if wake_up.task_id == task_id]


@pytest.mark.parametrize("place", OPEN_PLACES, ids=place_name)
def test_a_question_rings_in_every_state_and_leaves_its_clock_alone(place: Place) -> None:
    story = Story.at(place)
    due, others = story.clock.due, [wake_up.key for wake_up in story.upcoming]
    task = ask(story, carla)
    assert story.clock.due == due
    assert rung_of(story, task) == ["remind-1wd", "overdue", "escalate-3wd"]
    assert sorted(w.key for w in story.upcoming if w.task_id is None) == sorted(others)
    answer(story, alma, task)
    assert (story.standing.tasks, asked_until(story.standing)) == ([], None)


def test_it_reminds_the_one_who_was_asked_and_tells_the_leads_where_no_answer_comes() -> None:
    story = Story.at(WORKING)
    story.gather_team()
    task = ask(story)
    assert story.told() == {("asked", ALMA), ("message", NORA), ("message", OTTO)}
    entries = story.let_time_pass(story.now + timedelta(days=20))
    told = [(entry.event, story.told(entry)) for entry in entries if entry.facts.get("task") == task]
    assert told == [
        ("remind", {("asked_again", ALMA)}),
        ("overdue", {("asked_again", ALMA)}),
        ("escalate", {("unanswered", "lead")}),
    ]
    assert rung_of(story, task) == []


def test_the_question_and_the_turn_are_told_apart_where_both_are_due_at_once() -> None:
    story = Story.at(WORKING)
    task = ask(story, until=story.clock.due)
    entries = story.let_time_pass(story.now + timedelta(days=31))
    overdue = [(entry.facts.get("task"), story.told(entry)) for entry in entries if entry.event == "overdue"]
    assert overdue == [(None, {("overdue", ALMA)}), (task, {("asked_again", ALMA)})]


def test_a_pause_rests_it_and_afterwards_it_has_the_time_that_was_left() -> None:
    story = Story.at(WORKING)
    task = ask(story)
    story.do(carla, "pause", until=date(2026, 7, 1))
    assert rung_of(story, task) == []
    assert story.refused(ben, "ask").code is RefusalCode.NOT_ALLOWED
    story.go_to(date(2026, 7, 1))
    story.ring()
    assert (story.standing.pause, story.standing.tasks[0].due) == (None, WEDNESDAY + timedelta(days=30))
    assert rung_of(story, task) == ["remind-1wd", "overdue", "escalate-3wd"]


def test_it_goes_along_to_the_next_stage_and_ends_with_the_path_until_that_is_open_again() -> None:
    story = Story.at((Stage.DEVELOP, "reviewing"))
    task = ask(story)
    story.do(ben, "approve_concept")
    assert rung_of(story, task)
    story.do(carla, "close")
    assert (story.upcoming, asked_until(story.standing)) == ([], None)
    story.pass_days(60)
    story.do(carla, "reopen")
    assert story.standing.tasks[0].due == date(2026, 8, 10)
    assert rung_of(story, task) == ["remind-1wd", "overdue", "escalate-3wd"]


def test_whoever_acts_as_the_coach_is_asked_what_the_coach_was() -> None:
    story = Story.at(WORKING)
    ask(story, alma, Role.COACH)
    assert story.told() == {("asked", BEN)}

    def asked() -> set[tuple[Role, str | None]]:
        return {(w.to, w.account_id) for w in story.upcoming if w.task_id and w.kind != "escalation"}

    assert asked() == {(Role.COACH, BEN)}
    story.do(carla, "cover_coach", coach_id=BRUNO)
    assert asked() == {(Role.COACH, BRUNO)}
    story.do(bruno, "end_cover")
    story.do(carla, "change_coach", coach_id=BRUNO)
    assert asked() == {(Role.COACH, BRUNO)}
    story.do(carla, "change_coach")
    assert asked() == {(Role.LEAD, None)}


def test_an_answer_is_a_message_and_finishes_its_question_alone() -> None:
    story = Story.at(WORKING)
    first, second = ask(story), ask(story, carla)
    story.do(engine, "join_team")
    answer(story, nora, first)
    assert story.told() == {("message", ALMA), ("message", BEN)}
    assert story.last.facts == {"task": first}
    assert [task.id for task in story.standing.tasks] == [second]
    assert story.refused(alma, "write_note", task_id=first).field == "task_id"
    story.do(alma, "write_note")
    assert asked_until(story.standing) == WEDNESDAY


def test_a_question_is_not_ticked_off_by_whom_it_was_put_to_but_taken_back_by_others() -> None:
    story = Story.at(WORKING)
    task = ask(story)
    assert story.refused(alma, "finish_task", task_id=task).field == "task_id"
    story.do(ben, "finish_task", task_id=task)
    assert story.standing.tasks == []


def test_what_coaches_and_leads_ask_each_other_is_nothing_for_the_innovator() -> None:
    story = Story.at(WORKING)
    task = ask(story, ben, Role.LEAD, internal=True)
    assert story.told() == {("asked", "lead")}
    assert [w for w in upcoming(story.standing, story.calendar, with_internal=False) if w.task_id] == []
    for event in ("write_note", "finish_task"):
        assert story.refused(alma, event, task_id=task).field == "task_id"
    assert story.refused(carla, "write_note", task_id=task).field == "internal"
    answer(story, carla, task, internal=True)
    assert (story.told(), story.standing.tasks) == (set(), [])


def test_an_open_question_is_not_answered_behind_backs() -> None:
    story = Story.at(WORKING)
    task = ask(story, alma, Role.COACH)
    assert story.refused(ben, "write_note", task_id=task, internal=True).field == "internal"


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("until", {"until": date(2026, 6, 1)}),
        ("until", {"until": date(2036, 6, 1)}),
        ("assignee", {"assignee": Role.ENGINE}),
        ("assignee", {"assignee": None}),
        ("note", {"note_id": None}),
        ("internal", {"internal": True}),
        ("quiet", {"quiet": True}),
    ],
)
def test_who_asks_says_what_and_whom_and_until_when(field: str, fields: dict[str, object]) -> None:
    refused = Story.at(WORKING).refused(ben, "ask", **fields)
    assert (refused.code, refused.field) == (RefusalCode.INVALID, field)


def test_a_question_for_tomorrow_is_asked_once_and_not_reminded_of_today() -> None:
    story = Story.at(WORKING)
    task = ask(story, until=story.today + timedelta(days=1))
    assert rung_of(story, task) == ["overdue", "escalate-3wd"]
    assert story.ring() == []


def test_a_comment_finishes_no_task_and_rings_nothing() -> None:
    story = Story.at(WORKING)
    story.add_task(ben, "task-1", until=date(2026, 6, 10))
    upcoming = story.upcoming
    story.do(alma, "write_note", task_id="task-1")
    assert story.last.facts == {"task": "task-1"}
    assert story.told() == {("message", BEN)}
    assert [task.id for task in story.standing.tasks] == ["task-1"]
    assert story.upcoming == upcoming
    assert story.refused(alma, "write_note", task_id="task-2").field == "task_id"
    story.do(ben, "write_note", task_id="task-1", internal=True)


def test_a_question_and_its_answer_leave_what_can_be_taken_back() -> None:
    story = Story.at((Stage.DEVELOP, "reviewing"), rulebook=SHIPPED_RULEBOOK)
    task = ask(story, alma, Role.COACH)
    story.do(ben, "approve_concept")
    answer(story, ben, task)
    story.do(ben, "undo")
    assert story.place == (Stage.DEVELOP, "reviewing")
    assert story.standing.tasks == []


def test_where_somebody_was_asked_in_person_the_leads_wait_with_it() -> None:
    story = Story.at(WORKING)
    task = ask(story, until=story.today + timedelta(days=1))
    story.pass_days(3)
    story.ring()
    story.do(carla, "mark_chased")
    until = story.standing.chased_until
    assert until is not None
    assert [w.at.date() >= until for w in story.upcoming if w.task_id == task] == [True]
