"""The summary as tables on a screen, and all of it as CSV files."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from api.use_cases.simulation.scenario import Scenario
from api.use_cases.simulation.summary import OPEN, Summary, share_of
from models.spreadsheet import SheetWriter
from models.vocabulary import Outcome, Role

ENDINGS = tuple(map(str, Outcome))
ROLES = (Role.INNOVATOR, Role.COACH, Role.LEAD, Role.COACH_SEARCH)
TOLD = ("remind", "overdue", "escalate")
BUSIEST = 10
"""So many coaches are shown on the screen; the file has all."""

Cell = str | int | float | None


class Sheet(NamedTuple):
    """A table under the name of its file."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def list_sheets(summary: Summary) -> list[Sheet]:
    """Everything, as numbers. Times are days."""
    return [
        Sheet(
            "months",
            (
                *("month", "handed_in", *ENDINGS, "reminders", "overdue_messages", "escalations", OPEN),
                *(f"overdue_{role}" for role in ROLES),
                "without_coach",
            ),
            [
                (
                    month.name,
                    month.handed_in,
                    *(month.ended[ending] for ending in ENDINGS),
                    *(month.messages[event] for event in TOLD),
                    month.open,
                    *(month.overdue[role] for role in ROLES),
                    month.without_coach,
                )
                for month in summary.months
            ],
        ),
        Sheet(
            "states",
            ("stage", "state", "on_turn", "left", "median_days", "p85_days", "late", "still_there"),
            [
                (
                    *line.place,
                    line.role,
                    line.left,
                    _tenths(line.median),
                    _tenths(line.p85),
                    line.late,
                    line.still_there,
                )
                for line in summary.states
            ],
        ),
        Sheet(
            "coaches",
            (
                *("coach", "office", "capacity", "ideas", "mean_load", "peak_load"),
                *("offers_accepted", "offers_refused", "offers_expired", "notices"),
            ),
            [
                (
                    line.coach.name,
                    line.coach.office,
                    line.coach.profile.capacity,
                    line.ideas,
                    _tenths(line.mean_load),
                    line.peak_load,
                    line.accepted,
                    line.refused,
                    line.expired,
                    line.notices,
                )
                for line in summary.coaches
            ],
        ),
        Sheet(
            "cases",
            (
                *("idea", "handed_in", "ended", "outcome", "stage", "state"),
                *("steps", "days_to_coach", "days_open", "days_late"),
            ),
            [
                (
                    case.number,
                    case.handed_in.isoformat(),
                    case.ended.isoformat() if case.ended else None,
                    case.outcome,
                    case.stage,
                    case.state,
                    case.steps,
                    _tenths(case.days_to_coach),
                    _tenths(case.days_open),
                    _tenths(case.days_late),
                )
                for case in summary.cases
            ],
        ),
    ]


def write_sheets(folder: Path, summary: Summary) -> list[Path]:
    """One CSV file a table (RFC 4180, UTF-8). Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for sheet in list_sheets(summary):
        path = folder / f"{sheet.name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = SheetWriter(file, for_excel=False)
            writer.write(sheet.columns)
            for row in sheet.rows:
                writer.write(row)
        written.append(path)
    return written


def print_report(console: Console, summary: Summary, scenario: Scenario) -> None:
    """What answers most questions."""
    for line in _headlines(summary, scenario):
        console.print(line, soft_wrap=True)
    console.print(_months_table(summary), _states_table(summary), _coaches_table(summary))


def _headlines(summary: Summary, scenario: Scenario) -> Iterator[str]:
    outcomes = summary.outcomes
    told = ", ".join(f"{outcomes[word]} {word}" for word in (*ENDINGS, OPEN) if outcomes[word])
    yield f"{len(summary.cases)} ideas from {scenario.first_day} to {scenario.end}: {told}."
    completed = sorted(case.days_open for case in summary.cases if case.outcome == Outcome.COMPLETED)
    coached = sorted(case.days_to_coach for case in summary.cases if case.days_to_coach is not None)
    yield f"Days until a coach was found: {_pair(coached)}; until an idea was completed: {_pair(completed)}."
    shares = ", ".join(f"{role} {share:.0%}" for role, share in summary.waiting.items())
    yield f"Whose turn it was: {shares}."


def _months_table(summary: Summary) -> Table:
    table = _table("Month by month (open, late, no coach: at its end; late by whose turn it is)")
    table.add_column("month")
    for heading in ("new", "completed", "other\nends", "open", *(f"late\n{role}" for role in ROLES[:3]), "no\ncoach"):
        table.add_column(heading, justify="right")
    for heading in ("reminders", "overdue\nmessages", "escalations"):
        table.add_column(heading, justify="right")
    for month in summary.months:
        completed = month.ended[Outcome.COMPLETED]
        figures = (
            *(month.handed_in, completed, month.ended.total() - completed, month.open),
            *(month.overdue[role] for role in ROLES[:3]),
            *(month.without_coach, *(month.messages[event] for event in TOLD)),
        )
        table.add_row(month.name, *map(str, figures))
    return table


def _states_table(summary: Summary) -> Table:
    table = _table("Days in each state (of those that left it)")
    table.add_column("state")
    table.add_column("on turn")
    for heading in ("left", "median", "85% within", "late", "still there"):
        table.add_column(heading, justify="right")
    for line in summary.states:
        figures = (str(line.left), _days(line.median), _days(line.p85), str(line.late), str(line.still_there))
        table.add_row(".".join(line.place), line.role, *figures)
    return table


def _coaches_table(summary: Summary) -> Table:
    busiest = sorted(summary.coaches, key=lambda line: -line.mean_load)[:BUSIEST]
    table = _table(f"The {len(busiest)} busiest of {len(summary.coaches)} coaches")
    table.add_column("coach")
    table.add_column("office")
    for heading in (
        "places",
        "mean\nload",
        "peak\nload",
        "ideas",
        "offers\naccepted",
        "\nrefused",
        "\nexpired",
        "notices",
    ):
        table.add_column(heading, justify="right")
    for line in busiest:
        figures = (line.coach.profile.capacity, _days(line.mean_load), line.peak_load, line.ideas)
        offers = (line.accepted, line.refused, line.expired, line.notices)
        table.add_row(line.coach.name, line.coach.office, *map(str, (*figures, *offers)))
    return table


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)


def _pair(days: Sequence[float]) -> str:
    if not days:
        return "nobody yet"
    return f"half within {_days(share_of(days, 0.5))}, 85% within {_days(share_of(days, 0.85))}"


def _days(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _tenths(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
