"""Error pages: what happened, in kind words, and what to do next."""

from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import URL

from api.pages.rendering import home_of, render, texts_for
from api.pages.visitors import NOBODY, Visitor
from api.sign_in.paths import own_path

KNOWN = frozenset({400, 401, 403, 404, 405, 409, 410, 412, 413, 422, 429, 503})


def render_error(request: Request, status: int, code: str, detail: str | None = None) -> HTMLResponse:
    """A page for an error. `detail` is for developers and is not shown; people get words by status and code."""
    visitor: Visitor = getattr(request.state, "visitor", NOBODY)
    t = texts_for(request, visitor)
    name = code if t.has(f"page.error.{code}") else str(status if status in KNOWN else 500)
    advice = f"page.error.{name}.advice"
    if status == 503 and request.method == "POST":
        # The browser has kept what was typed, and the form's key makes sending it twice harmless.
        advice = "page.error.503.sent"
    return render(
        request,
        visitor,
        "errors/error.html",
        status,
        title=t(f"page.error.{name}"),
        advice=t(advice),
        proof=way_to_proof(request, status, code),
        gone=code == "gone",
        home=home_of(visitor) if visitor.account else "/",
    )


def way_to_proof(request: Request, status: int, code: str) -> str | None:
    """Where somebody signs in, or proves once more who they are, to come back here. None where that does not help."""
    page = "/anmelden" if status == 401 else "/anmelden/bestaetigen" if code == "step_up" else None
    if page is None:
        return None
    here = request.url
    if request.method != "GET":
        # A form is not sent again by itself: back to the page that it stood on.
        here = URL(request.headers.get("referer", ""))
    wanted = own_path(f"{here.path}?{here.query}" if here.query else here.path)
    return f"{page}?{urlencode({'weiter': wanted})}" if wanted not in (None, "/") else page
