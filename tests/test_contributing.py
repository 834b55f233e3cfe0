"""Recipes of CONTRIBUTING.md, followed: an example is named in the files that its recipe lists, and in no other.

`Followed here` binds the <places> of the paths and names what to look for; the table lists the files.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

PACKAGES = ("models", "activities", "workflows", "api", "templates")
KINDS = {".py", ".html", ".txt", ".po", ".md", ".css", ".js"}
GLOSSARY = "models/README.md"


@dataclass(frozen=True)
class Recipe:
    title: str
    places: dict[str, str]
    names: tuple[str, ...]
    always: frozenset[str]
    perhaps: frozenset[str]
    tests: tuple[str, ...]


def read_recipe(section: str) -> Recipe:
    title, _, body = section.partition("\n")
    followed = " ".join(re.findall(r"^Followed here: .*?\n\n", body, re.MULTILINE | re.DOTALL))
    bound, _, looked_for = followed.partition("Look for")
    places = dict(re.findall(r"`<(\w+)>` is `([^`]+)`", bound))
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| [^|]+ \|$", body, re.MULTILINE)
    paths = {fill(path, places): when for path, when in rows}
    assert len(paths) == len(rows), f"{title}: a file stands there twice"
    return Recipe(
        title=title,
        places=places,
        names=tuple(re.findall(r"`([^`]+)`", looked_for)),
        always=frozenset(path for path, when in paths.items() if when == "always"),
        perhaps=frozenset(path for path, when in paths.items() if when != "always"),
        tests=tuple(re.findall(r"`(tests/[\w/]+\.py)`", body)),
    )


def fill(path: str, places: dict[str, str]) -> str:
    for place, value in places.items():
        path = path.replace(f"<{place}>", value)
    return path


SECTIONS = TEXT.partition("\n## Recipes\n")[2].partition("\n## ")[0].split("\n### ")[1:]
RECIPES = [read_recipe(section) for section in SECTIONS]


@cache
def product() -> dict[str, str]:
    """Path → text of everything that is shipped, but for the glossary, which names everything."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.suffix in KINDS]
    files += [ROOT / "pipeline.toml", ROOT / "docker-compose.yml"]
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}
    return {path: text for path, text in texts.items() if "/vendor/" not in path and path != GLOSSARY}


def mentions(recipe: Recipe, path: str, text: str) -> bool:
    """By its name or by what is in it. The value of an attribute, as in lang="en", is no mention."""
    if Path(path).stem in {name.strip('"') for name in recipe.names}:
        return True
    return any(name in text and re.search(rf"(?<![\w=]){re.escape(name)}(?!\w)", text) for name in recipe.names)


def test_there_is_a_recipe_for_what_changes_often() -> None:
    assert [recipe.title for recipe in RECIPES] == [
        "Add an event",
        "Add a stage",
        "Add a kind of case",
        "Add a crowdfunding adapter",
        "Add a language",
        "Add a page",
        "Add a kind of notice",
        "Add a setting",
    ]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_a_recipe_names_the_files_that_its_example_has_touched(recipe: Recipe) -> None:
    assert recipe.names
    assert recipe.always
    found = {path for path, text in product().items() if mentions(recipe, path, text)}
    assert sorted(found - recipe.always - recipe.perhaps) == [], "the recipe in CONTRIBUTING.md leaves these out"
    assert sorted(recipe.always - found) == [], "the recipe in CONTRIBUTING.md says always, and these go without"


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_a_recipe_names_files_that_are_there(recipe: Recipe) -> None:
    assert recipe.tests
    for path in (*recipe.always, *recipe.perhaps, *recipe.tests):
        assert (ROOT / path).is_file(), path
