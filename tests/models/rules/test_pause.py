"""A pause: the clock stops, nothing is sent, and the time that was left is kept."""

from datetime import date, datetime, time, timedelta

import pytest

from models.messages.commands import RefusalCode
from models.messages.idea import Chore
from models.messages.rulebook import Duration
from models.vocabulary import Role, SearchNews, Stage, WakeUpKind, Why
from tests.cast import ALMA, BEN, BERLIN, OPEN_PLACES, Place, Story, alma, ben, carla, engine, place_name

CLARIFICATION = (Stage.IDENTIFY, "clarification")
PLANNING = (Stage.DEVELOP, "planning")
WORKING = (Stage.DEVELOP, "working")
MATCHING = (Stage.IDENTIFY, "matching")


@pytest.mark.parametrize("place", OPEN_PLACES, ids=place_name)
def test_a_paused_idea_is_silent_and_keeps_its_time(place: Place) -> None:
    story = Story.at(place)
    clock = story.clock.model_copy(deep=True)
    left = story.calendar.between(story.today, clock.due, clock.unit)
    holder = story.holder
    story.do(carla, "pause", until=date(2026, 9, 1))
    assert story.holder.why is Why.PAUSED
    assert (story.holder.role, story.holder.until) == (holder.role, date(2026, 9, 1))
    assert [wake_up.kind for wake_up in story.upcoming] == [WakeUpKind.PAUSE_END]
    assert story.let_time_pass(datetime(2026, 8, 31, 23, tzinfo=BERLIN)) == []
    entries = story.let_time_pass(datetime(2026, 9, 1, 8, tzinfo=BERLIN))
    assert [entry.event for entry in entries] == ["resume"]
    assert entries[0].actor == engine
    assert story.place == place
    assert story.clock.due == story.calendar.deadline(story.today, Duration(left, clock.unit))
    assert story.holder.until == story.clock.due


def test_the_time_left_is_kept_in_working_days() -> None:
    story = Story.at(PLANNING, datetime(2026, 11, 2, 9, tzinfo=BERLIN))
    assert story.clock.due == date(2026, 11, 16)
    story.go_to(date(2026, 11, 9))
    story.do(ben, "pause", until=date(2026, 12, 1))  # five working days are left
    story.go_to(date(2026, 11, 16))
    story.do(ben, "resume")
    assert story.clock.due == date(2026, 11, 24), "Buß- und Bettag is no working day"


def test_the_time_left_is_kept_in_calendar_days() -> None:
    story = Story.at(CLARIFICATION)
    story.go_to(date(2026, 6, 11))
    story.do(alma, "pause", until=date(2026, 7, 1))  # four days are left
    story.let_time_pass(datetime(2026, 7, 1, 8, tzinfo=BERLIN))
    assert story.clock.due == date(2026, 7, 6), "the fifth is a Sunday"


def test_a_pause_and_its_end_on_one_day_move_nothing() -> None:
    for place in (CLARIFICATION, PLANNING):
        story = Story.at(place)
        due = story.clock.due
        story.do(carla, "pause")
        story.do(carla, "resume")
        assert story.clock.due == due


def test_after_a_pause_nothing_is_sent_twice() -> None:
    story = Story.at(CLARIFICATION)
    story.let_time_pass(datetime(2026, 6, 9, 9, tzinfo=BERLIN))
    assert story.clock.rung == ["remind-7d"]
    story.do(alma, "pause", until=date(2026, 7, 1))
    story.let_time_pass(datetime(2026, 7, 1, 9, tzinfo=BERLIN))
    assert [wake_up.key for wake_up in story.upcoming] == ["remind-2d", "overdue", "escalate-5wd"]


def test_an_overdue_idea_is_due_on_the_day_it_is_resumed() -> None:
    story = Story.at(CLARIFICATION)
    story.let_time_pass(datetime(2026, 6, 18, 9, tzinfo=BERLIN))
    assert "overdue" in story.clock.rung
    story.do(carla, "pause", until=date(2026, 7, 1))
    entries = story.let_time_pass(datetime(2026, 7, 1, 9, tzinfo=BERLIN))
    assert [entry.event for entry in entries] == ["resume"], "nobody is told of a delay in the same minute"
    assert story.clock.due == date(2026, 7, 1)
    assert story.upcoming[0].kind is WakeUpKind.OVERDUE
    assert story.upcoming[0].at == datetime(2026, 7, 2, 8, tzinfo=BERLIN)


def test_tasks_keep_their_time_as_well() -> None:
    story = Story.at(WORKING)
    story.add_task(ben, "task-1", until=date(2026, 6, 10))
    story.add_task(ben, "task-2", until=date(2026, 6, 20))
    story.do(alma, "pause", until=date(2026, 7, 1))
    story.let_time_pass(datetime(2026, 7, 1, 8, tzinfo=BERLIN))
    assert [task.due for task in story.standing.tasks] == [date(2026, 7, 10), date(2026, 7, 20)]
    assert story.clock.due == date(2026, 7, 10)


