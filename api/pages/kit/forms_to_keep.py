"""Forms that were sent and could not be taken: kept while their sender signs in, and the way there."""

from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlencode

from fastapi import Request
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import URL, UploadFile

from api.pages.kit.rendering import is_fragment
from api.pages.kit.visitors import NOBODY, Visitor
from api.runtime.services import Services
from api.web.csrf import FIELD
from api.web.dependencies import says_it_is_ours
from api.web.kept_forms import Sent, keep_form
from api.web.middleware import LONGEST_BODY, is_upload
from api.web.rate_limits import Limited, has_room
from models.database import UNREACHABLE

NEVER_KEPT = ("/anmelden", "/abmelden", "/demo/", "/einrichten", "/einstellungen/geraete")
"""Where people prove who they are: codes and passwords are kept nowhere, sealed or not."""


async def keep_sent(request: Request, services: Services) -> str | None:
    """Keep what was sent and say where it is found; None for what is no form of ours, and for files."""
    sent = await read_sent(request)
    if not sent or request.url.path.startswith(NEVER_KEPT):
        return None
    visitor: Visitor = getattr(request.state, "visitor", NOBODY)
    with suppress(DBAPIError, *UNREACHABLE):
        if await has_room(request, services, Limited.KEEP):
            kept_id = await keep_form(request, services, Sent(request.url.path, sent), visitor.id)
            return f"/aufgehoben/{kept_id}" if kept_id else None
    return None


async def read_sent(request: Request) -> Sequence[tuple[str, str]] | None:
    """What was typed into a form, to be sent once more by a click.

    None where files came along, and where the browser does not vouch that the form was one of ours.
    """
    if request.method != "POST" or is_fragment(request) or not says_it_is_ours(request):
        return None
    if is_upload(request.scope) and not is_short(request):
        return None
    sent = [item for item in (await request.form()).multi_items() if not is_empty(item[1])]
    if not all(isinstance(value, str) for _, value in sent):
        return None
    return [(name, str(value)) for name, value in sent if name != FIELD]


def is_short(request: Request) -> bool:
    """Whether a form that could bring files along is no longer than one without: nobody has chosen any."""
    length = request.headers.get("content-length", "")
    return length.isdecimal() and int(length[:20]) <= LONGEST_BODY


def is_empty(value: object) -> bool:
    """A field for files in which none was chosen."""
    return isinstance(value, UploadFile) and not value.filename


def way_in(request: Request, kept: str | None = None) -> str | None:
    """Where somebody signs in to go on with this; None for who is signed in."""
    visitor: Visitor = getattr(request.state, "visitor", NOBODY)
    here = URL(request.headers.get("hx-current-url", "")) if is_fragment(request) else request.url
    wanted = kept or (here.path if is_fragment(request) or request.method == "GET" else None)
    if visitor.account is not None:
        return None
    return f"/anmelden?{urlencode({'weiter': wanted})}" if wanted else "/anmelden"
