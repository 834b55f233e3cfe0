"""Tasks: while Alma works on the plan, her earliest open task is the deadline."""

from datetime import date, timedelta

import pytest

from models.messages.commands import PlannedTask, RefusalCode
from models.messages.idea import MOST_OPEN_TASKS
from models.messages.rulebook import Duration
from models.vocabulary import Role, Stage
from tests.cast import ALMA, BEN, Story, alma, ben, carla

WORKING = (Stage.DEVELOP, "working")
PLANNING = (Stage.DEVELOP, "planning")


def test_without_tasks_the_limit_of_the_state_counts() -> None:
    story = Story.at(WORKING)
    assert story.clock.due == date(2026, 7, 1)
    story.add_task(ben, "task-1")
    assert story.clock.due == date(2026, 7, 1), "a task without a date moves nothing"


def test_the_earliest_open_task_is_the_deadline() -> None:
    story = Story.at(WORKING)
    story.add_task(ben, "late", until=date(2026, 6, 20))
    story.add_task(ben, "early", until=date(2026, 6, 10))
    assert story.clock.due == story.holder.until == date(2026, 6, 10)
    story.do(alma, "finish_task", task_id="early")
    assert story.clock.due == story.holder.until == date(2026, 6, 20)
    assert [task.id for task in story.standing.tasks] == ["late"]


def test_a_task_of_the_coach_does_not_put_alma_under_pressure() -> None:
    story = Story.at(WORKING)
    story.add_task(alma, "task-1", assignee=Role.COACH, until=date(2026, 6, 3))
    assert story.clock.due == date(2026, 7, 1)


def test_tasks_planned_before_count_when_the_work_begins() -> None:
    story = Story.at(PLANNING)
    due = story.clock.due
    story.add_task(ben, "task-1", until=date(2026, 6, 5))
    assert story.clock.due == due, "the coach's own deadline stays"
    story.do(ben, "agree_plan")
    assert story.clock.due == date(2026, 6, 5)
    assert [wake_up.key for wake_up in story.upcoming] == ["remind-1d", "overdue", "escalate-5wd"]
    assert story.ring() == [], "a reminder that would lie before the start is never sent"


def test_the_next_task_rings_again_after_the_first_was_reminded_of() -> None:
    story = Story.at(WORKING)
    story.add_task(ben, "task-1", until=date(2026, 6, 9))
    story.add_task(ben, "task-2", until=date(2026, 6, 30))
    story.go_to(date(2026, 6, 10))
    assert [entry.event for entry in story.ring()] == ["overdue"]
    story.do(alma, "finish_task", task_id="task-1")
    assert [wake_up.key for wake_up in story.upcoming] == ["remind-7d", "remind-1d", "overdue", "escalate-5wd"]


def test_an_extension_takes_the_earliest_tasks_along() -> None:
    story = Story.at(WORKING)
    story.add_task(ben, "task-1", until=date(2026, 6, 10))
    story.add_task(ben, "task-2", until=date(2026, 6, 12))
    story.add_task(ben, "task-3", until=date(2026, 6, 30))
    story.do(ben, "extend_deadline", days=5)
    assert [task.due for task in story.standing.tasks] == [date(2026, 6, 15), date(2026, 6, 15), date(2026, 6, 30)]
    assert story.clock.due == date(2026, 6, 15)


def test_a_new_task_is_told_to_the_one_who_has_to_do_it() -> None:
    story = Story.at(WORKING)
    story.add_task(ben, "task-1")
    assert story.told() == {("task_added", ALMA)}
    assert story.last.facts == {"tasks": "task-1", "added": "task-1", "assignee": "innovator"}


def test_there_is_room_for_so_many_open_tasks_only() -> None:
    story = Story.at(WORKING)
    for n in range(MOST_OPEN_TASKS - 1):
        story.add_task(ben, f"task-{n}")
    story.do(ben, "ask")
    assert story.refused(ben, "plan", tasks=story.plan_with("one-more")).field == "tasks"
    story.do(ben, "finish_task", task_id="task-0")
    story.add_task(ben, "one-more")


@pytest.mark.parametrize("until", [date(2026, 5, 31), date(1, 1, 1), date(9999, 12, 31)])
def test_a_task_is_not_due_in_the_past_nor_at_the_end_of_days(until: date) -> None:
    story = Story.at(WORKING)
    refused = story.refused(ben, "plan", tasks=story.plan_with("task-1", until=until))
    assert (refused.code, refused.field) == (RefusalCode.INVALID, "tasks.0.until")


def test_a_task_may_be_due_today() -> None:
    story = Story.at(WORKING)
    story.add_task(ben, "task-1", until=story.today)
    assert [wake_up.key for wake_up in story.upcoming] == ["overdue", "escalate-5wd"]
    assert story.upcoming[0].at > story.now


