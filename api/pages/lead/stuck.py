"""What is stuck: a table of cases with their worst cause; opened, all of them and, for an idea, what helps as forms."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from fastapi import Response

from api.pages.kit.fields import Entered
from api.pages.kit.latest_step import find_latest
from api.pages.kit.page import LeadPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.step_taking import NotTaken, take_from_form
from api.pages.kit.tables import MOST_ROWS, Column, Table, write_column
from api.pages.lead.filters import count_list
from api.pages.lead.stuck_filters import COLUMNS, SORTS, StuckFilters
from api.pages.lead.stuck_lines import StuckLine, describe, describe_opened, list_cells
from api.pages.lead.stuck_plain_cases import chase_beside, find_beside
from api.pages.lead.stuck_remedies import ALWAYS, CHASED, REMEDIES
from api.runtime.lost_keys import list_lost_offices
from api.runtime.services import Services
from api.use_cases.idea_text import IdeaNotFound
from api.use_cases.manual_reminders import remind_holder
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.i18n import Texts
from models.lifecycles.events import UNDO
from models.queries.moment import Moment
from models.queries.paging import InvalidCursor, read_whole
from models.queries.stuck_lines import read_stuck
from models.vocabulary import StuckCause

router = page_router()

KNOWN = frozenset({*ALWAYS, *(event for remedies in REMEDIES.values() for event in remedies), CHASED, UNDO})

REMINDS = "erinnern"
"""Beside `CHASED`: the platform asks by mail at the same time."""

CLOSES = "zu"
"""In the address of a row: as it is when it is not open."""


@router.get("/haengt-fest")
async def show_stuck(page: LeadPage) -> Response:
    return await render_stuck(page, await StuckFilters.read(page.query, page.services))


@router.get("/haengt-fest/{case_id}")
async def show_remedies(page: LeadPage, case_id: UUID) -> Response:
    """One row opened, or closed again: alone where htmx puts it in place, else with the list around it."""
    filters = await StuckFilters.read(page.query, page.services)
    if page.request.headers.get("HX-Request") != "true":
        return await render_stuck(page, filters, opened=str(case_id))
    async with page.services.database.reading() as session:
        case = await read_stuck(session, _now(page.services), str(case_id), page.person.id)
        if case is None:
            raise IdeaNotFound
        if page.query.get(CLOSES) is None:
            line = await describe_opened(page, session, case)
        else:
            line = replace(describe(page.speaker, case), is_back=True)
    return page.render("lead/stuck_row.html", one=line, filters=filters, columns=write_columns(page.t, filters))


@router.post("/haengt-fest/{idea_id}")
async def help_along(page: LeadPage, idea_id: UUID) -> Response:
    """One remedy for one idea: the step is taken, and the list goes on; or the row says why not."""
    sent = await page.form()
    filters = await StuckFilters.read({**page.query, **sent}, page.services)
    if sent.get("event", "") not in KNOWN:
        raise ProblemError(422, "invalid", "is no remedy", field="event")
    if sent.get("event") == CHASED and (beside := await find_beside(page, str(idea_id))) is not None:
        asked = await chase_beside(page, beside, sent)
        if isinstance(asked, NotTaken):
            return await render_stuck(page, filters, beside.case_id, asked.entered, status=asked.status)
        return see_other(f"/haengt-fest/{beside.case_id}", **filters.query)
    taken = await take_from_form(page, str(idea_id), sent)
    if isinstance(taken, NotTaken):
        return await render_stuck(page, filters, str(idea_id), taken.entered, status=taken.status)
    if sent.get(REMINDS):
        await remind_holder(page.services, str(idea_id), taken.version)
    done = REMINDS if sent.get(REMINDS) else taken.event
    return see_other("/haengt-fest", **filters.query, meldung=done, zuletzt=str(idea_id))


async def read_table(page: SignedInPage) -> Table:
    """What is seen of the list that the address names, on all its pages."""
    filters = await StuckFilters.read(page.query, page.services)
    async with page.services.database.reading() as session:
        cases = await read_whole(partial(filters.list, session, _now(page.services), page.person.id), MOST_ROWS)
    columns = write_columns(page.t, filters)
    lines = [list_cells(page.speaker, case) for case in cases]
    return Table([column.label for column in columns], [[line[column.name] for column in columns] for line in lines])


async def render_stuck(
    page: SignedInPage,
    filters: StuckFilters,
    opened: str | None = None,
    entered: Entered | None = None,
    *,
    status: int = 200,
) -> Response:
    """`opened` is the case whose row has its forms; it stands first where the page does not hold it."""
    moment = _now(page.services)
    speaker = page.speaker
    async with page.services.database.reading() as session:
        listed = partial(filters.list, session, moment, page.person.id)
        try:
            answer = await listed(cursor=page.query.get("weiter"))
        except InvalidCursor:
            answer = await listed()
        is_whole = answer.next_cursor is None and not page.query.get("weiter")
        all_ = None if is_whole else await filters.count(session, moment, page.person.id)
        items = list(answer.items)
        if opened is not None and opened not in {case.case_id for case in items}:
            missing = await read_stuck(session, moment, opened, page.person.id)
            items = [missing, *items] if missing is not None else items
        latest = await find_latest(page, session, {REMINDS: page.t("page.stuck.reminded")})
        lines = [
            await describe_opened(page, session, case, entered) if case.case_id == opened else describe(speaker, case)
            for case in items
        ]
    gone = entered is not None and opened not in {line.case.case_id for line in lines}
    if gone and status == 422:
        # What is wrong with the form does not matter any more: its row is not there to be corrected.
        status = 409
    return page.render(
        "lead/stuck.html",
        status,
        latest=latest,
        offices=speaker.names.offices(await list_lost_offices(page.services)),
        refused=(entered.error or page.t("page.stuck.solved")) if gone and entered else "",
        errors=(dict(entered.errors) or {"form": entered.error}) if entered else {},
        anchors=list_anchors(entered, next((line for line in lines if line.helping), None)),
        lines=lines,
        columns=write_columns(page.t, filters),
        all_columns=COLUMNS,
        filters=filters,
        count=count_list(page.t, len(lines), is_whole=is_whole, all_=all_, what="page.stuck.count"),
        causes=[cause for cause in StuckCause if cause is not StuckCause.NOT_STARTED],
        further=filters.address(filters.sort, weiter=answer.next_cursor) if answer.next_cursor else None,
        is_first=not page.query.get("weiter"),
    )


def list_anchors(entered: Entered | None, line: StuckLine | None) -> dict[str, str]:
    """Where on the page each wrong field is, as far as its form is shown."""
    if entered is None or line is None or line.helping is None:
        return {}
    anchors = {"form": f"fall-{line.case.id}"}
    if entered.event in {form.event for form in line.helping.forms}:
        anchors |= {name: f"f{line.case.id}-{entered.event}-{name}" for name in entered.errors}
    return anchors


def write_columns(t: Texts, filters: StuckFilters) -> list[Column]:
    """The case, which is always there, and those that were chosen."""
    columns = []
    for name in ("fall", *filters.columns):
        label = t(f"page.stuck.column.{name}")
        can_sort = name in SORTS
        columns.append(
            write_column(name, label, name, filters.sort, filters.address) if can_sort else Column(name, label)
        )
    return columns


def _now(services: Services) -> Moment:
    return Moment.of(services.policy, datetime.now(UTC))
