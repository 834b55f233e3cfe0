"""Files for a reader to save: they are not opened in the browser and kept nowhere on the way, since they hold words."""

import re
from urllib.parse import quote

from fastapi import Response

CSV = "text/csv; charset=utf-8"


def name_file(disposition: str, name: str) -> str:
    """Content-Disposition (RFC 6266): any letters in the name, and none that ends the header's own words."""
    if re.fullmatch(r"[\w.-]+", name, re.ASCII):
        return f'{disposition}; filename="{name}"'
    return f"{disposition}; filename*=UTF-8''{quote(name, safe='')}"


def saved_as(name: str) -> dict[str, str]:
    """The headers of a file to be saved under this name."""
    return {
        "Content-Disposition": name_file("attachment", name),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }


def download(content: str | bytes, name: str, media_type: str = CSV) -> Response:
    return Response(content, media_type=media_type, headers=saved_as(name))
