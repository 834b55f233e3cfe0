"""The stylesheet and the mark. Their addresses carry a digest of their content, so browsers keep them for a year."""

from fastapi import APIRouter, Request, Response

from api.pages.rendering import asset_version, read_asset
from api.problems import ProblemError

router = APIRouter()

TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
A_YEAR = "public, max-age=31536000, immutable"


@router.get("/static/{name}")
async def send_asset(request: Request, name: str) -> Response:
    suffix = name.rpartition(".")[2]
    content = read_asset(name) if suffix in TYPES else None
    if content is None:
        raise ProblemError(404, "not_found")
    current = request.query_params.get("v") == asset_version(content)
    headers = {"Cache-Control": A_YEAR if current else "no-cache", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=TYPES[suffix], headers=headers)
