"""Develop: coach and innovator turn the idea into a concept."""

from statemachine import State

from models.lifecycles.base import COACH, INNOVATOR_OR_COACH, Lifecycle
from models.vocabulary import Role, Stage


class DevelopLifecycle(Lifecycle):
    """A plan, work on its tasks, and the coach's review."""

    stage = Stage.DEVELOP

    planning = State(initial=True)
    working = State()
    reviewing = State()
    approved = State(final=True)

    agree_plan = planning.to(working)
    submit_work = working.to(reviewing)
    request_changes = reviewing.to(working)
    approve_concept = reviewing.to(approved)

    on_turn = {"planning": Role.COACH, "working": Role.INNOVATOR, "reviewing": Role.COACH}
    actors = {
        "agree_plan": COACH,
        "submit_work": INNOVATOR_OR_COACH,
        "request_changes": COACH,
        "approve_concept": COACH,
    }
    leads_to = {"approved": Stage.SUPPORT}
