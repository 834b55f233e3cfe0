"""The machines as Mermaid diagrams, generated from their classes. `python -m models.lifecycles.diagram README.md`
writes them into the README; a test keeps them current.

The library's own renderer knows neither who is on turn nor where a final state leads, so this one is ours.
"""

import sys
from pathlib import Path

from models.lifecycles import LIFECYCLES
from models.lifecycles.base import Lifecycle
from models.vocabulary import Stage

BEGIN = "<!-- machines:begin -->"
END = "<!-- machines:end -->"


def mermaid(lifecycle: type[Lifecycle]) -> str:
    """A state diagram: who is on turn in each open state, what a final state leads to, every event with its answer."""
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f'    state "{_label(lifecycle, state)}" as {state}' for state in _states(lifecycle)]
    lines.append(f"    [*] --> {lifecycle.first_state()}")
    for state in lifecycle.states:
        for transition in state.transitions:
            if transition.target is None:
                continue
            answers = ", ".join(_words(str(condition.func)) for condition in transition.cond)
            suffix = f" ({answers})" if answers else ""
            lines.append(f"    {state.id} --> {transition.target.id} : {transition.event}{suffix}")
    lines += [f"    {state} --> [*]" for state in lifecycle.leads_to]
    return "\n".join(lines)


def readme_section() -> str:
    """All five machines in the order of the path, between the markers."""
    parts = [BEGIN]
    for stage, lifecycle in LIFECYCLES.items():
        parts.append(f"### {stage.position + 1}. {_words(stage).capitalize()}")
        parts.append(_summary(lifecycle))
        parts.append(f"```mermaid\n{mermaid(lifecycle)}\n```")
    parts.append(END)
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
        sys.stderr.write("usage: python -m models.lifecycles.diagram README.md\n")
        return 2
    for name in arguments:
        path = Path(name)
        path.write_text(rewrite(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def _states(lifecycle: type[Lifecycle]) -> list[str]:
    return [str(state.id) for state in lifecycle.states]


def _label(lifecycle: type[Lifecycle], state: str) -> str:
    if state in lifecycle.on_turn:
        return f"{_words(state)}<br/>on turn: {_words(lifecycle.on_turn[state])}"
    target = lifecycle.leads_to[state]
    leads_to = f"on to: {_words(target)}" if isinstance(target, Stage) else f"the path ends: {_words(target)}"
    return f"{_words(state)}<br/>{leads_to}"


def _summary(lifecycle: type[Lifecycle]) -> str:
    """The first line of the class's docstring."""
    return (lifecycle.__doc__ or "").strip().splitlines()[0]


def _words(name: str) -> str:
    return name.replace("_", " ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
