"""Sums of money as people type and read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.money import MOST_CENTS, fee_of, read_euros, write_amount, write_euros


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1.234,56", 123_456),
        ("1234,56", 123_456),
        ("1234.5", 123_450),
        ("1.234", 123_400),
        ("1 234 567", 123_456_700),
        ("12", 1_200),
        (" 12,- € ", 1_200),
        ("€ 12,–", 1_200),
        ("EUR 12", 1_200),
        ("12,5 EUR", 1_250),
        ("0,01", 1),
        ("0", 0),
        ("10.000.000,00", MOST_CENTS),
    ],
)
def test_a_sum_is_read_as_germans_type_it(text: str, cents: int) -> None:
    assert read_euros(text) == cents


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "abc",
        "-5",
        "1,234",
        "1.23.4",
        "1,2,3",
        "12,345",
        "1.2345",
        "1e3",
        "٣",
        "10.000.000,01",
        "9" * 40,
        "12 $",
    ],
)
def test_what_is_no_sum_is_not_guessed(text: str) -> None:
    assert read_euros(text) is None


def test_english_puts_the_marks_the_other_way_round() -> None:
    assert read_euros("1,234.56", "en") == 123_456
    assert read_euros("1,234", "en") == 123_400
    assert read_euros("1.234", "en") is None
    assert read_euros("1234,50", "en") == 123_450


def test_sums_are_written_as_each_language_writes_them() -> None:
    assert (write_euros(123_456), write_euros(123_456, "en")) == ("1.234,56\u00a0€", "€1,234.56")
    assert (write_amount(5), write_amount(123_456, "en")) == ("0,05", "1,234.56")


@given(st.integers(0, MOST_CENTS), st.sampled_from(["de", "en", "pl", "cs", "uk", "de_CH", "fr"]))
def test_what_is_written_is_read_again(cents: int, language: str) -> None:
    assert read_euros(write_amount(cents, language), language) == cents
    assert read_euros(write_euros(cents, language), language) == cents


@given(st.text(max_size=20))
def test_reading_never_fails(text: str) -> None:
    assert read_euros(text) is None or 0 <= (read_euros(text) or 0) <= MOST_CENTS


@pytest.mark.parametrize(("cents", "fee"), [(0, 0), (1, 1), (100, 8), (101, 9), (10_000, 800), (10_001, 801)])
def test_a_fee_is_rounded_up_to_the_cent(cents: int, fee: int) -> None:
    assert fee_of(cents, 800) == fee
