"""*Menschen*: who works here, in one table; what waits for a second lead; which office lacks whom."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from api.pages.kit.fields import Choice
from api.pages.kit.page import AnyPage, LeadPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.tables import CHOSEN, MOST_ROWS, Cell, Column, Table, read_columns, write_cells, write_column
from api.pages.lead.staff_view import PersonRow, read_gaps, write_proposal, write_row
from api.web.routers import page_router
from models.i18n import Texts
from models.queries.staff import list_proposals
from models.queries.staff_list import StaffFilter, StaffSort, StaffState, count_staff, list_staff
from models.region_names import RegionNames
from models.rules.staff_roles import STAFF_ROLES
from models.text_folding import fold
from models.typed_text import clean
from models.vocabulary import Role

router = page_router()

SAID = frozenset(
    {
        *("first_lead", "invited", "invited_no_mail", "proposed", "invitation_withdrawn", "proposal_agreed"),
        *("proposal_refused", "proposal_withdrawn"),
    }
)
A_PAGE = 50

COLUMNS: Mapping[str, StaffSort] = {
    "name": StaffSort.NAME,
    "rollen": StaffSort.ROLES,
    "buero": StaffSort.OFFICE,
    "plaetze": StaffSort.PLACES,
    "ideen": StaffSort.IDEAS,
    "angemeldet": StaffSort.SIGNED_IN,
    "status": StaffSort.STATE,
}
"""The columns by which one sorts, as they stand in the address; with a minus in front the other way round."""

CHOOSABLE = tuple(name for name in COLUMNS if name != "name")
"""Beside the name, which is always there."""


@router.get("/coaches")
async def show_old_address(_page: LeadPage) -> Response:
    """What it was called before there was more to it."""
    return see_other("/menschen")


@router.get("/menschen")
async def show_people(page: LeadPage) -> Response:
    chosen, sorted_by = read_chosen(page.query)
    async with page.services.database.reading() as session:
        count = await count_staff(session, page.services.today(), read_filter(chosen))
        answer = read_page(page.query.get("seite", "1"), count)
        rows = await read_rows(page, session, chosen, sorted_by, skip=(answer - 1) * A_PAGE, limit=A_PAGE)
        proposals = await list_proposals(session)
        gaps = await read_gaps(page, session)
    return page.render(
        "staff/people.html",
        told=page.flash(SAID, "page.people.said."),
        rows=[(row, write_cells(page.t, list_cells(page, row))) for row in rows],
        count=count,
        pages=list_pages(chosen, sorted_by, answer, count),
        columns=write_columns(page.t, chosen, sorted_by),
        all_columns=CHOOSABLE,
        shown=list_shown(chosen),
        choices=list_choices(page),
        chosen=chosen,
        sorted_by=sorted_by,
        proposals=[write_proposal(page, one) for one in proposals],
        gaps=gaps,
        query=address_of(chosen, sortierung=sorted_by).removeprefix("/menschen"),
    )


async def read_table(page: SignedInPage) -> Table:
    """What is seen of the table that the address names, on all its pages; addresses in a column of their own."""
    chosen, sorted_by = read_chosen(page.query)
    async with page.services.database.reading() as session:
        rows = await read_rows(page, session, chosen, sorted_by, limit=MOST_ROWS + 1)
    columns, lines = write_columns(page.t, chosen, sorted_by), [(row.email, list_cells(page, row)) for row in rows]
    header = [page.t("field.email"), *(column.label for column in columns)]
    return Table(header, [[email, *(cells[column.name] for column in columns)] for email, cells in lines])


async def read_rows(
    page: AnyPage, session: AsyncSession, chosen: Mapping[str, str], sorted_by: str, *, limit: int, skip: int = 0
) -> list[PersonRow]:
    """Who works here, and who was asked to. Offices are sorted by their names."""
    names = RegionNames(page.services.policy.region, page.t).offices()
    lines = await list_staff(
        session,
        page.services.today(),
        read_filter(chosen),
        sort=COLUMNS[sorted_by.removeprefix("-")],
        descending=sorted_by.startswith("-"),
        offices=sorted(names, key=lambda office: fold(names[office])),
        skip=skip,
        limit=limit,
    )
    return [write_row(page, line) for line in lines]


def read_chosen(asked: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """The filters and the order that stand in an address."""
    sorted_by = asked.get("sortierung", "")
    chosen = {name: clean(asked.get(name, "")) for name in ("rolle", "buero", "status")}
    columns = read_columns(asked, CHOOSABLE)
    chosen[CHOSEN] = ".".join(columns) if columns != CHOOSABLE else ""
    return chosen, sorted_by if sorted_by.removeprefix("-") in COLUMNS else "name"


def list_shown(chosen: Mapping[str, str]) -> tuple[str, ...]:
    """The columns that are shown; all of them where none was chosen."""
    return tuple(chosen[CHOSEN].split(".")) if chosen[CHOSEN] else CHOOSABLE


def list_cells(page: AnyPage, row: PersonRow) -> dict[str, Cell]:
    """What the line of somebody says, in the page and in a file."""
    t, places = page.t, row.places
    return {
        "name": row.name,
        "rollen": ", ".join(t(f"role.{role}") for role in row.roles),
        "buero": row.office,
        "plaetze": t("page.people.places", taken=places[0], capacity=places[1]) if places else None,
        "ideen": row.ideas,
        "angemeldet": t.instant(row.seen_at, page.services.policy.zone) if row.seen_at else t("page.people.never"),
        "status": row.state_told,
    }


def read_filter(chosen: Mapping[str, str]) -> StaffFilter:
    """As an address says it; what means nothing shows nobody less."""
    role, state = chosen["rolle"], chosen["status"]
    return StaffFilter(
        role=Role(role) if role in STAFF_ROLES else None,
        office=chosen["buero"] or None,
        state=StaffState(state) if state in set(StaffState) else None,
    )


def write_columns(t: Texts, chosen: Mapping[str, str], sorted_by: str) -> list[Column]:
    def address(sort: str) -> str:
        return address_of(chosen, sortierung=sort)

    return [
        write_column(
            name, t(f"page.people.column.{name}"), name, sorted_by, address, is_number=name in ("plaetze", "ideen")
        )
        for name in ("name", *list_shown(chosen))
    ]


def address_of(chosen: Mapping[str, str], **more: str) -> str:
    asked = {name: value for name, value in {**chosen, **more}.items() if value}
    return f"/menschen?{urlencode(asked)}" if asked else "/menschen"


def read_page(asked: str, count: int) -> int:
    last = max(1, -(-count // A_PAGE))
    return min(int(asked), last) if asked.isdecimal() and len(asked) < 6 and int(asked) > 0 else 1


def list_pages(chosen: Mapping[str, str], sorted_by: str, page: int, count: int) -> dict[str, str]:
    """The addresses of the pages before and after this one, where there are any."""
    around = {"previous": page - 1, "next": page + 1}
    there = {name: number for name, number in around.items() if 0 < number <= -(-count // A_PAGE)}
    return {name: address_of(chosen, sortierung=sorted_by, seite=str(number)) for name, number in there.items()}


def list_choices(page: AnyPage) -> dict[str, tuple[Choice, ...]]:
    return {
        "rolle": tuple(Choice(role, page.t(f"role.{role}")) for role in STAFF_ROLES),
        "buero": tuple(
            Choice(key, name) for key, name in RegionNames(page.services.policy.region, page.t).offices().items()
        ),
        "status": tuple(Choice(state, page.t(f"page.people.filter.{state}")) for state in StaffState),
    }
