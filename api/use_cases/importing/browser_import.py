"""An import in the browser: a file is kept, its columns are chosen, it is looked at, and carried out once.

Reading, checking and writing are those of the command. Whichever web process looks first carries a run out; where that
one ends, another goes on, and what is there already is not written twice.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from io import StringIO
from typing import Any

import structlog
from sqlalchemy import or_
from sqlalchemy.orm import defer
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.runtime.services import Services
from api.use_cases.errors import Conflict, NotFound
from api.use_cases.importing.checking import Checked, Choices, check_rows, check_source
from api.use_cases.importing.csv_records import Quoting
from api.use_cases.importing.encoding import unconfirmed
from api.use_cases.importing.import_run import Fate, Run, ask_for_more, compare
from api.use_cases.importing.mapping import FIELDS, SOURCE_REF, USUAL_COLUMNS, ColumnMap, guess_columns
from api.use_cases.importing.problems import Finding, ImportImpossible
from api.use_cases.importing.reading import Reading, Table, parse_table
from api.use_cases.importing.report import write_findings
from models.i18n import texts_in
from models.policy import Policy
from models.tables import Account, ImportRun
from models.tables.columns import new_id, utc_now
from models.vocabulary import Role

MOST_ROWS = 5_000
"""A preview of more takes longer than a page may; `ideenweg import` takes them."""
IN_FLIGHT = 8
PATIENCE_SECONDS = 30.0
LOOK_EVERY_SECONDS = 30.0
"""What was begun in this process is known at once; that of one that has ended can wait so long."""
NOTE_EVERY_SECONDS = 2.0
SILENT_AFTER = timedelta(seconds=60)
"""After so long without a sign another process goes on."""
MOST_KEPT = 10
"""Runs of one person that are shown."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Chosen:
    """What was chosen for a file, as it is kept with the run. `columns`: field → place."""

    encoding: str | None = None
    quoting: str = Quoting.DOUBLE
    header_line: int | None = None
    sheet: str | None = None
    columns: Mapping[str, int] | None = None

    @classmethod
    def of(cls, run: ImportRun) -> "Chosen":
        return cls(**run.choices)

    @property
    def reading(self) -> Reading:
        """Looked for are the usual names of columns, so that lines above them are known as such."""
        return Reading(
            encoding=self.encoding,
            quoting=Quoting(self.quoting),
            header_line=self.header_line,
            sheet=self.sheet,
            columns=USUAL_COLUMNS,
        )


async def look_into(data: bytes, chosen: Chosen) -> Chosen:
    """What was chosen, with the columns as they are guessed. Raises ImportImpossible."""
    table = await asyncio.to_thread(parse_table, data, chosen.reading)
    if chosen.header_line is None and table.named_in is not None:
        chosen = replace(chosen, header_line=table.named_in)
        table = await asyncio.to_thread(parse_table, data, chosen.reading)
    if len(table.rows) > MOST_ROWS:
        raise ImportImpossible(f"{len(table.rows)} rows; at most {MOST_ROWS}.", "too_many_rows")
    return replace(chosen, columns=guess_columns(table))


async def keep_file(services: Services, account: Account, name: str, data: bytes, chosen: Chosen) -> str:
    """Keep a file that can be read; returns the id of its run. Raises ImportImpossible."""
    chosen = await look_into(data, chosen)
    source = check_source(name.rpartition(".")[0] or name)
    run = ImportRun(
        id=new_id(),
        created_by=account.id,
        file_name=name,
        source=source,
        content=data,
        choices=asdict(chosen),
    )
    async with services.database.transaction() as session:
        session.add(run)
    return run.id


@dataclass(frozen=True)
class SeenRun:
    """A run as pages show it: without the file and the report, which may be large."""

    run: ImportRun
    has_file: bool
    has_report: bool


LARGE: tuple[Any, ...] = (ImportRun.content, ImportRun.report)
LIGHT = tuple(map(defer, LARGE))


async def find_run(session: AsyncSession, account_id: str, run_id: str) -> ImportRun:
    """A run of one's own, held until the end. Raises NotFound."""
    run = await session.get(ImportRun, run_id, options=LIGHT, with_for_update=True)
    if run is None or run.created_by != account_id:
        raise NotFound
    return run


async def see_run(services: Services, account_id: str, run_id: str) -> SeenRun:
    """Raises NotFound."""
    async with services.database.reading() as session:
        found = (await session.exec(_light(account_id).where(ImportRun.id == run_id))).one_or_none()
    if found is None:
        raise NotFound
    return SeenRun(*found)


