"""Why an import cannot begin, and what is said about single rows."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

LONGEST_EXCERPT = 80
NOT_PRINTED = "·"
"""Stands in an excerpt for what cannot be printed. Whoever copies it means the blank that it stands for."""
TYPOGRAPHIC_QUOTES = "„“”‚‘’«»‹›"


class ImportImpossible(Exception):
    """Nothing can be imported like this. The message says where the trouble is and how to mend it.

    `code` and `facts` are for pages, which have words of their own for all that a file can be; what a command was
    asked for alone has no code.
    """

    def __init__(self, message: str, code: str = "", **facts: object) -> None:
        self.code, self.facts = code, facts
        super().__init__(message)


class Remark(str):
    """What somebody should know about a file as a whole. `code` and `facts` are for pages, which have own words."""

    code: str
    facts: dict[str, object]

    @classmethod
    def of(cls, code: str, text: str, **facts: object) -> "Remark":
        remark = cls(text)
        remark.code, remark.facts = code, facts
        return remark


class Kind(StrEnum):
    """What became of the row."""

    REFUSED = "refused"
    REMARK = "remark"
    """The row is imported; somebody should know this."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `code` is for programs and stays as it is; `reason` is for people."""

    line: int
    """Where the row begins: a line of the file as an editor counts them, from 1."""
    kind: Kind
    code: str
    reason: str
    column: str = ""
    """The file's own name of the column."""
    value: str = ""
    last_line: int | None = None
    """Where the row ends, if it spans several lines."""


def excerpt(value: str, length: int = LONGEST_EXCERPT) -> str:
    """The beginning of a value in one printable line: nothing in it can move a cursor or break a report."""
    short = value[: length + 1]
    printable = "".join(character if character.isprintable() else NOT_PRINTED for character in short)
    return printable if len(value) <= length else f"{printable[:length]}…"


def fold_name(name: str) -> str:
    """A name of a column as names are compared: whatever blanks, line breaks, quotes and case it is written with."""
    seen = (sign for sign in unicodedata.normalize("NFKC", name) if unicodedata.category(sign) != "Cf")
    plain = "".join(" " if sign == NOT_PRINTED or not sign.isprintable() else sign for sign in seen)
    return " ".join(plain.split()).strip(TYPOGRAPHIC_QUOTES).strip().casefold()


def suggest(wanted: str, known: Iterable[str]) -> str:
    """' Did you mean "title"?', or nothing where no name is close."""
    by_small = {name.casefold(): name for name in known}
    close = get_close_matches(wanted.casefold(), by_small, n=1, cutoff=0.6)
    return f' Did you mean "{excerpt(by_small[close[0]])}"?' if close else ""
