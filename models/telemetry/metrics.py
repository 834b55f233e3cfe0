"""Figures for Prometheus: what this process counts. Labels come from closed lists, so their number is bounded.

What the database knows (ideas by state, mails, drift) is read by `models.queries.metrics` when somebody asks.
"""

import hmac
import time

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from pydantic import SecretStr

from models.settings import is_loopback

REGISTRY = CollectorRegistry()
"""Ours, without the library's figures about Python's inside."""

ProcessCollector(registry=REGISTRY)
# When each of them was first counted would double their number, and nobody asks.
disable_created_metrics()  # type: ignore[no-untyped-call]

QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends in seconds, for what somebody waits for."""
LONG = (0.01, 0.05, 0.25, 1.0, 5.0, 20.0, 60.0, 300.0)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Counter("ideenweg_requests", "Answered requests.", ("method", "route", "status"), registry=REGISTRY)
REQUEST_SECONDS = Histogram(
    "ideenweg_request_seconds", "Time to answer a request.", ("route",), registry=REGISTRY, buckets=QUICK
)
COMMANDS = Counter(
    "ideenweg_commands",
    "Commands to workflows: accepted, the code of a refusal, or the name of an error such as EngineAway.",
    ("command", "outcome"),
    registry=REGISTRY,
)
COMMAND_SECONDS = Histogram(
    "ideenweg_command_seconds", "Time until a command has its receipt.", registry=REGISTRY, buckets=QUICK
)
SHOWN_SECONDS = Histogram(
    "ideenweg_shown_seconds",
    "Time from a receipt until the read model shows the step, as far as callers wait for it.",
    registry=REGISTRY,
    buckets=QUICK,
)
NOT_SHOWN = Counter(
    "ideenweg_not_shown", "Steps that the read model did not show while their caller waited.", registry=REGISTRY
)
ACTIVITIES = Counter(
    "ideenweg_activities",
    "Attempts of activities: done, failed or cancelled; first or again.",
    ("activity", "outcome", "attempt"),
    registry=REGISTRY,
)
ACTIVITY_SECONDS = Histogram(
    "ideenweg_activity_seconds", "Time of one attempt.", ("activity",), registry=REGISTRY, buckets=LONG
)
REFUSED = Counter(
    "ideenweg_refused",
    "Requests that were refused to whoever asked: not signed in, not allowed, too often; hidden is what others have.",
    ("why",),
    registry=REGISTRY,
)
AUDITED = Counter(
    "ideenweg_audited", "Entries of the audit log, done or refused.", ("event", "outcome"), registry=REGISTRY
)
UNTRUSTED_FORWARDS = Counter(
    "ideenweg_untrusted_forwards",
    "Requests with X-Forwarded-For from a peer that IDEENWEG_TRUSTED_PROXIES does not name: everybody behind it is "
    "counted as one.",
    registry=REGISTRY,
)

UNSIGNED = Counter(
    "ideenweg_unsigned",
    "What reached a worker without our signature and was not taken: update, signal, start or activity.",
    ("kind",),
    registry=REGISTRY,
)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """`route` is a template; a method that HTTP does not know counts as OTHER."""
    known = method if method in METHODS else "OTHER"
    REQUESTS.labels(known, route, status).inc()
    REQUEST_SECONDS.labels(route).observe(seconds)


def count_command(command: str, outcome: str, seconds: float) -> None:
    COMMANDS.labels(command, outcome).inc()
    COMMAND_SECONDS.observe(seconds)


def count_activity(activity: str, outcome: str, attempt: int, seconds: float) -> None:
    ACTIVITIES.labels(activity, outcome, "first" if attempt == 1 else "again").inc()
    ACTIVITY_SECONDS.labels(activity).observe(seconds)


def count_unsigned(kind: str) -> None:
    UNSIGNED.labels(kind).inc()


def may_read(token: SecretStr | None, address: str | None, authorization: str | None) -> bool:
    """Figures are for whoever brings the token; without such a token, for somebody at this machine."""
    if token is None:
        return address is not None and is_loopback(address)
    expected = f"Bearer {token.get_secret_value()}"
    return hmac.compare_digest(expected.encode(), (authorization or "").encode())


class Stopwatch:
    """Runs from its making on."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began

    @property
    def milliseconds(self) -> int:
        return round(self.seconds * 1000)
