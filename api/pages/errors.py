"""Error pages: what happened, in kind words, and what to do next."""

import math
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import URL

from api.dependencies import says_it_is_ours
from api.pages.coming_in import SECOND
from api.pages.rendering import home_of, render, services_of, texts_for
from api.pages.visitors import NOBODY, Visitor, see_visitor
from api.problems import ProblemError
from api.sign_in.guarding import FIELD
from api.sign_in.paths import own_path
from models.database import UNREACHABLE

PROOF_LABELS = {"step_up": "page.step_up.do", "halfway": "page.second.go_on"}
"""What the button says that leads to a proof; else it is that one signs in."""

KNOWN = frozenset({400, 401, 403, 404, 405, 409, 410, 412, 413, 422, 429, 503})


async def show_error(request: Request, problem: ProblemError) -> HTMLResponse:
    """The page for an error that a route, or what it asks for, has met."""
    if problem.status < 500:
        await meet_visitor(request)
    sent = await read_sent(request) if problem.code == "form_expired" else None
    return render_error(request, problem, sent)


async def meet_visitor(request: Request) -> None:
    """An unknown address or a form that is refused is met before anybody has asked who is there."""
    services = services_of(request)
    if services is not None and not hasattr(request.state, "visitor"):
        with suppress(DBAPIError, *UNREACHABLE):
            await see_visitor(request, services)


async def read_sent(request: Request) -> Sequence[tuple[str, str]] | None:
    """What was typed into a form that is only too old, to be sent once more by a click.

    None where files came along, and where the browser does not vouch that the form was one of ours.
    """
    sent = (await request.form()).multi_items()
    if not says_it_is_ours(request) or not all(isinstance(value, str) for _, value in sent):
        return None
    return [(name, str(value)) for name, value in sent if name != FIELD]


def render_error(
    request: Request, problem: ProblemError, sent: Sequence[tuple[str, str]] | None = None
) -> HTMLResponse:
    """A page for an error. Its detail is for developers and is not shown; people get words by status and code."""
    status, code = problem.status, problem.code
    visitor: Visitor = getattr(request.state, "visitor", NOBODY)
    t = texts_for(request, visitor)
    name = code if t.has(f"page.error.{code}") else str(status if status in KNOWN else 500)
    advice = f"page.error.{name}.advice"
    if status == 503 and request.method == "POST":
        # The browser has kept what was typed, and the form's key makes sending it twice harmless.
        advice = "page.error.503.sent"
    elif sent is not None:
        advice = f"page.error.{name}.sent"
    return render(
        request,
        visitor,
        "errors/error.html",
        status,
        title=t(f"page.error.{name}"),
        advice=t(advice, minutes=minutes_to_wait(problem)) if status == 429 else t(advice),
        proof=way_to_proof(request, status, code),
        proof_label=t(PROOF_LABELS.get(code, "page.sign_in")),
        gone=code == "gone",
        sent=sent,
        here=f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path,
        home=home_of(visitor) if visitor.account else "/",
    )


def minutes_to_wait(problem: ProblemError) -> int:
    return max(1, math.ceil(int(problem.headers.get("Retry-After", 60)) / 60))


def way_to_proof(request: Request, status: int, code: str) -> str | None:
    """Where somebody signs in, or proves once more who they are, to come back here. None where that does not help."""
    page = {"step_up": "/anmelden/bestaetigen", "halfway": SECOND}.get(code, "/anmelden" if status == 401 else None)
    if page is None:
        return None
    here = request.url
    if request.method != "GET":
        # A form is not sent again by itself: back to the page that it stood on.
        here = URL(request.headers.get("referer", ""))
    wanted = own_path(f"{here.path}?{here.query}" if here.query else here.path)
    return f"{page}?{urlencode({'weiter': wanted})}" if wanted not in (None, "/") else page
