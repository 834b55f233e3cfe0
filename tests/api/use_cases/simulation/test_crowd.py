"""Whose turn it is in people's minds, and when they do something about it."""

from datetime import date, timedelta
from typing import Any

import pytest

from api.use_cases.simulation.behaviour import days_needed
from api.use_cases.simulation.population import Change, Population, Question, Turn
from api.use_cases.simulation.scenario import Pace, Scenario
from models.cases.calendar import calendar_of
from models.vocabulary import Role, Stage
from tests.cast import POLICY

FRIDAY = date(2027, 1, 8)
CALENDAR = calendar_of(POLICY.rulebook(FRIDAY))

SCREENING = Change(FRIDAY, 0, "submit", Stage.IDENTIFY, "screening", Role.LEAD)
CLARIFICATION = Change(FRIDAY, 0, "request_clarification", Stage.IDENTIFY, "clarification", Role.INNOVATOR)
PLANNING = Change(FRIDAY, 0, "coach_found", Stage.DEVELOP, "planning", Role.COACH)
WORKING = Change(FRIDAY, 0, "agree_plan", Stage.DEVELOP, "working", Role.INNOVATOR)
PILOTING = Change(FRIDAY, 0, "no_support_needed", Stage.ACCOMPANY, "piloting", Role.INNOVATOR)


def gather(forget_rate: float = 0.0, seed: int = 1, **times: float) -> Population:
    return Population(Scenario(first_day=FRIDAY.replace(day=1), forget_rate=forget_rate, seed=seed, **times), CALENDAR)  # type: ignore[arg-type]


def tell(crowd: Population, change: Change, day: date = FRIDAY, **fields: Any) -> None:
    """Something happens and is heard at once."""
    crowd.hear(change._replace(day=day, **fields), day)


def deeds(crowd: Population, first: date = FRIDAY, days: int = 200) -> list[tuple[date, Turn | Question]]:
    """What is done on which day."""
    all_days = (first + timedelta(days=n) for n in range(days))
    return [(day, deed) for day in all_days for deed in crowd.take_due(day)]


def test_who_is_on_turn_does_it_once_and_not_today() -> None:
    crowd = gather()
    tell(crowd, WORKING)
    [(day, turn)] = deeds(crowd)
    assert day > FRIDAY
    assert isinstance(turn, Turn)
    assert (turn.idea, turn.place, turn.role) == (0, (Stage.DEVELOP, "working"), Role.INNOVATOR)


@pytest.mark.parametrize("seed", range(20))
def test_coaches_and_leads_act_on_working_days(seed: int) -> None:
    crowd = gather(seed=seed)
    tell(crowd, SCREENING)
    tell(crowd, PLANNING, idea=1)
    assert len(found := deeds(crowd)) == 2
    assert all(CALENDAR.is_working_day(day) for day, _ in found)


def test_innovators_act_on_weekends_too() -> None:
    crowd = gather(answer_days=1)
    for idea in range(20):
        tell(crowd, CLARIFICATION, idea=idea)
    assert any(not CALENDAR.is_working_day(day) for day, _ in deeds(crowd))


def test_what_somebody_else_has_moved_on_is_not_done_any_more() -> None:
    crowd = gather()
    tell(crowd, PLANNING)
    tell(crowd, WORKING)
    assert [turn.place for _, turn in deeds(crowd) if isinstance(turn, Turn)] == [(Stage.DEVELOP, "working")]


@pytest.mark.parametrize("holder", [None, Role.COACH_SEARCH])
def test_nobody_acts_where_no_person_is_on_turn(holder: Role | None) -> None:
    crowd = gather()
    tell(crowd, SCREENING)
    tell(crowd, SCREENING, event="shortlist", state="matching", holder=holder)
    assert deeds(crowd) == []


def test_somebody_who_forgets_does_it_only_when_the_lead_has_called() -> None:
    crowd = gather(forget_rate=1.0)
    tell(crowd, WORKING)
    tell(crowd, WORKING, event="remind")
    tell(crowd, WORKING, event="overdue")
    assert deeds(crowd, days=60) == []
    tell(crowd, WORKING, FRIDAY + timedelta(days=60), event="escalate")
    assert len(deeds(crowd, FRIDAY + timedelta(days=60))) == 1


