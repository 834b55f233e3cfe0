"""What routes depend on to know who asks: the caller of the API by their token, and the provider of the staff."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPBearer, SecurityScopes

from api.sign_in.bearer import find_bearer, read_bearer
from api.sign_in.oidc import Oidc
from api.web.dependencies import SAFE_METHODS, ServicesHere, choose_language
from api.web.problems import ProblemError
from models.i18n import Texts, texts_in
from models.region_names import spoken_languages
from models.rules.permissions import may_see_board
from models.tables import AccessToken, Account, roles_of
from models.vocabulary import TokenScope

bearer_scheme = HTTPBearer(
    auto_error=False,
    description="A token from the page of tokens, or from `ideenweg token EMAIL`. Its scopes say what it opens.",
)
"""Declares the scheme in OpenAPI; the header itself is read by `api.sign_in.bearer`."""


async def get_api_account(
    request: Request,
    services: ServicesHere,
    wanted: SecurityScopes,
    _declared: Annotated[object, Depends(bearer_scheme)],
) -> Account:
    """The caller of the API, by bearer token alone: no cookie counts, so no other site can act for somebody.

    A token opens what its scopes name. Where a route asks for none of its own, it is what its method does.
    """
    found = await find_bearer(services.database, request)
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
"""For what asks for a fresh proof on pages: whoever has made the token has given it there."""


async def get_lead(account: ApiAccount) -> Account:
    if not may_see_board(roles_of(account)):
        raise ProblemError(403, "forbidden", "this is for leads")
    return account


ApiLead = Annotated[Account, Depends(get_lead)]
ApiProvenLead = Annotated[Account, Security(get_lead, scopes=[TokenScope.EXPORT])]


async def get_texts(
    services: ServicesHere, account: ApiAccount, accept_language: Annotated[str | None, Header()] = None
) -> Texts:
    return texts_in(choose_language(accept_language, spoken_languages(services.policy.region), account.language))


TextsHere = Annotated[Texts, Depends(get_texts)]


def not_signed_in(request: Request) -> ProblemError:
    """401 with what to send; a token that was sent is named as the reason."""
    sent = read_bearer(request) is not None
    challenge = 'Bearer realm="ideenweg"' + (', error="invalid_token"' if sent else "")
    detail = "the token is not valid, has ended, or was revoked" if sent else "send Authorization: Bearer …"
    return ProblemError(401, "not_signed_in", detail, headers={"WWW-Authenticate": challenge})


async def get_provider(request: Request, services: ServicesHere) -> Oidc:
    """The provider of the staff, built when it is first asked for. Raises a problem (404) where there is none."""
    if not services.settings.has_oidc:
        raise ProblemError(404, "not_found")
    state = request.app.state
    if getattr(state, "oidc_of", None) is not services:
        state.oidc_of, state.oidc = services, Oidc(services.settings, services.signing_key)
    found: Oidc = state.oidc
    return found


Provider = Annotated[Oidc, Depends(get_provider)]
