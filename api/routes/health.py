"""Whether the process is alive, and whether it can work."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, Literal

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, Field

from api.runtime.services import Services
from api.web.dependencies import ServicesHere
from api.web.problems import responses
from models.migrations import pending
from workflows.deployments import find_trouble

PATIENCE_SECONDS = 4.0
KEPT_SECONDS = 1.0

PartState = Literal["ok", "failed"]

_at_head: set[str] = set()
"""Databases that were seen with the newest schema: it does not go back while the process runs."""


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Whether the process can work, and each part by itself."""

    ready: bool
    database: PartState
    migrations: PartState
    temporal: PartState
    worker: PartState
    why: dict[str, str] = Field(default_factory=dict, description="Part → what is wrong with it.")


def add_routes(app: FastAPI) -> None:
    app.state.readiness = KeptReadiness()
    app.add_api_route(
        "/healthz", say_alive, summary="Whether the process answers", tags=["health"], responses=responses(400)
    )
    app.add_api_route(
        "/readyz",
        say_ready,
        summary="Whether database, Temporal and a worker are there",
        tags=["health"],
        responses={**responses(400), 503: {"model": Readiness, "description": "A part is missing"}},
    )


async def say_alive() -> Alive:
    return Alive()


async def say_ready(request: Request, services: ServicesHere, response: Response) -> Readiness:
    kept: KeptReadiness = request.app.state.readiness
    readiness = await kept.read(services)
    response.status_code = 200 if readiness.ready else 503
    response.headers["Cache-Control"] = "no-store"
    return readiness


class KeptReadiness:
    """The last answer, for a moment: however many ask, the parts are looked at this often at most."""

    def __init__(self, seconds: float = KEPT_SECONDS) -> None:
        self.seconds = seconds
        self._lock = asyncio.Lock()
        self._kept: tuple[float, Readiness] | None = None

    async def read(self, services: Services) -> Readiness:
        async with self._lock:
            if self._kept is None or time.monotonic() - self._kept[0] >= self.seconds:
                readiness = await look_at_parts(services)
                self._kept = time.monotonic(), readiness
            return self._kept[1]


async def look_at_parts(services: Services) -> Readiness:
    why: dict[str, str] = {}
    await asyncio.gather(
        _examine("database", services.database.ping(), why),
        _examine("migrations", check_migrations(services), why),
        _examine("temporal", check_worker(services, why), why),
    )
    if "temporal" in why:
        why.setdefault("worker", "cannot be seen without Temporal")
    states: dict[str, PartState] = {
        part: "failed" if part in why else "ok" for part in ("database", "migrations", "temporal", "worker")
    }
    return Readiness(ready=not why, why=why, **states)


async def check_migrations(services: Services) -> None:
    """Raises where a migration is pending, or where that cannot be read."""
    assert services.settings.database_url is not None
    url = services.settings.database_url.get_secret_value()
    if url not in _at_head:
        if await asyncio.to_thread(pending, url):
            raise _Failed("pending: run `ideenweg migrate`")
        _at_head.add(url)


async def check_worker(services: Services, why: dict[str, str]) -> None:
    """Raises where Temporal does not answer; notes under `worker` where none would be given a step."""
    trouble = find_trouble(await services.engine.deployment.look(), time.time())
    if trouble is not None:
        why["worker"] = f"{trouble.text}. {trouble.remedy}"


class _Failed(Exception):
    """A part is there and not as it should be. Its text may be shown."""


async def _examine(part: str, check: Coroutine[Any, Any, None], why: dict[str, str]) -> None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await check
    except _Failed as failed:
        why[part] = str(failed)
    except Exception:
        # Whatever the driver says may name addresses and users; the operator's log and `ideenweg doctor` tell more.
        why[part] = "does not answer"
