"""From a template to a page: the Jinja environment, what every page knows, and the headers that protect it."""

import hashlib
from functools import cache, lru_cache

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import URL

from api.pages.visitors import Visitor
from api.problems import RETRY_AFTER_SECONDS
from api.services import Services
from models.i18n import Texts, languages, texts_in
from models.settings import TEMPLATES
from models.vocabulary import Role, Stage

CONTENT_SECURITY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # Pages show personal things: neither the browser's cache nor one on the way keeps them.
    "Cache-Control": "no-store",
}

STATIC = TEMPLATES / "static"


def render(request: Request, visitor: Visitor, template: str, /, status: int = 200, **context: object) -> HTMLResponse:
    """A page for a visitor. Templates know `t`, `visitor`, `policy`, `stages`, `demo`, `menu` and what is given."""
    services = services_of(request)
    t = texts_for(request, visitor)
    known: dict[str, object] = {
        "t": t,
        "visitor": visitor,
        "policy": services.policy if services else None,
        "demo": bool(services and services.settings.demo),
        "stages": list(Stage),
        "menu": menu_of(visitor),
        "path": request.url.path,
    }
    html = environment().get_template(template).render(**(known | context))
    when = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else {}
    return HTMLResponse(html, status, headers=HEADERS | when)


def see_other(path: str, **query: str | int) -> RedirectResponse:
    """After a form: go and look. The browser does not send the form again when the page is reloaded."""
    url = URL(path).include_query_params(**query) if query else path
    return RedirectResponse(str(url), status_code=303, headers={"Cache-Control": "no-store"})


def texts_for(request: Request, visitor: Visitor) -> Texts:
    """The visitor's language; somebody who is not signed in may ask for one with ?lang=."""
    asked = request.query_params.get("lang")
    if asked in languages():
        return texts_in(str(asked))
    if visitor.account is not None:
        return texts_in(visitor.account.language)
    services = services_of(request)
    return texts_in(services.policy.region.default_language if services else "de")


def services_of(request: Request) -> Services | None:
    """None where even the start has failed, so that an error page can still be shown."""
    found = getattr(request.app.state, "services", None)
    return found if isinstance(found, Services) else None


def menu_of(visitor: Visitor) -> list[tuple[str, str, int]]:
    """What a visitor can go to: address, key of its name, number of things that wait there."""
    menu: list[tuple[str, str, int]] = []
    if visitor.has(Role.INNOVATOR):
        menu.append(("/ideen", "page.menu.my_ideas", 0))
    if visitor.has(Role.COACH):
        menu += [("/arbeit", "page.menu.work", 0), ("/angebote", "page.menu.offers", visitor.open_offers)]
    if visitor.has(Role.LEAD):
        menu += [("/leitung", "page.menu.lead", 0), ("/haengt-fest", "page.menu.stuck", 0)]
        menu.append(("/coaches", "page.menu.coaches", 0))
        if visitor.undelivered:
            menu.append(("/zustellung", "page.menu.undelivered", visitor.undelivered))
    if visitor.account is None or visitor.has(Role.INNOVATOR):
        menu.append(("/einreichen", "page.menu.hand_in", 0))
    return [*menu, ("/geschichten", "page.menu.stories", 0)]


def home_of(visitor: Visitor) -> str:
    """Where a signed-in person begins their day."""
    return menu_of(visitor)[0][0]


@cache
def environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["asset"] = asset_url
    return found


@lru_cache(maxsize=32)
def read_asset(name: str) -> bytes | None:
    """A file of templates/static/ by its plain name; None where there is none."""
    found = next((path for path in STATIC.iterdir() if path.name == name and path.is_file()), None)
    return found.read_bytes() if found is not None else None


@lru_cache(maxsize=32)
def asset_url(name: str) -> str:
    """The address of a static file. It changes with the content, so that it may be kept for a year."""
    content = read_asset(name)
    if content is None:
        raise FileNotFoundError(name)
    return f"/static/{name}?v={asset_version(content)}"


def asset_version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
