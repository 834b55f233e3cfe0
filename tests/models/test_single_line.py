"""What stands in one line stays in one line, and a name carries no message."""

import pytest
from pydantic import TypeAdapter, ValidationError

from models.single_line import Line, Name, is_name

LINE, NAME = TypeAdapter(Line), TypeAdapter(Name)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ein Garten", "Ein Garten"),
        (" Ein\r\n\r\nGarten\t für\u2028 alle\x1c ", "Ein Garten für alle"),
        ("Dorfladen 2.0 @home: www.garten.example", "Dorfladen 2.0 @home: www.garten.example"),
        ("", ""),
    ],
)
def test_a_line_is_one_line(typed: str, kept: str) -> None:
    assert LINE.validate_python(typed) == kept


@pytest.mark.parametrize("typed", ["a\x07b", "a\x1bb", "a\x7fb", "a\x9bb", "a\u00ad\u200bb"])
def test_a_line_has_no_signs_that_nobody_sees(typed: str) -> None:
    for adapter in (LINE, NAME):
        assert adapter.validate_python(typed) == "ab"
        with pytest.raises(ValidationError):
            adapter.validate_python("a\x00b")


@pytest.mark.parametrize(
    "typed", ["Alma Hoffmann", "Zoë O’Brien-Łukasz", "Ян Новак", "نگار\u200cپور", "Dr. med. A. B."]
)
def test_people_are_called_what_they_are_called(typed: str) -> None:
    assert NAME.validate_python(f" {typed}\n") == typed
    assert is_name(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "Bestätigen Sie unter https://evil.example/login",
        "HTTP\uff1a//evil.example",
        "Kunde WWW.evil.example",
        "alma@evil.example",
        "alma＠evil.example",
        "…",
        "--- .",
        "x" * 81,
    ],
)
def test_a_name_is_no_message(typed: str) -> None:
    with pytest.raises(ValidationError):
        NAME.validate_python(typed)
    assert not is_name(typed)
