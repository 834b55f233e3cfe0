"""CSV that a German Excel opens with a double click: UTF-8 with a mark, semicolons, and no cell that computes."""

import csv
import unicodedata
from collections.abc import Iterable
from typing import Protocol

BYTE_ORDER_MARK = "\ufeff"
COMPUTES = ("=", "+", "-", "@")
"""With these a cell begins that a spreadsheet may run as a formula (OWASP, "CSV Injection"), in any width."""
BREAKS = ("\t", "\r", "\n")
"""With these, too, whatever follows."""


class TextSink(Protocol):
    """What can be written to."""

    def write(self, text: str, /) -> object: ...


class SheetWriter:
    """Writes rows; `for_excel` chooses mark and semicolons, else it is RFC 4180 with commas.

    A text that would compute gets an apostrophe in front, whatever the form: the file may end up in a spreadsheet.
    """

    def __init__(self, sink: TextSink, *, for_excel: bool = True) -> None:
        if for_excel:
            sink.write(BYTE_ORDER_MARK)
        self._writer = csv.writer(sink, delimiter=";" if for_excel else ",", lineterminator="\r\n")

    def write(self, cells: Iterable[object]) -> None:
        self._writer.writerow([neutralise(cell) if isinstance(cell, str) else cell for cell in cells])


def neutralise(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would compute it, or where it looks as if it had one.

    `restore` takes exactly that apostrophe away.
    """
    return f"'{text}" if _computes(text.lstrip("'")) else text


def restore(text: str) -> str:
    """The text that `neutralise` was given."""
    return text[1:] if text.startswith("'") and _computes(text.lstrip("'")) else text


def _computes(text: str) -> bool:
    return text.startswith(BREAKS) or first_sign(text).startswith(COMPUTES)


def first_sign(text: str) -> str:
    """The first sign that is seen, in its plain form: behind spaces, controls and marks, which programs skip."""
    seen = (sign for sign in text if unicodedata.category(sign)[0] not in "CZ")
    return unicodedata.normalize("NFKC", next(seen, ""))
