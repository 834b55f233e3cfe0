"""The lead's list as a table: CSV for spreadsheets, a workbook, or JSON, with the filters that the list has."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from fastapi import Response
from starlette.responses import StreamingResponse

from api.pages.kit.page import FreshLeadPage
from api.pages.lead.filters import read_filters
from api.runtime.services import Services
from api.use_cases.audit import audit
from api.use_cases.export import Export, Sheet, WriteRow, json_line, open_workbook
from api.web.downloads import saved_as
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.queries.board import select_ids
from models.queries.stuck import Moment
from models.spreadsheet import SheetWriter
from models.vocabulary import AuditEvent

router = page_router()

MOST_IDEAS = 20_000
"""More take longer than a page may; `ideenweg export` takes them."""
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


@router.post("/leitung/tabelle")
async def write_table(page: FreshLeadPage) -> Response:
    """All that the filters of the address show, not one page of it."""
    sent, filters = await page.form(), read_filters(page.query)
    try:
        form = TableForm(str(sent.get("form", "")))
    except ValueError:
        raise ProblemError(422, "invalid", field="form") from None
    with_people = bool(sent.get("personen"))
    which = select_ids(
        page.person.id, page.visitor.roles, Moment.of(page.services.policy, datetime.now(UTC)), filters.wanted
    )
    content = Export(page.services.database, with_details=form is TableForm.JSON, with_people=with_people, which=which)
    count = await content.count()
    if count > MOST_IDEAS:
        told = page.t("page.export.too_many", count=count, most=page.t.number(MOST_IDEAS))
        return page.render("lead/bulk_none.html", 422, told=told, back=filters.address())
    async with page.services.database.transaction() as session:
        # Before it begins: what was taken out halfway was taken out, too.
        facts: dict[str, Any] = {"what": "ideas", "form": str(form), "people": with_people, "ideas": count}
        await audit(session, page.caller, AuditEvent.EXPORT, **facts, by="page")
    file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - it is closed when it is sent
    await write_ideas(page.services, content, form, file)
    return StreamingResponse(
        read_chunks(file), media_type=MEDIA_TYPES[form], headers=saved_as(f"ideenweg-ideen.{form}")
    )


async def write_ideas(services: Services, content: Export, form: TableForm, file: IO[bytes]) -> None:
    sheet = Sheet(services.policy, content.with_people)
    if form is TableForm.XLSX:
        with open_workbook(file) as write:
            await _write_rows(sheet, content, write)
        return
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    if form is TableForm.CSV:
        await _write_rows(sheet, content, SheetWriter(text).write)
    else:
        async for item in content.ideas():
            text.write(f"{json_line(item, services.policy, with_people=content.with_people)}\n")
    text.detach()


async def _write_rows(sheet: Sheet, content: Export, write: WriteRow) -> None:
    write(sheet.header)
    async for item in content.ideas():
        write(sheet.row(item))


def read_chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while chunk := file.read(64 * 1024):
            yield chunk
