"""A kind of case that lives in tests alone, as the proof that a kind is cheap: Alma asks her coach a favour.

asked (coach) → done, or → clearing (innovator) → asked; either of them may drop it. `tests.kinds` registers it.
"""

from typing import ClassVar

from statemachine import State

from models.cases.plain_case import PlainKind
from models.lifecycles.base import COACH, INNOVATOR, Machine
from models.messages.cases import CaseState, PlainStanding
from models.messages.commands import CaseCommand
from models.messages.rulebook import Duration, Limit
from models.vocabulary import Role
from workflows.plain_case import plain_workflow

LIMIT = Limit(limit=Duration(10, "d"), remind=(Duration(2, "d"),), escalate=(Duration(5, "d"),))


class ErrandLifecycle(Machine):
    asked = State(initial=True)
    clearing = State()
    done = State(final=True)
    dropped = State(final=True)

    ask_back = asked.to(clearing)
    answer = clearing.to(asked)
    do = asked.to(done)
    withdraw = dropped.from_(asked, clearing)

    on_turn: ClassVar = {"asked": Role.COACH, "clearing": Role.INNOVATOR}
    actors: ClassVar = {"ask_back": COACH, "answer": INNOVATOR, "do": COACH, "withdraw": COACH | INNOVATOR}


class ErrandStanding(PlainStanding):
    kind = "errand"
    coach_id: str
    state: str = "asked"


class ErrandState(CaseState):
    standing: ErrandStanding


class Errands(PlainKind[ErrandState, CaseCommand]):
    name = "errand"
    state = ErrandState
    command = CaseCommand
    machine = ErrandLifecycle
    begins_with = "ask"
    required: ClassVar = {"ask_back": ("note_id",)}

    def people(self, standing: ErrandStanding) -> dict[Role, str | None]:
        return {**super().people(standing), Role.COACH: standing.coach_id}


ERRANDS = Errands()


Errand = plain_workflow(ERRANDS, __name__)
