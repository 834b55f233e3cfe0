"""State diagrams of the machines in Mermaid, generated from their classes.

`python -m models.lifecycles.diagram workflows/README.md` writes them into the file; a test keeps them current.

The library's own renderer knows neither who is on turn nor where a final state leads, so this one is ours.
"""

import sys
from pathlib import Path

from statemachine.callbacks import CallbackSpec

from models.lifecycles import BESIDE, LIFECYCLES
from models.lifecycles.base import Lifecycle, Machine
from models.lifecycles.event_spec import EventSpec, Scope
from models.lifecycles.events import EVENTS
from models.vocabulary import Role, Stage

BEGIN = "<!-- machines:begin -->"
END = "<!-- machines:end -->"


def mermaid(machine: type[Machine]) -> str:
    """A state diagram: who is on turn in each open state, what a final state leads to, every event with its answer."""
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f'    state "{_label(machine, state)}" as {state}' for state in _states(machine)]
    lines.append(f"    [*] --> {machine.first_state()}")
    for state in machine.states:
        for transition in state.transitions:
            if transition.target is None:
                continue
            answers = ", ".join(_condition(condition) for condition in transition.cond)
            suffix = f" ({answers})" if answers else ""
            lines.append(f"    {state.id} --> {transition.target.id} : {transition.event}{suffix}")
    lines += [f"    {state.id} --> [*]" for state in machine.states if state.final]
    return "\n".join(lines)


def event_table() -> str:
    """What no diagram shows: the events of every open idea and of one that has ended, as their rows describe them."""
    lines = ["| event | who | asks for | in a pause | can be undone | tells |", "|---|---|---|---|---|---|"]
    lines += [_line(spec) for spec in EVENTS.values() if spec.scope in (Scope.OPEN, Scope.ENDED)]
    return "\n".join(lines)


def readme_section() -> str:
    """The five machines in the order of the path, those beside it, and the other events, between the markers."""
    machines: dict[str, type[Machine]] = {
        f"{stage.position + 1}. {_words(stage).capitalize()}": lifecycle for stage, lifecycle in LIFECYCLES.items()
    }
    parts = [BEGIN]
    machines |= {f"Beside the path: {name}": machine for name, machine in BESIDE.items()}
    for title, machine in machines.items():
        parts += [f"### {title}", _summary(machine), f"```mermaid\n{mermaid(machine)}\n```"]
    parts += ["### In every open state", event_table(), END]
    return "\n\n".join(parts)


def rewrite(text: str) -> str:
    """The text with a fresh section between its markers. Raises ValueError where they are missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the text has no section between {BEGIN} and {END}")
    return before + readme_section() + after


def main(arguments: list[str]) -> int:
    """Rewrite the section of each given file in place."""
    if not arguments:
        sys.stderr.write("usage: python -m models.lifecycles.diagram workflows/README.md\n")
        return 2
    for name in arguments:
        path = Path(name)
        path.write_text(rewrite(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def _line(spec: EventSpec) -> str:
    name = f"`{spec.name}`" + (" (ended)" if spec.scope is Scope.ENDED else "")
    who = ", ".join(role for role in Role if role in spec.roles)
    fields = ", ".join((*spec.required, *(f"({field})" for field in spec.optional)))
    told = [_words(whom) for tells in (spec.calls, spec.tells) if tells for whom in tells.to]
    marks = ("no" if spec.stops_in_pause else "yes", "yes" if spec.undoable else "")
    return "| " + " | ".join((name, who, fields, *marks, ", ".join(dict.fromkeys(told)))) + " |"


def _states(machine: type[Machine]) -> list[str]:
    return [str(state.id) for state in machine.states]


def _label(machine: type[Machine], state: str) -> str:
    if state in machine.on_turn:
        return f"{_words(state)}<br/>on turn: {_words(machine.on_turn[state])}"
    if not issubclass(machine, Lifecycle):
        return _words(state)
    target = machine.leads_to[state]
    leads_to = f"on to: {_words(target)}" if isinstance(target, Stage) else f"the path ends: {_words(target)}"
    return f"{_words(state)}<br/>{leads_to}"


def _condition(condition: CallbackSpec) -> str:
    words = _words(str(condition.func))
    return words if condition.expected_value else f"not: {words}"


def _summary(machine: type[Machine]) -> str:
    """The first line of the class's docstring."""
    return (machine.__doc__ or "").strip().splitlines()[0]


def _words(name: str) -> str:
    return name.replace("_", " ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
