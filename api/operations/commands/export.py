"""`ideenweg export`: all ideas, for operators."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from api.runtime.services import Services
    from api.use_cases.export import Export, WriteRow

IMPOSSIBLE, AWAY = 2, 3

Advance = Callable[[], None]


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


def export(
    format_: Format = typer.Option(
        Format.CSV,
        "--format",
        help="csv, xlsx: one row an idea. json: one line an idea, with timeline, notes and tasks.",
    ),
    out: Path | None = typer.Option(None, help="A file, replaced only when the export is complete; else the screen."),
    for_excel: bool = typer.Option(False, "--for-excel", help="CSV for German Excel: semicolons and a UTF-8 mark."),
    with_people: bool = typer.Option(False, "--with-people", help="Names and e-mails too, not only account ids."),
) -> None:
    """Write out all ideas as they are now; what is not handed in is in no export.

    The export holds people's own words and internal notes: keep it where only those may read it who need it. In CSV a
    text that a spreadsheet would compute gets an apostrophe in front, which `import` takes away again; XLSX and JSON
    are exact. Ends with 0 when the export is complete, 2 when it cannot be made like this and 3 when the database is
    away.
    """
    import asyncio

    from rich.console import Console

    from models.database import is_unreachable
    from models.policy import PolicyError

    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    if for_excel and format_ is not Format.CSV:
        _give_up("--for-excel goes with --format csv.", IMPOSSIBLE)
    if format_ is Format.XLSX and out is None:
        _give_up("--format xlsx needs a file: --out.", IMPOSSIBLE)
    try:
        asyncio.run(_export(console, format_, out, for_excel, with_people))
    except BrokenPipeError:
        # Whoever read has enough, e.g. `ideenweg export | head`.
        _forget_stdout()
    except Exception as error:
        if is_unreachable(error):
            _give_up("PostgreSQL cannot be reached, so the export is not complete.", AWAY)
        if not isinstance(error, (RuntimeError, PolicyError, OSError)):
            raise
        _give_up(str(error), IMPOSSIBLE)


async def _export(console: Console, format_: Format, out: Path | None, for_excel: bool, with_people: bool) -> None:
    from activities.audit import write_audit
    from api.operations.progress import ProgressLine
    from api.runtime.services import open_services
    from api.use_cases.export import Export
    from models.settings import load_settings
    from models.vocabulary import AuditEvent

    services = await open_services(load_settings(), pool_size=2)
    try:
        details = format_ is Format.JSON
        content = Export(services.database, with_details=details, with_people=with_people)
        with ProgressLine(console, "Exported", await content.count()) as progress, _open(out) as sink:
            write = {Format.JSON: _write_json, Format.CSV: _write_csv, Format.XLSX: _write_workbook}[format_]
            async with services.database.transaction() as session:
                # Before it begins: what was taken out halfway was taken out, too.
                await write_audit(
                    session, AuditEvent.EXPORT, what="ideas", form=str(format_), people=with_people, by="command"
                )
            await write(services, content, sink, progress.advance, for_excel)
    finally:
        await services.close()
    if out is not None:
        console.print(f"{progress.done} ideas in {out}")


async def _write_csv(services: Services, content: Export, sink: TextIO, advance: Advance, for_excel: bool) -> None:
    from models.spreadsheet import SheetWriter

    await _write_rows(services, content, SheetWriter(sink, for_excel=for_excel).write, advance)


async def _write_workbook(services: Services, content: Export, sink: TextIO, advance: Advance, for_excel: bool) -> None:
    from api.use_cases.export import open_workbook

    with open_workbook(sink.buffer) as write:
        await _write_rows(services, content, write, advance)


async def _write_rows(services: Services, content: Export, write: WriteRow, advance: Advance) -> None:
    from api.use_cases.export import Sheet

    sheet = Sheet(services.policy, content.with_people)
    write(sheet.header)
    async for item in content.ideas():
        write(sheet.row(item))
        advance()


async def _write_json(services: Services, content: Export, sink: TextIO, advance: Advance, for_excel: bool) -> None:
    from api.use_cases.export import json_line

    async for item in content.ideas():
        sink.write(f"{json_line(item, services.policy, with_people=content.with_people)}\n")
        advance()


@contextlib.contextmanager
def _open(out: Path | None) -> Iterator[TextIO]:
    """Where the export goes. A file is private, and takes its name only when it is whole."""
    import os
    import sys

    if out is None:
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
        yield sys.stdout
        sys.stdout.flush()
        return
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise RuntimeError(f"{out} cannot be written: it is a folder, or its folder does not exist.")
    temporary = out.with_name(f"{out.name}.part")
    temporary.unlink(missing_ok=True)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)


def _forget_stdout() -> None:
    """Let the interpreter's last flush go nowhere instead of failing."""
    import os
    import sys

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _give_up(text: str, code: int) -> None:
    typer.echo(text, err=True)
    raise typer.Exit(code)
