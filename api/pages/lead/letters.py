"""Letters: what is to be passed on to people who have no address of their own, one page to print for each."""

from uuid import UUID

from fastapi import Response

from api.pages.kit.page import StaffPage
from api.pages.kit.rendering import see_other
from api.use_cases.letters import note_passed_on, write_letter
from api.web.routers import page_router
from models.i18n import texts_in
from models.queries.letters import list_letters

router = page_router()


@router.get("/briefe")
async def show_letters(page: StaffPage) -> Response:
    async with page.services.database.reading() as session:
        waiting, done = await list_letters(session, page.person)
    return page.render(
        "lead/letters.html",
        waiting=waiting,
        done=done,
        told=page.flash({"passed_on"}),
        zone=page.services.policy.zone,
    )


@router.get("/briefe/{mail_id}")
async def show_letter(page: StaffPage, mail_id: UUID) -> Response:
    letter, content = await write_letter(page.services, page.person, str(mail_id))
    sent_at = letter.mail.sent_at or letter.mail.created_at
    return page.render(
        "lead/letter.html",
        letter=letter,
        content=content,
        its=texts_in(letter.reader.language),
        day=sent_at.astimezone(page.services.policy.zone).date(),
        operator=page.services.policy.operator,
    )


@router.post("/briefe/{mail_id}/weitergegeben")
async def pass_on(page: StaffPage, mail_id: UUID) -> Response:
    await note_passed_on(page.services, page.person, str(mail_id))
    return see_other("/briefe", meldung="passed_on")
