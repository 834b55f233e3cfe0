"""From a template to a page: the Jinja environment, what every page knows, and the headers that protect it."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import URL

from api.pages.kit.visitors import Visitor
from api.runtime.services import Services
from api.use_cases.own_path import own_path
from api.web.cookies import session_of
from api.web.csrf import CsrfToken, guarding, write_guard
from api.web.dependencies import choose_language
from api.web.kept_forms import hand_over_key
from api.web.problems import RETRY_AFTER_SECONDS
from api.web.static import static_url
from models.addresses import show_address
from models.i18n import DEFAULT_LANGUAGE, Texts, languages, texts_in
from models.region_names import RegionNames, spoken_languages
from models.settings import TEMPLATES
from models.tables.columns import utc_now
from models.vocabulary import Role, Stage

PRIVATE = {
    # The address is a key: neither the next site nor a search engine may learn it.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}

CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # Pages show personal things: neither the browser's cache nor one on the way keeps them.
    "Cache-Control": "no-store",
}

TONGUE = "sprache"
"""The button of a form that keeps what was typed and goes on in another language: its value is the language."""

LANGUAGE_COOKIE = "sprache"
"""Remembers the language that somebody has asked for, and nothing else."""
A_YEAR_OF_SECONDS = 365 * 24 * 3600

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


def texts_for(request: Request, visitor: Visitor) -> Texts:
    """The language that somebody asks for with ?lang=, or has asked for in this browser; else that of their account, or
    the one that their browser wants."""
    services = services_of(request)
    offered = offered_languages(services)
    for asked in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if asked in offered:
            return texts_in(str(asked))
    if visitor.account is not None:
        return texts_in(visitor.account.language)
    default = services.policy.region.default_language if services else DEFAULT_LANGUAGE
    return texts_in(choose_language(request.headers.get("accept-language"), offered, default))


def other_languages(request: Request, t: Texts) -> list[tuple[str, str, str]]:
    """The other languages of this very page: code, name in its own words, address. None for the answer to a form."""
    if request.method not in ("GET", "HEAD"):
        return []
    given = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return [
        (language, name_language(language), "?" + urlencode([*given, ("lang", language)]))
        for language in offered_languages(services_of(request))
        if language != t.language
    ]


def offered_languages(services: Services | None) -> tuple[str, ...]:
    """What pages can be read in; every language that has a catalogue where even the start has failed."""
    return spoken_languages(services.policy.region) if services else languages()


@cache
def name_language(language: str) -> str:
    """In its own words."""
    return texts_in(language).name_of(language).title()


def remember_language(request: Request, page: HTMLResponse, language: str) -> None:
    services = services_of(request)
    safe = bool(services and services.settings.base_url.startswith("https://"))
    page.set_cookie(LANGUAGE_COOKIE, language, A_YEAR_OF_SECONDS, secure=safe, httponly=True, samesite="lax")


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
        menu += [("/arbeit", "page.menu.work", 0), ("/angebote", "page.menu.offers", visitor.waiting.offers)]
    if visitor.has(Role.LEAD):
        menu += [("/leitung", "page.menu.lead", 0), ("/haengt-fest", "page.menu.stuck", 0)]
        menu += [("/menschen", "page.menu.people", 0), ("/ueberblick", "page.menu.overview", 0)]
        waiting = visitor.waiting
        if waiting.undelivered:
            menu.append(("/zustellung", "page.menu.undelivered", waiting.undelivered))
        if waiting.wishes:
            menu.append(("/loeschwuensche", "page.menu.wishes", waiting.wishes))
        menu.append(("/rueckmeldungen", "page.menu.feedback", waiting.feedback))
    if visitor.waiting.has_ideas and not visitor.has(Role.INNOVATOR):
        menu.append(("/ideen", "page.menu.my_ideas", 0))
    menu.append(("/einreichen", "page.menu.hand_in", 0))
    if visitor.account is None:
        menu.append(("/so-funktioniert-es", "page.menu.how", 0))
    else:
        menu.append(("/mitteilungen", "page.menu.notices", 0))
    return [*menu, ("/geschichten", "page.menu.stories", 0)]


def account_menu_of(visitor: Visitor) -> list[tuple[str, str]]:
    """What is about the person: address and key of its name."""
    if visitor.account is None:
        return []
    profile = [("/profil", "page.profile")] if visitor.has(Role.COACH) else []
    return [
        *profile,
        ("/kontakt", "page.contact.mine"),
        ("/einstellungen", "page.settings"),
        ("/meine-daten", "page.my_data"),
        ("/einstellungen/geraete", "page.devices"),
    ]


def dial(phone: str) -> str:
    """A telephone number as the address of a link, RFC 3966.

    >>> dial("+49 (351) 123-45")
    '+4935112345'
    """
    return "".join(sign for sign in phone if sign.isdigit() or sign == "+")


def initials_of(name: str) -> str:
    """The first letters of the first and the last name; nothing for a name without letters.

    >>> initials_of("Carla von Leitner"), initials_of("Émile"), initials_of("- 1")
    ('CL', 'É', '')
    """
    letters = [letter for word in name.split() if (letter := next(filter(str.isalpha, word), ""))]
    return "".join([*letters[:1], *letters[1:][-1:]]).upper()


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
    found.globals["asset"] = static_url
    found.globals["guard"] = write_guard
    found.filters["address"] = show_address
    found.filters["digits"] = dial
    return found


def private(response: Response) -> Response:
    response.headers.update(PRIVATE)
    return response
