"""Certificate authorities: who vouches for the servers that we ask."""

import ssl
from functools import cache

import httpx


@cache
def trusted_authorities() -> ssl.SSLContext:
    """Those that httpx trusts, for `verify` of its clients. Read once: it takes a fortieth of a second, in which nobody
    else is answered, and each client would read them anew."""
    return httpx.create_ssl_context()
