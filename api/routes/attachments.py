"""The files of an idea: add, list, fetch, take away."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response
from starlette.datastructures import UploadFile

from api.sign_in.dependencies import ApiAccount
from api.use_cases.attachments import (
    attach_to_idea,
    check_may_attach,
    list_for,
    open_file,
    read_files,
    remove_file,
)
from api.web.dependencies import ServicesHere
from api.web.downloads import saved_as
from api.web.parameters import IdeaId, takes_parts
from api.web.problems import invalid, responses
from api.web.rate_limits import Limited, limit_rate
from api.web.request_caller import caller_of
from api.web.routers import api_router
from models.queries.attachments import FileLine
from models.rules.file_limits import MOST_FILES

router = api_router("/ideas/{idea_id}/attachments", "ideas")

AttachmentId = Annotated[UUID, Path(description="The id of a file.")]
FILE = {"content": {"application/octet-stream": {}}, "description": "The file, as it is kept."}
UPLOAD = takes_parts(
    file={
        "type": "array",
        "maxItems": MOST_FILES,
        "items": {"type": "string", "format": "binary"},
        "description": "PDF, DOCX, ODT, PNG or JPEG, each at most 10 MB, together at most 15 MB.",
    }
)


@router.get("", summary="The files of an idea, and of what was said about it", responses=responses(404))
async def get_attachments(idea_id: IdeaId, services: ServicesHere, account: ApiAccount) -> list[FileLine]:
    async with services.database.reading() as session:
        return await list_for(session, account, str(idea_id))


@router.post(
    "",
    status_code=201,
    summary="Attach files to what the idea says; the same file again is the same one",
    responses=responses(403, 404, 413, 422, 429),
    openapi_extra=UPLOAD,
)
async def post_attachments(
    idea_id: IdeaId, request: Request, services: ServicesHere, account: ApiAccount
) -> list[FileLine]:
    async with services.database.reading() as session:
        await check_may_attach(session, account, str(idea_id))
    sent = await request.form(max_files=MOST_FILES + 1, max_fields=10)
    files = [file for file in sent.getlist("file") if isinstance(file, UploadFile)]
    if not files:
        raise invalid("file", "send files as the parts `file` of multipart/form-data")
    await limit_rate(request, services, Limited.UPLOAD, account.id)
    kept = await attach_to_idea(services, account, str(idea_id), await read_files(services, files))
    async with services.database.reading() as session:
        return [file for file in await list_for(session, account, str(idea_id)) if file.id in kept]


@router.get(
    "/{attachment_id}",
    summary="One file",
    responses={**responses(404), 200: FILE},
    response_class=Response,
)
async def get_attachment(
    idea_id: IdeaId, attachment_id: AttachmentId, services: ServicesHere, account: ApiAccount
) -> Response:
    async with services.database.reading() as session:
        file = await open_file(session, account, str(idea_id), str(attachment_id))
    return Response(file.content, media_type=file.media_type, headers=saved_as(file.name))


@router.delete(
    "/{attachment_id}",
    status_code=204,
    summary="Take a file away: one's own until somebody counts on it; any, for leads",
    responses=responses(403, 404, 413),
)
async def delete_attachment(
    idea_id: IdeaId, attachment_id: AttachmentId, request: Request, services: ServicesHere, account: ApiAccount
) -> None:
    await remove_file(services, account, caller_of(services, request), str(idea_id), str(attachment_id))