async def list_runs(session: AsyncSession, account_id: str) -> list[SeenRun]:
    """The latest of one's own."""
    those = _light(account_id).order_by(col(ImportRun.created_at).desc()).limit(MOST_KEPT)
    return [SeenRun(*found) for found in (await session.exec(those)).all()]


def _light(account_id: str) -> Any:
    has = (col(ImportRun.content).is_not(None), col(ImportRun.report).is_not(None))
    return select(ImportRun, *has).options(*LIGHT).where(ImportRun.created_by == account_id)


async def read_report(services: Services, account_id: str, run_id: str) -> bytes:
    """Raises NotFound."""
    report = select(ImportRun.report).where(ImportRun.id == run_id, ImportRun.created_by == account_id)
    async with services.database.reading() as session:
        found = (await session.exec(report)).one_or_none()
    if found is None:
        raise NotFound
    return found


async def read_content(services: Services, run_id: str) -> bytes | None:
    """The file; None where it has gone."""
    async with services.database.reading() as session:
        return (await session.exec(select(ImportRun.content).where(ImportRun.id == run_id))).one_or_none()


async def read_table_of(services: Services, run: ImportRun) -> Table:
    """Raises ImportImpossible, also where the file has gone."""
    content = await read_content(services, run.id)
    if content is None:
        raise ImportImpossible("The file is not kept any more. Send it again.", "gone")
    return await asyncio.to_thread(parse_table, content, Chosen.of(run).reading)


async def choose_encoding(services: Services, account_id: str, run_id: str, encoding: str) -> None:
    """Read the file anew. Raises ImportImpossible, NotFound, Conflict."""
    seen = await see_run(services, account_id, run_id)
    content = await read_content(services, run_id)
    if content is None:
        raise ImportImpossible("The file is not kept any more. Send it again.", "gone")
    chosen = await look_into(content, replace(Chosen.of(seen.run), encoding=encoding))
    async with services.database.transaction() as session:
        run = await find_run(session, account_id, run_id)
        _refuse_started(run)
        run.choices = asdict(chosen)


async def choose_columns(services: Services, account: Account, run_id: str, columns: Mapping[str, int]) -> None:
    """Keep which column is which, and look what becomes of the rows.

    Raises ImportImpossible, NotFound, Conflict.
    """
    run = (await see_run(services, account.id, run_id)).run
    table = await read_table_of(services, run)
    if table.guesses:
        raise unconfirmed(table.guesses)
    checked = await asyncio.to_thread(check_all, services.policy, table, columns, run.source)
    found = await compare(services, run.source, checked.rows)
    own = [row for row in checked.rows if row.email in (None, account.email)]
    counts = {
        "read": checked.read,
        "complete": sum(row.complete for row in own),
        "drafts": sum(not row.complete for row in own),
        "refused": checked.refused,
        "duplicates": checked.duplicates,
        "authors": len(checked.rows) - len(own),
        "there": found.there,
        "codes": [[str(kind), code, times] for kind, code, times in checked.by_code()],
        "differs": len(found.findings),
    }
    async with services.database.transaction() as session:
        run = await find_run(session, account.id, run_id)
        _refuse_started(run)
        run.choices = {**run.choices, "columns": dict(columns)}
        run.counts, run.checked_at = counts, utc_now()
        run.report = write_report_for(account, [*checked.findings, *found.findings])


def check_all(policy: Policy, table: Table, columns: Mapping[str, int], source: str) -> Checked:
    """Raises ImportImpossible where there is no title, or a place that the table has not."""
    fields = {field: columns[field] for field in FIELDS if field in columns and columns[field] < len(table.header)}
    if "title" not in fields:
        raise ImportImpossible("title: an idea needs a title.")
    key = (fields[SOURCE_REF],) if SOURCE_REF in fields else ()
    return check_rows(table, ColumnMap(table.header, fields, key), policy, source, Choices())


async def start_run(services: Services, account_id: str, run_id: str) -> bool:
    """Carry out what was looked at; the same run again is one. False where it had begun. Raises NotFound, Conflict."""
    async with services.database.transaction() as session:
        run = await find_run(session, account_id, run_id)
        if run.started_at is not None:
            return False
        if run.checked_at is None:
            raise Conflict("look at what will happen first")
        run.started_at = utc_now()
    services.imports_begun.set()
    return True


