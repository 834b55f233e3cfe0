"""Days as people write them."""

import re
from datetime import date

_GERMAN = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4}|[0-9]{2})")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def read_day(text: str) -> date | None:
    """The day that somebody has typed or a browser has sent: "24.12.2026", "24. 12. 26" or "2026-12-24".

    None where it is no such day. Of a year with two digits the century is ours.
    """
    typed = text.strip()
    if match := _GERMAN.fullmatch(typed):
        day, month, year = match.groups()
        year = year if len(year) > 2 else f"20{year}"
    elif match := _ISO.fullmatch(typed):
        year, month, day = match.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
