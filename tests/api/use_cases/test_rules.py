"""A dry run of other rules foretells what the engine then sends: one notice after the other, for each kind of case."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest

from api.use_cases.rules import compare, find_moved, list_limits
from models.cases.calendar import calendar_of
from models.cases.foresight import foretell
from models.messages.commands import Actor
from models.messages.rulebook import Duration, Limit, Rulebook
from models.policy import Policy
from models.queries.rulebooks import OpenCase
from models.tables import RulebookRow
from models.vocabulary import Role, RuleCounts, Stage, WakeUpKind
from tests.appointments import AppointmentStory
from tests.campaigns import CampaignStory
from tests.cast import ALMA, BERLIN, MONDAY, POLICY, Story, alma, ben, carla
from tests.kinds import SAMPLES, Sample

LATER = timedelta(days=45)


def other(**sections: dict[str, Any]) -> Policy:
    """The rules of the cast with other values, by section."""
    changed = {name: getattr(POLICY, name).model_copy(update=values) for name, values in sections.items()}
    return POLICY.model_copy(update=changed)


AFTERNOON = other(calendar={"send_at": time(14), "closed": (date(2026, 6, 8), date(2026, 6, 15), date(2026, 6, 16))})
SCREENING = Limit(limit=Duration(3, "wd"), remind=(Duration(1, "wd"),), escalate=(Duration(1, "wd"),))
SHORTER = POLICY.model_copy(
    update={
        "limits": {
            **POLICY.limits,
            Stage.IDENTIFY: {**POLICY.limits[Stage.IDENTIFY], "screening": SCREENING, "clarification": SCREENING},
        }
    }
)


def told_to_rest() -> Story:
    """Two questions beside the state, then a pause that ends within the time that is foretold."""
    story = Story.at((Stage.IDENTIFY, "clarification"))
    story.do(carla, "ask", assignee=Role.INNOVATOR, until=date(2026, 6, 12))
    story.do(carla, "ask", assignee=Role.LEAD, internal=True, until=date(2026, 6, 19))
    story.do(carla, "pause", until=date(2026, 6, 16))
    return story


def covered() -> Story:
    """Bruno stands in for Ben, who is late when he comes back."""
    story = Story.at((Stage.DEVELOP, "planning"))
    story.do(carla, "cover_coach", until=date(2026, 6, 10))
    return story


def put_off(place: tuple[Stage, str], actor: Actor, event: str) -> Story:
    story = Story.at(place)
    story.do(actor, event)
    return story


def snoozed_campaign() -> CampaignStory:
    story = CampaignStory.at("packaged")
    story.do(alma, "snooze")
    return story


def agreed() -> AppointmentStory:
    story = AppointmentStory(slots=(datetime(2026, 6, 17, 9, 30, tzinfo=UTC),))
    story.do(alma, "choose")
    return story


SCENES: dict[str, tuple[str, Callable[[], Any]]] = {
    "new": ("idea", Story),
    "paused, with questions": ("idea", told_to_rest),
    "covered": ("idea", covered),
    "a task is the deadline": ("idea", partial(put_off, (Stage.DEVELOP, "working"), ben, "plan")),
    "snoozed": ("idea", partial(put_off, (Stage.IDENTIFY, "clarification"), alma, "snooze")),
    "chased": ("idea", partial(put_off, (Stage.DEVELOP, "reviewing"), carla, "mark_chased")),
    "a search is silent": ("idea", partial(Story.at, (Stage.IDENTIFY, "matching"))),
    "a pilot is asked": ("idea", partial(Story.at, (Stage.ACCOMPANY, "piloting"))),
    "a package": ("crowdfunding", CampaignStory),
    "a snoozed package": ("crowdfunding", snoozed_campaign),
    "a campaign is asked": ("crowdfunding", partial(CampaignStory.at, "linked")),
    "times are offered": ("appointment", AppointmentStory),
    "agreed, then noted": ("appointment", agreed),
}


def sample_of(scene: str) -> Sample:
    kind, begin = SCENES[scene]
    sample = SAMPLES[kind](MONDAY.astimezone(UTC))
    sample.story = begin()
    return sample


def ring_by_the_hour(sample: Sample, until: datetime) -> list[tuple[datetime, str, str]]:
    """What the kernel does while the clock of the wall goes on and nobody acts. Each notice at its full hour."""
    sample.case.outbox.clear()
    now = sample.now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while (now := now + timedelta(hours=1)) < until:
        while sample.rules.ring(sample.case, now):
            pass
    return [told(entry.at, notice) for entry in sample.case.outbox for notice in entry.notices]


def told(at: datetime, notice: Any) -> tuple[datetime, str, str]:
    full = at.replace(minute=0, second=0, microsecond=0)
    return full + timedelta(hours=full < at), str(notice.kind), notice.account_id or str(notice.to)


@pytest.mark.parametrize("scene", SCENES)
def test_what_is_foretold_is_what_is_sent_before_and_after_a_step(scene: str) -> None:
    sample = sample_of(scene)
    case, rules, now = OpenCase(sample.case.standing, "Lesecafé"), sample.rules, sample.now
    own, new, until = sample.case.rulebook, AFTERNOON.rulebook(MONDAY.date(), SCENES[scene][0]), now + LATER
    before = [told(one.at, one) for one in foretell(rules, sample.case, now, until)]
    after = [told(one.at, one) for one in foretell(rules, adopted(sample, new), now, until)]
    moved = find_moved(case, own, new)
    kept = sample.case.model_copy(deep=True)
    assert before
    assert before != after
    assert ring_by_the_hour(sample, until) == before, "a restart with other rules moves nothing"
    sample.case = kept
    take_up(sample, new)
    assert find_moved(case, own, own) == []
    assert all(one.before != one.after for one in moved)
    assert ring_by_the_hour(sample, until) == after, "and with the next step it does"


def adopted(sample: Sample, rulebook: Rulebook) -> Any:
    return sample.case.model_copy(update={"rulebook": rulebook})


def take_up(sample: Sample, rulebook: Rulebook) -> None:
    """A step that leaves the clock alone, where a kind has one, brings the new rules along as each step does."""
    if "write_note" in sample.events:
        note = sample.story.command(carla, "write_note", rulebook=rulebook)
        assert sample.rules.refusal(sample.case, note, sample.now) is None
        sample.rules.take(sample.case, note, sample.now)
    sample.case.rulebook = rulebook


def test_each_wake_up_that_moves_rings_when_the_dry_run_says() -> None:
    story = Story.at((Stage.IDENTIFY, "clarification"))
    story.do(carla, "ask", assignee=Role.INNOVATOR, until=date(2026, 6, 17))
    new = AFTERNOON.rulebook(MONDAY.date())
    moved = find_moved(OpenCase(story.standing, ""), story.idea.rulebook, new)
    kinds = [(one.wake_up.kind, bool(one.wake_up.task_id)) for one in moved]
    assert (WakeUpKind.REMINDER, True) in kinds
    assert (WakeUpKind.OVERDUE, False) in kinds
    assert {one.before.astimezone(BERLIN).hour for one in moved if one.before} == {8}
    assert {one.after.astimezone(BERLIN).hour for one in moved if one.after} == {14}
    story.do(alma, "write_note", rulebook=new)
    rung = {entry.at for entry in story.let_time_pass(MONDAY + timedelta(days=90))}
    assert rung == {one.after for one in moved}


def test_a_clock_that_runs_keeps_its_limit_and_the_next_state_has_the_new_one() -> None:
    fresh, asked = Story(), Story.at((Stage.IDENTIFY, "clarification"))
    cases = [OpenCase(story.standing, "") for story in (fresh, asked)]
    found = compare(POLICY, SHORTER, [], cases, MONDAY)
    screening, clarification = found.limits
    assert (found.moved, found.at_once, found.unknown) == ([], [], 0)
    assert found.before == found.after
    assert [(one.rule.state, one.running) for one in found.limits] == [("screening", 1), ("clarification", 1)]
    new, due = SHORTER.rulebook(MONDAY.date()), fresh.clock.due
    assert screening.due == due
    fresh.do(carla, "write_note", rulebook=new)
    assert fresh.clock.due == due, "what runs goes on"
    assert Story(rulebook=new).clock.due == screening.new_due
    fresh.do(carla, "request_clarification")
    assert fresh.clock.due == clarification.new_due
    assert {one.key: str(one.counts) for one in found.changes} == {
        f"limits.identify.{state}.{name}": RuleCounts.NEXT_STATE
        for state in ("screening", "clarification")
        for name in ("limit", "remind", "escalate")
    }


def test_what_has_just_passed_by_the_other_rules_is_told_as_sent_at_once() -> None:
    """At ten, reminders that go out at two become those of eight."""
    afternoon = AFTERNOON.rulebook(MONDAY.date())
    story = Story.at((Stage.IDENTIFY, "clarification"), rulebook=afternoon)
    first = story.upcoming[0].at
    now = first.astimezone(BERLIN).replace(hour=10)
    found = compare(AFTERNOON, POLICY, [], [OpenCase(story.standing, "")], now)
    assert [(one.kind, one.account_id) for _, one in found.at_once] == [("reminder", ALMA)]
    story.now = now
    story.do(ben if story.standing.coach_id else carla, "write_note", rulebook=POLICY.rulebook(MONDAY.date()))
    assert story.told(story.ring()[0]) == {("reminder", ALMA)}


def test_rules_are_as_they_are_since_they_were_first_seen_so() -> None:
    def noted(policy: Policy, day: int) -> RulebookRow:
        rulebook = policy.rulebook(MONDAY.date())
        at = datetime(2026, 5, day, 8, tzinfo=UTC)
        return RulebookRow(kind="idea", seen_at=at, digest=rulebook.digest, content=rulebook.model_dump(mode="json"))

    rows = [noted(POLICY, 20), noted(SHORTER, 10), noted(POLICY, 1)]
    since = {rule.state: rule.since and rule.since.day for rule in list_limits(POLICY, rows, MONDAY.date())}
    assert (since["screening"], since["unmatched"]) == (20, 1), "what was other in between counts from its return"
    assert since["packaged"] is None, "nobody has noted those of crowdfunding"
    assert {rule.since for rule in list_limits(SHORTER, rows, MONDAY.date()) if rule.state == "screening"} == {None}
    old = Story(rulebook=SHORTER.rulebook(MONDAY.date()))
    cases = [OpenCase(old.standing, "")]
    assert compare(POLICY, POLICY, [], cases, MONDAY).unknown == 1
    assert compare(POLICY, POLICY, rows, cases, MONDAY).unknown == 0, "who carries them is known by what was noted"
    assert calendar_of(rows[0].read()) is calendar_of(POLICY.rulebook(MONDAY.date()))