async def drop_run(services: Services, account_id: str, run_id: str) -> None:
    """Forget a file that was not imported. Raises NotFound, Conflict."""
    async with services.database.transaction() as session:
        run = await find_run(session, account_id, run_id)
        _refuse_started(run)
        await session.delete(run)


def _refuse_started(run: ImportRun) -> None:
    if run.started_at is not None:
        raise Conflict("it is being carried out already")


# -- carrying out ------------------------------------------------------------------------------------------------


async def keep_importing(services: Services) -> None:
    """Look again and again, until cancelled. Several processes may: each run is taken up by one."""
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_SECONDS):
                await services.imports_begun.wait()
        services.imports_begun.clear()
        try:
            while await carry_out_next(services):
                pass
        except Exception as error:
            # The database is away, or whatever else: the next look may do better, so no error is worth an end.
            log.info("imported nothing", error=type(error).__name__)


async def carry_out_next(services: Services) -> bool:
    """Carry out a run that waits, or that another process has left; False where there is none."""
    async with services.database.transaction() as session:
        waits = or_(col(ImportRun.alive_at).is_(None), col(ImportRun.alive_at) < utc_now() - SILENT_AFTER)
        those = select(ImportRun).where(
            col(ImportRun.started_at).is_not(None), col(ImportRun.finished_at).is_(None), waits
        )
        first = those.options(*LIGHT).order_by(col(ImportRun.started_at)).limit(1).with_for_update(skip_locked=True)
        run = (await session.exec(first)).one_or_none()
        if run is None:
            return False
        run.alive_at = utc_now()
        owner = await session.get(Account, run.created_by) if run.created_by else None
    if owner is None or Role.LEAD not in owner.roles or not owner.can_come_in:
        await _note(services, run.id, {**run.counts, "stopped": True}, finished=True)
        return True
    await carry_out(services, run, owner)
    return True


async def carry_out(services: Services, run: ImportRun, owner: Account) -> None:
    """Import its rows, and tell how far that has come. What is left is done by a later look."""
    work = Run(services, owner, run.source, asyncio.Event(), IN_FLIGHT, PATIENCE_SECONDS)
    counts = Counter[str]()
    work.on_written = lambda count: counts.update(written=count)
    work.on_handed_in = lambda count: counts.update(handed_in=count)
    telling = asyncio.create_task(_keep_telling(services, run, counts))
    findings: list[Finding] = []
    try:
        findings = await _import_rows(services, run, work, counts)
        await work.invite_authors()
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling
    left = work.fates[Fate.LEFT] + work.uninvited
    told = {**run.counts, **counts, "fates": dict(work.fates), "uninvited": work.uninvited}
    report = write_report_for(owner, [*findings, *work.findings])
    await _note(services, run.id, told, finished=not left and work.away is None, report=report)


async def _import_rows(services: Services, run: ImportRun, work: Run, counts: Counter[str]) -> list[Finding]:
    columns = Chosen.of(run).columns or {}
    try:
        table = await read_table_of(services, run)
    except ImportImpossible:
        # Its day is over. Whoever is still to be told is told all the same.
        return []
    checked = await asyncio.to_thread(check_all, services.policy, table, columns, run.source)
    pending = await work.write_drafts(checked.rows)
    counts["pending"] = len(pending)
    if work.away is None:
        await ask_for_more(work, checked.rows)
    await work.hand_in(pending)
    return checked.findings


async def _keep_telling(services: Services, run: ImportRun, counts: Counter[str]) -> None:
    while True:
        await asyncio.sleep(NOTE_EVERY_SECONDS)
        with suppress(OSError):
            await _note(services, run.id, {**run.counts, **counts})


async def _note(
    services: Services, run_id: str, counts: Mapping[str, Any], *, finished: bool = False, report: bytes | None = None
) -> None:
    values: dict[str, Any] = {"counts": dict(counts), "alive_at": utc_now()}
    if finished:
        values |= {"finished_at": utc_now(), "content": None}
    if report is not None:
        values["report"] = report
    async with services.database.transaction() as session:
        await session.exec(update(ImportRun).where(col(ImportRun.id) == run_id).values(**values))


def write_report_for(account: Account, findings: list[Finding]) -> bytes | None:
    """The same report as that of the command, in the language of whoever reads it; None where there is nothing."""
    if not findings:
        return None
    t, sink = texts_in(account.language), StringIO()

    def tell(finding: Finding) -> str:
        key = f"import.code.{finding.code}"
        return t(key) if t.has(key) else finding.reason

    write_findings(sink, findings, tell)
    return sink.getvalue().encode("utf-8", "replace")
