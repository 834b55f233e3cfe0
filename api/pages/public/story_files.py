"""Pictures and materials of stories, for everybody, as long as the story that shows them is published."""

from uuid import UUID

from fastapi import Request, Response

from api.use_cases.pictures import WEBP, check_shown, open_material, read_shown
from api.web.dependencies import ServicesHere
from api.web.downloads import saved_as
from api.web.etags import is_known
from api.web.routers import page_router

router = page_router(prefix="/geschichten")

KEPT = "public, no-cache"
"""Kept by anybody for as long as they like, and asked for again before it is shown: what is withdrawn is gone at
once."""


@router.get("/bilder/{picture_id}-{width}.webp")
async def show_picture(request: Request, services: ServicesHere, picture_id: UUID, width: int) -> Response:
    its = str(picture_id)
    headers = {"ETag": f'"{its}-{width}"', "Cache-Control": KEPT}
    async with services.database.reading() as session:
        if is_known(request, headers["ETag"]):
            await check_shown(session, its)
            return Response(status_code=304, headers=headers)
        content = await read_shown(session, its, width)
    return Response(content, media_type=WEBP, headers=headers)


@router.get("/materialien/{attachment_id}")
async def hand_out_material(services: ServicesHere, attachment_id: UUID) -> Response:
    """Saved, and opened by nothing of ours."""
    async with services.database.reading() as session:
        file = await open_material(session, str(attachment_id))
    return Response(file.content, media_type=file.media_type, headers=saved_as(file.name))
