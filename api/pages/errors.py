"""Error pages: what happened, in kind words, and what to do next."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.pages.rendering import home_of, render, services_of, texts_for
from api.pages.visitors import NOBODY, Visitor

KNOWN = frozenset({400, 401, 403, 404, 405, 409, 412, 413, 422, 503})


def render_error(request: Request, status: int, code: str, detail: str | None = None) -> HTMLResponse:
    """A page for an error. `detail` is for developers and is not shown; people get words by status and code."""
    visitor: Visitor = getattr(request.state, "visitor", NOBODY)
    t = texts_for(request, visitor)
    name = code if t.has(f"page.error.{code}") else str(status if status in KNOWN else 500)
    services = services_of(request)
    may_sign_in = status == 401 and bool(services and services.settings.demo)
    advice = "page.error.401.demo" if may_sign_in else f"page.error.{name}.advice"
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
        may_sign_in=may_sign_in,
        home=home_of(visitor) if visitor.account else "/",
    )
