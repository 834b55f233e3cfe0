"""What the made-up people do is what the machines allow them to do."""

from collections import Counter
from datetime import date

import pytest

from api.use_cases.simulation.behaviour import (
    ALONG,
    ASIDE,
    DECLINE,
    WAIT_FOR_QUESTION,
    WEIGHTS,
    WORK,
    Habit,
    Place,
    choose,
    days_needed,
    habits_of,
)
from api.use_cases.simulation.scenario import Scenario
from models.lifecycles import LIFECYCLES
from models.lifecycles.events import EVENTS
from models.vocabulary import Role, Stage

SCENARIO = Scenario(first_day=date(2027, 1, 1))
SCREENING: Place = (Stage.IDENTIFY, "screening")
OF_PEOPLE: list[Place] = [
    (stage, state)
    for stage, lifecycle in LIFECYCLES.items()
    for state in lifecycle.open_states()
    if lifecycle.on_turn[state] is not Role.COACH_SEARCH
]


def test_people_know_what_to_do_wherever_they_are_on_turn() -> None:
    assert all(habits_of(place) for place in OF_PEOPLE)
    assert set(OF_PEOPLE) >= WEIGHTS.keys() | WORK | WAIT_FOR_QUESTION


@pytest.mark.parametrize(
    ("place", "habit"),
    [(place, habit) for place in OF_PEOPLE for habit in habits_of(place)] + [(SCREENING, DECLINE)],
)
def test_who_is_on_turn_may_do_it(place: Place, habit: Habit) -> None:
    lifecycle = LIFECYCLES[place[0]]
    may = EVENTS[habit.event].roles
    if habit.event in lifecycle.events_in(place[1]):
        may |= lifecycle.actors[habit.event]
    assert lifecycle.on_turn[place[1]] in may


def test_a_step_that_nobody_has_thought_about_is_taken_by_default() -> None:
    assert habits_of((Stage.ACCOMPANY, "concluding")) == (Habit("conclude", ALONG), Habit("request_more", ASIDE))
    assert {habit.event for habit in habits_of((Stage.IDENTIFY, "unmatched"))} == {"search_again"}


def test_every_way_out_of_a_state_is_taken_as_often_as_its_weight_says() -> None:
    place = (Stage.SUPPORT, "arranging")
    done = Counter(choose(place, SCENARIO, SCENARIO.chance(n)).event for n in range(2000))
    assert set(done) == {"arrange", "cannot_arrange"}
    assert 0.8 < done["arrange"] / 2000 < 0.9


@pytest.mark.parametrize(("rate", "least", "most"), [(0.0, 0, 0), (0.3, 250, 350), (1.0, 1000, 1000)])
def test_ideas_are_declined_at_the_rate_of_the_scenario(rate: float, least: int, most: int) -> None:
    scenario = Scenario(first_day=date(2027, 1, 1), decline_rate=rate)
    declined = sum(choose(SCREENING, scenario, scenario.chance(n)) is DECLINE for n in range(1000))
    assert least <= declined <= most


def test_work_takes_longer_than_an_answer() -> None:
    places = ((Stage.DEVELOP, "working"), (Stage.DEVELOP, "reviewing"))
    work, answer = (sum(days_needed(place, SCENARIO, SCENARIO.chance(n)) for n in range(300)) for place in places)
    assert work > 3 * answer
