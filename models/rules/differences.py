"""What was changed of a text, word by word."""

import re
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple


class Change(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


class Piece(NamedTuple):
    """Words in a row that share their fate."""

    change: Change
    text: str


def find_differences(before: str, after: str) -> list[Piece]:
    """The pieces of which both texts are made, in their order.

    >>> [tuple(piece) for piece in find_differences("Das Fest war gross.", "Das Fest war schön.")]
    [('same', 'Das Fest war '), ('removed', 'gross.'), ('added', 'schön.')]
    """
    old, new = _words(before), _words(after)
    found: list[Piece] = []
    for tag, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece(Change.SAME, "".join(old[first:last])))
            continue
        if last > first:
            found.append(Piece(Change.REMOVED, "".join(old[first:last])))
        if end > start:
            found.append(Piece(Change.ADDED, "".join(new[start:end])))
    return found


def _words(text: str) -> list[str]:
    """Each word with the blanks after it."""
    return re.findall(r"\S+\s*|^\s+", text)
