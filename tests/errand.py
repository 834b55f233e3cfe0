"""A kind of case that lives in tests alone, as the proof that a kind is cheap: Alma asks her coach a favour.

asked (coach) → done, or → clearing (innovator) → asked; either of them may drop it. `tests.kinds` registers it.
"""

from typing import ClassVar

from statemachine import State
from temporalio import workflow

from activities.projection import Projection
from models.cases.plain import PlainKind
from models.lifecycles.base import COACH, INNOVATOR, Machine
from models.messages.cases import CaseState, PlainStanding, Taken
from models.messages.commands import CaseCommand
from models.messages.rulebook import Duration, Limit
from models.vocabulary import Role
from workflows import names
from workflows.case import CaseWorkflow
from workflows.signing import refuse_unless_signed

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
    machine = ErrandLifecycle
    begins_with = "ask"
    required: ClassVar = {"ask_back": ("note_id",)}

    def people(self, standing: ErrandStanding) -> dict[Role, str | None]:
        return {**super().people(standing), Role.COACH: standing.coach_id}


ERRANDS = Errands()


@workflow.defn
class Errand(CaseWorkflow[ErrandState]):
    kind = ERRANDS

    @workflow.init
    def __init__(self, errand: ErrandState) -> None:
        refuse_unless_signed(errand)
        self.arrive(errand)

    @workflow.update(name=names.COMMAND)
    def command(self, command: CaseCommand) -> Taken:
        return self.take(command)

    @command.validator
    def refuse_what_is_not_allowed(self, command: CaseCommand) -> None:
        self.refuse(command)

    @workflow.run
    async def run(self, errand: ErrandState) -> ErrandState:
        return await self.live()


class ErrandProjection(Projection[ErrandStanding]):
    standing_type = ErrandStanding
