"""Days as people type them where a browser has no calendar."""

from datetime import date

import pytest

from models.rules.days import read_day

CHRISTMAS_EVE = date(2026, 12, 24)


@pytest.mark.parametrize("text", ["24.12.2026", " 24.12.2026 ", "24. 12. 2026", "24.12.26", "24. 12.26", "2026-12-24"])
def test_a_day_is_read_as_people_write_it(text: str) -> None:
    assert read_day(text) == CHRISTMAS_EVE


def test_days_and_months_need_no_zero() -> None:
    assert read_day("1.3.2027") == read_day("01.03.27") == date(2027, 3, 1)


@pytest.mark.parametrize(
    "text",
    [
        *("", "bald", "24.12.", "24.12", "32.1.2027", "29.2.2027", "2027-02-29", "12/24/2026", "24.12.026", "20261224"),
        *("2026-W52-4", "0000-01-01", "24.12.0000", "24..12.2026", "٢٤.١٢.٢٠٢٦", "24.12.2026\x00"),
    ],
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert read_day(text) is None
