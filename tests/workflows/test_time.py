"""Time passes: reminders, overdue notices, escalations, pauses, check-ins."""

from datetime import time, timedelta

import pytest

from models.cases.calendar import calendar_of
from models.cases.clocks import reminder_day
from models.cases.foresight import foretell
from models.messages.commands import PlannedTask
from models.messages.rulebook import Duration
from models.rules.deadlines import upcoming
from models.rules.steps import IDEAS
from models.vocabulary import Answer, NoticeKind, Role, WakeUpKind, Why
from tests.cast import POLICY
from tests.factories import ALMA, BEN, CARLA, alma, ben, carla
from tests.workflows.conftest import World

# A state of each stage, who is on turn there, and who is told when the deadline has passed.
STATES = [
    ("screening", CARLA),
    ("clarification", ALMA),
    ("working", ALMA),
    ("arranging", CARLA),
    ("helping", BEN),
    ("editing", CARLA),
]


async def told(world: World, idea: str, account: str) -> list[str]:
    ordered = sorted(await world.notices(idea), key=lambda notice: notice.created_at)
    return [notice.kind for notice in ordered if notice.account_id == account]


async def wait_for_event(world: World, idea: str, event: str) -> None:
    async def has_happened() -> bool:
        return event in await world.events(idea)

    await world.until(has_happened)


@pytest.mark.parametrize(("state", "on_turn"), STATES)
async def test_who_is_late_is_reminded_then_told_and_then_the_lead_hears(
    world: World, state: str, on_turn: str
) -> None:
    idea = await world.bring_to(state)
    before = await world.until_shown(idea)
    assert before.holder_until is not None
    days = (before.holder_until - await world.today()).days
    await world.sleep(days + 12)
    await wait_for_event(world, idea, "escalate")
    events = [entry.event for entry in await world.timeline(idea) if entry.version > before.version]
    assert set(events) == {"remind", "overdue", "escalate"}
    assert events.index("overdue") < events.index("escalate")
    assert "remind" not in events[events.index("overdue") :]
    kinds = await told(world, idea, on_turn)
    assert NoticeKind.REMINDER in kinds
    assert NoticeKind.OVERDUE in kinds
    assert NoticeKind.ESCALATION in await told(world, idea, CARLA)
    assert (await world.shown(idea)).state == state


async def test_what_the_page_and_a_dry_run_of_other_rules_announce_is_what_happens(world: World) -> None:
    """The rules are changed: from noon messages become those of the afternoon, and a day is closed."""
    idea = await world.bring_to("clarification")
    today, now, before = await world.today(), await world.now(), await world.state(idea)
    closed = before.standing.clock.due - timedelta(days=7) if before.standing.clock else today
    calendar = POLICY.calendar.model_copy(update={"send_at": time(14), "closed": (closed,)})
    other = POLICY.model_copy(update={"calendar": calendar}).rulebook(today)
    foretold = foretell(IDEAS, before.model_copy(update={"rulebook": other}), now, now + timedelta(days=60))
    receipt = await world.ask(idea, "write_note", carla, note_id=idea, rulebook=other)
    state = await world.state(idea)
    announced = upcoming(state.standing, calendar_of(state.rulebook))
    await world.sleep(60)
    await wait_for_event(world, idea, "escalate")
    rung = [entry for entry in await world.timeline(idea) if entry.version > receipt.version]
    assert [entry.facts["step"] for entry in rung] == [wake_up.key for wake_up in announced]
    for entry, wake_up in zip(rung, announced, strict=True):
        assert timedelta(0) <= entry.at - wake_up.at < timedelta(minutes=1)
    at = {entry.version: entry.at.replace(second=0, microsecond=0) for entry in rung}
    sent = [(at[one.version], one.kind, one.account_id) for one in await world.notices(idea) if one.version in at]
    assert sorted(sent) == [(one.at, str(one.kind), one.account_id or CARLA) for one in foretold]


