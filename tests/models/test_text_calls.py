"""Wherever a text is asked for by its key, in code or in a template, it gets the values of its places."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from models.i18n import texts_in
from models.settings import TEMPLATES
from tests.languages import places

ROOT = TEMPLATES.parent
PACKAGES = ("activities", "api", "models", "workflows")
SPEAKERS = {"t", "texts"}
GERMAN = texts_in("de").catalogue

Call = tuple[str, frozenset[str]]


def in_template(source: str) -> Iterator[Call]:
    """Key and named values of every call of `t` with a literal key; calls with `**values` are left out."""
    env = Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
    for call in env.parse(source).find_all(nodes.Call):
        if not (isinstance(call.node, nodes.Name) and call.node.name in SPEAKERS and call.args) or call.dyn_kwargs:
            continue
        given = frozenset(one.key for one in call.kwargs)
        first = call.args[0]
        choices = [first.expr1, first.expr2] if isinstance(first, nodes.CondExpr) else [first]
        yield from (
            (one.value, given) for one in choices if isinstance(one, nodes.Const) and isinstance(one.value, str)
        )


def in_code(source: str) -> Iterator[Call]:
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call) or not call.args or any(word.arg is None for word in call.keywords):
            continue
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        if name not in SPEAKERS:
            continue
        given, first = frozenset(word.arg for word in call.keywords if word.arg), call.args[0]
        choices = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
        yield from (
            (one.value, given) for one in choices if isinstance(one, ast.Constant) and isinstance(one.value, str)
        )


def all_sources() -> Iterator[tuple[Path, str]]:
    templates = sorted(TEMPLATES.rglob("*.html")) + sorted(TEMPLATES.rglob("*.txt"))
    code = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    yield from ((path, path.read_text(encoding="utf-8")) for path in templates + code)


def all_calls() -> Iterator[tuple[Path, Call]]:
    for path, source in all_sources():
        yield from ((path, call) for call in (in_code if path.suffix == ".py" else in_template)(source))


def test_every_text_that_is_asked_for_by_its_key_gets_its_values() -> None:
    calls = list(all_calls())
    assert len(calls) > 1000, "both are read"
    unknown = sorted({(path.name, key) for path, (key, _) in calls if key not in GERMAN})
    assert unknown == []
    lacking = [(str(path.relative_to(ROOT)), key, places(GERMAN[key]) - given) for path, (key, given) in calls]
    assert [one for one in lacking if one[2]] == []


def test_a_count_is_given_as_a_number_since_it_chooses_the_form() -> None:
    written = re.compile(r"\bcount=(str|[\w.]*number)\(")
    assert [path.name for path, source in all_sources() if written.search(source)] == []


@pytest.mark.parametrize(
    "source", ['{{ t("page.bulk.again") }}', '{{ t("page.places.title" if one else "page.places.taken") }}']
)
def test_a_place_without_its_value_is_found(source: str) -> None:
    assert any(places(GERMAN[key]) - given for key, given in in_template(source))
    assert any(places(GERMAN[key]) - given for key, given in in_code(source.strip("{} ")))
