"""What the engine sends before and after a deadline, and what holds it back."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.cases.clocks import rearm, skip_past, start_clock, wake_ups
from models.messages.cases import Clock, Entry, WakeUp
from models.messages.commands import RefusalCode
from models.messages.rulebook import Duration
from models.rules.deadlines import upcoming
from models.rules.permissions import allowed_events
from models.vocabulary import NoticeKind, Role, SearchNews, Stage, WakeUpKind
from tests.cast import (
    ALMA,
    BEN,
    BERLIN,
    BRUNO,
    MONDAY,
    OPEN_PLACES,
    RULEBOOK,
    Place,
    Story,
    alma,
    ben,
    bruno,
    carla,
    engine,
    nora,
    otto,
    place_name,
)

CLARIFICATION = (Stage.IDENTIFY, "clarification")
PLANNING = (Stage.DEVELOP, "planning")
WORKING = (Stage.DEVELOP, "working")
PILOTING = (Stage.ACCOMPANY, "piloting")
MATCHING = (Stage.IDENTIFY, "matching")

FAR = MONDAY + timedelta(days=300)


def at_eight(day: date) -> datetime:
    return datetime.combine(day, time(8), tzinfo=BERLIN)


def sent(entries: list[Entry]) -> list[tuple[date, str, str]]:
    """Day, kind and recipient of every notice."""
    return [
        (entry.at.astimezone(BERLIN).date(), str(notice.kind), notice.account_id or str(notice.to))
        for entry in entries
        for notice in entry.notices
    ]


def test_alma_is_reminded_twice_then_told_then_the_lead_is_told() -> None:
    story = Story.at(CLARIFICATION)
    assert sent(story.let_time_pass(FAR)) == [
        (date(2026, 6, 8), "reminder", ALMA),
        (date(2026, 6, 15), "reminder", ALMA),  # the day two days before is a Saturday
        (date(2026, 6, 16), "overdue", ALMA),
        (date(2026, 6, 22), "escalation", "lead"),
    ]
    assert story.upcoming == []


def test_the_day_of_the_deadline_still_belongs_to_the_person() -> None:
    story = Story.at(CLARIFICATION)
    due = story.clock.due
    story.let_time_pass(at_eight(due))
    story.go_to(due, time(23, 59))
    assert story.ring() == []
    story.go_to(due + timedelta(days=1), time(0, 0))
    assert story.ring() == []
    story.go_to(due + timedelta(days=1), time(8, 0))
    assert story.told(story.ring()[0]) == {("overdue", ALMA)}


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (datetime(2026, 3, 15, 12, tzinfo=BERLIN), date(2026, 3, 30)),
        (datetime(2026, 10, 11, 12, tzinfo=BERLIN), date(2026, 10, 26)),
        (datetime(2028, 2, 15, 12, tzinfo=BERLIN), date(2028, 2, 29)),
        (datetime(2026, 12, 11, 12, tzinfo=BERLIN), date(2026, 12, 28)),  # 25 and 26 December, and a Sunday
        (datetime(2026, 12, 17, 23, 59, tzinfo=BERLIN), date(2026, 12, 31)),
        (datetime(2026, 12, 18, 0, 0, tzinfo=BERLIN), date(2027, 1, 4)),
        (datetime(2027, 3, 12, 12, tzinfo=BERLIN), date(2027, 3, 30)),  # Good Friday to Easter Monday
    ],
)
def test_the_overdue_notice_comes_at_eight_on_the_next_working_day(start: datetime, due: date) -> None:
    story = Story.at(CLARIFICATION, start)
    assert story.clock.due == due
    overdue = next(wake_up for wake_up in story.upcoming if wake_up.kind is WakeUpKind.OVERDUE)
    assert overdue.at == at_eight(story.calendar.on_working_day(due + timedelta(days=1)))


@pytest.mark.parametrize("place", OPEN_PLACES, ids=place_name)
def test_nothing_is_due_or_sent_on_a_free_day_whenever_it_begins(place: Place) -> None:
    """Every day of a year as the first, with its holidays and both changes of the clocks."""
    calendar, rulebook = Story().calendar, RULEBOOK
    standing = Story.at(place).standing
    for number in range(366):
        first = date(2026, 6, 1) + timedelta(days=number)
        standing.clock = start_clock(rulebook.limit_of(*place), first, calendar)
        skip_past(standing.clock, at_eight(first), calendar)
        limit = rulebook.limit_of(*place).limit
        assert calendar.add(first, limit) <= standing.clock.due, "nobody has less time than the limit says"
        assert calendar.is_working_day(standing.clock.due)
        plan = upcoming(standing, calendar)
        assert plan
        for quiet in (None, first + timedelta(days=9), standing.clock.due + timedelta(days=5)):
            standing.clock.quiet_until = quiet
            for wake_up in upcoming(standing, calendar):
                day = calendar.today(wake_up.at)
                assert calendar.is_working_day(day), (first, wake_up)
                due = standing.clock.due
                last = due if wake_up.kind is WakeUpKind.ESCALATION else max(due, calendar.on_working_day(quiet or due))
                assert (day > last) == (wake_up.kind is not WakeUpKind.REMINDER), (first, wake_up)


@pytest.mark.parametrize("until", [date(2026, 6, 20), date(2026, 6, 21), date(2027, 3, 26)])
def test_a_pause_and_a_cover_that_end_on_a_free_day_end_on_the_next_working_day(until: date) -> None:
    for event in ("pause", "cover_coach"):
        story = Story.at(PLANNING, datetime(2027, 3, 1, 9, tzinfo=BERLIN) if until.year == 2027 else MONDAY)
        story.do(carla, event, until=until)
        end = next(w for w in story.upcoming if w.kind in (WakeUpKind.PAUSE_END, WakeUpKind.COVER_END))
        assert end.at == at_eight(story.calendar.on_working_day(until))


def test_a_task_that_a_person_has_set_for_a_sunday_reminds_before_it_and_is_late_after_it() -> None:
    story = Story.at(WORKING)
    story.add_task(ben, "task-1", until=date(2026, 6, 14))
    assert [(w.key, w.at) for w in story.upcoming] == [
        ("remind-7d", at_eight(date(2026, 6, 8))),
        ("remind-1d", at_eight(date(2026, 6, 12))),
        ("overdue", at_eight(date(2026, 6, 15))),
        ("escalate-5wd", at_eight(date(2026, 6, 19))),
    ]


def test_a_limit_in_working_days_goes_around_buss_und_bettag() -> None:
    story = Story.at(PLANNING, datetime(2026, 11, 9, 9, tzinfo=BERLIN))
    assert story.clock.due == date(2026, 11, 24)
    reminder = story.upcoming[0]
    assert (reminder.kind, reminder.at) == (WakeUpKind.REMINDER, at_eight(date(2026, 11, 19)))


def test_an_engine_that_slept_sends_one_message_to_each_and_no_late_reminder() -> None:
    story = Story.at(CLARIFICATION)
    story.now = FAR
    entries = story.ring()
    assert len(entries) == 1
    assert entries[0].event == "escalate"
    assert story.told() == {("overdue", ALMA), ("escalation", "lead")}
    assert story.upcoming == []


def test_two_reminders_that_pile_up_are_one() -> None:
    story = Story.at(CLARIFICATION)
    story.go_to(story.clock.due)
    entries = story.ring()
    assert [entry.event for entry in entries] == ["remind"]
    assert sent(entries) == [(story.today, "reminder", ALMA)]


def test_a_lead_on_turn_is_told_once_where_overdue_and_escalation_meet() -> None:
    story = Story()
    story.now = FAR
    entries = story.ring()
    assert len(entries) == 1
    assert [(notice.kind, notice.to) for notice in entries[0].notices] == [(NoticeKind.ESCALATION, Role.LEAD)]


def test_the_check_in_question_goes_out_on_its_day_every_28_days() -> None:
    story = Story.at(PILOTING)
    first = story.today + timedelta(days=28)
    for day in (first, first + timedelta(days=28)):
        entries = story.let_time_pass(at_eight(day))
        assert sent(entries) == [(day, "check_in", ALMA)]
        story.do(alma, "check_in", answer="on_track")
        assert story.holder.until == day + timedelta(days=28)


def test_a_reminder_that_would_lie_before_the_start_is_not_sent() -> None:
    story = Story.at(WORKING)
    story.add_task(ben, "task-1", until=story.today + timedelta(days=3))
    keys = [wake_up.key for wake_up in story.upcoming]
    assert keys == ["remind-1d", "overdue", "escalate-5wd"]


def test_while_the_search_is_on_turn_only_its_silence_is_told_to_the_lead() -> None:
    story = Story.at(MATCHING)
    story.news(SearchNews.OFFERED, until=date(2026, 6, 10))
    assert story.clock.due == date(2026, 6, 10)
    assert sent(story.let_time_pass(FAR)) == [(date(2026, 6, 12), "escalation", "lead")]


def test_a_new_offer_moves_the_time_at_which_the_search_counts_as_silent() -> None:
    story = Story.at(MATCHING)
    story.news(SearchNews.OFFERED, until=date(2026, 6, 8))
    story.go_to(date(2026, 6, 9))
    story.ring()
    story.news(SearchNews.OFFERED, until=date(2026, 6, 16), seq=1)
    assert [(w.kind, w.at) for w in story.upcoming] == [(WakeUpKind.ESCALATION, at_eight(date(2026, 6, 18)))]


def test_snooze_holds_everything_back_until_its_day() -> None:
    story = Story.at(CLARIFICATION)
    story.do(alma, "snooze", until=date(2026, 6, 12))
    assert story.upcoming[0].at == at_eight(date(2026, 6, 12))
    assert sent(story.let_time_pass(FAR)) == [
        (date(2026, 6, 12), "reminder", ALMA),
        (date(2026, 6, 15), "reminder", ALMA),
        (date(2026, 6, 16), "overdue", ALMA),
        (date(2026, 6, 22), "escalation", "lead"),
    ]


def test_a_snooze_beyond_the_deadline_ends_with_the_question_and_only_then_it_is_late() -> None:
    story = Story.at(CLARIFICATION)
    story.do(alma, "snooze", until=date(2026, 6, 20))
    assert story.clock.due == date(2026, 6, 15), "a snooze does not move the deadline"
    assert sent(story.let_time_pass(FAR)) == [
        (date(2026, 6, 22), "reminder", ALMA),
        (date(2026, 6, 22), "escalation", "lead"),
        (date(2026, 6, 23), "overdue", ALMA),
    ]


def test_a_check_in_that_was_put_off_is_asked_again() -> None:
    story = Story.at(PILOTING)
    story.let_time_pass(at_eight(story.clock.due))
    assert story.told() == {("check_in", ALMA)}
    escalation = story.upcoming[-1]
    later = story.today + timedelta(days=7)
    story.do(alma, "snooze", until=later)
    assert sent(story.let_time_pass(at_eight(later))) == [(later, "check_in", ALMA)]
    again = later + timedelta(days=2)
    story.do(alma, "snooze", until=again)
    assert sent(story.let_time_pass(FAR)) == [
        (again, "check_in", ALMA),
        (again + timedelta(days=1), "overdue", ALMA),
        (escalation.at.astimezone(BERLIN).date(), "escalation", "lead"),
    ]


@pytest.mark.parametrize("place", OPEN_PLACES, ids=place_name)
def test_nobody_puts_off_the_reminders_of_somebody_else(place: Place) -> None:
    story = Story.at(place)
    story.gather_team()
    until, holder = story.today + timedelta(days=40), story.holder
    for actor in (alma, nora, otto, ben, carla):
        plan = story.upcoming
        theirs = holder.role is actor.role and holder.account_id in (None, actor.account_id)
        assert ("snooze" in allowed_events(story.standing, actor.account_id, [actor.role])) == theirs
        if not theirs:
            assert story.refused(actor, "snooze", until=until).code in (RefusalCode.FORBIDDEN, RefusalCode.NOT_ALLOWED)
            continue
        story.do(actor, "snooze", until=until)
        of_the_lead = [w for w in plan if w.to is Role.LEAD]
        if actor is not carla:
            assert [w for w in story.upcoming if w.to is Role.LEAD] == of_the_lead


def test_who_stands_in_puts_off_their_own_reminders_and_who_is_away_does_not() -> None:
    story = Story.at(PLANNING)
    story.do(carla, "cover_coach", coach_id=BRUNO, until=date(2026, 6, 20))
    assert story.refused(ben, "snooze").code is RefusalCode.FORBIDDEN
    story.do(bruno, "snooze")
    story.do(carla, "cover_coach", coach_id=None, until=date(2026, 6, 20))
    assert story.refused(bruno, "snooze").code is RefusalCode.FORBIDDEN
    story.do(carla, "snooze")


def test_already_chased_keeps_a_case_quiet_for_a_week_and_says_so() -> None:
    story = Story.at(CLARIFICATION)
    story.do(carla, "mark_chased")
    assert story.standing.chased_until == date(2026, 6, 8)
    assert story.clock.quiet_until == date(2026, 6, 8)
    story.do(alma, "clarify")
    assert story.standing.chased_until is None, "a new state is not chased"


def test_nobody_chases_themselves_unless_somebody_else_was_asked() -> None:
    story = Story.at((Stage.SUPPORT, "arranging"))
    assert story.refused(carla, "mark_chased").code is RefusalCode.FORBIDDEN
    for asked, offered in ((Role.LEAD, False), (Role.COACH, True)):
        story.do(carla, "ask", task_id=BRUNO if offered else BEN, assignee=asked, until=story.today + timedelta(days=3))
        assert ("mark_chased" in story.refused(carla, "no_such_event").allowed_events) is offered
    story.do(carla, "mark_chased")


def test_an_extension_rings_again_what_now_lies_ahead() -> None:
    story = Story.at(CLARIFICATION)
    story.let_time_pass(at_eight(date(2026, 6, 17)))
    assert "overdue" in story.clock.rung
    story.do(carla, "extend_deadline", days=10)
    assert story.clock.due == date(2026, 6, 29), "from today, because the deadline had passed, to a working day"
    assert sent(story.let_time_pass(FAR)) == [
        (date(2026, 6, 22), "reminder", ALMA),
        (date(2026, 6, 29), "reminder", ALMA),
        (date(2026, 6, 30), "overdue", ALMA),
        (date(2026, 7, 6), "escalation", "lead"),
    ]


def test_an_extension_before_the_deadline_counts_from_the_deadline_in_its_own_unit() -> None:
    story = Story.at(PLANNING)
    assert story.clock.due == date(2026, 6, 15)
    story.do(ben, "extend_deadline", days=5)
    assert story.clock.due == date(2026, 6, 22)


def test_what_was_sent_is_not_sent_again_after_a_short_extension() -> None:
    story = Story.at(CLARIFICATION)
    story.let_time_pass(at_eight(date(2026, 6, 15)) + timedelta(hours=1))
    story.do(carla, "extend_deadline", days=1)
    assert [w.kind for w in story.upcoming] == [WakeUpKind.OVERDUE, WakeUpKind.ESCALATION]


def test_a_quiet_time_does_not_bring_back_what_was_sent_before_it() -> None:
    story = Story.at(CLARIFICATION)
    story.let_time_pass(at_eight(date(2026, 6, 15)) + timedelta(hours=1))
    story.do(alma, "snooze", until=date(2026, 6, 16))
    story.do(carla, "extend_deadline", days=1)
    assert [w.key for w in story.upcoming] == ["again", "overdue", "escalate-5wd"]


def test_what_is_due_at_the_very_moment_of_an_extension_rings_again() -> None:
    story = Story.at(CLARIFICATION)
    story.let_time_pass(at_eight(date(2026, 6, 8)))
    assert story.clock.rung == ["remind-7d"]
    story.do(carla, "extend_deadline", days=7)
    story.pass_days(7)
    assert sent(story.ring()) == [(date(2026, 6, 15), "reminder", ALMA)]
    story.do(carla, "pause", until=date(2026, 6, 16))
    story.let_time_pass(at_eight(date(2026, 6, 16)))
    rearmed = Clock(unit="d", due=date(2026, 6, 23), remind=(Duration(7, "d"),), rung=["remind-7d"])
    rearm(rearmed, at_eight(date(2026, 6, 16)), story.calendar)
    assert rearmed.rung == []


def test_an_answer_silences_the_old_clock() -> None:
    story = Story.at(CLARIFICATION)
    story.do(alma, "clarify")
    assert all(wake_up.to is Role.LEAD for wake_up in story.upcoming)
    story.do(carla, "close")
    assert story.upcoming == []
    story.now = FAR
    assert story.ring() == []


def test_reminders_follow_the_coach_who_stands_in() -> None:
    story = Story.at(PLANNING)
    story.do(carla, "cover_coach", coach_id=BRUNO, until=date(2026, 6, 20))
    kinds = {wake_up.kind: wake_up.account_id for wake_up in story.upcoming}
    assert kinds[WakeUpKind.REMINDER] == BRUNO
    story.do(ben, "end_cover")
    kinds = {wake_up.kind: wake_up.account_id for wake_up in story.upcoming}
    assert kinds[WakeUpKind.REMINDER] == BEN
    assert WakeUpKind.COVER_END not in kinds


def test_the_coach_is_back_when_the_cover_ends() -> None:
    story = Story.at(WORKING)
    story.do(engine, "cover_coach", coach_id=None, until=date(2026, 6, 5))
    entries = story.let_time_pass(at_eight(date(2026, 6, 5)))
    assert [entry.event for entry in entries] == ["end_cover"]
    assert story.standing.cover is None


def test_escalations_count_on_from_the_deadline_in_working_days() -> None:
    clock = Clock(
        unit="d", due=date(2026, 11, 17), remind=(Duration(2, "wd"),), escalate=(Duration(1, "wd"), Duration(10, "d"))
    )
    plan = wake_ups(clock, Role.COACH, BEN, Story().calendar)
    assert [(w.key, w.at, w.to) for w in plan] == [
        ("remind-2wd", at_eight(date(2026, 11, 13)), Role.COACH),
        ("overdue", at_eight(date(2026, 11, 19)), Role.COACH),  # the day before is Buß- und Bettag
        ("escalate-1wd", at_eight(date(2026, 11, 19)), Role.LEAD),
        ("escalate-10d", at_eight(date(2026, 11, 27)), Role.LEAD),
    ]


def foretold(plan: list[WakeUp]) -> list[tuple[datetime, str, str]]:
    return [(w.at, str(w.kind), w.account_id or str(w.to)) for w in plan]


def lived(story: Story, entries: list[Entry]) -> list[tuple[datetime, str, str]]:
    """The notices that were sent, in the words of the plan; the end of a cover sends none itself."""
    words = {NoticeKind.CHECK_IN: "reminder"}
    return [
        (entry.at, str(words.get(notice.kind, notice.kind)), notice.account_id or str(notice.to))
        for entry in entries
        if entry.event in ("remind", "overdue", "escalate")
        for notice in entry.notices
    ]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    place=st.sampled_from(OPEN_PLACES),
    hours=st.integers(0, 24 * 500),
    later=st.integers(0, 24 * 40),
    quiet=st.none() | st.integers(1, 60),
    days=st.none() | st.integers(1, 30),
)
def test_everything_that_will_be_sent_is_foretold_and_nothing_else(
    place: Place, hours: int, later: int, quiet: int | None, days: int | None
) -> None:
    story = Story(MONDAY.astimezone(UTC) + timedelta(hours=hours))
    story.walk_to(place)
    story.let_time_pass(story.now + timedelta(hours=later))
    if days is not None:
        story.do(carla, "extend_deadline", days=days)
    if quiet is not None:
        if story.holder.role is not Role.LEAD:
            story.do(carla, "mark_chased")
        story.clock.quiet_until = story.clock.lead_quiet_until = story.today + timedelta(days=quiet)
    story.ring()
    plan = story.upcoming
    assert plan == sorted(plan, key=lambda w: w.at)
    assert all(w.at > story.now for w in plan)
    entries = story.let_time_pass(story.now + timedelta(days=500))
    # The order within one instant is of no meaning.
    assert sorted(lived(story, entries)) == sorted(foretold(plan)), place_name(place)
    due = max(story.clock.due, story.calendar.on_working_day(story.clock.quiet_until or story.clock.due))
    for entry in entries:
        reminded = {NoticeKind.REMINDER, NoticeKind.CHECK_IN} & {notice.kind for notice in entry.notices}
        assert not reminded or entry.at <= story.calendar.end_of(due)


def test_who_is_on_turn_can_spare_themselves_but_not_the_lead() -> None:
    story = Story.at((Stage.IDENTIFY, "clarification"))
    escalation = story.upcoming[-1].at
    story.do(alma, "snooze", until=date(2026, 9, 1))
    first = story.upcoming[0]
    assert (first.kind, first.at) == (WakeUpKind.ESCALATION, escalation)
    waits_for_us = Story()
    waits_for_us.do(carla, "snooze", until=date(2026, 9, 1))
    assert waits_for_us.upcoming[0].at == at_eight(date(2026, 9, 1)), "a lead on turn has no one to spare"
