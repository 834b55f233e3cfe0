"""Saved views: filters of the lead's list under a name, for oneself or for others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Form, Response

from api.pages.kit.page import LeadPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.turn_presenter import TurnPresenter
from api.pages.kit.visitors import Member
from api.pages.lead.filters import Filters, address_of, is_id, list_choices, read_filters, tell_filter
from api.use_cases.errors import Conflict, Invalid
from api.use_cases.saved_views import begin_with, change_view, delete_view, restore_view, save_view
from api.web.problems import ProblemError, status_of
from api.web.routers import page_router
from models.queries.coaches import CoachName, name_coaches
from models.queries.saved_views import ViewLine, list_views, read_view
from models.vocabulary import ViewReach

router = page_router()

HOME = "/leitung/ansichten"
SAID = frozenset({"view_saved", "view_changed", "view_restored", "view_default", "view_no_default"})


@dataclass(frozen=True)
class Entered:
    """What was entered for a view that was refused; for a new one without an id."""

    view_id: str
    name: str
    reach: str
    board: str = ""


@router.get("/leitung/ansichten")
async def show_views(page: LeadPage) -> Response:
    return await render_views(page)


@router.post("/leitung/ansichten")
async def save(
    page: LeadPage,
    name: Annotated[str, Form()] = "",
    reach: Annotated[str, Form(alias="reichweite")] = "",
    board: Annotated[str, Form(alias="tafel")] = "",
) -> Response:
    """The filters stand in the address, as they do on the list."""
    filters = read_filters(page.query, board=bool(board))
    try:
        await save_view(page.services, page.person, name, filters.values, read_reach(reach), board=bool(board))
    except (Conflict, Invalid) as refusal:
        return await explain(page, refusal, Entered("", name, reach, board))
    return see_other(filters.address(meldung="view_saved"))


@router.get("/leitung/ansichten/{view_id}")
async def open_view(page: LeadPage, view_id: UUID) -> Response:
    async with page.services.database.reading() as session:
        view = await read_view(session, str(view_id), page.person.id, page.person.office)
    if view is None:
        raise ProblemError(404, "not_found")
    return see_other(address_of(view))


@router.post("/leitung/ansichten/{view_id}")
async def change(
    page: LeadPage,
    view_id: UUID,
    name: Annotated[str, Form()] = "",
    reach: Annotated[str, Form(alias="reichweite")] = "",
) -> Response:
    try:
        await change_view(page.services, page.person, str(view_id), name, read_reach(reach))
    except (Conflict, Invalid) as refusal:
        return await explain(page, refusal, Entered(str(view_id), name, reach))
    return see_other(HOME, meldung="view_changed")


@router.post("/leitung/ansichten/{view_id}/loeschen")
async def delete(page: LeadPage, view_id: UUID) -> Response:
    await delete_view(page.services, page.person, str(view_id))
    return see_other(HOME, geloescht=str(view_id))


@router.post("/leitung/ansichten/{view_id}/zurueckholen")
async def restore(page: LeadPage, view_id: UUID) -> Response:
    await restore_view(page.services, page.person, str(view_id))
    return see_other(HOME, meldung="view_restored")


@router.post("/leitung/ansichten/{view_id}/anfang")
async def choose_default(page: LeadPage, view_id: UUID, off: Annotated[str, Form(alias="aus")] = "") -> Response:
    await begin_with(page.services, page.person, None if off else str(view_id))
    return see_other(HOME, meldung="view_no_default" if off else "view_default")


async def explain(page: SignedInPage, refusal: Conflict | Invalid, entered: Entered) -> Response:
    why = page.t(f"page.views.wrong.{refusal.field or 'name'}")
    return await render_views(page, why, entered, status=status_of(refusal))


async def render_views(
    page: SignedInPage, wrong: str = "", entered: Entered | None = None, *, status: int = 200
) -> Response:
    async with page.services.database.reading() as session:
        views = await list_views(session, page.person.id, page.person.office)
        coaches = await name_coaches(session)
    deleted = page.query.get("geloescht", "")
    return page.render(
        "lead/views.html",
        status,
        told=page.flash(SAID),
        wrong=wrong,
        entered=entered,
        query=page.request.url.query,
        deleted=deleted if is_id(deleted) else None,
        views=[describe(page.speaker, view, coaches) for view in views],
        reaches=reaches_of(page.visitor),
    )


def describe(speaker: TurnPresenter, view: ViewLine, coaches: list[CoachName]) -> dict[str, object]:
    filters = as_filters(view)
    choices = list_choices(speaker, coaches, [filters.values["buero"]] if "buero" in filters.values else [])
    parts = [tell_filter(speaker, choices, name, value) for name, value in filters.values.items()]
    return {"view": view, "filters": " · ".join(parts), "address": address_of(view), "owner": speaker.name(view.owner)}


def as_filters(view: ViewLine) -> Filters:
    """What the view was saved with, as far as it still means something."""
    known: Mapping[str, str] = {name: str(value) for name, value in view.filters.items()}
    return read_filters(known, board=view.board)


def reaches_of(member: Member) -> list[ViewReach]:
    """With whom somebody can share."""
    return [reach for reach in ViewReach if reach is not ViewReach.OFFICE or member.person.office is not None]


def read_reach(text: str) -> ViewReach:
    return ViewReach(text) if text in set(ViewReach) else ViewReach.OWN
