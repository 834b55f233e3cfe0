"""Counting sentences as well as a hint needs it."""

import pytest

from models.rules.sentences import count_sentences


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Ohne Punkt", 1),
        ("Ein Satz.", 1),
        ("Eins. Zwei! Drei? Vier…", 4),
        ("Wir helfen, z. B. Kindern, ca. 20 am Tag.", 1),
        ("Am 3. Mai beginnt es. Prof. Arnold kommt bzw. Frau Ernst.", 2),
        ("Sie fragt: „Wer hilft?“ Wir helfen.", 2),
        ("„Wer hilft?“, fragt sie.", 1),
        ("Eins.\n\nZwei.", 2),
        ("Wir sind der e. V. Pflegelotsen.", 1),
        ("Das war 2026. Jetzt geht es weiter", 2),
    ],
)
def test_sentences_are_counted(text: str, count: int) -> None:
    assert count_sentences(text) == count
