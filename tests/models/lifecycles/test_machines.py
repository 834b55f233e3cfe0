"""What all five machines promise: no dead ends, no unreachable states, complete tables."""

import pytest
from statemachine.exceptions import TransitionNotAllowed

from models.lifecycles import LIFECYCLES, Lifecycle
from models.vocabulary import Answer, Outcome, Stage

in_every_stage = pytest.mark.parametrize("stage", list(Stage))


def machine(stage: Stage) -> type[Lifecycle]:
    return LIFECYCLES[stage]


def finals(lifecycle: type[Lifecycle]) -> set[str]:
    return {str(state.id) for state in lifecycle.states if state.final}


def reachable(lifecycle: type[Lifecycle], start: str) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        state = waiting.pop()
        for event in lifecycle.events_in(state):
            for target in lifecycle.targets(state, event):
                if target not in found:
                    found.add(target)
                    waiting.append(target)
    return found


@in_every_stage
def test_every_state_is_reached_from_the_first(stage: Stage) -> None:
    lifecycle = machine(stage)
    assert reachable(lifecycle, lifecycle.first_state()) == set(lifecycle.open_states()) | finals(lifecycle)


@in_every_stage
def test_from_every_open_state_the_next_stage_or_the_good_end_can_be_reached(stage: Stage) -> None:
    lifecycle = machine(stage)
    later = list(Stage)[stage.position + 1 :]
    goal = later[0] if later else Outcome.COMPLETED
    for state in lifecycle.open_states():
        assert goal in {lifecycle.leads_to.get(target) for target in reachable(lifecycle, state)}


@in_every_stage
def test_the_tables_are_complete(stage: Stage) -> None:
    lifecycle = machine(stage)
    assert lifecycle.stage is stage
    assert set(lifecycle.on_turn) == set(lifecycle.open_states())
    assert set(lifecycle.actors) == set(lifecycle.event_names())
    assert set(lifecycle.leads_to) == finals(lifecycle)
    assert all(lifecycle.actors.values())
    assert lifecycle.first_state() in lifecycle.open_states()


@in_every_stage
def test_the_machine_fires_exactly_what_it_offers(stage: Stage) -> None:
    lifecycle = machine(stage)
    for state in lifecycle.open_states():
        offered = lifecycle.events_in(state)
        assert offered, f"{state} is a dead end"
        for event in lifecycle.event_names():
            if event == "check_in":
                continue
            if event in offered:
                assert [lifecycle.fire(state, event)] == lifecycle.targets(state, event)
            else:
                with pytest.raises(TransitionNotAllowed):
                    lifecycle.fire(state, event)


@in_every_stage
def test_an_ended_stage_knows_no_event(stage: Stage) -> None:
    lifecycle = machine(stage)
    for state in finals(lifecycle):
        assert lifecycle.events_in(state) == ()


@pytest.mark.parametrize(
    ("answer", "target"),
    [(Answer.ON_TRACK, "piloting"), (Answer.NEEDS_HELP, "helping"), (Answer.DONE, "concluding")],
)
def test_the_answer_decides_where_a_check_in_leads(answer: Answer, target: str) -> None:
    assert machine(Stage.ACCOMPANY).fire("piloting", "check_in", answer) == target


def test_a_check_in_without_an_answer_leads_nowhere() -> None:
    with pytest.raises(TransitionNotAllowed):
        machine(Stage.ACCOMPANY).fire("piloting", "check_in")


def test_no_two_stages_share_the_name_of_a_state() -> None:
    """The name of a state is enough to find its words."""
    names = [state for lifecycle in LIFECYCLES.values() for state in lifecycle.open_states()]
    assert len(names) == len(set(names)) == 16
