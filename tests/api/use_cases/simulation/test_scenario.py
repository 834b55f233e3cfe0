"""How many ideas come when, and how long people take."""

from datetime import date
from statistics import median

from api.use_cases.simulation.scenario import Scenario, add_months

JANUARY = date(2027, 1, 1)


def test_every_idea_arrives_once_and_in_time() -> None:
    scenario = Scenario(first_day=JANUARY, ideas=500, months=12, arrive_within=3)
    arrivals = scenario.arrivals()
    assert sorted(number for numbers in arrivals.values() for number in numbers) == list(range(500))
    assert min(arrivals) >= JANUARY
    assert max(arrivals) < date(2027, 4, 1)


def test_arrivals_end_with_the_scenario() -> None:
    scenario = Scenario(first_day=JANUARY, ideas=100, months=1, arrive_within=12)
    assert max(scenario.arrivals()) <= date(2027, 1, 31)


def test_the_same_seed_brings_the_same_people_and_another_one_others() -> None:
    one, same, other = (Scenario(first_day=JANUARY, ideas=200, seed=seed) for seed in (7, 7, 8))
    assert one.arrivals() == same.arrivals()
    assert one.arrivals() != other.arrivals()
    assert one.chance("turn", 3).random() == same.chance("turn", 3).random()


def test_chance_does_not_depend_on_who_asks_first() -> None:
    scenario = Scenario(first_day=JANUARY)
    first, second = scenario.chance("turn", 1).random(), scenario.chance("turn", 2).random()
    assert (scenario.chance("turn", 2).random(), scenario.chance("turn", 1).random()) == (second, first)


def test_half_are_done_within_the_median_and_nobody_at_once() -> None:
    scenario = Scenario(first_day=JANUARY)
    days = [scenario.delay(10, scenario.chance("delay", n)) for n in range(2000)]
    assert 9 <= median(days) <= 11
    assert min(days) >= 1
    assert max(days) > 50, "some are very late"
    assert all(scenario.delay(0.1, scenario.chance("delay", n)) >= 1 for n in range(50))


def test_a_span_of_months_crosses_the_year() -> None:
    scenario = Scenario(first_day=date(2027, 11, 1), months=4)
    assert scenario.end == date(2028, 3, 1)
    assert scenario.month_ends() == [date(2027, 11, 30), date(2027, 12, 31), date(2028, 1, 31), date(2028, 2, 29)]
    assert (scenario.days()[0], scenario.days()[-1]) == (date(2027, 11, 1), date(2028, 2, 29))
    assert add_months(date(2027, 12, 1), 1) == date(2028, 1, 1)
