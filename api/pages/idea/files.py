"""The files of an idea: handed out, added, taken away."""

from uuid import UUID

from fastapi import Response

from activities.attachments.content import PICTURES
from api.pages.idea.case_view import render_idea
from api.pages.idea.files_card import FORM
from api.pages.kit.fields import Entered
from api.pages.kit.files import FILES, read_sent_files, tell_refused
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.attachments import FilesRefused, attach_to_idea, check_may_attach, open_file, remove_file
from api.web.dependencies import check_csrf_token
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
    async with page.services.database.reading() as session:
        await check_may_attach(session, page.person, str(idea_id))
    sent = await page.form()
    check_csrf_token(page.request, page.services, sent)
    try:
        files = await read_sent_files(page, sent)
        if not files:
            return await tell_wrong_files(page, idea_id, page.t("file.none_chosen"))
        await attach_to_idea(page.services, page.person, str(idea_id), files)
    except FilesRefused as refused:
        return await tell_wrong_files(page, idea_id, tell_refused(page.t, refused))
    return see_other(f"/ideen/{idea_id}", meldung="files_kept")


@router.post("/{attachment_id}/entfernen")
async def remove(page: SignedInPage, idea_id: UUID, attachment_id: UUID) -> Response:
    await remove_file(page.services, page.person, page.caller, str(idea_id), str(attachment_id))
    return see_other(f"/ideen/{idea_id}", meldung="file_removed")


async def tell_wrong_files(page: SignedInPage, idea_id: UUID, error: str) -> Response:
    return await render_idea(page, str(idea_id), entered=Entered(FORM, {}, {FILES: error}), status=422)