def test_some_of_those_who_forgot_are_brought_back_by_a_reminder() -> None:
    crowd = gather(forget_rate=0.5)
    for idea in range(200):
        tell(crowd, WORKING, idea=idea)
    first = len(deeds(crowd))
    assert 70 < first < 130
    for idea in range(200):
        tell(crowd, WORKING, FRIDAY + timedelta(days=200), event="remind", idea=idea)
    assert 20 < len(deeds(crowd, FRIDAY + timedelta(days=200))) < 200 - first


def test_a_reminder_hurries_nobody_who_has_it_in_mind() -> None:
    crowd, reminded = gather(), gather()
    for one in (crowd, reminded):
        tell(one, WORKING)
    tell(reminded, WORKING, event="remind")
    assert [day for day, _ in deeds(crowd)] == [day for day, _ in deeds(reminded)]


def test_in_the_pilot_people_wait_for_the_question() -> None:
    crowd = gather()
    tell(crowd, PILOTING)
    assert deeds(crowd, days=28) == []
    tell(crowd, PILOTING, FRIDAY + timedelta(days=28), event="remind")
    assert len(deeds(crowd, FRIDAY + timedelta(days=28))) == 1


def test_the_second_visit_to_a_state_is_another_turn() -> None:
    crowd = gather()
    tell(crowd, WORKING)
    [(_, first)] = deeds(crowd)
    tell(crowd, WORKING, FRIDAY + timedelta(days=200), event="request_changes")
    [(_, second)] = deeds(crowd, FRIDAY + timedelta(days=200))
    assert isinstance(first, Turn)
    assert isinstance(second, Turn)
    assert (first.visit, second.visit) == (1, 2)


def test_a_coach_answers_an_offer_once_and_one_who_forgot_it_when_reminded() -> None:
    crowd = gather()
    for _ in range(3):  # people look every day
        crowd.hear_offer(5, "offer", reminded=False, today=FRIDAY)
    assert len(deeds(crowd)) == 1

    forgetful = gather(forget_rate=1.0)
    forgetful.hear_offer(5, "offer", reminded=False, today=FRIDAY)
    forgetful.hear_offer(5, "offer", reminded=True, today=FRIDAY)
    assert deeds(forgetful) == []
    assert len(asked(forgetful, 200)) == 0
    assert 40 < len(asked(gather(forget_rate=0.7), 200)) < 80


def asked(crowd: Population, offers: int) -> list[tuple[date, Turn | Question]]:
    for number in range(offers):
        crowd.hear_offer(number, f"offer-{number}", reminded=False, today=FRIDAY)
    return deeds(crowd)


def test_time_counts_from_the_day_of_the_news_and_not_from_when_it_was_heard() -> None:
    at_once, next_morning = gather(), gather()
    at_once.hear(WORKING, FRIDAY)
    next_morning.hear(WORKING, FRIDAY + timedelta(days=1))
    assert [day for day, _ in deeds(at_once)] == [day for day, _ in deeds(next_morning)]
    late = gather(work_days=1)
    late.hear(WORKING, FRIDAY + timedelta(days=90))
    assert [day for day, _ in deeds(late)] == [FRIDAY + timedelta(days=90)]


def test_what_cannot_be_done_yet_is_looked_at_again_later() -> None:
    crowd = gather(forget_rate=0.0)
    tell(crowd, Change(FRIDAY, 0, "no_coach", Stage.IDENTIFY, "unmatched", Role.LEAD))
    [(day, turn)] = deeds(crowd)
    assert isinstance(turn, Turn)
    crowd.put_off(turn, day)
    [(later, same)] = deeds(crowd, day)
    assert later > day
    assert same is turn


def test_who_has_waited_stays_as_long_as_others_who_have() -> None:
    scenario = Scenario(first_day=FRIDAY, paces={(Stage.DEVELOP, "working"): Pace(median=10, spread=0.3)})
    stays = [scenario.stay(Pace(10, 0.3), waited, scenario.chance(n)) for waited in (0, 12, 400) for n in range(200)]
    assert 9 <= sorted(stays[:200])[100] <= 11
    assert min(stays[200:400]) > 12
    assert min(stays[400:]) > 400
    assert days_needed((Stage.DEVELOP, "working"), scenario, scenario.chance("a"), 12) > 12
