"""`ideenweg import`: ideas out of somebody else's table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from api.runtime.services import Services
    from api.use_cases.importing.checking import Checked, Row
    from api.use_cases.importing.import_run import Run
    from api.use_cases.importing.mapping import ColumnMap
    from api.use_cases.importing.reading import Table
    from models.settings import Settings
    from models.tables import Account

DONE, SOME_REFUSED, IMPOSSIBLE, NOT_FINISHED, INTERRUPTED = 0, 1, 2, 3, 130

MAP_HELP = (
    "FIELD=COLUMN,…; a column by its name or its number (#3). Fields: title summary problem solution target_group "
    "organisation district themes language email name date state source_ref. With email, each idea becomes a draft of "
    "the person who reads that address, and a mail tells them."
)


def import_(
    file: Path = typer.Argument(help="A table: CSV, XLSX, ODS or JSON."),
    map_: list[str] = typer.Option(..., "--map", help=MAP_HELP),
    key: list[str] = typer.Option(
        [], help="Column(s) that tell rows apart, e.g. year,id. Without it the mapped values do: keep --map the same."
    ),
    owner: str | None = typer.Option(
        None, help="E-mail of the account that ideas without an author belong to; else the only lead."
    ),
    source: str | None = typer.Option(None, help="Name of the source, the same in every run; else the file's name."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Check and report only; nothing is written but the report."),
    report: Path | None = typer.Option(None, help="Where to report on rows; else FILE-report.csv in this folder."),
    delimiter: str | None = typer.Option(None, help="comma, semicolon, tab, pipe or a character; else detected."),
    encoding: str | None = typer.Option(None, help="utf-8, cp1252, …; nothing is written where it is only a guess."),
    quote: str = typer.Option("double", help="How quotation marks stand inside of others: double, backslash; or none."),
    header_line: int | None = typer.Option(
        None, min=0, help="The line with the names of the columns; 0: there is none."
    ),
    sheet: str | None = typer.Option(None, help="Which sheet of a workbook; else the first that holds anything."),
    theme_map: list[str] = typer.Option([], help="Foreign theme=our theme, e.g. Groen=environment,Sociaal=inclusion."),
    district_map: list[str] = typer.Option([], help="Foreign district=ours, e.g. Muldental=Landkreis Leipzig."),
    default_theme: str | None = typer.Option(None, help="The theme of rows that have none we know."),
    unknown: list[str] = typer.Option(
        [], help="ignore (default) or refuse rows with an unknown district, theme or language: district=refuse,…"
    ),
    in_flight: int = typer.Option(16, min=1, max=64, help="How many ideas are handed in at a time."),
) -> None:
    """Import ideas from a table and hand them in; a row without a summary becomes a draft that asks for one.

    Running it again imports nothing twice and completes what was cut off. Ends with 0 when every row was imported or
    was there, 1 when rows were refused (see the report), 2 when nothing could be imported like this, 3 when a service
    was away too long and 130 after Ctrl-C: then run it again.
    """
    import uvloop
    from rich.console import Console

    from api.use_cases.importing.checking import check_rows, check_source, parse_choices
    from api.use_cases.importing.csv_records import parse_quoting
    from api.use_cases.importing.encoding import unconfirmed
    from api.use_cases.importing.mapping import map_columns, parse_key, parse_map
    from api.use_cases.importing.problems import ImportImpossible
    from api.use_cases.importing.reading import Reading, read_table
    from api.use_cases.importing.report import check_report_path, write_report
    from models.policy import PolicyError, load_policy
    from models.settings import load_settings

    console = Console(highlight=False, soft_wrap=True, markup=False)
    try:
        settings = load_settings()
        policy = load_policy(settings.pipeline)
        columns, keys = parse_map(map_), parse_key(key)
        choices = parse_choices(policy, unknown, theme_map, default_theme, district_map)
        name = check_source(file.stem if source is None else source)
        report_path = report or Path(f"{file.stem}-report.csv")
        looked_for = [*columns.values(), *keys]
        table = read_table(file, Reading(delimiter, encoding, parse_quoting(quote), header_line, sheet, looked_for))
        mapping = map_columns(table, columns, keys)
        check_report_path(report_path, file)
        _show_file(console, file, table, mapping, name)
        checked = check_rows(table, mapping, policy, name, choices)
        _show_check(console, checked)
        if checked.findings or report_path.exists():
            write_report(report_path, checked.findings)
            console.print(f"Report: {report_path}")
        if table.guesses and not dry_run:
            raise unconfirmed(table.guesses)
        code = uvloop.run(_carry_out(console, settings, checked, name, owner, report_path, in_flight, dry_run))
    except (ImportImpossible, PolicyError) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(IMPOSSIBLE) from None
    raise typer.Exit(code)


def _show_file(console: Console, file: Path, table: Table, mapping: ColumnMap, source: str) -> None:
    from api.use_cases.importing.csv_records import name_delimiter
    from api.use_cases.importing.mapping import describe_mapping, unused_columns
    from api.use_cases.importing.problems import excerpt

    console.print(f"File:      {excerpt(str(file), 500)}, as source “{source}”")
    if table.encoding:
        console.print(f"Encoding:  {table.encoding}{' (a guess)' if table.guesses else ''}")
    if table.delimiter:
        console.print(f"Delimiter: {name_delimiter(table.delimiter)}")
    blank = f" and {table.blank} empty lines" if table.blank else ""
    below = f" below the header in line {table.header_line}" if table.header_line else ""
    console.print(f"Rows:      {len(table.rows)}{blank}{below}")
    if table.is_ours:
        console.print("Note:      This is an export of Ideenweg: every sign is read back as it was.")
    for remark in table.remarks:
        console.print(f"Note:      {remark}")
    console.print("Mapping:")
    for line in describe_mapping(table, mapping):
        console.print(f"  {line}")
    names = " and ".join(f"“{excerpt(table.header[place])}”" for place in mapping.key)
    console.print(f"  rows are told apart by {names or 'all their mapped values (--key names a better column)'}")
    if unused := unused_columns(mapping):
        console.print(f"  not used: {', '.join(excerpt(name, 40) for name in unused)}")


def _show_check(console: Console, checked: Checked) -> None:
    from api.use_cases.importing.problems import excerpt

    console.print(
        f"Checked:   {checked.read} rows: {len(checked.rows) - checked.drafts} complete, {checked.drafts} drafts, "
        f"{checked.refused} refused, {checked.duplicates} duplicates; {checked.remarks} remarks"
    )
    for kind, code, times in checked.by_code():
        values = checked.unknown_values(code) if code.startswith("unknown_") else []
        often = f": {', '.join(f'{excerpt(value, 30)} ({count})' for value, count in values)}" if values else ""
        console.print(f"  {times:>7} × {kind.value}: {code}{often}")


async def _carry_out(
    console: Console,
    settings: Settings,
    checked: Checked,
    source: str,
    owner: str | None,
    report: Path,
    in_flight: int,
    dry_run: bool,
) -> int:
    """Compare with the database, and import unless this is a dry run. Returns the exit code."""
    from api.runtime.services import open_services
    from models.database import is_unreachable

    result = SOME_REFUSED if checked.refused else DONE
    if dry_run and settings.database_url is None:
        console.print("Dry run: nothing was written. No database is set, so nothing was compared with it.")
        return result
    try:
        services = await open_services(settings, pool_size=min(in_flight, 20) + 2)
    except RuntimeError as error:
        typer.echo(str(error), err=True)
        return NOT_FINISHED
    try:
        account = await _prepare(services, owner)
        if dry_run:
            await _show_comparison(console, services, source, checked, report)
            return result
        if not await _engine_is_ready(services, checked.rows):
            return NOT_FINISHED
        return await _import(console, services, account, source, checked, report, in_flight)
    except Exception as error:
        if not is_unreachable(error):
            raise
        typer.echo("PostgreSQL cannot be reached. Run the same command again when it is back.", err=True)
        return NOT_FINISHED
    finally:
        await services.close()


async def _prepare(services: Services, owner: str | None) -> Account:
    """The owner's account in an up-to-date database. Raises ImportImpossible, or one of UNREACHABLE."""
    import asyncio

    from api.use_cases.importing.import_run import find_owner
    from api.use_cases.importing.problems import ImportImpossible
    from models.migrations import pending

    assert services.settings.database_url is not None
    if await asyncio.to_thread(pending, services.settings.database_url.get_secret_value()):
        raise ImportImpossible("The database's schema is not up to date. Run `ideenweg migrate` first.")
    async with services.database.session() as session:
        return await find_owner(session, owner)


