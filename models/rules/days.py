"""Days and times as people write them."""

import re
from datetime import date, time

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


_TIME = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?(?::00)?(?: ?(?:Uhr|h))?")


def read_time(text: str) -> time | None:
    """The time of day that somebody has typed or a browser has sent: "9:30", "09.30 Uhr", "14". None where it is none.

    >>> read_time("9.30 Uhr")
    datetime.time(9, 30)
    """
    match = _TIME.fullmatch(text.strip())
    if match is None or int(match[1]) > 23 or int(match[2] or 0) > 59:
        return None
    return time(int(match[1]), int(match[2] or 0))
