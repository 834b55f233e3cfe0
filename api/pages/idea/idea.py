"""One idea: where it stands, who is on turn, what can be done, what happened, what comes; and the steps themselves."""

from contextlib import suppress
from uuid import UUID

from fastapi import Response

from api.pages.hand_in.drafts import holder_of
from api.pages.idea.case_view import render_idea
from api.pages.idea.trail import carry_trail
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.step_taking import NotTaken, take_from_form
from api.use_cases.attachments import load_case
from api.use_cases.drafts import DraftExpired, DraftNotFound, open_draft
from api.use_cases.idea_text import IdeaNotFound
from api.web.dependencies import check_csrf_token
from api.web.middleware import is_upload
from api.web.routers import page_router
from models.lifecycles.events import LEAVE_TEAM, START_CROWDFUNDING
from models.vocabulary import Role

router = page_router()


HANDS_ON = "change_coach"


@router.get("/ideen/{idea_id}")
async def show_idea(page: SignedInPage, idea_id: UUID) -> Response:
    try:
        return await render_idea(page, str(idea_id))
    except IdeaNotFound:
        # Its owner reads there that it waits for the engine.
        async with page.services.database.reading() as session:
            with suppress(DraftNotFound, DraftExpired):
                await open_draft(session, holder_of(page), str(idea_id))
                return see_other(f"/einreichen/{idea_id}/danke")
        raise


@router.get("/ideen/{idea_id}/antworten")
async def go_to_answer(page: SignedInPage, idea_id: UUID, frage: UUID | None = None) -> Response:
    """From a mail to the field in which one answers: a message, or the question that is quoted there."""
    if frage is not None:
        return see_other(f"/ideen/{idea_id}?antwort={frage}#gespraech")
    return see_other(f"/ideen/{idea_id}#schritt-write_note")


@router.post("/ideen/{idea_id}/schritte")
async def take_step(page: SignedInPage, idea_id: UUID) -> Response:
    """Any event of any idea: take it and show the idea, or say why not beside the form, with nothing lost."""
    if is_upload(page.request.scope):
        # Before anything is read: strangers send no files.
        async with page.services.database.reading() as session:
            await load_case(session, page.person, str(idea_id))
        check_csrf_token(page.request, page.services, await page.form())
    sent = await page.form()
    taken = await take_from_form(page, str(idea_id), sent)
    if isinstance(taken, NotTaken):
        return await render_idea(page, str(idea_id), entered=taken.entered, status=taken.status)
    if taken.event == START_CROWDFUNDING:
        return see_other(f"/ideen/{idea_id}/crowdfunding", meldung="start", **carry_trail(page))
    if taken.event == LEAVE_TEAM and sent.get("member_id") == page.visitor.id:
        return see_other("/ideen", meldung="team_left")
    if taken.event == HANDS_ON and page.visitor.has(Role.COACH) and not page.visitor.has(Role.LEAD):
        # It is not theirs to see any more.
        return see_other("/arbeit", meldung=taken.event)
    return see_other(f"/ideen/{idea_id}", meldung=taken.event, v=taken.version, **carry_trail(page))
