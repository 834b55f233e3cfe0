"""What a coach wants to see of their work: whose turn it is, the phase and the office, each as a link with a count."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Protocol
from urllib.parse import urlencode

from api.pages.kit.turn_presenter import TurnPresenter
from models.vocabulary import Stage

MINE = frozenset({"overdue", "today", "week", "later"})

SHOWS: Mapping[str, frozenset[str]] = {
    "dran": MINE,
    "ueberfaellig": frozenset({"overdue"}),
    "andere": frozenset({"others"}),
    "pause": frozenset({"paused"}),
}
"""Which sections each takes."""


class Line(Protocol):
    """What is asked of a line."""

    @property
    def section(self) -> str: ...

    @property
    def stage(self) -> str: ...

    @property
    def office(self) -> str: ...


@dataclass(frozen=True)
class Chip:
    """A link to part of the list, and how many lines are there."""

    label: str
    count: int
    address: str
    here: bool


@dataclass(frozen=True)
class WorkFilter:
    """As the address names it; empty is all."""

    zeige: str = ""
    phase: str = ""
    buero: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "WorkFilter":
        """What the address says that means nothing is not asked for."""
        wanted, phase = query.get("zeige", ""), query.get("phase", "")
        return cls(wanted if wanted in SHOWS else "", phase if phase in set(Stage) else "", query.get("buero", ""))

    @property
    def address(self) -> str:
        values = {name: value for name, value in asdict(self).items() if value}
        return f"/arbeit?{urlencode(values)}" if values else "/arbeit"

    def takes(self, line: Line) -> bool:
        is_shown = not self.zeige or line.section in SHOWS[self.zeige]
        return is_shown and self.phase in ("", line.stage) and self.buero in ("", line.office)


def list_chips(speaker: TurnPresenter, wanted: WorkFilter, lines: Sequence[Line]) -> list[list[Chip]]:
    """One group for each question; none for one whose answer is the same for all lines."""
    t, stages, offices = speaker.t, {line.stage for line in lines}, {line.office for line in lines}
    choices: Mapping[str, list[tuple[str, str]]] = {
        "zeige": [(show, t(f"page.work.show.{show}")) for show in SHOWS],
        "phase": [(stage, t(f"stage.{stage}")) for stage in Stage if stage in stages],
        "buero": [(office, speaker.names.office(office)) for office in sorted(offices)],
    }
    groups = []
    for name, known in choices.items():
        changes = [
            (replace(wanted, **{name: value}), label) for value, label in [("", t(f"page.work.all.{name}")), *known]
        ]
        chips = [Chip(label, sum(map(one.takes, lines)), one.address, one == wanted) for one, label in changes]
        groups += [chips] if lines and len(known) > 1 else []
    return groups
