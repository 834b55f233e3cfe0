"""Charts as geometry: rectangles, lines and words on a canvas of fixed units. No colours here, and no HTML."""

import itertools
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 500.0
LABELS = 222.0
"""Room for the names of rows."""
VALUES = 88.0
"""Room behind the longest bar for its number."""
ROW, GAP, HEAD = 18.0, 10.0, 6.0
LINE = 16.0
"""From one line of a name to the next."""

TALL = 200.0
"""Height of columns."""
FOOT, LEFT = 26.0, 40.0
MOST_COLUMN = 22.0
TICKS = 4
MOST_NAMES = 8
"""More names than this below columns run into each other."""


@dataclass(frozen=True)
class Box:
    """One value as a rectangle; `series` chooses its pattern."""

    x: float
    y: float
    width: float
    height: float
    series: int
    text: str
    address: str = ""
    """Of the list of what it stands for."""


@dataclass(frozen=True)
class Word:
    """Text at a place; `anchor` is start, middle or end."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True)
class Line:
    """A line of the grid, from left to right."""

    y: float
    x1: float
    x2: float


@dataclass(frozen=True)
class Drawing:
    """One chart. The same numbers stand in a table beside it."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    words: tuple[Word, ...]
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Row:
    """A name with one value for each series, and what is written behind it."""

    name: str
    values: tuple[float, ...]
    text: str = ""
    addresses: tuple[str, ...] = ()
    """One for each value, where they have lists."""

    def address(self, series: int) -> str:
        return self.addresses[series] if self.addresses else ""


def draw_rows(rows: Sequence[Row], series: Sequence[str], *, stacked: bool = False) -> Drawing:
    """Bars from left to right: one below the other for each series, or, stacked, one behind the other."""
    room = WIDTH - LABELS - VALUES
    scale = room / max((_length(row, stacked=stacked) for row in rows), default=0) if _any(rows) else 0.0
    boxes: list[Box] = []
    words: list[Word] = []
    y = HEAD
    for row in rows:
        bars, x, top = 1 if stacked else len(row.values), LABELS, y
        for number, value in enumerate(row.values):
            text = f"{row.name} – {series[number]}: {value:g}"
            boxes.append(Box(round(x, 1), round(y, 1), round(value * scale, 1), ROW, number, text, row.address(number)))
            if stacked:
                x += value * scale
            else:
                y += ROW
        y = top + bars * ROW
        middle = (top + y) / 2 + 5
        end = x if stacked else LABELS + max(row.values, default=0) * scale
        name = fold(row.name)
        first = middle - LINE / 2 * (len(name) - 1)
        words += [Word(LABELS - 10, round(first + LINE * n, 1), line, "end") for n, line in enumerate(name)]
        words.append(Word(round(end + 8, 1), round(middle, 1), row.text))
        y = max(y, top + LINE * len(name)) + GAP
    return Drawing(WIDTH, y + HEAD, tuple(box for box in boxes if box.width > 0), tuple(words))


def draw_columns(rows: Sequence[Row], series: Sequence[str]) -> Drawing:
    """Columns side by side for each name, over a grid with whole numbers."""
    top, ticks = find_ticks(max((max(row.values, default=0) for row in rows), default=0))
    room = (WIDTH - LEFT) / max(len(rows), 1)
    wide = min(MOST_COLUMN, room * 0.8 / max(len(series), 1))
    boxes: list[Box] = []
    words = [Word(LEFT - 8, round(TALL - tick / top * TALL + 14, 1), str(tick), "end") for tick in ticks]
    lines = [Line(round(TALL - tick / top * TALL + 10, 1), LEFT, WIDTH) for tick in ticks]
    every = max(1, -(-len(rows) // MOST_NAMES))
    for place, row in enumerate(rows):
        left = LEFT + place * room + (room - wide * len(row.values)) / 2
        for number, value in enumerate(row.values):
            height = value / top * TALL
            text = f"{row.name} – {series[number]}: {value:g}"
            x, y = round(left + number * wide, 1), round(TALL - height + 10, 1)
            boxes.append(Box(x, y, round(wide, 1), round(height, 1), number, text, row.address(number)))
        if (len(rows) - 1 - place) % every == 0:
            words.append(Word(round(LEFT + (place + 0.5) * room, 1), TALL + FOOT + 4, row.name, "middle"))
    shown = tuple(box for box in boxes if box.height > 0)
    return Drawing(WIDTH, TALL + FOOT + 12, shown, tuple(words), tuple(lines))


def find_ticks(highest: float) -> tuple[float, list[int]]:
    """The top of a scale and its whole numbers, in steps of 1, 2, 5, 10, …

    >>> find_ticks(7)
    (8, [0, 2, 4, 6, 8])
    """
    steps = (factor * 10**power for power in itertools.count() for factor in (1, 2, 5))
    step = next(step for step in steps if step * TICKS >= highest)
    return step * TICKS, [step * number for number in range(TICKS + 1)]


def fold(name: str, most: int = 27) -> list[str]:
    """A name as it fits beside its bar, in up to two lines; the table has it in full."""
    return textwrap.wrap(name, most, max_lines=2, placeholder=" …") or [""]


def _length(row: Row, *, stacked: bool) -> float:
    return sum(row.values) if stacked else max(row.values, default=0)


def _any(rows: Sequence[Row]) -> bool:
    return any(value > 0 for row in rows for value in row.values)
