"""The appointments of an idea: offered and answered on its page, and taken along as a file for a calendar."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from activities.mails.appointment import write_entry
from activities.mails.ics import method_of, write_calendar
from api.pages.idea.appointments_card import FORMS
from api.pages.idea.case_view import render_idea
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.step_taking import NotTaken
from api.use_cases.appointments import PROPOSE, see_appointments
from api.web.downloads import download
from api.web.problems import ProblemError
from api.web.routers import page_router

router = page_router()

Number = Annotated[int, Path(ge=1, le=10_000)]


@router.post("/ideen/{idea_id}/termine")
async def propose(page: SignedInPage, idea_id: UUID) -> Response:
    return await take_step(page, str(idea_id), event=PROPOSE)


@router.get("/ideen/{idea_id}/termine/{number}.ics")
async def read_file(page: SignedInPage, idea_id: UUID, number: Number) -> Response:
    """As it stands: one that was cancelled, or is being moved, leaves the calendar that it is opened with."""
    async with page.services.database.reading() as session:
        one = (await see_appointments(session, page.person, str(idea_id))).get(number)
    base, zone = page.services.settings.base_url, page.services.policy.zone
    entry = write_entry(one.standing, base, page.t, zone, one.where)
    if entry is None:
        raise ProblemError(404, "not_found")
    return download(write_calendar([entry]), "termin.ics", f"text/calendar; method={method_of([entry])}; charset=utf-8")


@router.post("/ideen/{idea_id}/termine/{number}")
async def answer(page: SignedInPage, idea_id: UUID, number: Number) -> Response:
    return await take_step(page, str(idea_id), number)


async def take_step(page: SignedInPage, idea_id: str, number: int = 0, event: str | None = None) -> Response:
    """One event, or the page again with what is wrong."""
    done = await FORMS.take(page, idea_id, number, event)
    if isinstance(done, NotTaken):
        return await render_idea(page, idea_id, appointed=done.entered, status=done.status)
    return see_other(f"/ideen/{idea_id}", meldung=f"appointment_{done.event}")
