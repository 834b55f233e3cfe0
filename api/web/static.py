"""The static files: read once, compressed once, and addressed by what is in them, so that browsers keep them."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.web.front_end import REMEDY, STATIC, VENDOR, what_is_missing
from api.web.problems import ProblemError

TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "woff2": "font/woff2",
}
COMPRESSED = frozenset({"css", "js", "svg"})
"""The others are packed already."""

router = APIRouter(include_in_schema=False)

A_YEAR = "public, max-age=31536000, immutable"
MARK = "mark.svg"


class FileMissing(Exception):
    """A page names a static file that is not there. Its text says what to do."""


@dataclass(frozen=True)
class StaticFile:
    """A file as it is sent."""

    content: bytes
    compressed: bytes | None
    media_type: str


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Our own files and those of the packages, by name. What has another type, such as a licence, is not served."""
    found = {}
    for folder in (STATIC, VENDOR):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            kind = path.suffix.removeprefix(".")
            if kind in TYPES:
                content = path.read_bytes()
                packed = gzip.compress(content, 9, mtime=0) if kind in COMPRESSED else None
                found[path.name] = StaticFile(content, packed, TYPES[kind])
    return found


@cache
def static_version() -> str:
    """A digest of all files. It stands in their addresses as a folder, so that one file finds another beside it."""
    digest = hashlib.sha256()
    for name, file in static_files().items():
        digest.update(f"{name} {len(file.content)} ".encode())
        digest.update(file.content)
    return digest.hexdigest()[:12]


def static_url(name: str) -> str:
    """The address of a static file. It changes with the content, so that it may be kept for a year."""
    if name not in static_files():
        raise FileMissing(f"{name}: {what_is_missing() or 'no such file in templates/static'}. {REMEDY}")
    return f"/static/{static_version()}/{name}"


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
