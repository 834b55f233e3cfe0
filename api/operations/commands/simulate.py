"""`ideenweg simulate`: a year of the platform in seconds, with people who are made up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from api.runtime.services import Services
    from api.use_cases.simulation.people import People
    from api.use_cases.simulation.scenario import Scenario
    from api.use_cases.simulation.summary import Summary
    from models.policy import Policy

IMPOSSIBLE = 2
INTERRUPTED = 130
"""As shells have it for Ctrl-C."""

WIDE = 120
"""Characters a line, where no terminal says how many there are."""


def simulate(
    from_now: bool = typer.Option(False, "--from-now", help="Begin with the open cases as they stand today."),
    weeks: int = typer.Option(12, min=1, max=104, help="With --from-now: how far to look ahead."),
    ideas: int | None = typer.Option(None, min=0, max=20_000, help="How many ideas come in: 1000; from now none."),
    months: int = typer.Option(12, min=1, max=36, help="How long everything is watched."),
    arrive_within: int | None = typer.Option(None, min=1, help="All ideas come in the first so many months."),
    coaches: int | None = typer.Option(None, min=0, max=1000, help="Spread over the offices: 40; from now, more."),
    capacity: int = typer.Option(10, min=1, max=100, help="Places of each of these coaches."),
    answer_days: float = typer.Option(3.0, min=0.1, help="Half of all answers and decisions take at most so long."),
    work_days: float = typer.Option(15.0, min=0.1, help="The same for what takes work: a concept, a story, support."),
    forget_rate: float = typer.Option(0.2, min=0, max=1, help="How often somebody forgets until they are reminded."),
    decline_rate: float = typer.Option(0.25, min=0, max=1, help="How often a screened idea is declined."),
    refuse_rate: float = typer.Option(0.2, min=0, max=1, help="How often a coach does not take an idea."),
    seed: int = typer.Option(1, help="The same seed gives the same arrivals, people and decisions."),
    start: str | None = typer.Option(None, metavar="YYYY-MM", help="The first month; else next January."),
    policy: Path | None = typer.Option(None, help="A pipeline.toml to try out; else the one in use."),
    csv: Path | None = typer.Option(None, metavar="DIR", help="Write all figures there, as CSV files."),
) -> None:
    """Preview a year: what comes of other limits, more coaches, later answers.

    Lets a year pass on the rules by which the workflows of this release decide, in memory. Only the people are made up,
    and the same seed gives the same report. With --from-now it begins tomorrow, with the open cases, the coaches and
    their absences as PostgreSQL has them. Otherwise nothing is read but pipeline.toml; nothing is written in any case.

    Ends with 0 when the report is complete, with 2 when it cannot be made like this, with 3 when the database is away,
    with 130 when it is interrupted.
    """
    import sys

    from rich.console import Console

    from api.operations.simulation_report import print_report, write_sheets
    from api.use_cases.simulation.people import make_people
    from api.use_cases.simulation.rules import read_policy
    from api.use_cases.simulation.scenario import Scenario
    from models.policy import PolicyError
    from models.settings import load_settings

    try:
        rules = read_policy(policy or load_settings().pipeline)
        today = datetime.now(rules.zone).date()
        scenario = Scenario(
            first_day=today + timedelta(days=1) if from_now else read_month(start, today),
            ideas=ideas if ideas is not None else 0 if from_now else 1000,
            months=months,
            weeks=weeks if from_now else None,
            arrive_within=arrive_within or months,
            coaches=coaches if coaches is not None else 0 if from_now else 40,
            capacity=capacity,
            answer_days=answer_days,
            work_days=work_days,
            forget_rate=forget_rate,
            decline_rate=decline_rate,
            refuse_rate=refuse_rate,
            seed=seed,
        )
        _make_folder(csv)
    except PolicyError as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(IMPOSSIBLE) from None
    people = _read_people(scenario, rules) if from_now else make_people(scenario, rules)
    summary = _simulate(scenario, rules, people)
    console = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDE)
    print_report(console, summary, scenario)
    for path in write_sheets(csv, summary) if csv is not None else ():
        console.print(str(path), soft_wrap=True)


def _read_people(scenario: Scenario, policy: Policy) -> People:
    from api.operations.console import DONE, carry_out
    from api.use_cases.simulation.ahead import read_people

    found = []

    async def read(services: Services, _: object) -> int:
        found.append(await read_people(services.database, scenario, policy))
        return DONE

    carry_out(read)
    return found[0]


def _simulate(scenario: Scenario, policy: Policy, people: People) -> Summary:
    import time

    from rich.console import Console

    from api.operations.progress import ProgressLine
    from api.use_cases.simulation.summary import summarise
    from api.use_cases.simulation.year import Year

    console, begun = Console(stderr=True, highlight=False, markup=False, soft_wrap=True), time.monotonic()
    year = Year(scenario, policy, people)
    try:
        with ProgressLine(console, "Days", len(scenario.days())) as progress:
            for _ in year.live():
                progress.advance()
    except KeyboardInterrupt:
        console.print(
            f"Interrupted after {progress.done} of {progress.total} days: {len(year.ideas)} ideas had taken"
            f" {len(year.lines)} steps. Nothing is reported."
        )
        raise typer.Exit(INTERRUPTED) from None
    summary = summarise(year.diary(), scenario, people.coaches, policy.zone)
    console.print(f"{len(year.ideas)} ideas took {len(year.lines)} steps in {time.monotonic() - begun:.1f} s.")
    if year.refused:
        console.print(f"Refused to people: {dict(year.refused)}.")
    return summary


def read_month(text: str | None, today: date) -> date:
    """The first of a month."""
    if text is None:
        return date(today.year + 1, 1, 1)
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  a month has no time zone
    except ValueError:
        raise typer.BadParameter(f'"{text}" is no month; write it as 2027-03.', param_hint="--start") from None


def _make_folder(folder: Path | None) -> None:
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(f"{folder} cannot be made: {error.strerror}.", param_hint="--csv") from None
