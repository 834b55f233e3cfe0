"""Figures for Prometheus: what this process counts and what the database knows."""

import asyncio
import time
from collections.abc import Iterable
from datetime import UTC, datetime

from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.dependencies import ServicesHere
from api.problems import ProblemError
from api.services import Services
from models.database import is_unreachable
from models.queries.figures import read_figures
from models.queries.stuck import Moment
from models.telemetry.figures import REGISTRY, may_read

KEPT_SECONDS = 10.0
"""However many ask, the database is asked this often at most."""


def add_routes(app: FastAPI) -> None:
    app.state.figures = FiguresOfDatabase()
    app.add_api_route("/metrics", show_figures, include_in_schema=False)


async def show_figures(request: Request, services: ServicesHere) -> Response:
    settings = services.settings
    address = request.client.host if request.client else None
    if settings.metrics_token is None and not settings.figures_are_for_this_machine:
        raise ProblemError(403, "forbidden", "set IDEENWEG_METRICS_TOKEN, and send it as a bearer token")
    if not may_read(settings.metrics_token, address, request.headers.get("authorization")):
        raise ProblemError(401, "not_signed_in", headers={"WWW-Authenticate": 'Bearer realm="ideenweg"'})
    figures: FiguresOfDatabase = request.app.state.figures
    text = generate_latest(REGISTRY) + generate_latest(_registry(await figures.read(services)))
    return Response(text, media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


class FiguresOfDatabase:
    """The last answer of the database, for a moment; and whether it answers."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._read_at: float | None = None
        self._figures: list[Metric] = []

    async def read(self, services: Services) -> list[Metric]:
        async with self._lock:
            if self._read_at is None or time.monotonic() - self._read_at > KEPT_SECONDS:
                self._figures = await ask_database(services)
                self._read_at = time.monotonic()
        return [*self._figures, *pool_figures(services)]


async def ask_database(services: Services) -> list[Metric]:
    try:
        async with services.database.reading() as session:
            figures = await read_figures(session, Moment.of(services.policy, datetime.now(UTC)))
    except Exception as error:
        if not is_unreachable(error):
            raise
        return [_single("ideenweg_database_up", "Whether the database answers.", 0)]
    return [_single("ideenweg_database_up", "Whether the database answers.", 1), *figures]


def pool_figures(services: Services) -> list[Metric]:
    pool = services.database.engine.pool
    in_use: int = pool.checkedout()  # type: ignore[attr-defined]
    size: int = pool.size()  # type: ignore[attr-defined]
    return [
        _single("ideenweg_pool_in_use", "Connections to the database that somebody holds.", in_use),
        _single("ideenweg_pool_size", "Connections that this process may hold.", size),
    ]


def _single(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _registry(figures: Iterable[Metric]) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Given(figures))
    return registry


class _Given(Collector):
    def __init__(self, figures: Iterable[Metric]) -> None:
        self._figures = list(figures)

    def collect(self) -> Iterable[Metric]:
        return self._figures
