"""Whether everybody may read of an idea on its way: its owner opens and ends it, a lead takes it down with a reason."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Response
from pydantic import ValidationError

from activities.ports.ideas import CommandRefused
from api.pages.kit.fields import Field
from api.pages.kit.forms import FormWriter, list_wrong, read_text
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.idea_text import IdeaNotFound
from api.use_cases.openings import OpeningWords, allow_opening, close_opening, open_idea
from api.web.routers import page_router
from models.queries.openings import read_opening
from models.rules.openings import may_open
from models.tables import Idea, Opening, StandingRow
from models.tables.opening import LONGEST_TITLE

router = page_router()

NAMES = {"titel": "title", "kurz": "teaser", "gesucht": "seeks", "ort": "shows_district"}
"""Name on the page → name of the field."""


@router.get("/ideen/{idea_id}/unterwegs")
async def show_form(page: SignedInPage, idea_id: UUID) -> Response:
    return await ask_to_open(page, str(idea_id))


@router.post("/ideen/{idea_id}/unterwegs")
async def open_it(page: SignedInPage, idea_id: UUID) -> Response:
    sent = await page.form()
    entered = {name: read_text(sent, name) for name in NAMES}
    given = {field: entered[name] for name, field in NAMES.items() if entered[name]}
    try:
        words = OpeningWords.model_validate(given)
    except ValidationError as error:
        wrong = {
            name: word_for(page, field, entered[name]) for name, field in NAMES.items() if field in list_wrong(error)
        }
        return await ask_to_open(page, str(idea_id), entered, wrong)
    try:
        await open_idea(page.services, page.person, str(idea_id), words)
    except CommandRefused:
        return see_other(f"/ideen/{idea_id}", meldung="opening_refused")
    return see_other(f"/ideen/{idea_id}", meldung="opening_shown")


@router.post("/ideen/{idea_id}/unterwegs/beenden")
async def close_it(page: SignedInPage, idea_id: UUID) -> Response:
    sent = await page.form()
    try:
        await close_opening(page.services, page.person, str(idea_id), read_text(sent, "grund"))
    except CommandRefused:
        return see_other(f"/ideen/{idea_id}", meldung="reason_needed")
    return see_other(f"/ideen/{idea_id}", meldung="opening_ended")


@router.post("/ideen/{idea_id}/unterwegs/zulassen")
async def allow_it(page: SignedInPage, idea_id: UUID) -> Response:
    await allow_opening(page.services, page.person, str(idea_id))
    return see_other(f"/ideen/{idea_id}", meldung="opening_allowed")


async def ask_to_open(
    page: SignedInPage, idea_id: str, entered: Mapping[str, str] | None = None, wrong: Mapping[str, str] | None = None
) -> Response:
    async with page.services.database.reading() as session:
        row = await session.get(StandingRow, idea_id)
        idea, kept = await session.get(Idea, idea_id), await read_opening(session, idea_id)
    if row is None or idea is None or row.owner_id != page.person.id:
        raise IdeaNotFound(hidden=row is not None)
    if not may_open(row.standing(), page.person.id) or (kept is not None and kept.taken_down_at is not None):
        return see_other(f"/ideen/{idea_id}", meldung="opening_refused")
    fields = write_fields(page, idea, kept, entered, wrong or {})
    status = 422 if wrong else 200
    return page.render("openings/form.html", status, idea=idea, fields=fields, errors=wrong or {}, is_open=kept)


def write_fields(
    page: SignedInPage, idea: Idea, kept: Opening | None, entered: Mapping[str, str] | None, wrong: Mapping[str, str]
) -> list[Field]:
    """Begun with what the idea is called; everything else is written for everybody."""
    t = page.t
    known: dict[str, Any] = {"titel": idea.title[:LONGEST_TITLE]}
    if kept is not None:
        shown = "true" if kept.district else ""
        known = {"titel": kept.title, "kurz": kept.teaser, "gesucht": kept.seeks, "ort": shown}
    form = FormWriter(t, known if entered is None else entered, wrong)
    fields = [
        form.write("titel", "line", t("field.opening.title"), required=True, longest=LONGEST_TITLE),
        form.write("kurz", "text", t("field.opening.teaser"), t("field.opening.teaser.help"), required=True),
        form.write("gesucht", "text", t("field.opening.seeks"), t("field.opening.seeks.help"), required=True),
    ]
    if idea.district in page.services.policy.region.districts:
        label = t("field.shows_district", place=page.speaker.names.district(idea.district))
        fields.append(form.write("ort", "check", label))
    return fields


def word_for(page: SignedInPage, field: str, typed: str) -> str:
    return page.t(f"page.opening.{'long' if typed.strip() else 'needed'}.{field}")
