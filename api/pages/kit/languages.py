"""The language of a page, and the others in which it can be read."""

from functools import cache
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.pages.kit.visitors import Visitor
from api.runtime.services import Services
from api.web.dependencies import choose_language, services_of
from models.i18n import DEFAULT_LANGUAGE, Texts, languages, texts_in
from models.region_names import spoken_languages

TONGUE = "sprache"
"""The button of a form that keeps what was typed and goes on in another language: its value is the language."""


LANGUAGE_COOKIE = "sprache"
"""Remembers the language that somebody has asked for, and nothing else."""


A_YEAR_OF_SECONDS = 365 * 24 * 3600


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
