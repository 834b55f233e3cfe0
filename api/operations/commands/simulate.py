"""`ideenweg simulate`: a year of the platform in minutes, with people who are made up."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from api.operations.simulation.scenario import Scenario
    from api.operations.simulation.summary import Summary
    from models.policy import Policy

IMPOSSIBLE = 2
INTERRUPTED = 130
"""As shells have it for Ctrl-C."""

WIDE = 120
"""Characters a line, where no terminal says how many there are."""


def simulate(
    ideas: int = typer.Option(1000, min=1, max=20_000, help="How many ideas are handed in."),
    months: int = typer.Option(12, min=1, max=36, help="How long everything is watched."),
    arrive_within: int | None = typer.Option(None, min=1, help="All ideas come in the first so many months."),
    coaches: int = typer.Option(40, min=1, max=1000, help="Spread over the offices."),
    capacity: int = typer.Option(10, min=1, max=100, help="Places of each coach."),
    answer_days: float = typer.Option(3.0, min=0.1, help="Half of all answers and decisions take at most so long."),
    work_days: float = typer.Option(15.0, min=0.1, help="The same for what takes work: a concept, a story, support."),
    forget_rate: float = typer.Option(0.2, min=0, max=1, help="How often somebody forgets until they are reminded."),
    decline_rate: float = typer.Option(0.25, min=0, max=1, help="How often a screened idea is declined."),
    refuse_rate: float = typer.Option(0.2, min=0, max=1, help="How often a coach does not take an idea."),
    seed: int = typer.Option(1, help="The same seed gives the same arrivals, people and decisions."),
    start: str | None = typer.Option(None, metavar="YYYY-MM", help="The first month, one to come; else next January."),
    policy: Path | None = typer.Option(None, help="A pipeline.toml to try out; else the one in use."),
    csv: Path | None = typer.Option(None, metavar="DIR", help="Write all figures there, as CSV files."),
    workers: int = typer.Option(2, min=1, max=16, help="Worker processes; one cannot use more than one core."),
) -> None:
    """Preview a year: what comes of other limits, more coaches, later answers.

    Runs the workflows, rules and activities of this release on a PostgreSQL and a time-skipping Temporal of its own;
    nothing is read from the installation but its pipeline.toml, and no mail is written. Only the people are made up.

    With the same seed, the same ideas come on the same days and people decide the same after the same time. Which coach
    is asked first is settled by the real engine, where many ask at once: figures of coaches, and where places are short
    those of ideas, differ a little from run to run.

    Ends with 0 when the report is complete, with 2 when it cannot be made like this, with 130 when it is interrupted.
    """
    import asyncio
    import sys

    from rich.console import Console

    from api.operations.embedded.process import PartFailed
    from api.operations.simulation.report import print_report, write_sheets
    from api.operations.simulation.rules import read_policy
    from api.operations.simulation.scenario import Scenario
    from models.policy import PolicyError
    from models.settings import load_settings

    pipeline = policy or load_settings().pipeline
    try:
        rules = read_policy(pipeline)
        scenario = Scenario(
            first_day=read_month(start, datetime.now(rules.zone).date()),
            ideas=ideas,
            months=months,
            arrive_within=min(arrive_within or months, months),
            coaches=coaches,
            capacity=capacity,
            answer_days=answer_days,
            work_days=work_days,
            forget_rate=forget_rate,
            decline_rate=decline_rate,
            refuse_rate=refuse_rate,
            seed=seed,
        )
        _make_folder(csv)
        summary = asyncio.run(_simulate(scenario, rules, pipeline, workers))
    except (PolicyError, PartFailed) as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(IMPOSSIBLE) from None
    except KeyboardInterrupt:
        typer.echo("Interrupted: nothing is left running, and nothing is reported.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    else:
        console = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDE)
        print_report(console, summary, scenario)
        for path in write_sheets(csv, summary) if csv is not None else ():
            console.print(str(path), soft_wrap=True)


async def _simulate(scenario: Scenario, policy: Policy, pipeline: Path, workers: int) -> Summary:
    import time

    from rich.console import Console

    from api.operations.progress import ProgressLine
    from api.operations.simulation.environment import open_town
    from api.operations.simulation.people import settle
    from api.operations.simulation.summary import summarise
    from api.operations.simulation.timeline import read_diary
    from api.operations.simulation.virtual_time import find_time_server
    from api.operations.simulation.year import Year

    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    find_time_server()
    console.print(f"Starting PostgreSQL, Temporal's time-skipping server and {workers} workers …")
    async with open_town(pipeline, workers) as town:
        people = await settle(town.database, scenario, policy)
        year = Year(town, scenario, policy, people)
        begun = time.monotonic()
        with ProgressLine(console, "Days", len(scenario.days())) as progress:
            async for _ in year.live():
                progress.advance()
        diary = await read_diary(town.database, {idea.id: idea.number for idea in people.ideas})
        seconds = time.monotonic() - begun
        console.print(
            f"{scenario.ideas} ideas took {len(diary.lines)} steps in {seconds:.0f} s"
            f" ({scenario.ideas / seconds:.1f} ideas/s)."
        )
        if year.refused or town.time.standstills:
            console.print(
                f"Refused to people: {dict(year.refused)}. The clock was helped {town.time.standstills} times."
            )
    return summarise(diary, scenario, people.coaches, policy.zone)


def read_month(text: str | None, today: date) -> date:
    """The first of a month to come: the clock of the engine goes forward only."""
    if text is None:
        return date(today.year + 1, 1, 1)
    try:
        first = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  a month has no time zone
    except ValueError:
        raise typer.BadParameter(f'"{text}" is no month; write it as 2027-03.', param_hint="--start") from None
    if first <= today:
        raise typer.BadParameter(f"{text} has begun; name a month to come.", param_hint="--start")
    return first


def _make_folder(folder: Path | None) -> None:
    """Before the long wait, not after it."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(f"{folder} cannot be made: {error.strerror}.", param_hint="--csv") from None
