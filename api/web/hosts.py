"""Host header check: requests for other names than the public one are refused (421, RFC 9110 section 15.5.20).

So nobody's page is shown under a foreign name (DNS rebinding), and no answer repeats a host that somebody made up.
"""

from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

import structlog
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.web.middleware import API_PATHS, is_asked_often
from api.web.problems import ProblemError, answer_problem
from models.settings import Settings, is_loopback
from models.telemetry.metrics import UNTRUSTED_FORWARDS

PORTS: Mapping[str, int] = {"http": 80, "https": 443}

HERE_WE_ARE = """Diese Plattform finden Sie hier: {address}
This platform is found here: {address}

(For whoever runs it: a proxy has to pass the header Host on as it came.)
"""

REPLACED = 0
"""uvicorn gives this port to a peer that a trusted proxy has named."""

log = structlog.get_logger()


class OwnHost:
    """Lets pass what is asked of our own name, or of this machine where the process listens there. Probes come by
    whatever name reaches the process.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.public = urlsplit(settings.base_url)
        self.takes_loopback = settings.listens_on_loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_asked_often(scope) or self._is_ours(Headers(scope=scope).get("host", "")):
            await self.app(scope, receive, send)
            return
        await self._refuse(scope["path"])(scope, receive, send)

    def _refuse(self, path: str) -> ASGIApp:
        """In plain text for people: a page would come without its styles, which are refused here too."""
        if path.startswith(API_PATHS):
            detail = f"ask {self.public.geturl()}; a proxy has to pass Host on as it came"
            return answer_problem(path, ProblemError(421, "wrong_host", detail))
        return PlainTextResponse(HERE_WE_ARE.format(address=self.public.geturl()), 421)

    def _is_ours(self, host: str) -> bool:
        asked = read_host(host, self.public.scheme)
        if asked is None:
            return False
        return _place(asked) == _place(self.public) or (self.takes_loopback and is_loopback(asked.hostname or ""))


class ForwardedFrom:
    """Notices a proxy that nobody has named as trusted: behind it everybody is counted as one. Said once, counted
    always.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.said = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_untrusted(scope):
            UNTRUSTED_FORWARDS.inc()
            if not self.said:
                self.said = True
                log.warning("untrusted proxy", mend="set IDEENWEG_TRUSTED_PROXIES to where its requests come from")
        await self.app(scope, receive, send)


def is_untrusted(scope: Scope) -> bool:
    """Whether somebody says on whose behalf they ask, whose word is not taken."""
    peer = scope.get("client")
    return "x-forwarded-for" in Headers(scope=scope) and peer is not None and peer[1] != REPLACED


def read_host(host: str, scheme: str) -> SplitResult | None:
    """What a Host header names; None for what is no host."""
    try:
        parts = urlsplit(f"{scheme}://{host}")
        is_host = parts.netloc == host and "@" not in host and bool(parts.hostname)
        return parts if is_host and parts.port != 0 else None
    except ValueError:
        return None


def _place(parts: SplitResult) -> tuple[str | None, int]:
    return parts.hostname, parts.port or PORTS[parts.scheme]
