"""One appointment: offered, chosen, declined, moved, cancelled, held, missed; right across both clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from models.lifecycles.events import CHANGE_OWNER
from models.messages.commands import ENGINE, RefusalCode
from models.rules.appointment import APPOINTMENTS
from models.vocabulary import Role, SessionKind
from tests.appointments import AppointmentStory, begin
from tests.cast import ALMA, BERLIN, IDEA, alma, ben, carla, dora, nora

FRIDAY = date(2026, 6, 5)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=BERLIN).astimezone(UTC)


def agreed(day: date = FRIDAY, hour: int = 10, minutes: int = 60) -> AppointmentStory:
    story = AppointmentStory(slots=(at(day, hour), at(day, hour + 2)), minutes=minutes)
    story.do(alma, "choose", start=at(day, hour))
    return story


# -- offered and chosen --------------------------------------------------------------------------------------------


def test_times_that_the_coach_offers_are_chosen_by_the_innovator() -> None:
    story = AppointmentStory(slots=(at(FRIDAY, 12), at(FRIDAY, 10)))
    assert story.standing.slots == (at(FRIDAY, 10), at(FRIDAY, 12)), "in the order of time"
    assert (story.standing.turn, story.told()) == (Role.INNOVATOR, {("appointment_proposed", ALMA)})
    assert story.refused(ben, "choose").code is RefusalCode.FORBIDDEN
    assert story.refused(carla, "choose").code is RefusalCode.FORBIDDEN, "a lead is on the coach's side"
    assert story.refused(alma, "choose", start=at(FRIDAY, 11)).field == "start"
    story.do(alma, "choose", start=at(FRIDAY, 12))
    assert (story.standing.state, story.standing.start) == ("agreed", at(FRIDAY, 12))
    assert story.told() == {("appointment_agreed", "coach")}
    assert (story.standing.turn, story.standing.sequence) == (Role.ENGINE, 1)
    assert story.standing.holder is not None
    assert story.standing.holder.until == FRIDAY


def test_times_that_the_innovators_side_offers_are_chosen_by_the_coach() -> None:
    story = AppointmentStory(actor=nora)
    assert (story.standing.turn, story.told()) == (Role.COACH, {("appointment_proposed", "coach")})
    assert story.refused(alma, "choose").code is RefusalCode.FORBIDDEN
    story.do(ben, "choose")
    assert story.told() == {("appointment_agreed", ALMA), ("appointment_agreed", "coach")}


def test_times_that_suit_nobody_go_back_with_words_to_whoever_offered_them() -> None:
    story = AppointmentStory()
    assert story.refused(alma, "decline_times", note_id=None).field == "note_id"
    story.do(alma, "decline_times")
    assert (story.standing.state, story.standing.turn) == ("proposing", Role.COACH)
    assert story.told() == {("appointment_declined", "coach")}
    story.do(ben, "move", slots=(at(FRIDAY, 15),))
    assert (story.standing.state, story.standing.turn) == ("choosing", Role.INNOVATOR)


def test_who_is_asked_may_offer_other_times_instead() -> None:
    story = AppointmentStory()
    story.do(alma, "move", slots=(at(FRIDAY, 15),))
    assert (story.standing.turn, story.standing.proposed_by) == (Role.COACH, Role.INNOVATOR)
    story.do(carla, "choose")
    assert story.standing.state == "agreed"


def test_a_time_that_has_passed_meanwhile_is_chosen_no_more() -> None:
    story = AppointmentStory(slots=(at(FRIDAY, 10),))
    story.go_to(FRIDAY, time(11))
    assert story.refused(alma, "choose", start=at(FRIDAY, 10)).field == "start"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"slots": ()}, "slots"),
        ({"slots": tuple(at(FRIDAY, hour) for hour in range(9, 15))}, "slots"),
        ({"slots": (at(FRIDAY, 9), at(FRIDAY, 9))}, "slots"),
        ({"slots": (at(FRIDAY, 9), at(date(2026, 5, 29), 9))}, "slots"),
        ({"slots": (at(date(2028, 6, 2), 9),)}, "slots"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 481}, "minutes"),
        ({"minutes": None}, "minutes"),
        ({"place": SessionKind.MAIL}, "place"),
        ({"place": None}, "place"),
    ],
)
def test_an_offer_that_cannot_be_is_refused_by_its_field(wrong: dict[str, Any], field: str) -> None:
    story = AppointmentStory()
    assert story.refused(ben, "move", **wrong).field == field
    first = begin(IDEA, ben, story.now)
    why_not = APPOINTMENTS.refusal(first, story.command(ben, "propose", **wrong), story.now)
    assert why_not is not None
    assert why_not.field == field


# -- the clock -----------------------------------------------------------------------------------------------------


def test_who_does_not_choose_is_reminded_and_then_the_leads_hear_of_it() -> None:
    story = AppointmentStory(slots=(at(date(2026, 7, 3), 10),))
    events = [(entry.event, entry.notices[0].kind) for entry in story.go_to(date(2026, 6, 4))]
    assert events == [("remind", "appointment_waits")]
    assert [entry.event for entry in story.go_to(date(2026, 6, 9))] == ["overdue"]
    (escalated,) = story.go_to(date(2026, 6, 15))
    assert (escalated.notices[0].kind, escalated.notices[0].to) == ("appointment_escalation", Role.LEAD)


def test_both_sides_hear_of_it_on_the_working_day_before_and_once() -> None:
    monday = date(2026, 6, 8)
    story = agreed(monday)
    (entry,) = story.go_to(date(2026, 6, 5))
    assert {(one.kind, one.account_id or one.to) for one in entry.notices} == {
        ("appointment_soon", ALMA),
        ("appointment_soon", Role.COACH),
    }
    assert story.go_to(monday, time(9, 59)) == []


def test_who_agrees_on_the_day_itself_is_not_reminded() -> None:
    story = AppointmentStory(slots=(at(FRIDAY, 10),))
    story.go_to(date(2026, 6, 4), time(12))
    story.do(alma, "choose")
    assert story.go_to(FRIDAY, time(10, 59)) == []


def test_its_end_makes_it_the_coachs_turn_to_say_how_long_it_was() -> None:
    story = agreed(hour=10, minutes=90)
    story.go_to(FRIDAY, time(11, 29))
    assert story.standing.state == "agreed"
    (entry,) = story.go_to(FRIDAY, time(11, 30))
    assert (entry.event, story.standing.state, story.standing.turn) == ("end", "noting", Role.COACH)
    assert [(one.kind, one.to) for one in entry.notices] == [("appointment_over", Role.COACH)]
    assert story.refused(alma, "note_held").code is RefusalCode.FORBIDDEN
    for minutes in (None, 0, 1441):
        assert story.refused(ben, "note_held", minutes=minutes).field == "minutes"
    story.do(ben, "note_held", minutes=75)
    assert (story.standing.outcome, story.last.facts) == ("held", {"minutes": 75, "day": "2026-06-05"})


def test_one_to_which_nobody_came_is_missed_and_nothing_is_noted_before_its_end() -> None:
    story = agreed()
    assert story.refused(ben, "note_held").code is RefusalCode.NOT_ALLOWED
    story.go_to(FRIDAY, time(18))
    story.do(carla, "note_missed")
    assert (story.standing.outcome, story.last.facts) == ("missed", {})


# -- moved and cancelled -------------------------------------------------------------------------------------------


def test_each_change_that_a_calendar_has_to_know_of_has_a_number_of_its_own() -> None:
    story = agreed()
    story.do(alma, "move", slots=(at(FRIDAY, 15),))
    assert (story.standing.sequence, story.standing.is_agreed, story.standing.start) == (2, False, at(FRIDAY, 10))
    story.do(alma, "move", slots=(at(FRIDAY, 16),))
    assert story.standing.sequence == 2, "no calendar has it now"
    story.do(ben, "choose", start=at(FRIDAY, 16))
    assert (story.standing.sequence, story.standing.start) == (3, at(FRIDAY, 16))
    story.do(ben, "withdraw")
    assert (story.standing.sequence, story.standing.outcome) == (4, "cancelled")
    assert ("appointment_cancelled", ALMA) in story.told()


def test_a_moved_one_rings_for_its_new_time_alone() -> None:
    story = agreed(hour=10)
    story.do(ben, "move", slots=(at(date(2026, 6, 9), 10),))
    story.do(alma, "choose")
    assert [entry.event for entry in story.go_to(date(2026, 6, 8))] == ["remind"]
    story.go_to(date(2026, 6, 9), time(11))
    assert story.standing.state == "noting"


def test_an_owner_speaks_for_their_own_side_alone() -> None:
    story = AppointmentStory(actor=alma)
    as_coach = ben.model_copy(update={"account_id": ALMA})
    assert story.refused(as_coach, "choose").code is RefusalCode.FORBIDDEN


def test_it_goes_on_with_whom_the_idea_belongs_to() -> None:
    story = AppointmentStory()
    story.do(dora, "move", owner_id=dora.account_id)
    story.do(ben, "choose")
    assert ("appointment_agreed", dora.account_id) in story.told()


def test_a_new_owner_is_on_turn_at_once_and_has_the_whole_time_to_choose() -> None:
    story = AppointmentStory()
    due = story.standing.clock.due if story.standing.clock else None
    story.now += timedelta(days=1)
    assert story.refused(dora, CHANGE_OWNER, owner_id=dora.account_id).code is RefusalCode.FORBIDDEN
    assert story.refused(ENGINE, CHANGE_OWNER).field == "owner_id"
    story.do(ENGINE, CHANGE_OWNER, owner_id=dora.account_id)
    holder, clock = story.standing.holder, story.standing.clock
    assert holder is not None
    assert clock is not None
    assert (holder.account_id, story.standing.state) == (dora.account_id, "choosing")
    assert due is not None
    assert clock.due > due
    assert story.told() == set(), "they have heard that the idea is theirs"
    version = story.standing.version
    story.do(ENGINE, CHANGE_OWNER, owner_id=dora.account_id)
    assert story.standing.version == version, "twice is once"

    story.do(dora, "choose")
    clock = story.standing.clock
    story.do(ENGINE, CHANGE_OWNER, owner_id=ALMA)
    assert story.standing.clock == clock, "what is agreed stays as it is"
    assert {one.account_id for one in APPOINTMENTS.upcoming(story.standing, story.appointment.rulebook)} == {ALMA, None}
    story.do(ben, "withdraw")
    assert story.refused(ENGINE, CHANGE_OWNER, owner_id=dora.account_id).code is RefusalCode.NOT_ALLOWED


# -- the clocks change ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
@pytest.mark.parametrize("days", [-1, 0, 1, 2])
def test_a_time_stays_what_was_said_when_the_clocks_change(day: date, days: int) -> None:
    said = day + timedelta(days=days)
    story = AppointmentStory(start=datetime.combine(day - timedelta(days=9), time(10), tzinfo=BERLIN))
    start = story.calendar.instant(said, time(9, 30))
    assert start is not None
    story.do(ben, "move", slots=(start,))
    story.do(alma, "choose", start=start)
    assert start == at(said, 9, 30)
    assert [entry.event for entry in story.go_to(said, time(10, 29))] == ["remind"]
    assert [entry.event for entry in story.go_to(said, time(10, 30))] == ["end"]
    story.do(ben, "note_held")
    assert story.last.facts["day"] == said.isoformat()


def test_a_time_that_clocks_never_show_is_none_and_one_that_they_show_twice_is_the_first() -> None:
    calendar = AppointmentStory().calendar
    assert calendar.instant(date(2026, 3, 29), time(2, 30)) is None
    assert calendar.instant(date(2026, 3, 29), time(3, 0)) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert calendar.instant(date(2026, 10, 25), time(2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert calendar.instant(date(2026, 10, 25), time(3, 0)) == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)
