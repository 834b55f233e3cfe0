"""A form that met the end of a session: kept while its sender signs in, and shown to them filled in."""

from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import URL

from api.web.dependencies import ServicesHere, says_it_is_ours
from api.use_cases.three_way_merge import FIELD as SEEN
from api.web.kept_forms import Sent, find_form, keep_form
from api.web.middleware import is_upload
from api.pages.kit.fields import Field
from api.pages.kit.rendering import is_fragment, render, texts_for
from api.pages.kit.visitors import NOBODY, AnyVisitor, Visitor, see_member
from api.web.problems import ProblemError
from api.web.rate_limits import Limited, has_room
from api.runtime.services import Services
from api.web.csrf import FIELD
from models.database import UNREACHABLE
from models.i18n import Texts

router = APIRouter()

NEVER_KEPT = ("/anmelden", "/abmelden", "/demo/", "/einrichten", "/einstellungen/geraete")
"""Where people prove who they are: codes and passwords are kept nowhere, sealed or not."""

LINES = frozenset({"title", "name", "email", "organisation"})
"""Words that fit into one line. All others have a box."""


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
    if request.method != "POST" or is_fragment(request) or is_upload(request.scope) or not says_it_is_ours(request):
        return None
    sent = (await request.form()).multi_items()
    if not all(isinstance(value, str) for _, value in sent):
        return None
    return [(name, str(value)) for name, value in sent if name != FIELD]


def way_in(request: Request, kept: str | None = None) -> str | None:
    """Where somebody signs in to go on with this; None for who is signed in."""
    visitor: Visitor = getattr(request.state, "visitor", NOBODY)
    here = URL(request.headers.get("hx-current-url", "")) if is_fragment(request) else request.url
    wanted = kept or (here.path if is_fragment(request) or request.method == "GET" else None)
    if visitor.account is not None:
        return None
    return f"/anmelden?{urlencode({'weiter': wanted})}" if wanted else "/anmelden"


@router.get("/aufgehoben/{kept_id}")
async def show_kept(request: Request, services: ServicesHere, visitor: AnyVisitor, kept_id: UUID) -> Response:
    """A look sends nothing: whoever has signed in reads once more what goes out in their name."""
    found = await find_form(request, services, str(kept_id), visitor.id)
    if found is None:
        await see_member(request, visitor)
        raise ProblemError(404, "kept_gone")
    t = texts_for(request, visitor)
    words = [(at, *pair) for at, pair in enumerate(found.fields) if is_text(*pair)]
    return render(
        request,
        visitor,
        "errors/kept.html",
        action=found.path,
        fields=[write_field(t, at, name, value) for at, name, value in words],
        hidden=[pair for pair in found.fields if not is_text(*pair)],
        way_in=way_in(request, request.url.path),
    )


def is_text(name: str, value: str) -> bool:
    """Whether a field holds words of a person, and not what a choice, a button or a window stands for."""
    return name in LINES or (name != SEEN and any(sign.isspace() for sign in value.strip())) or name == "note"


def write_field(t: Texts, at: int, name: str, value: str) -> tuple[str, Field]:
    """With its id on the page: a form may have several of one name."""
    key = f"field.{name}"
    kind = "line" if name in LINES else "text"
    label = t(key) if t.has(key) else t("page.kept.text")
    return f"feld-{at}", Field(name, kind, label, required=True, value=value, longest=10_000)
