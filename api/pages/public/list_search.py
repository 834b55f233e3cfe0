"""What somebody looks for in a list that everybody reads, as it stands in the address: filters, and the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from models.typed_text import clean

LONGEST, DIGITS = 200, 4


@dataclass(frozen=True)
class Chip:
    """A filter that is set, and the list without it."""

    label: str
    without: str


@dataclass(frozen=True, kw_only=True)
class ListSearch:
    """One page of a list. A list says where it is, how long its pages are, and which filters are set."""

    page: int = 1

    at: ClassVar[str]
    a_page: ClassVar[int]

    @property
    def named(self) -> Mapping[str, str]:
        """The filters that are set, as the address names them."""
        return {}

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.a_page

    def address(self, *, without: str = "", **changed: str) -> str:
        """Of the list, on its first page; one filter left out, or others set."""
        query = {name: value for name, value in {**self.named, **changed}.items() if name != without}
        return f"{self.at}?{urlencode(query)}" if query else self.at

    def address_of_page(self, number: int) -> str:
        return self.address(seite=str(number)) if number > 1 else self.address()

    def pages_around(self, count: int) -> dict[str, str]:
        """Addresses of the page before and the one after, where there are any."""
        before = {"previous": self.address_of_page(self.page - 1)} if self.page > 1 else {}
        more = self.offset + self.a_page < count
        return before | ({"next": self.address_of_page(self.page + 1)} if more else {})

    def chips_of(self, told: Mapping[str, str]) -> list[Chip]:
        """Of the filters that are set, by what they are called."""
        return [Chip(told[name], self.address(without=name)) for name in self.named]


def read_page(query: Mapping[str, str]) -> int:
    number = query.get("seite", "")
    return max(1, int(number)) if number.isdecimal() and len(number) <= DIGITS else 1


def read_typed(query: Mapping[str, str]) -> str:
    return clean(query.get("text", ""))[:LONGEST].strip()


def quoted(typed: str) -> str:
    return f"„{typed}“"
