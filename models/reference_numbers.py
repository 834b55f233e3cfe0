"""Reference numbers: what people say on the phone for an idea, such as IW-2026-0417. Given at hand-in, never again."""

import re

from models.text_folding import fold

SAID = re.compile(r"(?:(?:nr|nummer|no|number|idee|idea|vorgang) )*(?:iw ?(\d{4}) ?|(\d{4}) )0*(\d{1,9})")
"""What is left of a number after folding, with what people put before it."""


def write_reference(year: int, number: int) -> str:
    """At least four digits, so that short ones look like a number; more where a year has more ideas."""
    return f"IW-{year}-{number:04d}"


def read_reference(typed: str) -> str | None:
    """A number in whatever spelling it was said; None where it is none.

    >>> read_reference("iw 2026 417"), read_reference("Nr. 2026-417"), read_reference("2026")
    ('IW-2026-0417', 'IW-2026-0417', None)
    """
    found = SAID.fullmatch(fold(typed))
    return write_reference(int(found[1] or found[2]), int(found[3])) if found else None
