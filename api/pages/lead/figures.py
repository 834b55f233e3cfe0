"""Figures of the overview: each with the list of the ideas that it counts, in tables beside their charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from babel.numbers import format_decimal

from api.pages.kit.turn_presenter import TurnPresenter
from api.pages.lead.charts import Drawing, Row
from models.queries.happenings import Happening, Span
from models.queries.overview import Scope

USUAL = {"vergleich": "quartal", "zeitraum": "12"}
"""What is shown where the address says nothing."""

LEAST_SHOWN = 3
"""Fewer ideas have no median worth the name. How many there were stands beside it."""


class Linked(NamedTuple):
    """A figure and the list of what it counts."""

    value: str | int | float
    address: str

    @classmethod
    def to(cls, path: str, filters: Mapping[str, str], value: str | int | float) -> "Linked":
        return cls(value, f"{path}?{urlencode(filters)}").counting(value)

    def counting(self, count: str | int | float) -> "Linked":
        """Where there are none, there is no list. A figure in words does not say how many it counts."""
        return self if count else self._replace(address="")


Cell = str | int | float | Linked
Cells = tuple[Cell, ...]


@dataclass(frozen=True)
class Panel:
    """One question: its chart, and the same numbers as a table. The first column names the row."""

    name: str
    title: str
    about: str
    series: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[Cells, ...]
    drawing: Drawing | None


@dataclass(frozen=True)
class Asked:
    """What is counted, as the address says it."""

    values: Mapping[str, str]
    scope: Scope

    def shows(self, name: str, value: str) -> bool:
        return self.values.get(name, USUAL.get(name)) == value

    @property
    def query(self) -> str:
        return urlencode(self.values)

    def link(self, value: str | int | float, **filters: str) -> Linked:
        """To the ideas of the same office and theme that the filters leave."""
        of_place = {name: self.values[name] for name in ("buero", "thema") if name in self.values}
        return Linked.to("/leitung", of_place | filters, value)

    def link_met(self, value: str | int | float, what: Happening, span: Span, **filters: str) -> Linked:
        """To those that have met something in these days, ended or not, unless a filter says more."""
        days = {name: day.isoformat() for name, day in (("von", span.first), ("bis", span.last)) if day is not None}
        return self.link(value, **({"zeige": "all", "was": what} | days | filters))


def bar(name: str, cells: Sequence[Linked], text: str = "") -> Row:
    values = tuple(cell.value for cell in cells if not isinstance(cell.value, str))
    return Row(name, values, text, tuple(cell.address for cell in cells))


def panel(
    speaker: TurnPresenter,
    name: str,
    series: tuple[str, ...],
    header: tuple[str, ...],
    rows: Sequence[Cells],
    drawing: Drawing | None,
) -> Panel:
    t = speaker.t
    return Panel(
        name, t(f"page.overview.{name}"), t(f"page.overview.{name}.about"), series, header, tuple(rows), drawing
    )


def in_days(span: timedelta) -> float:
    return round(span.total_seconds() / 86400, 1)


def percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def tell_number(speaker: TurnPresenter, cell: Cell) -> str:
    """As the reader's language writes it."""
    value = value_of(cell)
    return format_decimal(value, "0.#", locale=speaker.t.language) if isinstance(value, float) else str(value)


def write_number(cell: Cell) -> str | int:
    """A German spreadsheet reads a comma."""
    value = value_of(cell)
    return str(value).replace(".", ",") if isinstance(value, float) else value


def value_of(cell: Cell) -> str | int | float:
    return cell.value if isinstance(cell, Linked) else cell


def address_of(cell: Cell) -> str:
    return cell.address if isinstance(cell, Linked) else ""
