"""Tables of many lines: the heads that sort them, and their cells, which a page and a file show alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from starlette.datastructures import QueryParams

from models.i18n import Texts

Cell = str | int | date | None
"""What stands in one place of a table; None: nothing."""

NOTHING = "–"

CHOSEN = "spalten"
"""In an address: which columns are shown."""

MOST_ROWS = 20_000
"""Of a file: more take longer than a page may, and `ideenweg export` takes them."""


@dataclass(frozen=True)
class Column:
    """The head of a column. `address` sorts by it, where it can be sorted by."""

    name: str
    label: str
    address: str = ""
    sorted: str = ""
    """As of aria-sort; empty where the table is sorted by another."""
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """A whole list, for a file: what its readers see of it, on all pages. More than MOST_ROWS are too many."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def read_columns(query: Mapping[str, str], columns: Sequence[str]) -> tuple[str, ...]:
    """Those that were ticked, or stand in one word in an address; in the order of the table."""
    given = query.getlist(CHOSEN) if isinstance(query, QueryParams) else [query.get(CHOSEN, "")]
    chosen = {name for words in given for name in words.split(".")}
    return tuple(name for name in columns if name in chosen)


def write_column(
    name: str, label: str, up: str, now: str, address: Callable[[str], str], *, is_number: bool = False
) -> Column:
    """A click sorts by it, upwards first; another turns it round. `up` is the order in which its values ascend, as it
    stands in an address, and `now` the one that is shown; one with a minus in front is the other way round."""
    down = up.removeprefix("-") if up.startswith("-") else f"-{up}"
    order = {up: "ascending", down: "descending"}.get(now, "")
    return Column(name, label, address(down if now == up else up), order, is_number)


def write_cells(t: Texts, cells: Mapping[str, Cell]) -> dict[str, str]:
    """Column → its words."""
    return {name: tell_cell(t, cell) for name, cell in cells.items()}


def tell_cell(t: Texts, cell: Cell) -> str:
    if isinstance(cell, date):
        return t.short_day(cell)
    return NOTHING if cell in (None, "") else str(cell)