async def _show_comparison(console: Console, services: Services, source: str, checked: Checked, report: Path) -> None:
    from api.use_cases.importing.import_run import compare
    from api.use_cases.importing.report import write_report

    rows, found = checked.rows, await compare(services, source, checked.rows)
    more = f", {found.waiting} of them not handed in yet" if found.waiting else ""
    more += f", {len(found.findings)} of them with other words" if found.findings else ""
    console.print(f"Compared:  {found.there} rows are there already{more}; {len(rows) - found.there} are new")
    if found.findings:
        write_report(report, [*checked.findings, *found.findings])
    console.print("Dry run: nothing was written.")


async def _engine_is_ready(services: Services, rows: list[Row]) -> bool:
    """Whether somebody would take the ideas. Asked before anything is written."""
    import time

    from activities.ports.engine import NoAnswer

    if not any(row.complete for row in rows):
        return True
    try:
        seen = await services.engine.seconds_since_worker(time.time())
    except (NoAnswer, RuntimeError):
        typer.echo("Temporal cannot be reached; nothing was written. Start it and run this again.", err=True)
        return False
    if seen is None:
        typer.echo("No worker is running; nothing was written. Start `ideenweg worker` and run this again.", err=True)
        return False
    return True


async def _import(
    console: Console,
    services: Services,
    account: Account,
    source: str,
    checked: Checked,
    report: Path,
    in_flight: int,
) -> int:
    import asyncio
    import time

    from api.operations.progress import ProgressLine
    from api.use_cases.importing.import_run import Fate, Run, ServicesAway, Stopped, ask_for_more
    from api.use_cases.importing.report import write_report

    began = time.monotonic()
    run = Run(services, account, source, asyncio.Event(), in_flight)
    _stop_on_signals(console, run)
    with ProgressLine(console, "Written down", len(checked.rows)) as progress:
        run.on_written = progress.advance
        pending = await run.write_drafts(checked.rows)
    try:
        asked = run.away is None and await ask_for_more(run, checked.rows)
        if asked and run.fates[Fate.DRAFT]:
            console.print(f"A mail will tell {account.email} what is missing from the drafts.")
    except (ServicesAway, Stopped) as ended:
        run.away = ended if isinstance(ended, ServicesAway) else None
    with ProgressLine(console, "Handed in", len(pending)) as progress:
        run.on_handed_in = progress.advance
        await run.hand_in(pending)
    if run.away is None and not run.stop.is_set() and await run.invite_authors():
        console.print(f"{run.uninvited} authors are not told yet: too many mails went out lately.")
    if run.findings:
        write_report(report, [*checked.findings, *run.findings])
    return _show_result(console, checked, run, time.monotonic() - began)


