"""What all machines have in common: who is on turn and who may fire what; for stages, where a final state leads."""

from functools import cache
from typing import Any, ClassVar

from statemachine import State, StateMachine

from models.vocabulary import Answer, Outcome, Role, Stage

LEAD = frozenset({Role.LEAD})
COACH = frozenset({Role.COACH, Role.LEAD})
INNOVATOR = frozenset({Role.INNOVATOR})
INNOVATOR_OR_COACH = frozenset({Role.INNOVATOR, Role.COACH})
INNOVATOR_OR_LEAD = frozenset({Role.INNOVATOR, Role.LEAD})
ENGINE = frozenset({Role.ENGINE})


class Machine(StateMachine):
    """What pages, rules and tests ask of any machine. Subclasses add states, events and the two tables below."""

    on_turn: ClassVar[dict[str, Role]]
    """Open state → the role that has to act."""
    actors: ClassVar[dict[str, frozenset[Role]]]
    """Event → the roles that may fire it."""

    @classmethod
    def first_state(cls) -> str:
        assert cls.initial_state is not None
        return str(cls.initial_state.id)

    @classmethod
    def phases(cls) -> dict[str, Role]:
        """In what people can be late, and who; each has its limit in pipeline.toml."""
        return {state: role for state, role in cls.on_turn.items() if role is not Role.ENGINE}

    @classmethod
    def open_states(cls) -> list[str]:
        return [str(state.id) for state in cls.states if not state.final]

    @classmethod
    def event_names(cls) -> list[str]:
        return [str(event.id) for event in cls._events]

    @classmethod
    @cache
    def events_in(cls, state: str) -> tuple[str, ...]:
        """The events that this state knows, in the order of their definition. Kept, since a page asks for each step.

        >>> from models.lifecycles import LIFECYCLES
        >>> LIFECYCLES[Stage.DEVELOP].events_in("reviewing")
        ('request_changes', 'approve_concept')
        """
        here = {str(t.event) for t in cls._state(state).transitions}
        return tuple(event for event in cls.event_names() if event in here)

    @classmethod
    def targets(cls, state: str, event: str) -> list[str]:
        """The states an event can lead to from this one; more than one where what is given with it decides."""
        return [str(t.target.id) for t in cls._state(state).transitions if str(t.event) == event and t.target]

    @classmethod
    def go_on(cls, state: str, event: str, **given: Any) -> str:
        """The state after `event`. Raises TransitionNotAllowed where the machine does not know it here."""
        machine = cls(start_value=state)
        machine.send(event, **given)
        return str(machine.current_state_value)

    @classmethod
    def _state(cls, state: str) -> State:
        found: Any = cls.states_map[state]
        assert isinstance(found, State)
        return found


class Lifecycle(Machine):
    """A stage's machine."""

    stage: ClassVar[Stage]
    leads_to: ClassVar[dict[str, Stage | Outcome]]
    """Final state → the next stage, or how the path ends."""

    @classmethod
    @cache
    def fire(cls, state: str, event: str, answer: Answer | None = None) -> str:
        """The state after `event`. Raises TransitionNotAllowed where the machine does not know it here.

        Kept, since to build a machine takes longer than all the rest of a step.
        """
        return cls.go_on(state, event, answer=answer)
