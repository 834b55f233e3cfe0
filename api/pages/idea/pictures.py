"""The pictures and materials of a story on the page on which it is written; and pictures for who may see the idea."""

from uuid import UUID

from fastapi import Response
from starlette.datastructures import UploadFile

from activities.attachments.content import FileRefused
from api.pages.idea.document_forms import Typed, show_again
from api.pages.idea.picture_forms import FILE, NEW, as_picture, read_materials, read_said
from api.pages.kit.files import tell_refused
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.attachments import FilesRefused, list_for
from api.use_cases.documents import change_parts, check_may_write
from api.use_cases.pictures import (
    WEBP,
    moved_forward,
    open_picture,
    row_of,
    with_picture,
    with_said,
    without_picture,
)
from api.web.dependencies import check_csrf_token
from api.web.rate_limits import Limited, limit_rate
from api.web.routers import page_router
from models.messages.story import StoryParts
from models.vocabulary import DocumentKind

router = page_router(prefix="/ideen/{idea_id}")

KEPT = {"Cache-Control": "private, max-age=3600"}
"""A picture never changes; whoever may see it keeps it for as long as they look."""


@router.get("/bilder/{picture_id}-{width}.webp")
async def hand_out(page: SignedInPage, idea_id: UUID, picture_id: UUID, width: int) -> Response:
    async with page.services.database.reading() as session:
        content = await open_picture(session, page.person, str(idea_id), str(picture_id), width)
    return Response(content, media_type=WEBP, headers=KEPT)


@router.post("/geschichte/bilder")
async def add_picture(page: SignedInPage, idea_id: UUID) -> Response:
    """A picture with what is said of it. What cannot be kept is told at its field, and the words stay."""
    idea = str(idea_id)
    async with page.services.database.reading() as session:
        await check_may_write(session, page.person, idea, DocumentKind.STORY)
    sent = await page.form()
    check_csrf_token(page.request, page.services, sent)
    typed, errors = read_said(page.t, sent, NEW)
    file = sent.get(FILE)
    if not isinstance(file, UploadFile) or not file.filename:
        errors[FILE] = page.t("file.none_chosen")
    elif errors:
        errors[FILE] = page.t("file.again")
    else:
        await limit_rate(page.request, page.services, Limited.UPLOAD, page.person.id)
        errors |= await keep_picture(page, idea, file, typed)
    if errors:
        return await say_wrong(page, idea_id, typed, errors)
    return go_back(idea, "picture_kept", "bilder")


@router.post("/geschichte/bilder/{picture_id}")
async def write_picture(page: SignedInPage, idea_id: UUID, picture_id: UUID) -> Response:
    """Keep what is said of it, and take it away or nearer to the beginning where the button says so."""
    idea, its = str(idea_id), str(picture_id)
    sent = await page.form()
    wish = sent.get("absicht")
    if wish == "entfernen":
        await change_parts(page.services, page.person, idea, lambda parts: without_picture(parts, its))
        return go_back(idea, "picture_removed", "bilder")
    typed, errors = read_said(page.t, sent, its)
    if errors:
        async with page.services.database.reading() as session:
            await check_may_write(session, page.person, idea, DocumentKind.STORY)
        return await say_wrong(page, idea_id, typed, errors)

    def change(parts: StoryParts) -> StoryParts:
        said = with_said(parts, as_picture(its, typed, its))
        return moved_forward(said, its) if wish == "vor" else said

    await change_parts(page.services, page.person, idea, change)
    return go_back(idea, "picture_saved", "bilder")


@router.post("/geschichte/materialien")
async def choose_materials(page: SignedInPage, idea_id: UUID) -> Response:
    """Which of the story's files everybody may have, once it is published."""
    idea = str(idea_id)
    async with page.services.database.reading() as session:
        names = {one.id: one.name for one in await list_for(session, page.person, idea)}
    chosen = read_materials(await page.form(), names)

    def change(parts: StoryParts) -> StoryParts:
        return StoryParts.model_validate({**dict(parts), "materials": chosen})

    await change_parts(page.services, page.person, idea, change)
    return go_back(idea, "materials_saved", "materialien")


async def keep_picture(page: SignedInPage, idea: str, file: UploadFile, typed: dict[str, str]) -> dict[str, str]:
    """Returns what is wrong, by field."""
    try:
        image = await page.services.files.read_picture(file.filename or "", file.read)
        row = row_of(page.person, idea, image)

        def change(parts: StoryParts) -> StoryParts:
            return with_said(with_picture(parts, row), as_picture(row.id, typed, NEW))

        await change_parts(page.services, page.person, idea, change, [row])
    except FileRefused as refused:
        return {FILE: tell_refused(page.t, FilesRefused([refused]))}
    except FilesRefused as refused:
        return {FILE: tell_refused(page.t, refused)}
    return {}


async def say_wrong(page: SignedInPage, idea_id: UUID, typed: dict[str, str], errors: dict[str, str]) -> Response:
    return await show_again(page, idea_id, Typed(typed, errors), 422)


def go_back(idea_id: str, said: str, anchor: str) -> Response:
    return see_other(f"/ideen/{idea_id}/geschichte#{anchor}", meldung=said)
