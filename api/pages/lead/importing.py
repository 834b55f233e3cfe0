"""Ideas out of a table, in three steps: the file, its columns, a look at what becomes of the rows. Then progress."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Response
from starlette.datastructures import FormData, UploadFile

from api.pages.kit.fields import Choice, Field
from api.pages.kit.forms import FormWriter, read_text
from api.pages.kit.page import FreshLeadPage, LeadPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.audit import audit
from api.use_cases.importing.browser_import import (
    MOST_ROWS,
    Chosen,
    SeenRun,
    choose_columns,
    choose_encoding,
    drop_run,
    keep_file,
    list_runs,
    read_report,
    read_table_of,
    see_run,
    start_run,
)
from api.use_cases.importing.csv_records import Quoting
from api.use_cases.importing.mapping import FIELDS
from api.use_cases.importing.problems import ImportImpossible, Remark, excerpt
from api.use_cases.importing.reading import Table
from api.web.dependencies import check_csrf_token
from api.web.downloads import download
from api.web.rate_limits import Limited, limit_rate
from api.web.routers import page_router
from models.i18n import Texts
from models.rules.file_limits import MOST_BYTES_OF_LIST
from models.tables import ImportRun
from models.vocabulary import AuditEvent

router = page_router()

HOME = "/leitung/import"
ENCODINGS = ("utf-8", "cp1252", "mac_roman", "cp850", "iso8859-15", "cp1250", "cp1251", "utf-16")
FILE = "datei"
SAMPLES = 3
SHOWN = ("read", "complete", "authors", "drafts", "refused", "duplicates", "there")


@dataclass(frozen=True)
class Column:
    """A column of the file, as it is offered: its name and the first things in it."""

    place: int
    name: str
    samples: tuple[str, ...]


@router.get(HOME)
async def show_start(page: LeadPage) -> Response:
    return await render_start(page)


@router.post(HOME)
async def send_file(page: LeadPage) -> Response:
    """Keep the file, if it can be read. What is larger than a form is spooled to a disk while it comes in."""
    t = page.t
    sent = await page.form()
    check_csrf_token(page.request, page.services, sent)
    await limit_rate(page.request, page.services, Limited.UPLOAD, page.person.id)
    file, chosen = sent.get(FILE), read_chosen(sent)
    if not isinstance(file, UploadFile) or not file.filename:
        return await render_start(page, t("page.import.file.none"), sent)
    if (file.size or 0) > MOST_BYTES_OF_LIST:
        most = MOST_BYTES_OF_LIST // 1024**2
        return await render_start(page, t("page.import.file.too_large", most=most), sent)
    try:
        run_id = await keep_file(page.services, page.person, name_of(file.filename), await file.read(), chosen)
    except ImportImpossible as wrong:
        return await render_start(page, tell_impossible(t, wrong), sent)
    return see_other(f"{HOME}/{run_id}/spalten")


@router.get(HOME + "/{import_id}/spalten")
async def show_columns(page: LeadPage, import_id: UUID) -> Response:
    seen = await see_run(page.services, page.person.id, str(import_id))
    if seen.run.started_at is not None or not seen.has_file:
        return see_other(f"{HOME}/{import_id}")
    return await render_columns(page, seen.run)


@router.post(HOME + "/{import_id}/spalten")
async def match_columns(page: LeadPage, import_id: UUID) -> Response:
    sent = await page.form()
    if encoding := str(sent.get("zeichensatz") or "")[:40]:
        return await read_anew(page, str(import_id), encoding)
    columns = read_columns(sent)
    run = (await see_run(page.services, page.person.id, str(import_id))).run
    if "title" not in columns:
        wrong = {"title": page.t("page.import.columns.no_title")}
        return await render_columns(page, run, columns, wrong)
    try:
        await choose_columns(page.services, page.person, str(import_id), columns)
    except ImportImpossible as impossible:
        wrong = {"form": tell_impossible(page.t, impossible)}
        return await render_columns(page, run, columns, wrong)
    return see_other(f"{HOME}/{import_id}")


@router.get(HOME + "/{import_id}")
async def show_import(page: LeadPage, import_id: UUID) -> Response:
    """What will become of the rows; once it is carried out, what has become of them."""
    seen = await see_run(page.services, page.person.id, str(import_id))
    if seen.run.started_at is not None:
        return page.render("lead/import_result.html", **describe_run(page.t, seen))
    if not seen.has_file:
        return page.render("lead/import_gone.html", 410, run=seen.run)
    if seen.run.checked_at is None:
        return see_other(f"{HOME}/{import_id}/spalten")
    return page.render("lead/import_look.html", **describe_run(page.t, seen))


@router.get(HOME + "/{import_id}/stand")
async def show_progress(page: LeadPage, import_id: UUID) -> Response:
    """How far it has come: the part of the page that changes by itself."""
    seen = await see_run(page.services, page.person.id, str(import_id))
    return page.render("lead/import_progress.html", **describe_run(page.t, seen))


@router.post(HOME + "/{import_id}/ausfuehren")
async def carry_out(page: FreshLeadPage, import_id: UUID) -> Response:
    """Begin; pressed twice, it is begun once."""
    if await start_run(page.services, page.person.id, str(import_id)):
        run = (await see_run(page.services, page.person.id, str(import_id))).run
        async with page.services.database.transaction() as session:
            rows = run.counts.get("read", 0)
            await audit(session, page.caller, AuditEvent.IMPORT, subject_id=run.id, rows=rows, by="page")
    return see_other(f"{HOME}/{import_id}")


@router.post(HOME + "/{import_id}/verwerfen")
async def drop(page: LeadPage, import_id: UUID) -> Response:
    await drop_run(page.services, page.person.id, str(import_id))
    return see_other(HOME)


@router.get(HOME + "/{import_id}/bericht.csv")
async def download_report(page: LeadPage, import_id: UUID) -> Response:
    """The line, the column, the reason and the value of each remark."""
    report = await read_report(page.services, page.person.id, str(import_id))
    return download(report, "ideenweg-import.csv")


# -- the file ----------------------------------------------------------------------------------------------------


async def render_start(page: SignedInPage, wrong: str = "", sent: Mapping[str, object] | None = None) -> Response:
    async with page.services.database.reading() as session:
        runs = await list_runs(session, page.person.id)
    return page.render(
        "lead/import_file.html",
        422 if wrong else 200,
        wrong=wrong,
        fields=write_reading(page.t, sent or {}),
        runs=[(seen.run, tell_state(page.t, seen)) for seen in runs],
        most=MOST_BYTES_OF_LIST // 1024**2,
        most_rows=MOST_ROWS,
        zone=page.services.policy.zone,
    )


def write_reading(t: Texts, sent: Mapping[str, object]) -> list[Field]:
    """How the file is to be read, where that cannot be found out."""
    form = FormWriter(t, sent)
    encodings = tuple(Choice(name, name, t(f"page.import.encoding.{name}")) for name in ENCODINGS)
    quotings = tuple(Choice(one, t(f"page.import.quote.{one}")) for one in Quoting if one is not Quoting.DOUBLE)
    return [
        form.write(
            "zeichensatz", "select", t("page.import.encoding"), t("page.import.encoding.help"), choices=encodings
        ),
        form.write("kopfzeile", "number", t("page.import.header_line"), t("page.import.header_line.help"), least="0"),
        form.write("blatt", "line", t("page.import.sheet"), t("page.import.sheet.help")),
        form.write("anfuehrung", "select", t("page.import.quote"), t("page.import.quote.help"), choices=quotings),
    ]


def read_chosen(sent: FormData) -> Chosen:
    """What means nothing is left to be found out."""
    encoding, line = str(sent.get("zeichensatz") or ""), str(sent.get("kopfzeile") or "")
    quoting, sheet = str(sent.get("anfuehrung") or ""), read_text(sent, "blatt")
    return Chosen(
        encoding=encoding if encoding in ENCODINGS else None,
        quoting=quoting if quoting in list(Quoting) else Quoting.DOUBLE,
        sheet=sheet[:80] or None,
        header_line=int(line) if line.isdecimal() and len(line) < 6 else None,
    )


def name_of(name: str) -> str:
    """Its last part, without signs that a page or a log would stumble over."""
    plain = "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if sign.isprintable())
    return plain[-80:].strip(". ") or "tabelle"


def tell_impossible(t: Texts, wrong: ImportImpossible) -> str:
    """In the words of the page where it has some, else in those of the command."""
    key = f"page.import.not.{wrong.code}"
    return t(key, **wrong.facts) if wrong.code and t.has(key) else f"{t('page.import.not')} {wrong}"


# -- its columns -------------------------------------------------------------------------------------------------


async def render_columns(
    page: SignedInPage,
    run: ImportRun,
    columns: Mapping[str, int] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    t = page.t
    try:
        table = await read_table_of(page.services, run)
    except ImportImpossible as wrong:
        return await render_start(page, tell_impossible(t, wrong))
    offered = list_columns(table)
    choices = tuple(Choice(str(column.place), tell_column(column)) for column in offered)
    told = errors or {}
    form = FormWriter(t, columns if columns is not None else Chosen.of(run).columns or {}, told)
    helps = {name: f"page.import.field.{name}.help" for name in FIELDS}
    fields = [
        form.write(
            name,
            "select",
            t(f"page.import.field.{name}"),
            t(help_) if t.has(help_) else "",
            name == "title",
            choices,
        )
        for name, help_ in helps.items()
    ]
    return page.render(
        "lead/import_columns.html",
        422 if told else 200,
        run=run,
        table=table,
        rows=len(table.rows),
        columns=offered,
        fields=fields,
        errors=dict(told),
        guesses=[(guess.partition(" ")[0], guess) for guess in table.guesses],
        remarks=[tell_remark(t, remark) for remark in table.remarks if remark.code != "guess"],
    )


def list_columns(table: Table) -> list[Column]:
    return [
        Column(
            place,
            name or f"#{place + 1}",
            tuple(
                excerpt(" ".join(row.fields[place].split()), 60)
                for row in table.rows[:SAMPLES]
                if row.fault is None and row.fields[place].strip()
            ),
        )
        for place, name in enumerate(table.header)
    ]


def tell_column(column: Column) -> str:
    example = f": {excerpt(column.samples[0], 30)}" if column.samples else ""
    return f"{excerpt(column.name, 40)}{example}"


def read_columns(sent: FormData) -> dict[str, int]:
    given = {name: str(sent.get(name) or "") for name in FIELDS}
    return {name: int(value) for name, value in given.items() if value.isdecimal() and len(value) < 5}


async def read_anew(page: SignedInPage, import_id: str, encoding: str) -> Response:
    """With the encoding whose words are right."""
    try:
        await choose_encoding(page.services, page.person.id, import_id, encoding)
    except ImportImpossible as wrong:
        return await render_start(page, tell_impossible(page.t, wrong))
    return see_other(f"{HOME}/{import_id}/spalten")


def tell_remark(t: Texts, remark: Remark) -> str:
    return t(f"import.file.{remark.code}", **remark.facts)


# -- what becomes of the rows ------------------------------------------------------------------------------------


def describe_run(t: Texts, seen: SeenRun) -> dict[str, Any]:
    run, counts = seen.run, seen.run.counts
    fates = counts.get("fates", {})
    pending, handed_in = counts.get("pending", 0), counts.get("handed_in", 0)
    return {
        "run": run,
        "counts": [(t(f"page.import.count.{name}"), t.number(counts[name])) for name in SHOWN if counts.get(name)],
        "possible": any(counts.get(name) for name in ("complete", "drafts", "authors")),
        "remarks": [(kind, tell_code(t, code), t.number(times)) for kind, code, times in counts.get("codes", [])],
        "differs": counts.get("differs", 0),
        "over": run.finished_at is not None,
        "stopped": counts.get("stopped", False),
        "uninvited": counts.get("uninvited", 0),
        "all": counts.get("read", 0),
        "done": counts.get("written", 0) if not pending else handed_in,
        "fates": [(t(f"page.import.fate.{name}"), t.number(times)) for name, times in fates.items() if times],
        "refused": counts.get("refused", 0),
        "has_report": seen.has_report,
    }


def tell_code(t: Texts, code: str) -> str:
    return t(f"import.code.{code}") if t.has(f"import.code.{code}") else code


def tell_state(t: Texts, seen: SeenRun) -> str:
    run = seen.run
    if run.finished_at is not None:
        return t("page.import.state.done")
    if run.started_at is not None:
        return t("page.import.state.running")
    return t("page.import.state.open" if seen.has_file else "page.import.state.gone")
