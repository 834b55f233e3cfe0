"""When a notice becomes a mail, and to whom it goes."""

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.notice_timing import (
    CALLS_TO_ACT,
    CHOICES,
    KINDS,
    Absence,
    Hours,
    MailPreferences,
    Waiting,
    due_at,
    find_deputy,
    group_of,
    hours_of,
    pause_after,
    plan_mail,
)
from models.vocabulary import NoticeGroup, NoticeKind, Rhythm
from tests.cast import ALMA, BEN, BERLIN, BRUNO, CARLA, SHIPPED

TUESDAY = datetime(2026, 6, 2, 10, 0, tzinfo=BERLIN)
HOURS: Hours = hours_of(SHIPPED, TUESDAY.date())
MINUTE = timedelta(minutes=1)
USUAL = MailPreferences()

_ids = count(1)


def notice(kind: NoticeKind = NoticeKind.YOUR_TURN, at: datetime = TUESDAY, **fields: object) -> Waiting:
    return Waiting.model_validate({"id": f"notice-{next(_ids)}", "kind": kind, "created_at": at, **fields})


def wishes(**rhythms: Rhythm) -> MailPreferences:
    return MailPreferences(rhythms={NoticeGroup(group): rhythm for group, rhythm in rhythms.items()})


def local(day: int, hour: int, minute: int = 0, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


def test_every_kind_of_notice_belongs_to_one_group() -> None:
    sorted_in = Counter(kind for kinds in KINDS.values() for kind in kinds)
    assert sorted_in == Counter(NoticeKind)


def test_a_kind_that_nobody_has_sorted_is_told_at_once() -> None:
    assert group_of("from_a_newer_version") is NoticeGroup.TURN


def test_nobody_can_switch_off_that_they_are_on_turn() -> None:
    assert Rhythm.OFF not in CHOICES[NoticeGroup.TURN] + CHOICES[NoticeGroup.LEAD]
    assert wishes(turn=Rhythm.OFF).of(NoticeGroup.TURN) is Rhythm.AT_ONCE
    assert wishes(news=Rhythm.OFF).of(NoticeGroup.NEWS) is Rhythm.OFF


def test_what_comes_in_within_a_minute_is_one_mail() -> None:
    first, second = notice(), notice(NoticeKind.STAGE_REACHED, TUESDAY + timedelta(seconds=50))
    early = plan_mail([first, second], USUAL, HOURS, TUESDAY + timedelta(seconds=59))
    assert (early.due, early.next_at) == ((), TUESDAY + MINUTE)
    assert plan_mail([first, second], USUAL, HOURS, TUESDAY + MINUTE).due == (first.id, second.id)


def test_a_step_that_can_still_be_undone_is_told_to_nobody() -> None:
    until = TUESDAY + timedelta(minutes=5)
    undoable, other = notice(not_before=until), notice(NoticeKind.TASK_ADDED)
    plan = plan_mail([undoable, other], USUAL, HOURS, TUESDAY + MINUTE)
    assert plan.due == (other.id,)
    assert plan.next_at is not None
    assert plan.next_at > until
    assert plan_mail([undoable], USUAL, HOURS, plan.next_at).due == (undoable.id,)


def test_who_is_not_on_turn_any_more_is_not_called_to_act() -> None:
    for kind in NoticeKind:
        done = notice(kind, on_turn=False)
        plan = plan_mail([done], USUAL, HOURS, TUESDAY + MINUTE)
        assert (plan.unwanted, plan.due) == (((done.id,), ()) if kind in CALLS_TO_ACT else ((), (done.id,)))


@pytest.mark.parametrize(
    ("written", "goes_out"),
    [
        (local(2, 7, 29), local(2, 7, 30)),
        (local(2, 7, 30), local(3, 7, 30)),
        (local(2, 10), local(3, 7, 30)),
        (local(5, 10), local(8, 7, 30)),
        (local(2, 10, month=4), local(7, 7, 30, month=4)),
        (local(27, 10, month=3), local(30, 7, 30, month=3)),
    ],
    ids=["before the hour", "at the hour", "after it", "over a week-end", "over Easter", "over the clock change"],
)
def test_a_daily_mail_comes_in_the_morning_of_a_working_day(written: datetime, goes_out: datetime) -> None:
    assert due_at(notice(at=written), wishes(turn=Rhythm.DAILY), HOURS) == goes_out


@pytest.mark.parametrize(
    ("written", "goes_out"),
    [(local(2, 10), local(8, 7, 30)), (local(8, 7), local(8, 7, 30)), (local(8, 8), local(15, 7, 30))],
    ids=["in the week", "before the hour", "after it"],
)
def test_a_weekly_mail_comes_on_monday(written: datetime, goes_out: datetime) -> None:
    assert due_at(notice(NoticeKind.ENDED, written), wishes(news=Rhythm.WEEKLY), HOURS) == goes_out


def test_a_digest_goes_out_when_it_is_written() -> None:
    assert due_at(notice(NoticeKind.LEAD_DIGEST), USUAL, HOURS) == TUESDAY + MINUTE
    assert due_at(notice(NoticeKind.LEAD_DIGEST), wishes(digest=Rhythm.OFF), HOURS) is None


def test_a_mail_takes_nothing_along_that_was_wanted_for_the_morning() -> None:
    asked, news = notice(), notice(NoticeKind.STAGE_REACHED)
    plan = plan_mail([asked, news], wishes(news=Rhythm.DAILY), HOURS, TUESDAY + MINUTE)
    assert (plan.due, plan.next_at) == ((asked.id,), local(3, 7, 30))


def test_the_morning_mail_takes_along_what_is_being_gathered() -> None:
    news, just_now = notice(NoticeKind.STAGE_REACHED), notice(at=local(3, 7, 29, month=6) + timedelta(seconds=50))
    plan = plan_mail([news, just_now], wishes(news=Rhythm.DAILY), HOURS, local(3, 7, 30))
    assert plan.due == (news.id, just_now.id)


def test_what_is_switched_off_waits_for_nothing() -> None:
    news = notice(NoticeKind.STAGE_REACHED)
    assert plan_mail([news], wishes(news=Rhythm.OFF), HOURS, TUESDAY) == ((), (news.id,), None)


@given(
    kinds=st.lists(st.tuples(st.sampled_from(NoticeKind), st.integers(0, 5000), st.booleans()), max_size=6),
    chosen=st.fixed_dictionaries({group: st.sampled_from(Rhythm) for group in NoticeGroup}),
)
def test_everything_is_mailed_or_put_away_in_the_end(
    kinds: list[tuple[NoticeKind, int, bool]], chosen: dict[NoticeGroup, Rhythm]
) -> None:
    waiting = [notice(kind, TUESDAY + minutes * MINUTE, on_turn=on_turn) for kind, minutes, on_turn in kinds]
    left, now, rounds = waiting, TUESDAY, 0
    while left:
        plan = plan_mail(left, MailPreferences(rhythms=chosen), HOURS, now)
        settled = {*plan.due, *plan.unwanted}
        assert len(settled) == len(plan.due) + len(plan.unwanted)
        left = [one for one in left if one.id not in settled]
        assert bool(left) == (plan.next_at is not None)
        assert plan.next_at is None or plan.next_at > now
        now, rounds = plan.next_at or now, rounds + 1
        assert rounds <= 2 * len(waiting) + 1
    assert now <= TUESDAY + 5000 * MINUTE + timedelta(days=8)


AWAY = Absence(BRUNO, date(2026, 6, 1), date(2026, 6, 5))


@pytest.mark.parametrize(
    ("day", "deputy"),
    [(date(2026, 5, 31), None), (AWAY.first, BRUNO), (AWAY.last, BRUNO), (date(2026, 6, 6), None)],
    ids=["the day before", "the first day", "the last day", "the day after"],
)
def test_the_deputy_reads_on_the_days_of_the_absence(day: date, deputy: str | None) -> None:
    assert find_deputy([AWAY], BEN, day, {BRUNO}) == deputy


def test_who_has_left_is_nobodys_deputy() -> None:
    assert find_deputy([AWAY], BEN, AWAY.first, set()) is None
    second = Absence(CARLA, AWAY.first, AWAY.last)
    assert find_deputy([AWAY, second], BEN, AWAY.first, {CARLA}) == CARLA


def test_nobody_is_their_own_deputy() -> None:
    assert find_deputy([AWAY], BRUNO, AWAY.first, {BRUNO, ALMA}) is None


def test_the_pauses_between_attempts_double_up_to_four_hours() -> None:
    tried_for, minutes = timedelta(0), []
    while tried_for < timedelta(days=1):
        minutes.append(pause_after(tried_for, timedelta(days=2)) * 6 / MINUTE)
        tried_for += pause_after(tried_for, timedelta(days=2))
    assert minutes[:13] == [1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440]
    assert set(minutes[13:]) == {1440}


def test_who_signs_in_waits_no_longer_than_a_tenth_of_the_time() -> None:
    tried_for, lasts, seconds = timedelta(0), 10 * MINUTE, []
    while tried_for < lasts:
        seconds.append(pause_after(tried_for, lasts).total_seconds())
        tried_for += pause_after(tried_for, lasts)
    assert seconds[:4] == [10, 10, 20, 40]
    assert set(seconds[4:]) == {60}
