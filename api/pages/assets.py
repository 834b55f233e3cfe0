"""Stylesheets, the script, fonts and pictures. Their addresses carry a digest, so browsers keep them for a year."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.web.problems import ProblemError
from api.web.static import static_files, static_url, static_version

router = APIRouter()

A_YEAR = "public, max-age=31536000, immutable"
MARK = "mark.svg"


@router.get("/favicon.ico")
async def send_mark() -> Response:
    """Browsers ask for it where they show something that is no page, such as a file."""
    return RedirectResponse(static_url(MARK), 302, {"Cache-Control": "no-cache"})


@router.get("/static/{version}/{name}")
async def send_asset(request: Request, version: str, name: str) -> Response:
    found = static_files().get(name)
    if found is None:
        raise ProblemError(404, "not_found")
    headers = {
        "Cache-Control": A_YEAR if version == static_version() else "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    if found.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.compressed, media_type=found.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(found.content, media_type=found.media_type, headers=headers)
