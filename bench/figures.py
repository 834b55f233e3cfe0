"""What a bench finds: figures, each beside its baseline and its target. Pure."""

import statistics
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Ground:
    """Where a bench takes place. `home` is its own and is removed afterwards; `small` is for trying the bench out."""

    home: Path
    small: bool = False
    tell: Callable[[str], None] = print

    def size(self, full: int, small: int) -> int:
        return small if self.small else full


@dataclass(frozen=True)
class Target:
    """A bound for a figure, or for its ratio to the baseline."""

    bound: float
    is_upper: bool
    of_ratio: bool

    def holds(self, value: float) -> bool:
        return value <= self.bound if self.is_upper else value >= self.bound

    def __str__(self) -> str:
        return f"{'ratio ' if self.of_ratio else ''}{'≤' if self.is_upper else '≥'} {self.bound:g}"


def at_most(bound: float) -> Target:
    return Target(bound, is_upper=True, of_ratio=False)


def ratio_at_most(bound: float) -> Target:
    return Target(bound, is_upper=True, of_ratio=True)


def ratio_at_least(bound: float) -> Target:
    return Target(bound, is_upper=False, of_ratio=True)


@dataclass(frozen=True)
class Figure:
    """One measured value; the baseline has the same unit."""

    what: str
    value: float
    unit: str
    baseline: float | None = None
    target: Target | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline if self.baseline else None

    @property
    def is_met(self) -> bool | None:
        """None where there is nothing to meet, or nothing to compare with."""
        judged = self.ratio if self.target is not None and self.target.of_ratio else self.value
        return None if self.target is None or judged is None else self.target.holds(judged)


@dataclass(frozen=True)
class Table:
    """More detail than figures: what lies behind them."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Result:
    """What a bench has found. `notes` say what the figures mean, and what limits them."""

    figures: list[Figure]
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


async def take_turns(rounds: int, *sides: Callable[[], Awaitable[float]]) -> list[float]:
    """The median of each side, measured A B A B …, so that a machine that slows down slows both."""
    taken: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for values, side in zip(taken, sides, strict=True):
            values.append(await side())
    return [statistics.median(values) for values in taken]


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed. Raises ValueError where there are none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("nothing was measured")
    return ordered[max(0, -int(-len(ordered) * share // 1) - 1)]


def show(value: float, unit: str = "") -> str:
    """Three significant digits, thousands with commas."""
    shown = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return f"{shown} {unit}".rstrip()
