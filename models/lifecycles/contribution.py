"""Contribution: what a citizen adds to a story. A lead shows it, the team answers, and each ends with an answer or a
reason."""

from typing import ClassVar

from statemachine import State

from models.lifecycles.base import ENGINE, INNOVATOR, INNOVATOR_OR_LEAD, LEAD, Machine
from models.vocabulary import Role


class ContributionLifecycle(Machine):
    """From the moment that its author's address is proved."""

    received = State(initial=True)
    answering = State()
    shown = State(final=True)
    answered = State(final=True)
    passed_on = State(final=True)
    refused = State(final=True)
    withdrawn = State(final=True)

    show = received.to(answering, cond="wants_answer") | received.to(shown, unless="wants_answer")
    pass_on = received.to(passed_on)
    refuse = refused.from_(received, answering)
    answer = answering.to(answered)
    withdraw = withdrawn.from_(received, answering)

    on_turn: ClassVar = {"received": Role.LEAD, "answering": Role.INNOVATOR}
    actors: ClassVar = {
        "show": LEAD,
        "pass_on": LEAD,
        "refuse": LEAD,
        "answer": INNOVATOR_OR_LEAD,
        "withdraw": INNOVATOR | ENGINE,
    }
    """Its author has no account: the engine withdraws for them."""

    def wants_answer(self, asks: bool = False) -> bool:
        return asks
