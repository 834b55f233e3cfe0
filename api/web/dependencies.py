"""What routes depend on: services, that a form comes from our own pages, that somebody leads, a language."""

from collections.abc import Collection, Mapping
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from api.runtime.services import Services
from api.web.csrf import FIELD, has_csrf_token
from api.web.middleware import is_upload
from api.web.problems import ProblemError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def get_services(request: Request) -> Services:
    """Asynchronous like all that routes depend on: FastAPI sends anything else to a thread and back."""
    services: Services = request.app.state.services
    return services


ServicesHere = Annotated[Services, Depends(get_services)]


async def same_origin(request: Request, services: ServicesHere) -> None:
    """A form counts only when it was sent from our own pages, with the field that we wrote for this browser."""
    if request.method in SAFE_METHODS:
        return
    check_origin(request)
    if not is_upload(request.scope):
        check_csrf_token(request, services, await request.form())


def check_origin(request: Request) -> None:
    """Raises a problem with status 403 where the browser says that another site has sent the form.

    Says it nothing, it is an old one or a program. A browser that sends a cookie across sites sends an Origin.
    """
    if says_it_is_ours(request) is False:
        raise ProblemError(403, "cross_site")


def says_it_is_ours(request: Request) -> bool | None:
    """Whether a form was sent from our own pages, as the browser says; None where it says nothing."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        return site in ("same-origin", "none")
    return host_of(origin) == request.headers.get("host") if origin is not None else None


def check_csrf_token(request: Request, services: Services, sent: Mapping[str, object]) -> None:
    """Whether a form carries our field. Where files are sent, the route asks once it knows that somebody may."""
    if not has_csrf_token(request, services, sent.get(FIELD)):
        raise ProblemError(403, "form_expired", "the form was not written for this browser, or for another session")


def host_of(origin: str) -> str | None:
    """Host and port of an origin; None for what is none, which is also no host that could be ours."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None


SameOrigin = Depends(same_origin)


async def see_leading(services: ServicesHere) -> None:
    """Ideas are taken only where somebody reads them. Raises a problem with status 503 until there is a lead."""
    if services.leading.is_seen:
        return
    async with services.database.reading() as session:
        if not await services.leading.look(session):
            raise ProblemError(503, "setting_up", "the platform is being set up: nobody is there yet to read ideas")


Led = Depends(see_leading)
"""For whatever takes ideas in."""


def choose_language(wanted: str | None, spoken: Collection[str], account_language: str) -> str:
    """The best language of an Accept-Language header that pages are spoken in, or the account's own."""
    ranked: list[tuple[float, str]] = []
    for part in (wanted or "")[:200].split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        ranked.append((_quality(parameter), language))
    for quality, language in sorted(ranked, key=lambda pair: -pair[0]):
        if quality > 0 and language in spoken:
            return language
    return account_language


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def services_of(request: Request) -> Services | None:
    """None where even the start has failed, so that an error page can still be shown."""
    found = getattr(request.app.state, "services", None)
    return found if isinstance(found, Services) else None
