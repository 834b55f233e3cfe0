"""Requests that were refused, for figures and the audit log: whoever tries doors is seen."""

from contextlib import suppress

from starlette.requests import Request

from api.runtime.rate_limiter import Counter, Rate
from api.runtime.services import Services
from api.use_cases.audit import audit
from api.web.middleware import route_of
from api.web.networks import network_of
from api.web.problems import ProblemError
from api.web.request_caller import caller_of
from models.database import UNREACHABLE
from models.telemetry.metrics import REFUSED
from models.vocabulary import AuditEvent

MINUTE = 60
ALL_REFUSED = Counter("refused", "all", Rate(600, MINUTE))
"""More refusals than this in a minute are counted and no more noted."""


async def note_refusal(request: Request, services: Services, problem: ProblemError) -> None:
    """Count a request that was refused, and append it to the audit log: once a minute for each network and route, and
    so many in all, so that whoever is refused a thousand times does not fill the log. What is slowed down is noted
    where it is counted."""
    why = "hidden" if problem.hidden else problem.code if problem.status in (401, 403, 429) else ""
    if not why:
        return
    REFUSED.labels(why).inc()
    if problem.status == 429 or request.scope.get("route") is None:
        return
    route = route_of(request.scope)
    once = Counter("refused", f"{network_of(request)} {route} {why}", Rate(1, MINUTE))
    with suppress(*UNREACHABLE):
        if await services.rate_limiter.hit(once) or await services.rate_limiter.hit(ALL_REFUSED):
            return
        async with services.database.transaction() as session:
            await audit(session, caller_of(services, request), AuditEvent.REFUSED, why, route=route)
