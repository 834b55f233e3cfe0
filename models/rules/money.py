"""Sums of money: integer cents inside, "1.234,56 €" for people."""

import re
from decimal import Decimal

from babel.numbers import format_currency, format_decimal, get_decimal_symbol, get_group_symbol

MOST_CENTS = 10_000_000_00
"""Ten million euros: the most that a field of a package takes."""


class Money(int):
    """Cents that a text shows as a sum of money."""


def fee_of(cents: int, basis_points: int) -> int:
    """The platform's share of a sum, in cents. A started cent is a whole one, so that the plan is never short of it."""
    return -(-cents * basis_points // 10_000)


def write_euros(cents: int, language: str = "de") -> str:
    """ "1.234,56 €"."""
    return format_currency(Decimal(cents) / 100, "EUR", locale=language)


def write_amount(cents: int, language: str = "de") -> str:
    """ "1.234,56", as it stands in a field and as `read_euros` reads it."""
    return format_decimal(Decimal(cents) / 100, "#,##0.00", locale=language)


def read_euros(text: str, language: str = "de") -> int | None:
    """The cents of what somebody has typed, e.g. "1.234,56", "1234.5" or "12 €"; None where it is no such sum."""
    thousands, point = re.escape(get_group_symbol(language)), re.escape(get_decimal_symbol(language))
    typed = re.sub(r"[\s\u00a0\u202f']|€|EUR$|^EUR", "", text.strip())
    match = (
        re.fullmatch(r"([0-9]{1,10})(?:[.,]([0-9]{1,2}))?", typed)
        or re.fullmatch(rf"([0-9]{{1,3}}(?:{thousands}[0-9]{{3}})+)(?:{point}([0-9]{{1,2}}))?", typed)
        or re.fullmatch(rf"([0-9]{{1,10}}){point}()(?:--?|–)", typed)
    )
    if match is None:
        return None
    cents = match[2] or ""
    value = int(re.sub(r"[^0-9]", "", match[1])) * 100 + int(cents.ljust(2, "0"))
    return value if value <= MOST_CENTS else None
