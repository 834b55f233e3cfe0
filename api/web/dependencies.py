"""What routes ask for: services, the caller, the caller's language, and that a form comes from our own pages."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPBearer, SecurityScopes

from api.sign_in.bearer import find_bearer, read_bearer
from api.web.middleware import is_upload
from api.web.problems import ProblemError
from api.runtime.services import Services
from api.web.csrf import FIELD, is_guarded
from models.i18n import Texts, languages, texts_in
from models.rules.permissions import may_see_board
from models.tables import AccessToken, Account
from models.vocabulary import Role, TokenScope

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

bearer_scheme = HTTPBearer(
    auto_error=False,
    description="A token from the page of tokens, or from `ideenweg token EMAIL`. Its scopes say what it opens.",
)
"""Declares the scheme in OpenAPI; the header itself is read by `api.sign_in.bearer`."""


async def get_services(request: Request) -> Services:
    """Asynchronous like all that routes depend on: FastAPI sends anything else to a thread and back."""
    services: Services = request.app.state.services
    return services


ServicesHere = Annotated[Services, Depends(get_services)]


async def get_api_account(
    request: Request,
    services: ServicesHere,
    wanted: SecurityScopes,
    _declared: Annotated[object, Depends(bearer_scheme)],
) -> Account:
    """The caller of the API, by bearer token alone: no cookie counts, so no other site can act for somebody.

    A token opens what its scopes name. Where a route asks for none of its own, it is what its method does.
    """
    async with services.database.reading() as session:
        found = await find_bearer(session, request)
    if found is None:
        raise not_signed_in(request)
    check_scopes(found.token, wanted.scopes or [scope_of(request.method)])
    return found.account


def scope_of(method: str) -> TokenScope:
    """The scope that a method needs where its route says nothing else."""
    return TokenScope.READ if method.upper() in SAFE_METHODS else TokenScope.ACT


def check_scopes(token: AccessToken, wanted: Sequence[str]) -> None:
    """Raises a problem with status 403 that names what is missing. RFC 6750, section 3.1."""
    missing = [scope for scope in wanted if scope not in token.scopes]
    if missing:
        challenge = f'Bearer realm="ideenweg", error="insufficient_scope", scope="{" ".join(wanted)}"'
        detail = f"the token lacks the scope {missing[0]}"
        raise ProblemError(403, "insufficient_scope", detail, headers={"WWW-Authenticate": challenge})


ApiAccount = Annotated[Account, Depends(get_api_account)]
ApiProven = Annotated[Account, Security(get_api_account, scopes=[TokenScope.EXPORT])]
"""For what asks for a fresh proof on pages: whoever has made the token has given it there."""


async def get_lead(account: ApiAccount) -> Account:
    if not may_see_board(roles_of(account)):
        raise ProblemError(403, "forbidden", "this is for leads")
    return account


ApiLead = Annotated[Account, Depends(get_lead)]
ApiProvenLead = Annotated[Account, Security(get_lead, scopes=[TokenScope.EXPORT])]


async def same_origin(request: Request, services: ServicesHere) -> None:
    """A form counts only when it was sent from our own pages, with the field that we wrote for this browser."""
    if request.method in SAFE_METHODS:
        return
    check_origin(request)
    if not is_upload(request.scope):
        check_guard(request, services, await request.form())


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


def check_guard(request: Request, services: Services, sent: Mapping[str, object]) -> None:
    """Whether a form carries our field. Where files are sent, the route asks once it knows that somebody may."""
    if not is_guarded(request, services, sent.get(FIELD)):
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


def choose_language(wanted: str | None, account_language: str) -> str:
    """The best language of an Accept-Language header that there is a catalogue for, or the account's own."""
    ranked: list[tuple[float, str]] = []
    for part in (wanted or "")[:200].split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        ranked.append((_quality(parameter), language))
    known = languages()
    for quality, language in sorted(ranked, key=lambda pair: -pair[0]):
        if quality > 0 and language in known:
            return language
    return account_language


async def get_texts(account: ApiAccount, accept_language: Annotated[str | None, Header()] = None) -> Texts:
    return texts_in(choose_language(accept_language, account.language))


TextsHere = Annotated[Texts, Depends(get_texts)]


def roles_of(account: Account) -> list[Role]:
    return [Role(role) for role in account.roles]


def not_signed_in(request: Request) -> ProblemError:
    """401 with what to send; a token that was sent is named as the reason."""
    sent = read_bearer(request) is not None
    challenge = 'Bearer realm="ideenweg"' + (', error="invalid_token"' if sent else "")
    detail = "the token is not valid, has ended, or was revoked" if sent else "send Authorization: Bearer …"
    return ProblemError(401, "not_signed_in", detail, headers={"WWW-Authenticate": challenge})


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
