"""Days as tables write them."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar jan january jänner jaenner",
            "februar feb february feber",
            "märz maerz mär mrz march mar",
            "april apr",
            "mai may",
            "juni jun june",
            "juli jul july",
            "august aug",
            "september sep sept",
            "oktober okt october oct",
            "november nov",
            "dezember dez december dec",
        ),
        1,
    )
    for name in names.split()
}
YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})(?!\d)")
SLASHES = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})(?!\d)")
NAMED = re.compile(r"(\d{1,2})\.?\s+([^\W\d_]+)\.?,?\s+(\d{4})")
NAMED_FIRST = re.compile(r"([^\W\d_]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
WEEKDAY = re.compile(r"\A[^\W\d_]{2,10}[.,]+\s*")
SERIAL = re.compile(r"([3-6]\d{4})([.,]\d+)?")
EPOCH = re.compile(r"1\d{9}(\d{3})?")
FIRST_OF_SPREADSHEETS = date(1899, 12, 30)


def read_day(text: str, zone: ZoneInfo) -> date | None:
    """The day of a cell, a time of day left out; None where it is none, or one of two (03/04/2026)."""
    text = text.strip()
    if re.match(r"\d{4}-\d{2}-\d{2}[T ]", text) and (at := _read_instant(text)) is not None:
        return at.astimezone(zone).date() if at.tzinfo is not None else at.date()
    if EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC).astimezone(zone).date()
    if found := SERIAL.fullmatch(text):
        return FIRST_OF_SPREADSHEETS + timedelta(days=int(found[1]))
    text = WEEKDAY.sub("", text)
    if found := YEAR_FIRST.match(text):
        return _make(found[1], found[2], found[3])
    if found := DAY_FIRST.match(text):
        return _make(found[3], found[2], found[1])
    if found := SLASHES.match(text):
        return _read_slashes(*found.groups())
    if found := NAMED.match(text):
        return _make(found[3], MONTHS.get(found[2].casefold(), 0), found[1])
    if found := NAMED_FIRST.match(text):
        return _make(found[3], MONTHS.get(found[1].casefold(), 0), found[2])
    return None


def _read_instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _read_slashes(first: str, second: str, year: str) -> date | None:
    """Some write the day first, some the month: told apart where one of them is more than twelve."""
    if int(first) > 12 or first == second:
        return _make(year, second, first)
    return _make(year, first, second) if int(second) > 12 else None


def _make(year: str, month: str | int, day: str) -> date | None:
    whole = int(year) if len(year) == 4 else 2000 + int(year)
    try:
        return date(whole, int(month), int(day))
    except ValueError:
        return None
