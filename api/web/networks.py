"""Where a request comes from: what a trusted proxy says, or the line itself."""

import ipaddress

from starlette.requests import Request

HOUSEHOLD, SITE = 64, 48
"""Prefixes of IPv6: a household or an office has one /64 or more, and a site at most a /48 (RFC 6177)."""


def network_of(request: Request) -> str:
    """An IPv4 address, or the /64 of an IPv6 one."""
    return networks_of(request)[0]


def networks_of(request: Request) -> tuple[str, ...]:
    """The same, and for IPv6 the /48 around it too: whoever has one has 65,536 networks to ask from."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return (host,)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return tuple(str(ipaddress.ip_network((address, prefix), strict=False)) for prefix in (HOUSEHOLD, SITE))
    return (str(getattr(address, "ipv4_mapped", None) or address),)
