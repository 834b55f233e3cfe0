"""What people do when they are on turn, and how often which. Everything they may do is an event of the machines."""

from functools import cache
from random import Random
from typing import NamedTuple

from api.use_cases.simulation.scenario import Scenario
from models.lifecycles import LIFECYCLES
from models.lifecycles.event_spec import FILLED_IN, WORDS
from models.lifecycles.events import EVENTS
from models.vocabulary import Answer, Stage

Place = tuple[Stage, str]


class Habit(NamedTuple):
    """Something that is done in a state; `weight` is how often, beside the others of the same state."""

    event: str
    weight: float
    answer: Answer | None = None


ALONG, ASIDE = 0.85, 0.15
"""The weight of a step along the path, and of any other, as long as nobody has said more of it."""

WEIGHTS: dict[Place, dict[str, float]] = {
    (Stage.IDENTIFY, "screening"): {"shortlist": 0.8, "request_clarification": 0.15, "refer": 0.05},
    (Stage.DEVELOP, "working"): {"submit_work": 0.97, "withdraw": 0.03},
    (Stage.DEVELOP, "reviewing"): {"approve_concept": 0.7, "request_changes": 0.3},
    (Stage.SUPPORT, "assessing"): {"no_support_needed": ALONG},
    (Stage.ACCOMPANY, "helping"): {"give_help": 0.9, "send_back": 0.1},
    (Stage.MAKE_VISIBLE, "drafting"): {"submit_story": 0.98, "withdraw": 0.02},
    (Stage.MAKE_VISIBLE, "editing"): {"approve_story": 0.8, "request_changes": 0.2},
    (Stage.MAKE_VISIBLE, "consenting"): {"consent": 0.95, "refuse_consent": 0.05},
}
"""Made up, as nobody has counted yet."""

ANSWERS = {Answer.ON_TRACK: 0.5, Answer.NEEDS_HELP: 0.15, Answer.DONE: 0.35}
"""How often which answer is given where one is asked for."""

WORK: frozenset[Place] = frozenset(
    {
        (Stage.DEVELOP, "working"),
        (Stage.SUPPORT, "arranging"),
        (Stage.SUPPORT, "using"),
        (Stage.MAKE_VISIBLE, "drafting"),
    }
)
"""Where being on turn means work, and not only an answer."""

WAIT_FOR_QUESTION: frozenset[Place] = frozenset({(Stage.ACCOMPANY, "piloting")})
"""Where nothing is to be done before the engine asks."""

DECLINE = Habit("decline", 0)
"""It has a rate of its own in the scenario."""


@cache
def habits_of(place: Place) -> tuple[Habit, ...]:
    """What is done in a state: each step of its machine that asks for no more than words or an answer, and what else
    has a weight here."""
    lifecycle = LIFECYCLES[place[0]]
    role = lifecycle.on_turn[place[1]]
    able = [event for event in lifecycle.events_in(place[1]) if role in lifecycle.actors[event] and is_able(event)]
    known = WEIGHTS.get(place, {})
    others = {event: ALONG if EVENTS[event].moves_along else ASIDE for event in able if event not in known}
    found = []
    for event, weight in (known | others).items():
        answers = ANSWERS.items() if "answer" in EVENTS[event].required else ((None, 1),)
        found += [Habit(event, weight * share, answer) for answer, share in answers]
    return tuple(found)


def is_able(event: str) -> bool:
    """Whether the made-up people know all that an event asks for."""
    return event != DECLINE.event and set(EVENTS[event].required) <= WORDS | FILLED_IN | {"answer"}


def choose(place: Place, scenario: Scenario, chance: Random) -> Habit:
    """What somebody does in a state."""
    if place == (Stage.IDENTIFY, "screening") and chance.random() < scenario.decline_rate:
        return DECLINE
    habits = habits_of(place)
    return chance.choices(habits, [habit.weight for habit in habits])[0]


def days_needed(place: Place, scenario: Scenario, chance: Random, waited: int = 0) -> int:
    """How long it takes until it is done, by the measured pace where there is one."""
    if place in scenario.paces and place not in WAIT_FOR_QUESTION:
        return scenario.stay(scenario.paces[place], waited, chance)
    return scenario.delay(scenario.work_days if place in WORK else scenario.answer_days, chance)
