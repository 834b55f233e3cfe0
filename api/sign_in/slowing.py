"""Whoever asks too often waits: by the network they come from, and by account. Counted in each process for itself.

How many letters go to one address is counted in SQL, see `api.letters.count_letters`.
"""

import ipaddress
import math

from starlette.requests import Request

from api.problems import ProblemError
from api.services import Services
from api.sign_in.brakes import Slowed


async def slow_down(request: Request, services: Services, what: Slowed, account_id: str | None = None) -> None:
    """Count a request; raises a problem with status 429 where too many have come from there."""
    seconds = await services.brakes.hit(what, network_of(request))
    if account_id is not None:
        seconds = max(seconds, await services.brakes.hit(what, account_id))
    if seconds:
        raise too_many(seconds)


def too_many(seconds: float) -> ProblemError:
    return ProblemError(
        429, "too_many", "too many requests of this kind", headers={"Retry-After": str(max(1, math.ceil(seconds)))}
    )


def network_of(request: Request) -> str:
    """Where a request comes from: an IPv4 address, or the /64 of an IPv6 one, which is one household."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