def test_a_task_finished_in_the_pause_no_longer_counts_after_it() -> None:
    story = Story.at(WORKING)
    story.add_task(ben, "task-1", until=date(2026, 6, 5))
    story.add_task(ben, "task-2", until=date(2026, 6, 20))
    story.do(alma, "pause", until=date(2026, 7, 1))
    story.do(alma, "finish_task", task_id="task-1")
    story.do(alma, "resume")
    assert story.clock.due == date(2026, 6, 20)


def test_a_pause_stops_the_search_and_its_end_starts_a_new_one() -> None:
    story = Story.at(MATCHING)
    story.idea.chores.clear()
    story.do(carla, "pause", until=date(2026, 7, 1))
    assert story.idea.chores == [Chore(search=1, start=False)]
    assert not story.news(SearchNews.FOUND, coach_id=BEN, n=1), "news of a stopped search changes nothing"
    story.do(carla, "resume")
    assert story.idea.chores == [Chore(search=1, start=False), Chore(search=2, start=True)]
    assert story.standing.search == 2


def test_nobody_searches_while_the_clock_stands_still() -> None:
    story = Story.at(PLANNING)
    story.do(carla, "change_coach")
    story.news(SearchNews.EXHAUSTED)
    story.do(carla, "pause")
    assert story.refused(carla, "search_again").code is RefusalCode.NOT_ALLOWED
    assert (story.holder.role, story.holder.why) == (Role.LEAD, Why.PAUSED)
    story.do(carla, "resume")
    assert (story.holder.role, story.holder.why) == (Role.COACH_SEARCH, Why.SEARCHING)


def test_a_coach_who_leaves_in_a_pause_is_searched_for_after_it() -> None:
    story = Story.at(PLANNING)
    story.do(alma, "pause", until=date(2026, 7, 1))
    story.do(ben, "change_coach")
    assert (story.standing.search, story.holder.role.value) == (None, "lead")
    story.let_time_pass(datetime(2026, 7, 1, 8, tzinfo=BERLIN))
    assert (story.standing.search, story.holder.role.value) == (2, "coach_search")


def test_an_idea_sent_back_in_a_pause_gets_its_full_time_after_it() -> None:
    story = Story.at((Stage.SUPPORT, "arranging"))
    story.do(carla, "pause", until=date(2026, 7, 1))
    story.go_to(date(2026, 6, 15))
    story.do(carla, "send_back", stage=Stage.DEVELOP)
    assert story.holder.why is Why.PAUSED
    story.let_time_pass(datetime(2026, 7, 1, 8, tzinfo=BERLIN))
    assert story.clock.due == date(2026, 7, 15)


@pytest.mark.parametrize(
    "until", [None, date(2026, 5, 1), date(2026, 6, 1), date(2027, 6, 2), date(9999, 12, 31), date(1, 1, 1)]
)
def test_a_pause_ends_after_today_and_within_a_year(until: date | None) -> None:
    refused = Story.at(PLANNING).refused(ben, "pause", until=until)
    assert (refused.code, refused.field) == (RefusalCode.INVALID, "until")


def test_a_pause_may_last_from_one_day_to_a_year() -> None:
    for until in (date(2026, 6, 2), date(2027, 6, 1)):
        Story.at(PLANNING).do(ben, "pause", until=until)


def test_the_cover_of_a_coach_ends_also_in_a_pause_and_tells_nobody() -> None:
    story = Story.at(PLANNING)
    story.do(carla, "cover_coach", until=date(2026, 6, 10))
    story.do(alma, "pause", until=date(2026, 7, 1))
    entries = story.let_time_pass(datetime(2026, 6, 10, 8, tzinfo=BERLIN))
    assert [(entry.event, entry.notices) for entry in entries] == [("end_cover", [])]
    assert story.holder.account_id == BEN


def test_pause_end_and_cover_end_on_one_day_are_two_steps() -> None:
    story = Story.at(PLANNING)
    story.do(carla, "cover_coach", until=date(2026, 6, 10))
    story.do(alma, "pause", until=date(2026, 6, 10))
    story.go_to(date(2026, 6, 10), time(8))
    assert [entry.event for entry in story.ring()] == ["resume", "end_cover"]
    assert story.told(story.idea.outbox[-2]) >= {("resumed", ALMA)}


def test_what_is_held_back_stays_held_back_over_the_pause() -> None:
    story = Story.at(CLARIFICATION)
    story.do(alma, "snooze", until=story.today + timedelta(days=10))
    story.do(alma, "pause", until=story.today + timedelta(days=2))
    story.pass_days(2)
    story.ring()
    assert story.upcoming[0].at >= datetime(2026, 6, 11, 8, tzinfo=BERLIN)
