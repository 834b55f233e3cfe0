"""One gate for what people type: what looks alike is alike, what nobody sees has no length, nothing goes around it."""

import re
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlmodel import SQLModel

import models
from activities.upkeep.stored_text import WORDS
from api.use_cases.drafts import TypedWords
from api.use_cases.idea_text import IdeaWords
from models.tables.columns import PackedWords, Words
from models.typed_text import Text, clean, is_title, says_something, visible_length

HOUSE = Path(models.__file__).parents[1]
FAMILY = "👩\u200d👩\u200d👧"
OUR_OWN = {("mail", "subject"), ("mail", "body"), ("mail", "html")}
"""Written by us, from words that have gone through the gate."""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Mu\u0308llsammeln", "Müllsammeln"),
        ("Nachbar\u00adschafts\u00adladen", "Nachbarschaftsladen"),
        ("Öffnung\u200bszeiten\ufeff", "Öffnungszeiten"),
        ("\u202eesrever\u2066", "esrever"),
        ("Zeile\r\nzwei\rdrei\u2028vier\x0bfünf\x85sechs", "Zeile\nzwei\ndrei\nvier\nfünf\nsechs"),
        ("a\x07b\x1b\x9f\x7f\x02c", "abc"),
        ("Bänke\ufffe für\uffff alle", "Bänke für alle"),
        ("\u200b\u00ad\ufeff \u3164 ", ""),
        ("نگار\u200cپور", "نگار\u200cپور"),
        ("क्\u200dष", "क्\u200dष"),
        (FAMILY, FAMILY),
        ("❤\ufe0f", "❤\ufe0f"),
        ("Al\u200cma\u200d", "Alma"),
        ("  \tEin Garten\n", "Ein Garten"),
    ],
)
def test_text_is_kept_as_it_looks(typed: str, kept: str) -> None:
    assert clean(typed) == kept
    assert clean(kept) == kept
    assert TypeAdapter(Text).validate_python(typed) == kept


@pytest.mark.parametrize(
    "title", ["\u200b" * 4, "\u00ad" * 4, "...", "---", "…", "e\u0301\u0301\u0301", "\u2800" * 4, "ab"]
)
def test_what_cannot_be_read_is_no_title(title: str) -> None:
    assert not is_title(title)
    with pytest.raises(ValidationError) as wrong:
        IdeaWords(title=title, summary="Kurz.")
    assert [(line["loc"], line["type"]) for line in wrong.value.errors()] == [(("title",), "string_too_short")]


@pytest.mark.parametrize("typed", ["Lese\x00bank", "Lese\ud800bank", "\udfff"])
def test_what_no_database_takes_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Text).validate_python(typed)


def test_what_can_be_read_is_counted_by_what_is_seen() -> None:
    assert visible_length("Mu\u0308ll \u200b") == 4
    assert [title for title in ("C++", "家族会", "3 Es") if not is_title(title)] == []
    assert says_something("🌳")
    assert not says_something("–…")


def test_every_way_in_has_the_same_gate() -> None:
    typed = "Mu\u0308ll\u00adsammeln\r\nheute"
    for form in (IdeaWords(title="Idee", summary=typed), TypedWords(summary=typed)):
        assert form.summary == "Müllsammeln\nheute"


def test_no_words_are_written_beside_the_gate() -> None:
    """Whatever way they come: the columns themselves let nothing else through."""
    columns = {
        (one.name, name): SQLModel.metadata.tables[one.table.__tablename__].columns[name].type
        for one in WORDS
        for name in (*one.texts, *one.packed)
    }
    columns["account", "name"] = SQLModel.metadata.tables["account"].columns["name"].type
    open_ones = {where for where, type_ in columns.items() if not isinstance(type_, Words | PackedWords)}
    assert open_ones == OUR_OWN
    assert Words(80).process_bind_param("Mu\u0308ll\u00ad", None) == "Müll"
    packed = {"a": ["Mu\u0308ll\u00ad", 1], "b": {"c": None}}
    assert PackedWords().process_bind_param(packed, None) == {"a": ["Müll", 1], "b": {"c": None}}


def test_nobody_tidies_up_in_their_own_way() -> None:
    """A second gate would let through what the first does not."""
    own_ways = re.compile(r'replace\("\\r\\n"|replace\("\\x00"|normalize\("NFC"')
    found = {
        str(path.relative_to(HOUSE))
        for room in ("models", "activities", "workflows", "api")
        for path in (HOUSE / room).rglob("*.py")
        if own_ways.search(path.read_text())
    }
    assert found == {"models/typed_text.py", *KEYS_OF_TABLES}


KEYS_OF_TABLES = ("api/use_cases/importing/checking.py", "api/use_cases/importing/reading.py")
"""What tells rows and columns apart is compared and not kept; the words of a cell go through the gate in the end."""
