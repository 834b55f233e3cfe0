"""Lists of the leads as files. What is seen: the columns, filters and order of a table, as CSV or a workbook. Whole:
all of the ideas that the filters show, to be read back, with their history as JSON."""

import io
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from fastapi import Response
from starlette.responses import StreamingResponse

from api.pages.kit.page import FreshLeadPage, SignedInPage
from api.pages.kit.tables import MOST_ROWS, Cell, Table
from api.pages.lead import ideas, people, stuck
from api.pages.lead.filters import read_filters
from api.runtime.services import Services
from api.use_cases.audit import audit
from api.use_cases.export import Export, Sheet, WriteRow, json_line, open_workbook
from api.web.downloads import saved_as
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.queries.board import select_ids
from models.queries.moment import Moment
from models.spreadsheet import SheetWriter
from models.vocabulary import AuditEvent

router = page_router()

IN_MEMORY = 1024 * 1024
"""What is larger waits on the disk until it is sent."""


class TableForm(StrEnum):
    """What a list is written as."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


MEDIA_TYPES = {
    TableForm.CSV: "text/csv; charset=utf-8",
    TableForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    TableForm.JSON: "application/x-ndjson",
}


READ: Mapping[str, tuple[Callable[[SignedInPage], Awaitable[Table]], str]] = {
    "ideen": (ideas.read_table, "/leitung"),
    "stockt": (stuck.read_table, "/haengt-fest"),
    "menschen": (people.read_table, "/menschen"),
}
"""Table → what is seen of it, and where."""


@router.post("/leitung/tabelle")
async def write_table(page: FreshLeadPage) -> Response:
    """All that the filters of the address show, not one page of it."""
    sent = await page.form()
    try:
        form = TableForm(str(sent.get("form", "")))
    except ValueError:
        raise ProblemError(422, "invalid", field="form") from None
    seen = str(sent.get("liste", ""))
    if seen and (seen not in READ or form is TableForm.JSON):
        raise ProblemError(422, "invalid", field="liste")
    return await write_seen(page, seen, form) if seen else await write_whole(page, form, bool(sent.get("personen")))


async def write_seen(page: SignedInPage, which: str, form: TableForm) -> Response:
    read, path = READ[which]
    table = await read(page)
    if len(table.rows) > MOST_ROWS:
        back = f"{path}?{page.query}" if page.query else path
        told = page.t("page.export.too_long", most=page.t.number(MOST_ROWS))
        return page.render("lead/bulk_none.html", 422, told=told, back=back)
    await note(page, what=which, form=str(form), people=True, lines=len(table.rows))
    file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - it is closed when it is sent
    with open_sheet(form, file, which) as write:
        write(table.header)
        for row in table.rows:
            write(map(write_cell, row))
    return send(file, which, form)


def write_cell(cell: Cell) -> str | int:
    """A day as spreadsheets of all languages know it."""
    return cell.isoformat() if isinstance(cell, date) else "" if cell is None else cell


async def write_whole(page: SignedInPage, form: TableForm, with_people: bool) -> Response:
    filters = read_filters(page.query)
    which = select_ids(
        page.person.id, page.visitor.roles, Moment.of(page.services.policy, datetime.now(UTC)), filters.wanted
    )
    content = Export(
        page.services.database,
        with_details=form is TableForm.JSON,
        with_people=with_people,
        which=which,
        reader=page.person.id,
    )
    count = await content.count()
    if count > MOST_ROWS:
        told = page.t("page.export.too_many", count=count, most=page.t.number(MOST_ROWS))
        return page.render("lead/bulk_none.html", 422, told=told, back=filters.address())
    await note(page, what="ideas", form=str(form), people=with_people, ideas=count)
    file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - it is closed when it is sent
    await write_ideas(page.services, content, form, file)
    return send(file, "ideen", form)


async def note(page: SignedInPage, **facts: Any) -> None:
    """Before it begins: what was taken out halfway was taken out, too."""
    async with page.services.database.transaction() as session:
        await audit(session, page.caller, AuditEvent.EXPORT, **facts, by="page")


def send(file: IO[bytes], name: str, form: TableForm) -> Response:
    headers = saved_as(f"ideenweg-{name}.{form}")
    return StreamingResponse(read_chunks(file), media_type=MEDIA_TYPES[form], headers=headers)


async def write_ideas(services: Services, content: Export, form: TableForm, file: IO[bytes]) -> None:
    if form is TableForm.JSON:
        async for item in content.ideas():
            file.write(f"{json_line(item, services.policy, with_people=content.with_people)}\n".encode())
        return
    sheet = Sheet(services.policy, content.with_people)
    with open_sheet(form, file) as write:
        write(sheet.header)
        async for item in content.ideas():
            write(sheet.row(item))


@contextmanager
def open_sheet(form: TableForm, file: IO[bytes], name: str = "Ideen") -> Iterator[WriteRow]:
    """Rows for a spreadsheet, in which no text computes."""
    if form is TableForm.XLSX:
        with open_workbook(file, name) as write:
            yield write
        return
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    yield SheetWriter(text).write
    text.detach()


def read_chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while chunk := file.read(64 * 1024):
            yield chunk
