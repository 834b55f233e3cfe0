"""What people do when they are on turn, and how often which. Everything they may do is an event of the machines."""

from random import Random
from typing import NamedTuple

from api.operations.simulation.scenario import Scenario
from models.vocabulary import Answer, Stage

Place = tuple[Stage, str]


class Habit(NamedTuple):
    """Something that is done in a state; `weight` is how often, beside the others of the same state."""

    event: str
    weight: float
    answer: Answer | None = None


HABITS: dict[Place, tuple[Habit, ...]] = {
    (Stage.IDENTIFY, "screening"): (
        Habit("shortlist", 0.8),
        Habit("request_clarification", 0.15),
        Habit("refer", 0.05),
    ),
    (Stage.IDENTIFY, "clarification"): (Habit("clarify", 1),),
    (Stage.IDENTIFY, "unmatched"): (Habit("search_again", 1),),
    (Stage.DEVELOP, "planning"): (Habit("agree_plan", 1),),
    (Stage.DEVELOP, "working"): (Habit("submit_work", 0.97), Habit("withdraw", 0.03)),
    (Stage.DEVELOP, "reviewing"): (Habit("approve_concept", 0.7), Habit("request_changes", 0.3)),
    (Stage.SUPPORT, "assessing"): (Habit("no_support_needed", 0.5), Habit("request_support", 0.5)),
    (Stage.SUPPORT, "arranging"): (Habit("arrange", 0.85), Habit("cannot_arrange", 0.15)),
    (Stage.SUPPORT, "using"): (Habit("confirm_use", 1),),
    (Stage.ACCOMPANY, "piloting"): (
        Habit("check_in", 0.5, Answer.ON_TRACK),
        Habit("check_in", 0.15, Answer.NEEDS_HELP),
        Habit("check_in", 0.35, Answer.DONE),
    ),
    (Stage.ACCOMPANY, "helping"): (Habit("give_help", 0.9), Habit("send_back", 0.1)),
    (Stage.ACCOMPANY, "concluding"): (Habit("conclude", 0.85), Habit("request_more", 0.15)),
    (Stage.MAKE_VISIBLE, "drafting"): (Habit("submit_story", 0.98), Habit("withdraw", 0.02)),
    (Stage.MAKE_VISIBLE, "editing"): (Habit("approve_story", 0.8), Habit("request_changes", 0.2)),
    (Stage.MAKE_VISIBLE, "consenting"): (Habit("consent", 0.95), Habit("refuse_consent", 0.05)),
}
"""Made up, as nobody has counted yet. Declining has a rate of its own in the scenario."""

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


def choose(place: Place, scenario: Scenario, chance: Random) -> Habit:
    """What somebody does in a state."""
    if place == (Stage.IDENTIFY, "screening") and chance.random() < scenario.decline_rate:
        return DECLINE
    habits = HABITS[place]
    return chance.choices(habits, [habit.weight for habit in habits])[0]


def days_needed(place: Place, scenario: Scenario, chance: Random) -> int:
    """How long it takes until it is done."""
    return scenario.delay(scenario.work_days if place in WORK else scenario.answer_days, chance)
