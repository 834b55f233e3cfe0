"""Error pages: what happened, in kind words, and what to do next."""

import math
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import URL

from api.pages.kit.forms_to_keep import keep_sent, read_sent, way_in
from api.pages.kit.honeypot import TRAP
from api.pages.kit.languages import texts_for
from api.pages.kit.menus import home_of
from api.pages.kit.redirect_target import SECOND, wanted_path
from api.pages.kit.rendering import is_fragment, render
from api.pages.kit.visitors import NOBODY, Visitor, see_visitor
from api.web.cookies import SESSION, read_cookie
from api.web.dependencies import services_of
from api.web.problems import ProblemError
from models.database import UNREACHABLE

PROOF_LABELS = {"step_up": "page.step_up.do", "halfway": "page.second.go_on"}
"""What the button says that leads to a proof; else it is that one signs in."""

KNOWN = frozenset({400, 401, 403, 404, 405, 409, 410, 412, 413, 422, 429, 503})

PROVABLE = frozenset({"form_expired", "not_signed_in", "halfway", "step_up"})
"""What a sign-in or another proof remedies: the form is kept until then."""


async def show_error(request: Request, problem: ProblemError) -> HTMLResponse:
    """The page for an error that a route, or what it asks for, has met."""
    if problem.status < 500:
        await meet_visitor(request)
    services, sent, kept = services_of(request), None, None
    if request.method == "POST" and problem.code in PROVABLE and services is not None:
        kept = await keep_sent(request, services)
        sent = await read_sent(request) if problem.code == "form_expired" else None
    if problem.code == "trapped":
        typed = await read_sent(request)
        sent = None if typed is None else [pair for pair in typed if pair[0] != TRAP]
    return render_error(request, problem, sent, kept)


async def meet_visitor(request: Request) -> None:
    """An unknown address or a form that is refused is met before anybody has asked who is there."""
    services = services_of(request)
    if services is not None and not hasattr(request.state, "visitor"):
        with suppress(DBAPIError, *UNREACHABLE):
            await see_visitor(request, services)


def render_error(
    request: Request, problem: ProblemError, sent: Sequence[tuple[str, str]] | None = None, kept: str | None = None
) -> HTMLResponse:
    """A page for an error. Its detail is for developers and is not shown; people get words by status and code.

    `sent`: what can be sent once more by a click; `kept`: the address where it waits until somebody has signed in.
    """
    status, code = problem.status, problem.code
    visitor: Visitor = getattr(request.state, "visitor", NOBODY)
    t = texts_for(request, visitor)
    if is_fragment(request) and request.method == "POST":
        why = code if t.has(f"page.unsaved.{code}") else "wrong" if status < 500 and status != 429 else "away"
        return render(request, visitor, "errors/unsaved.html", status, why=why, way_in=way_in(request))
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
        advice=t(advice, count=minutes_to_wait(problem)) if status == 429 else t(advice),
        proof=way_to_proof(request, status, code, kept),
        proof_label=t(PROOF_LABELS.get(code, "page.sign_in")),
        gone=code == "gone",
        sent=sent,
        kept=kept,
        way_in=way_in(request, kept) if code == "form_expired" else None,
        was_signed_in=kept is not None and had_session(request),
        here=f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path,
        home=home_of(visitor) if visitor.account else "/",
    )


def had_session(request: Request) -> bool:
    """Whether the browser comes with a session that has ended."""
    services = services_of(request)
    return services is not None and read_cookie(request, services.settings, SESSION) is not None


def minutes_to_wait(problem: ProblemError) -> int:
    return max(1, math.ceil(int(problem.headers.get("Retry-After", 60)) / 60))


def way_to_proof(request: Request, status: int, code: str, kept: str | None) -> str | None:
    """Where somebody signs in, or proves once more who they are, to come back here. None where that does not help."""
    page = {"step_up": "/anmelden/bestaetigen", "halfway": SECOND}.get(code, "/anmelden" if status == 401 else None)
    if page is None:
        return None
    here = request.url
    if request.method != "GET":
        # A form is not sent again by itself: to where it waits, or back to the page that it stood on.
        here = URL(kept or request.headers.get("referer", ""))
    wanted = wanted_path(request, f"{here.path}?{here.query}" if here.query else here.path)
    return f"{page}?{urlencode({'weiter': wanted})}" if wanted not in (None, "/") else page
