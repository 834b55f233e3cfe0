"""From a template to a page: the Jinja environment, what every page knows, and the headers that protect it."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import URL

from api.pages.kit.languages import offered_languages, other_languages, remember_language, texts_for
from api.pages.kit.menus import account_menu_of, initials_of, menu_of
from api.pages.kit.visitors import Visitor
from api.runtime.services import Services
from api.use_cases.return_path import own_path
from api.web.cookies import session_of
from api.web.csrf import CsrfToken, guarding, write_guard
from api.web.dependencies import services_of
from api.web.kept_forms import hand_over_key
from api.web.problems import RETRY_AFTER_SECONDS
from api.web.security_headers import CONTENT_SECURITY
from api.web.static import static_url
from models.addresses import show_address
from models.compiled_templates import CompiledTemplates
from models.i18n import Texts
from models.licences import deed_of
from models.region_names import RegionNames
from models.rules.days import read_day
from models.settings import TEMPLATES
from models.tables.columns import utc_now
from models.vocabulary import Stage

PRIVATE = {
    # The address is a key: neither the next site nor a search engine may learn it.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # Pages show personal things: neither the browser's cache nor one on the way keeps them.
    "Cache-Control": "no-store",
}


WARN_BEFORE = timedelta(minutes=30)
"""Longer than a long form takes."""


def render(request: Request, visitor: Visitor, template: str, /, status: int = 200, **context: object) -> HTMLResponse:
    """A page for a visitor. Templates know what stands here, such as `t`, `policy` and `names`, and what is given."""
    services = services_of(request)
    t = texts_for(request, visitor)
    known: dict[str, object] = {
        "t": t,
        "visitor": visitor,
        "policy": services.policy if services else None,
        "names": RegionNames(services.policy.region, t) if services else None,
        "demo": bool(services and services.settings.demo),
        "stages": list(Stage),
        "menu": menu_of(visitor),
        "account_menu": account_menu_of(visitor),
        "initials": initials_of(visitor.account.name) if visitor.account else "",
        "path": request.url.path,
        "until": None if visitor.is_half else session_expiry(request, services, t),
        "tongues": other_languages(request, t),
    }
    guard = CsrfToken.of(request, services) if services else None
    with guarding(guard):
        html = environment().get_template(template).render(**(known | context))
    when = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else {}
    page = HTMLResponse(html, status, headers=HEADERS | when)
    if guard is not None and services is not None:
        guard.keep(page)
        hand_over_key(request, page, services)
    if request.query_params.get("lang") in offered_languages(services):
        remember_language(request, page, t.language)
    if status >= 400 and request.method == "GET" and "hx-request" in request.headers:
        # A part of a page cannot show an error: the browser opens the whole page instead.
        return HTMLResponse(status_code=status, headers=HEADERS | when | {"HX-Redirect": whole_page(request, status)})
    return page


def is_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of a page. A boosted link or form asks for a whole one, and takes its part."""
    return request.headers.get("hx-request") == "true" and "hx-boosted" not in request.headers


def whole_page(request: Request, status: int) -> str:
    """Where an error is shown. To come back to after signing in, it is the page that somebody looks at."""
    here = request.url
    if status == 401 and (looks_at := request.headers.get("hx-current-url")):
        here = URL(looks_at)
    return own_path(str(here.replace(scheme="", netloc="", fragment=""))) or "/"


def see_other(path: str, **query: str | int) -> RedirectResponse:
    """After a form: go and look. The browser does not send the form again when the page is reloaded."""
    url = URL(path).include_query_params(**query) if query else path
    return RedirectResponse(str(url), status_code=303, headers={"Cache-Control": "no-store"})


@dataclass(frozen=True)
class Until:
    """When a session ends. `soon` asks for a proof in time, so that nobody loses what they are writing."""

    clock: str
    soon: bool
    path: str


def session_expiry(request: Request, services: Services | None, t: Texts) -> Until | None:
    """Until when somebody is signed in if they do nothing; None for who has no session."""
    row = session_of(request)
    if row is None or services is None:
        return None
    at = min(utc_now() + services.settings.session_idle, row.expires_at)
    here = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    return Until(
        clock=t.time(at, services.policy.zone),
        soon=row.expires_at - utc_now() < WARN_BEFORE,
        path=here if request.method == "GET" else "/",
    )


def dial(phone: str) -> str:
    """A telephone number as the address of a link, RFC 3966.

    >>> dial("+49 (351) 123-45")
    '+4935112345'
    """
    return "".join(sign for sign in phone if sign.isdigit() or sign == "+")


@cache
def environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=CompiledTemplates(),
    )
    found.globals["asset"] = static_url
    found.globals["guard"] = write_guard
    found.filters["address"] = show_address
    found.filters["deed"] = deed_of
    found.filters["digits"] = dial
    found.filters["day"] = read_day
    return found


def private(response: Response) -> Response:
    response.headers.update(PRIVATE)
    return response
