"""The rooms of `api`: what import-linter cannot ask. Contracts in pyproject.toml say which room may import which."""

import ast
import importlib
import pkgutil
from pathlib import Path

from fastapi import APIRouter

import api.pages
from api.app import create_app
from tests.api.route_table import route_of, routes_of

PAGES = [module.name for module in pkgutil.walk_packages(api.pages.__path__, "api.pages.") if not module.ispkg]


def imports_of(name: str) -> set[str]:
    """What a module imports of our own, as "api.pages.kit.fields"."""
    source = importlib.import_module(name).__file__
    assert source is not None
    tree = ast.parse(Path(source).read_text(encoding="utf-8"))
    return {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}


def test_no_page_imports_a_page() -> None:
    pages = {name for name in PAGES if isinstance(getattr(importlib.import_module(name), "router", None), APIRouter)}
    assert len(pages) > 50
    assert {name: found for name in PAGES if (found := imports_of(name) & pages)} == {}


def test_the_kit_has_no_page() -> None:
    kit = [name for name in PAGES if name.startswith("api.pages.kit.")]
    assert len(kit) > 10
    assert [name for name in kit if hasattr(importlib.import_module(name), "router")] == []


def test_no_route_is_hidden_by_one_before_it() -> None:
    """Pages are found by themselves, so that nobody decides on their order."""
    routes = routes_of(create_app())
    for route in routes:
        method, _, path = route.partition(" ")
        same = [other.partition(" ")[2] for other in routes if other.startswith(f"{method} ")]
        assert route_of(same, path) == path, route