def test_a_task_is_added_once_and_finished_once() -> None:
    story = Story.at(WORKING)
    story.add_task(ben, "task-1")
    assert story.refused(carla, "plan", tasks=story.plan_with("task-1")).code is RefusalCode.INVALID
    story.add_task(ben, "task-2")
    story.do(alma, "finish_task", task_id="task-1")
    assert story.refused(alma, "finish_task", task_id="task-1").code is RefusalCode.INVALID


def test_open_tasks_are_there_again_where_an_ended_path_goes_on() -> None:
    story = Story.at(WORKING)
    story.add_task(ben, "task-1", until=story.today + timedelta(days=3))
    story.add_task(ben, "task-2")
    story.do(alma, "withdraw")
    assert story.refused(alma, "finish_task").code is RefusalCode.NOT_ALLOWED
    assert story.upcoming == []
    story.pass_days(30)
    story.do(carla, "reopen", coach_id=BEN)
    due = story.calendar.deadline(story.today, Duration(3, "d"))
    assert [(task.id, task.due) for task in story.standing.tasks] == [("task-1", due), ("task-2", None)]
    assert story.clock.due == due, "with the time that was left"
    story.do(alma, "finish_task", task_id="task-1")


def test_when_the_last_dated_task_is_done_the_limit_of_the_state_counts_again() -> None:
    story = Story.at(WORKING)
    story.add_task(ben, "task-1", until=date(2026, 6, 4))
    story.go_to(date(2026, 6, 3))
    story.do(alma, "finish_task", task_id="task-1")
    assert story.clock.due == date(2026, 7, 3)
    assert [wake_up.key for wake_up in story.upcoming][:2] == ["remind-7d", "remind-1d"]


def test_one_plan_has_all_tasks_in_its_order_and_leaves_what_was_asked() -> None:
    story = Story.at(WORKING)
    story.add_task(ben, "rent", until=date(2026, 6, 10))
    story.add_task(ben, "paint", until=date(2026, 6, 20))
    story.do(ben, "ask", task_id="question")
    _, paint, clean = story.plan_with("clean", assignee=Role.COACH)
    story.do(ben, "plan", tasks=(clean, paint.model_copy(update={"due": date(2026, 6, 5)})))
    assert [task.id for task in story.standing.tasks] == ["clean", "paint", "question"]
    facts = {"tasks": "clean paint", "added": "clean", "changed": "paint", "dropped": "rent"}
    assert story.last.facts == facts | {"assignee": "coach innovator"}
    assert story.told() == {("task_added", ALMA)}, "Ben knows what he has planned for himself"
    assert story.clock.due == date(2026, 6, 5), "reminders follow the new day"
    story.do(ben, "plan", tasks=())
    assert story.clock.due == date(2026, 7, 1), "nothing is planned: the limit of the state counts"
    assert story.told() == set()


def test_an_order_alone_is_told_to_nobody_and_an_old_day_may_stay() -> None:
    story = Story.at(WORKING)
    story.add_task(ben, "rent", until=date(2026, 6, 3))
    story.add_task(ben, "paint")
    story.go_to(date(2026, 6, 8))
    rent, paint = story.plan_with("other")[:2]
    story.do(ben, "plan", tasks=(paint, rent))
    assert story.told() == set()
    late = rent.model_copy(update={"due": date(2026, 6, 4)})
    assert story.refused(ben, "plan", tasks=(paint, late)).field == "tasks.1.until"


@pytest.mark.parametrize(
    ("tasks", "field"),
    [
        ([PlannedTask(id="gone", assignee=Role.COACH)], "tasks.0.task_id"),
        ([PlannedTask(id="rent", assignee=Role.COACH, is_new=True)], "tasks.0.task_id"),
        ([PlannedTask(id="question", assignee=Role.COACH)], "tasks.0.task_id"),
        ([PlannedTask(id="rent", assignee=Role.COACH), PlannedTask(id="rent", assignee=Role.LEAD)], "tasks"),
        ([PlannedTask(id="rent", assignee=Role.ENGINE)], "tasks.0.assignee"),
        ([PlannedTask(id=f"{n}", assignee=Role.COACH, is_new=True) for n in range(MOST_OPEN_TASKS)], "tasks"),
    ],
)
def test_a_plan_that_cannot_be_names_the_task(tasks: list[PlannedTask], field: str) -> None:
    story = Story.at(WORKING)
    story.add_task(ben, "rent")
    story.do(ben, "ask", task_id="question")
    refused = story.refused(ben, "plan", tasks=tasks)
    assert (refused.code, refused.field) == (RefusalCode.INVALID, field)
