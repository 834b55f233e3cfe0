"""What was changed of a text, as its owner sees it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.differences import Change, Piece, find_differences


def mark(pieces: list[Piece]) -> str:
    """As the page writes it: what goes in minus signs, what comes in plus signs."""
    around = {Change.SAME: "", Change.REMOVED: "-", Change.ADDED: "+"}
    return "".join(
        piece.text
        if piece.change is Change.SAME
        else f"{around[piece.change]}{piece.words}{around[piece.change]}{piece.gap}"
        for piece in pieces
    )


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("Wir sind zwölf Leute.", "Wir sind vierzehn Leute.", "Wir sind -zwölf- +vierzehn+ Leute."),
        ("Pflege", "Hilfe im Alter", "-Pflege- +Hilfe im Alter+"),
        ("Das war es.", "Das war es.\n\nKommt vorbei!", "Das war es.\n\n+Kommt vorbei!+"),
        ("Das war es.\n\nKommt vorbei!", "Das war es.", "Das war es.-\n\nKommt vorbei!- "),
        ("Zwei  Blanks\nund Zeilen", "Zwei Blanks und Zeilen", "Zwei Blanks und Zeilen"),
        (" vorn", "vorn", "vorn"),
        ("", "Neu", "+Neu+"),
        ("Alt", "", "-Alt- "),
    ],
)
def test_only_words_are_marked_and_what_comes_does_not_stick_to_what_goes(before: str, after: str, told: str) -> None:
    assert mark(find_differences(before, after)) == told


@given(before=st.text("ab \n"), after=st.text("ab \n"))
def test_both_texts_can_be_read_in_their_differences(before: str, after: str) -> None:
    pieces = find_differences(before, after)
    kept = "".join(piece.text for piece in pieces if piece.change is not Change.REMOVED)
    assert kept == (after if after.strip() else "")
    gone = "".join(piece.text + piece.gap for piece in pieces if piece.change is not Change.ADDED)
    assert gone.split() == before.split(), "blanks are those of the later text"
