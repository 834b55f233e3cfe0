"""The table of events: one row an event, and nothing else to touch for a plain one."""

import re
from functools import cache
from pathlib import Path

import pytest

from models.lifecycles import LIFECYCLES, Lifecycle
from models.lifecycles.event_spec import Group, Quiet, Scope, Tone
from models.lifecycles.events import COMMON_EVENTS, EVENTS, ROWS, next_step
from models.messages.commands import Command
from models.rules.steps import DEEDS
from models.vocabulary import Role

ROOT = Path(__file__).parents[3]
OF_STATES = {event for lifecycle in LIFECYCLES.values() for event in lifecycle.event_names()}
PEOPLE = {Role.INNOVATOR, Role.COACH, Role.LEAD}
TURNS = [
    pytest.param(lifecycle, state, role, id=f"{lifecycle.stage}.{state}")
    for lifecycle in LIFECYCLES.values()
    for state, role in lifecycle.on_turn.items()
    if role in PEOPLE
]

CATALOGUES = {"templates/locales/de.po", "templates/locales/en.po"}
TABLE = "models/lifecycles/events.py"
PLAIN = {
    "agree_plan": "develop",
    "request_support": "support",
    "cannot_arrange": "support",
    "confirm_use": "support",
    "conclude": "accompany",
    "request_more": "accompany",
}
"""Steps of one state that ask for nothing, and the machine that declares each."""


def test_every_event_has_one_row_and_every_row_an_event() -> None:
    assert len(ROWS) == len(EVENTS)
    assert {name for name, spec in EVENTS.items() if spec.scope is Scope.STATE} == OF_STATES - COMMON_EVENTS.keys()
    for lifecycle in LIFECYCLES.values():
        assert lifecycle.actors.keys() == set(lifecycle.event_names())


def test_whatever_is_known_beside_the_machines_does_something() -> None:
    beside = {name for name, spec in EVENTS.items() if spec.scope not in (Scope.STATE, Scope.NOTED)}
    assert DEEDS.keys() == beside


def test_roles_are_said_once() -> None:
    """By the machine for the states of its own, else by the row."""
    for spec in EVENTS.values():
        assert bool(spec.roles) == (spec.scope not in (Scope.STATE, Scope.NOTED)), spec.name


def test_a_row_names_fields_that_a_command_has() -> None:
    carried = {*Command.model_fields, "reason", "note"}
    kept = {"title", "district", "themes"}
    for spec in EVENTS.values():
        assert set(spec.required) <= carried, spec.name
        assert set(spec.optional) <= carried | kept, spec.name
        assert len(set(spec.fields)) == len(spec.fields), spec.name


@pytest.mark.parametrize(("lifecycle", "state", "role"), TURNS)
def test_whoever_is_on_turn_has_one_step_along_the_path(lifecycle: type[Lifecycle], state: str, role: Role) -> None:
    along = [event for event in lifecycle.events_in(state) if EVENTS[event].moves_along]
    assert len(along) == 1
    assert role in lifecycle.actors[along[0]]
    assert next_step(lifecycle, state, role) == along[0]


def test_a_role_without_the_step_along_the_path_is_told_another_or_none() -> None:
    identify = LIFECYCLES[next(iter(LIFECYCLES))]
    assert next_step(identify, "clarification", Role.LEAD) == "clarify"
    assert next_step(identify, "screening", Role.COACH) is None


def test_what_stands_still_in_a_pause_is_a_common_event() -> None:
    assert {spec.scope for spec in EVENTS.values() if spec.stops_in_pause} == {Scope.OPEN}


def test_what_ends_a_path_by_hand_can_be_taken_back_and_is_never_offered_quietly() -> None:
    for spec in EVENTS.values():
        if spec.tone is Tone.GRAVE:
            assert spec.undoable, spec.name
            assert spec.quiet is not Quiet.OFFERED, spec.name
        assert not (spec.undoable and spec.keeps_undo), spec.name


def test_what_asks_for_something_says_it_in_words() -> None:
    assert {name for name, spec in EVENTS.items() if spec.asks and not spec.needs_words} == set()


def test_people_find_every_common_event_on_the_page() -> None:
    """In a group, or first: `resume` is the one step of a pause."""
    homeless = {name for name, spec in COMMON_EVENTS.items() if spec.group is None and spec.roles & PEOPLE}
    assert homeless == {"resume"}
    assert {spec.group for spec in EVENTS.values()} == {None, *Group}


@cache
def sources() -> dict[str, str]:
    """The product without its story for visitors, and without the documents, whose diagrams are drawn from machines."""
    found = [
        path
        for room in ("models", "activities", "workflows", "api", "templates")
        for path in sorted((ROOT / room).rglob("*"))
        if path.suffix in {".py", ".html", ".txt", ".js", ".po", ".toml"}
    ]
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in found}
    return {name: text for name, text in texts.items() if not name.startswith("api/operations/demo/")}


def files_that_name(event: str) -> set[str]:
    word = re.compile(rf"(?<![\w-]){event}(?![\w-])")
    return {name for name, text in sources().items() if word.search(text)}


@pytest.mark.parametrize(("event", "stage"), PLAIN.items())
def test_a_plain_event_touches_its_machine_its_row_and_the_two_catalogues(event: str, stage: str) -> None:
    assert files_that_name(event) == {f"models/lifecycles/{stage}.py", TABLE, *CATALOGUES}


def test_a_common_event_touches_its_row_its_deed_and_the_two_catalogues() -> None:
    """Unless it makes sense in some places only, has fields of its own, or a place beside the list of steps."""
    found = {name for name in files_that_name("hand_over") if not name.endswith(".html")}
    assert found == {TABLE, "models/rules/steps.py", *CATALOGUES}
