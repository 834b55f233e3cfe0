"""Figures for Prometheus: what this process counts and what the database knows."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from activities.ports.engine import NoAnswer
from api.runtime.services import Services
from api.web.dependencies import ServicesHere
from api.web.problems import ProblemError
from models.database import is_unreachable
from models.queries.metrics import read_figures
from models.queries.moment import Moment
from models.telemetry.metrics import REGISTRY, may_read

KEPT_SECONDS = 10.0
"""However many ask, database and engine are asked this often at most."""
ENGINE_SECONDS = 3.0


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
    """The last answer of the database, for a moment, and whether it answers; and of the engine."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._read_at: float | None = None
        self._figures: list[Metric] = []

    async def read(self, services: Services) -> list[Metric]:
        async with self._lock:
            if self._read_at is None or time.monotonic() - self._read_at > KEPT_SECONDS:
                self._figures = [*await ask_database(services), *await ask_engine(services)]
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


async def ask_engine(services: Services) -> list[Metric]:
    """What former versions of the workers still hold. Nothing where the engine does not answer: `/readyz` tells."""
    held = GaugeMetricFamily(
        "ideenweg_runs_held", "Runs that only a worker of a former version can carry on.", labels=("build", "workflow")
    )
    counts: Counter[tuple[str, str]] = Counter()
    try:
        async with asyncio.timeout(ENGINE_SECONDS):
            async for run in services.engine.deployment.list_held():
                counts[run.build_id, run.workflow] += 1
    except (NoAnswer, TimeoutError):
        return []
    for labels, count in counts.items():
        held.add_metric(labels, count)
    return [held]


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