@pytest.mark.replayed
async def test_a_pause_is_silent_keeps_the_time_that_was_left_and_ends_by_itself(world: World) -> None:
    idea = await world.bring_to("working")
    left = (await world.until_shown(idea)).holder_until
    assert left is not None
    left_days = (left - await world.today()).days
    until = await world.today() + timedelta(days=90)
    receipt = await world.ask(idea, "pause", alma, until=until, note_id=idea)
    paused = await world.until_shown(idea, receipt.version)
    assert (paused.holder_why, paused.paused_until) == (Why.PAUSED, until)
    calendar = calendar_of((await world.state(idea)).rulebook)
    ends = calendar.on_working_day(until)
    await world.sleep((ends - await world.today()).days + 1)
    await wait_for_event(world, idea, "resume")
    shown = await world.until_shown(idea)
    events = [entry.event for entry in await world.timeline(idea) if entry.version > receipt.version]
    assert events[0] == "resume"
    assert shown.paused_until is None
    assert shown.holder_until == calendar.deadline(ends, Duration(left_days, "d"))


async def test_snoozed_reminders_come_later_and_an_extension_arms_them_again(world: World) -> None:
    idea = await world.bring_to("working")
    due = (await world.until_shown(idea)).holder_until
    assert due is not None
    until = due - timedelta(days=3)
    await world.ask(idea, "snooze", alma, until=until)
    state = await world.state(idea)
    calendar = calendar_of(state.rulebook)
    reminders = [w for w in upcoming(state.standing, calendar) if w.kind is WakeUpKind.REMINDER]
    expected = {calendar.on_working_day(until), reminder_day(due, Duration(1, "d"), calendar)}
    assert {calendar.today(wake_up.at) for wake_up in reminders} == expected
    await world.sleep((calendar.on_working_day(due + timedelta(days=1)) - await world.today()).days + 1)
    await wait_for_event(world, idea, "overdue")
    await world.ask(idea, "extend_deadline", ben, days=20, note_id=idea)
    state = await world.state(idea)
    assert [w.key for w in upcoming(state.standing, calendar)][:2] == ["remind-7d", "remind-1d"]


@pytest.mark.replayed
async def test_the_engine_asks_every_28_days_how_it_goes(world: World) -> None:
    idea = await world.bring_to("piloting")
    for round_ in range(3):
        due = (await world.shown(idea)).holder_until
        assert due is not None
        await world.sleep((due - await world.today()).days + 0.5)

        async def was_asked(times: int = round_ + 1) -> bool:
            return (await told(world, idea, ALMA)).count(NoticeKind.CHECK_IN) == times

        await world.until(was_asked)
        receipt = await world.ask(idea, "check_in", alma, answer=Answer.ON_TRACK)
        assert receipt.state == "piloting"
    shown = await world.until_shown(idea)
    calendar = calendar_of((await world.state(idea)).rulebook)
    assert shown.holder_until == calendar.deadline(await world.today(), Duration(28, "d"))


async def test_the_earliest_open_task_is_the_deadline_of_the_work(world: World) -> None:
    idea = await world.bring_to("working")
    today = await world.today()
    soon, later = today + timedelta(days=5), today + timedelta(days=9)
    first = PlannedTask(id=BEN, assignee=Role.INNOVATOR, due=later)
    second = PlannedTask(id=CARLA, assignee=Role.INNOVATOR, due=soon, is_new=True)
    await world.ask(idea, "plan", ben, tasks=(first.model_copy(update={"is_new": True}),))
    receipt = await world.ask(idea, "plan", ben, tasks=(first, second))
    assert (await world.until_shown(idea, receipt.version)).holder_until == soon
    receipt = await world.ask(idea, "finish_task", alma, task_id=CARLA)
    assert (await world.until_shown(idea, receipt.version)).holder_until == later


async def test_a_chased_case_is_left_in_peace_for_a_while(world: World) -> None:
    idea = await world.bring_to("reviewing")
    receipt = await world.ask(idea, "mark_chased", carla)
    shown = await world.until_shown(idea, receipt.version)
    calendar = calendar_of((await world.state(idea)).rulebook)
    assert shown.chased_until == calendar.deadline(await world.today(), Duration(7, "d"))
    await world.sleep(6)
    assert "overdue" not in await world.events(idea)
