"""The appointments of an idea: offered and answered on its page, and taken along as a file for a calendar."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from activities.mails.appointment import write_entry
from activities.mails.ics import method_of, write_calendar
from api.pages.idea.appointments_card import AT_FIELD, read_form, read_values
from api.pages.idea.case_view import render_idea
from api.pages.kit.fields import Entered, new_key
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.step_taking import NotTaken, try_step
from api.use_cases.appointments import PROPOSE, propose_appointment, see_appointments, send_appointment_command
from api.use_cases.command_sender import Done
from api.web.downloads import download
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.messages.commands import Refusal

router = page_router()

Number = Annotated[int, Path(ge=1, le=10_000)]


@router.post("/ideen/{idea_id}/termine")
async def propose(page: SignedInPage, idea_id: UUID) -> Response:
    return await take_step(page, str(idea_id), PROPOSE)


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
    event = (await page.form()).get("event", "")
    return await take_step(page, str(idea_id), str(event), number)


async def take_step(page: SignedInPage, idea_id: str, event: str, number: int | None = None) -> Response:
    """One event, or the page again with what is wrong, and nothing lost."""
    sent = await page.form()
    values, key, at = read_values(sent), str(sent.get("schluessel") or new_key())[:80], f"termin-{number or 0}-{event}"

    async def ask() -> Done:
        form = read_form(page.services, event, values, page.t)
        if number is None:
            return (await propose_appointment(page.services, page.person, idea_id, form, key))[1]
        return await send_appointment_command(page.services, page.person, idea_id, form, number, key)

    done = await try_step(page.t, at, values, key, ask, lambda refused: explain(page, at, values, refused.refusal))
    if isinstance(done, NotTaken):
        return await render_idea(page, idea_id, appointed=done.entered, status=done.status)
    return see_other(f"/ideen/{idea_id}", meldung=f"appointment_{event}")


def explain(page: SignedInPage, at: str, values: dict[str, str], refusal: Refusal) -> Entered:
    if refusal.field is not None:
        field = AT_FIELD.get(refusal.field, refusal.field)
        words = f"refusal.field.appointment_{field.rstrip('1')}"
        return Entered(at, values, {field: page.t(words)})
    return Entered(at, values, {}, page.t(f"refusal.{refusal.code}"))
