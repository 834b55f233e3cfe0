"""The glossary in models/README.md: each word once, and where it lives."""

import importlib
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from models.i18n import texts_in

GLOSSARY = Path(__file__).parents[2] / "models" / "README.md"


def test_the_glossary_says_each_word_once_and_where_it_lives() -> None:
    table = GLOSSARY.read_text(encoding="utf-8").partition("\n## Glossary\n")[2]
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| `([^`]+)` \|$", table, re.MULTILINE)
    assert len(rows) == table.count("\n| ") - 1, "each row has four columns"
    terms, german, meanings = ([row[column] for row in rows] for column in range(3))
    assert len(terms) >= 40
    assert terms == sorted(terms, key=str.casefold)
    for column in (terms, german, meanings):
        assert len({word.casefold() for word in column}) == len(rows)
    for term, *_, where in rows:
        assert where in texts_in("de").catalogue or find(where) is not None, term


def find(identifier: str) -> Any:
    """What a dotted name leads to: a module, or a name in one, or a field of a model. None where there is no such."""
    module, _, name = identifier.rpartition(".")
    try:
        return importlib.import_module(identifier)
    except ModuleNotFoundError:
        owner = find(module) if module else None
    if isinstance(owner, type) and issubclass(owner, BaseModel):
        return owner.model_fields.get(name)
    return getattr(owner, name, None)
