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

    @property
    def words(self) -> str:
        return self.text.rstrip()

    @property
    def gap(self) -> str:
        """The blanks behind: they are neither struck through nor underlined, and what comes instead does not stick to
        what goes."""
        return _blanks_after(self.text) or (" " if self.change is Change.REMOVED else "")


def find_differences(before: str, after: str) -> list[Piece]:
    """The pieces of which both texts are made, in their order. Blanks and line breaks are those of the second: they are
    no words.

    >>> [(str(piece.change), piece.text) for piece in find_differences("Das Fest war gross.", "Das Fest war schön.")]
    [('same', 'Das Fest war '), ('removed', 'gross.'), ('added', 'schön.')]
    """
    old, new = _words(before), _words(after)
    found: list[Piece] = []
    before_bare, after_bare = ([word.strip() for word in words] for words in (old, new))
    matcher = SequenceMatcher(None, before_bare, after_bare, autojunk=False)
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag == "equal":
            found.append(Piece(Change.SAME, "".join(new[start:end])))
            continue
        if last > first:
            # What stayed before it may be the end of the second text, without a blank of its own.
            is_apart = not found or found[-1].text[-1:].isspace()
            lead = "" if is_apart else _blanks_after(old[first - 1])
            found.append(Piece(Change.REMOVED, lead + "".join(old[first:last])))
        if end > start:
            found.append(Piece(Change.ADDED, "".join(new[start:end])))
    return found


def _blanks_after(text: str) -> str:
    return text[len(text.rstrip()) :]


def _words(text: str) -> list[str]:
    """Each word with the blanks after it, the first with those before it as well."""
    return re.findall(r"^\s*\S+\s*|\S+\s*", text)