def _show_result(console: Console, checked: Checked, run: Run, seconds: float) -> int:
    from api.use_cases.importing.import_run import Fate

    fates = run.fates
    refused = checked.refused + fates[Fate.REFUSED]
    console.print(
        f"Result:    {checked.read} rows read: {fates[Fate.SUBMITTED]} submitted now, {fates[Fate.ALREADY]} already "
        f"there, {fates[Fate.DRAFT]} new drafts, {fates[Fate.INVITED]} drafts of authors, "
        f"{refused} refused, {checked.duplicates} duplicates, "
        f"{fates[Fate.LEFT]} left; {seconds:.1f} s"
    )
    if fates[Fate.LEFT] or run.uninvited or run.away is not None:
        why = f"{run.away}. " if run.away is not None else ""
        later = " in an hour" if run.uninvited and not fates[Fate.LEFT] else ""
        console.print(f"{why}Not finished: run the same command again{later}, it goes on where this one ended.")
        return INTERRUPTED if run.stop.is_set() else NOT_FINISHED
    return SOME_REFUSED if refused else DONE


def _stop_on_signals(console: Console, run: Run) -> None:
    """Ctrl-C and SIGTERM let what is under way finish; a second one stops at once, which loses nothing either."""
    import asyncio
    import os
    import signal

    def stop() -> None:
        if run.stop.is_set():
            os._exit(INTERRUPTED)
        run.stop.set()
        console.print("Stopping: what is under way is finished first. Once more stops at once.")

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
