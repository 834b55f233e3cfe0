"""A hand-off's deadlines and messages, its long silence, the pauses of its idea, and when the platform is read."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from models.messages.commands import RefusalCode
from models.messages.rulebook import Duration
from models.rules.crowdfunding_times import next_reading, phase_of, reads_now
from models.vocabulary import CampaignStatus, CrowdfundingState, IdeaNewsKind, NoticeKind, Role, WakeUpKind
from tests.campaigns import CampaignStory
from tests.cast import BERLIN, MONDAY, alma, ben, carla

SUMMER_TIME_ENDS = date(2026, 10, 25)

LIMITS = {
    "not_ready": ("not_ready", Role.INNOVATOR, "30d"),
    "ready": ("ready", Role.INNOVATOR, "14d"),
    "packaged": ("packaged", Role.INNOVATOR, "5wd"),
    "awaiting_entry": ("awaiting_entry", Role.INNOVATOR, "14d"),
    "linked": ("linked", Role.INNOVATOR, "14d"),
}


@pytest.mark.parametrize("state", LIMITS)
def test_every_phase_has_somebody_on_turn_and_a_deadline(state: str) -> None:
    story = CampaignStory.at(state)
    phase, role, limit = LIMITS[state]
    configured = story.campaign.rulebook.limit_of("crowdfunding", phase).limit
    assert (phase_of(story.standing), story.standing.turn, str(configured)) == (phase, role, limit)
    assert story.clock.due == story.calendar.add(story.today, configured)


@pytest.mark.parametrize("state", ["confirmed", "closed"])
def test_nobody_is_late_where_the_engine_works_or_all_is_over(state: str) -> None:
    story = CampaignStory.at(state)
    assert (phase_of(story.standing), story.standing.clock) == (None, None)


def test_who_is_late_is_reminded_then_told_and_then_the_lead_hears_and_then_there_is_silence() -> None:
    story = CampaignStory.at("awaiting_entry")
    entries = story.pass_days(60)
    assert [entry.event for entry in entries] == ["remind", "remind", "overdue", "escalate"]
    assert story.told(entries[0]) == {(NoticeKind.CROWDFUNDING_REMINDER, "innovator")}
    assert story.told(entries[2]) == {(NoticeKind.CROWDFUNDING_OVERDUE, "innovator")}
    assert story.told(entries[3]) == {(NoticeKind.CROWDFUNDING_ESCALATION, "lead")}
    assert [wake_up.kind for wake_up in story.upcoming] == [WakeUpKind.EXPIRY]


def test_what_is_announced_is_what_happens() -> None:
    story = CampaignStory.at("packaged")
    announced = [(wake_up.kind, wake_up.at) for wake_up in story.upcoming]
    happened = []
    while story.upcoming:
        story.now = story.upcoming[0].at
        happened += [(entry.event, entry.at) for entry in story.ring()]
    words = {"reminder": "remind", "overdue": "overdue", "escalation": "escalate", "expiry": "expire"}
    assert happened == [(words[kind], at) for kind, at in announced]


def test_messages_that_pile_up_are_sent_once() -> None:
    story = CampaignStory.at("awaiting_entry")
    story.now += timedelta(days=60)
    (entry,) = story.ring()
    assert entry.event == "escalate"
    assert story.told(entry) == {
        (NoticeKind.CROWDFUNDING_OVERDUE, "innovator"),
        (NoticeKind.CROWDFUNDING_ESCALATION, "lead"),
    }


def test_everything_is_sent_at_eight_local_time_also_when_the_clocks_change() -> None:
    story = CampaignStory.at("linked", datetime.combine(SUMMER_TIME_ENDS - timedelta(days=14), time(10), BERLIN))
    next_working_day = SUMMER_TIME_ENDS + timedelta(days=1)
    assert story.clock.due == next_working_day
    question = story.upcoming[0]
    assert question.at.astimezone(BERLIN) == datetime.combine(next_working_day, time(8), BERLIN)


# -- the three questions -------------------------------------------------------------------------------------------


def test_is_it_live_how_did_it_end_was_it_paid_out() -> None:
    story = CampaignStory.at("linked")
    for phase, days, status in [
        ("linked", 14, CampaignStatus.FUNDING),
        ("funding", 14, CampaignStatus.ENDED_SUCCESSFUL),
        ("paying", 21, CampaignStatus.PAID_OUT),
    ]:
        assert phase_of(story.standing) == phase
        (asked,) = story.pass_days(days)
        assert story.told(asked) == {(NoticeKind.CROWDFUNDING_QUESTION, "innovator")}
        story.say(status)
    assert story.standing.state is CrowdfundingState.CLOSED


def test_an_answer_begins_the_next_round() -> None:
    story = CampaignStory.at("linked")
    story.pass_days(21)
    story.say(CampaignStatus.START)
    assert story.clock.due == story.today + timedelta(days=14)
    assert story.clock.rung == []


def test_the_end_is_asked_for_on_the_next_working_day() -> None:
    story = CampaignStory.at("linked")
    ends_on = story.today + timedelta(days=33)
    story.say(CampaignStatus.FUNDING, ends_on=ends_on)
    assert story.clock.due == ends_on + timedelta(days=2), "it ends on a Saturday"
    assert story.pass_days(34) == []
    (asked,) = story.pass_days(1)
    assert asked.facts == {"step": "remind-0d"}


def test_a_campaign_that_is_said_to_run_beyond_its_end_is_asked_for_again_later() -> None:
    story = CampaignStory.at("linked")
    story.say(CampaignStatus.FUNDING, ends_on=story.today + timedelta(days=3))
    story.pass_days(10)
    story.say(CampaignStatus.FUNDING)
    assert story.clock.due == story.today + timedelta(days=14)


# -- a long silence ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["not_ready", "ready", "packaged", "awaiting_entry", "linked"])
def test_without_any_progress_it_ends_by_itself(state: str) -> None:
    story = CampaignStory.at(state)
    entries = story.pass_days(183)
    assert entries[-1].event == "expire"
    assert (story.standing.state, str(story.standing.result)) == (CrowdfundingState.EXPIRED, "expired")
    assert {role for _, role in story.told(entries[-1])} == {"innovator", "coach", "lead"}
    assert [news.over for news in story.campaign.news] == [True]


def test_progress_counts_and_the_engines_own_messages_do_not() -> None:
    story = CampaignStory.at("not_ready")
    story.pass_days(170)
    story.do(alma, "edit")
    assert [entry.event for entry in story.pass_days(170)][-1] == "escalate"
    assert story.pass_days(12)[-1].event == "expire"


def test_what_is_funded_and_never_paid_out_is_closed_and_stays_funded() -> None:
    story = CampaignStory.at("linked")
    story.say(CampaignStatus.ENDED_SUCCESSFUL)
    assert story.pass_days(183)[-1].event == "expire"
    assert (story.standing.state, str(story.standing.result)) == (CrowdfundingState.CLOSED, "funded")
    assert story.told() == set(), "what has been told before is not told again"


# -- the idea is paused --------------------------------------------------------------------------------------------


def test_while_the_idea_is_paused_nothing_is_sent_and_the_time_that_was_left_is_kept() -> None:
    story = CampaignStory.at("awaiting_entry")
    story.pass_days(4)
    until = story.today + timedelta(days=200)
    assert story.hear(IdeaNewsKind.PAUSED, until)
    assert story.last.event == "pause"
    assert [(wake_up.kind, wake_up.key) for wake_up in story.upcoming] == [(WakeUpKind.PAUSE_END, "pause_end")]
    assert story.pass_days(199) == []
    assert [entry.event for entry in story.pass_days(1)] == ["resume"]
    assert story.standing.pause is None
    assert story.clock.due == story.calendar.deadline(until, Duration(10, "d"))
    assert story.standing.progress_on == until - timedelta(days=4), "nor does the silence count"


def test_the_idea_resumes_early_and_says_so_once() -> None:
    story = CampaignStory.at("ready")
    story.hear(IdeaNewsKind.PAUSED, story.today + timedelta(days=30))
    story.pass_days(3)
    story.hear(IdeaNewsKind.RESUMED)
    due, version = story.clock.due, story.standing.version
    assert due == story.today + timedelta(days=14)
    story.hear(IdeaNewsKind.RESUMED)
    assert (story.clock.due, story.standing.version) == (due, version)


def test_a_step_in_a_pause_has_its_whole_time_afterwards_and_is_told_to_nobody() -> None:
    story = CampaignStory.at("packaged")
    story.hear(IdeaNewsKind.PAUSED, story.today + timedelta(days=30))
    story.pass_days(20)
    story.do(alma, "confirm")
    assert story.told() == set()
    story.pass_days(10)
    assert story.clock.due == story.calendar.add(
        story.today, story.campaign.rulebook.limit_of("crowdfunding", "packaged").limit
    )


# -- asking the platform -------------------------------------------------------------------------------------------

HOUR = timedelta(hours=1)


def reading_at(story: CampaignStory) -> timedelta:
    at = next_reading(story.campaign)
    assert at is not None
    return at - story.now


def test_the_platform_is_read_as_soon_as_there_is_a_campaign_and_not_before() -> None:
    for state in ("packaged", "awaiting_entry", "closed"):
        assert next_reading(CampaignStory.at(state).campaign) is None
    assert reads_now(CampaignStory.at("linked").campaign, MONDAY)


@pytest.mark.parametrize(
    ("status", "ends_in", "at", "pause"),
    [
        (CampaignStatus.START, None, time(10), 6 * HOUR),
        (CampaignStatus.FUNDING, None, time(10), HOUR),
        (CampaignStatus.FUNDING, 10, time(10), HOUR),
        (CampaignStatus.FUNDING, 1, time(23, 30), HOUR / 2),
        (CampaignStatus.FUNDING, 0, time(10), HOUR / 4),
        (CampaignStatus.FUNDING, -1, time(10), 6 * HOUR),
        (CampaignStatus.ENDED_SUCCESSFUL, -2, time(10), 6 * HOUR),
    ],
)
def test_how_often_it_is_read(status: CampaignStatus, ends_in: int | None, at: time, pause: timedelta) -> None:
    story = CampaignStory.at("linked")
    story.go_to(story.today, at)
    story.read(status, ends_on=None if ends_in is None else story.today + timedelta(days=ends_in))
    assert reading_at(story) == pause


def test_a_platform_that_names_a_time_is_not_asked_before() -> None:
    story = CampaignStory.at("linked")
    story.fail_to_read("rate_limited", retryable=True, retry_after=7200)
    assert reading_at(story) == timedelta(hours=2)


def test_the_pauses_grow_while_the_platform_is_away_and_are_short_again_afterwards() -> None:
    story = CampaignStory.at("linked")
    pauses = []
    for _ in range(9):
        story.fail_to_read("unavailable", retryable=True)
        pauses.append(reading_at(story))
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(minutes=5), timedelta(hours=6))
    story.read(CampaignStatus.FUNDING)
    assert story.campaign.readings.failed == 0
    assert reading_at(story) == HOUR


def test_what_people_must_mend_is_tried_daily_and_what_is_not_offered_weekly() -> None:
    story = CampaignStory.at("linked")
    story.fail_to_read("key_revoked")
    assert reading_at(story) == timedelta(days=1)
    story.fail_to_read("not_supported")
    assert reading_at(story) == timedelta(days=7)


def test_readings_are_spread_a_little() -> None:
    story = CampaignStory.at("linked")
    story.read(CampaignStatus.FUNDING)
    early = reading_at(story)
    story.read(CampaignStatus.FUNDING, chance=1.0)
    assert early < reading_at(story) <= early * 1.1


def test_the_coach_is_late_when_it_is_the_coachs_turn() -> None:
    story = CampaignStory.at("packaged")
    story.do(alma, "confirm")
    entries = story.pass_days(10)
    assert story.told(entries[0]) == {(NoticeKind.CROWDFUNDING_REMINDER, "coach")}
    story.do(ben, "confirm")
    assert story.standing.state is CrowdfundingState.CONFIRMED


# -- more time, and silence -------------------------------------------------------------------------------------------


def test_a_coach_gives_more_time_and_what_lies_ahead_again_is_sent_again() -> None:
    story = CampaignStory.at("awaiting_entry")
    due = story.clock.due
    story.pass_days((due - story.today).days)
    story.do(ben, "extend_deadline", days=14)
    assert story.clock.due == story.calendar.deadline(due, Duration(14, "d"))
    assert [entry.event for entry in story.pass_days(14)] == ["remind", "remind"]


def test_whoever_is_on_turn_is_left_alone_for_a_while_and_then_asked_again() -> None:
    story = CampaignStory.at("awaiting_entry")
    quiet = story.today + timedelta(days=12)
    story.do(alma, "snooze", until=quiet)
    assert [entry.event for entry in story.pass_days(11)] == []
    assert [entry.event for entry in story.pass_days(3)] == ["remind"]


@pytest.mark.parametrize(("event", "fields", "field"), [
    ("extend_deadline", {"days": 0}, "days"),
    ("extend_deadline", {"days": 100_000}, "days"),
    ("extend_deadline", {"days": None}, "days"),
    ("snooze", {"until": None}, "until"),
    ("snooze", {"until": date(2020, 1, 1)}, "until"),
    ("snooze", {"until": date(9999, 12, 31)}, "until"),
])  # fmt: skip
def test_a_time_that_cannot_be_is_refused_by_its_field(event: str, fields: dict[str, Any], field: str) -> None:
    refused = CampaignStory.at("awaiting_entry").refused(carla, event, **fields)
    assert (refused.code, refused.field) == (RefusalCode.INVALID, field)


def test_more_time_is_the_coachs_and_the_leads_to_give_and_silence_is_for_who_gets_the_messages() -> None:
    story = CampaignStory.at("awaiting_entry")
    assert story.refused(alma, "extend_deadline").code is RefusalCode.FORBIDDEN
    assert story.refused(ben, "snooze").code is RefusalCode.FORBIDDEN, "the starter is on turn"
    story.do(carla, "snooze")
