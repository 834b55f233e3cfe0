"""Who asks, read from a request: for the audit log, and for mails that are counted by where they are asked from."""

from starlette.requests import Request

from api.runtime.services import Services
from api.use_cases.audit import Caller
from api.web.cookies import session_of, token_of
from api.web.networks import network_of
from models.secrets import keyed_hash


def caller_of(services: Services, request: Request) -> Caller:
    """By the session or the token that was looked for before; nobody where neither was found."""
    row, token = session_of(request), token_of(request)
    by = row.account_id if row is not None else token.account_id if token is not None else None
    return Caller(by, row.id if row else None, token.id if token else None, digest_network(services, request))


def digest_network(services: Services, request: Request) -> str:
    """Where somebody asks from, as mails and the audit log keep it: comparable, and no address."""
    return keyed_hash(services.signing_key, "network", network_of(request))
