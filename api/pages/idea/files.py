"""The files of an idea: handed out, added, taken away."""

from uuid import UUID

from fastapi import Response

from activities.attachments.content import PICTURES
from api.pages.idea.case_view import render_idea
from api.pages.idea.files_card import FORM
from api.pages.kit.fields import Entered
from api.pages.kit.files import FILES, take_files
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.attachments import attach_to_idea, check_may_attach, open_file, remove_file
from api.web.downloads import name_file, saved_as
from api.web.routers import page_router

router = page_router(prefix="/ideen/{idea_id}/dateien")


@router.get("/{attachment_id}")
async def hand_out(page: SignedInPage, idea_id: UUID, attachment_id: UUID) -> Response:
    """A picture that we have encoded ourselves is shown; anything else is saved, and opened by nothing of ours."""
    async with page.services.database.reading() as session:
        file = await open_file(session, page.person, str(idea_id), str(attachment_id))
    shown = {"Content-Disposition": name_file("inline", file.name)} if file.media_type in PICTURES else {}
    return Response(file.content, media_type=file.media_type, headers=saved_as(file.name) | shown)


@router.post("")
async def add_files(page: SignedInPage, idea_id: UUID) -> Response:
    """Add files to what the idea says."""
    idea = str(idea_id)
    wrong = await take_files(
        page,
        lambda session: check_may_attach(session, page.person, idea),
        lambda files: attach_to_idea(page.services, page.person, idea, files),
    )
    if wrong:
        entered = Entered(FORM, {}, {FILES: wrong})
        return await render_idea(page, idea, entered=entered, status=422)
    return see_other(f"/ideen/{idea_id}", meldung="files_kept")


@router.post("/{attachment_id}/entfernen")
async def remove(page: SignedInPage, idea_id: UUID, attachment_id: UUID) -> Response:
    await remove_file(page.services, page.person, page.caller, str(idea_id), str(attachment_id))
    return see_other(f"/ideen/{idea_id}", meldung="file_removed")
