"""Conditional requests (RFC 9110, 13): who has the same already is sent nothing."""

import hashlib

from fastapi import Request, Response

KEPT = "no-cache"
"""May be kept by anybody, and is asked for again before it is shown: what is withdrawn is gone at once."""


def is_known(request: Request, tag: str) -> bool:
    """Whether the reader has named it, weak or strong."""
    known = {one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")}
    return tag.removeprefix("W/") in known


def unless_known(request: Request, answer: Response) -> Response:
    """The answer with a tag of its content, or 304 where the reader has named that tag."""
    # Weak, since it is the same content whether it goes out packed or not.
    tag = f'W/"{hashlib.sha256(bytes(answer.body)).hexdigest()[:32]}"'
    answer.headers["ETag"] = tag
    if not is_known(request, tag):
        return answer
    kept = {
        name: value for name, value in answer.headers.items() if name.lower() not in ("content-length", "content-type")
    }
    return Response(status_code=304, headers=kept)


def open_to_all(request: Request, answer: Response) -> Response:
    """What is the same for everybody who asks alike. A page that hands out a cookie is left as it is."""
    if "set-cookie" in answer.headers:
        return answer
    answer.headers["Cache-Control"] = KEPT
    answer.headers["Vary"] = "Cookie, Accept-Language"
    return unless_known(request, answer)
