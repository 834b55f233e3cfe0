"""Replication: somebody tries elsewhere what a story tells of, with the help of its team where that says yes."""

from typing import ClassVar

from statemachine import State

from models.lifecycles.base import ENGINE, INNOVATOR, INNOVATOR_OR_LEAD, Machine
from models.vocabulary import Answer, Role

ORIGINAL = frozenset({Role.ORIGINAL})


class ReplicationLifecycle(Machine):
    """A no, or no answer, ends the help alone: the recipe is public, and what carried over is asked all the same."""

    asked = State(initial=True)
    sharing = State()
    trying = State()
    reporting = State()
    closed = State(final=True)
    withdrawn = State(final=True)

    agree = asked.to(sharing)
    decline = trying.from_(asked, sharing)
    hand_on = sharing.to(trying)
    lapse = trying.from_(asked, sharing)
    check_in = trying.to(trying, cond="is_on_track") | trying.to(reporting, unless="is_on_track")
    report = closed.from_(trying, reporting)
    withdraw = withdrawn.from_(asked, sharing, trying, reporting)

    on_turn: ClassVar = {
        "asked": Role.ORIGINAL,
        "sharing": Role.ORIGINAL,
        "trying": Role.INNOVATOR,
        "reporting": Role.INNOVATOR,
    }
    actors: ClassVar = {
        "agree": ORIGINAL,
        "decline": ORIGINAL,
        "hand_on": ORIGINAL | INNOVATOR,
        "lapse": ENGINE,
        "check_in": INNOVATOR,
        "report": INNOVATOR,
        "withdraw": INNOVATOR_OR_LEAD | ENGINE,
    }

    def is_on_track(self, answer: Answer | None = None) -> bool:
        return answer == Answer.ON_TRACK
