"""Whether the process is alive and ready, and how it refuses to serve."""

import asyncio
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from api.app import NotServing, create_app
from api.operations.embedded.temporal import EmbeddedTemporal
from api.routes.health import KeptReadiness, Readiness, look_at_parts
from api.runtime.services import Services
from models.settings import Settings
from tests.api.conftest import KEY, Web
from tests.cast import PIPELINE
from workflows import worker
from workflows.versions import pinned_to
from workflows.worker import build_worker


async def test_with_everything_there_the_process_is_ready(web: Web) -> None:
    while (answer := await web.nobody.get("/readyz")).status_code != 200:
        assert answer.json()["worker"] == "failed"
    parts = {"database": "ok", "migrations": "ok", "temporal": "ok", "worker": "ok"}
    assert answer.json() == {"ready": True, "why": {}} | parts


async def test_without_a_worker_the_process_is_alive_and_not_ready(still_web: Web) -> None:
    answer = await still_web.nobody.get("/readyz")
    assert (answer.status_code, answer.json()["worker"], answer.json()["temporal"]) == (503, "failed", "ok")
    assert "worker" in answer.json()["why"]
    assert (await still_web.nobody.get("/healthz")).json() == {"status": "ok"}


async def test_a_worker_that_is_given_nothing_makes_nobody_ready(still_web: Web) -> None:
    """With a build id, and no version current."""
    ideas = still_web.services.engine
    async with build_worker(ideas.client, ideas.task_queue, [], **pinned_to(ideas.task_queue, "v1")):
        while "no version is current" not in (await still_web.nobody.get("/readyz")).json()["why"].get("worker", ""):
            await asyncio.sleep(0.05)
        answer = await still_web.nobody.get("/readyz")
        assert (answer.status_code, "ideenweg upgrade --build-id v1" in answer.text) == (503, True)
        await ideas.deployment.begin_with("v1")
        while (await still_web.nobody.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.05)


async def test_nobody_serves_or_works_on_an_older_schema(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str, temporal: EmbeddedTemporal
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP TABLE alembic_version")
    settings = Settings(
        var=tmp_path,
        secret_key=SecretStr(KEY),
        database_url=SecretStr(database_url),
        temporal_address=temporal.address,
        pipeline=PIPELINE,
    )
    monkeypatch.setattr("api.app.load_settings", lambda: settings)
    app = create_app()
    with pytest.raises(NotServing, match="ideenweg migrate"):
        async with app.router.lifespan_context(app):
            raise AssertionError("it serves")
    with pytest.raises(SystemExit, match="ideenweg migrate"):
        await worker.main(settings)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "IDEENWEG_SECRET_KEY"),
        ({"secret_key": SecretStr(KEY)}, "DATABASE_URL"),
        ({"demo": True, "host": "0.0.0.0"}, "IDEENWEG_HOST"),
    ],
)
async def test_a_process_with_dangerous_settings_does_not_serve(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: dict[str, object], named: str
) -> None:
    settings = Settings(var=tmp_path, **given)  # type: ignore[arg-type]
    monkeypatch.setattr("api.app.load_settings", lambda: settings)
    app = create_app()
    with pytest.raises(NotServing, match=named):
        async with app.router.lifespan_context(app):
            raise AssertionError("it serves")


async def test_many_who_ask_at_once_share_one_look(still_web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    async def look(services: Services) -> Readiness:
        nonlocal looks
        looks += 1
        return await look_at_parts(services)

    monkeypatch.setattr("api.routes.health.look_at_parts", look)
    kept = KeptReadiness(seconds=3600)
    answers = await asyncio.gather(*(kept.read(still_web.services) for _ in range(20)))
    assert (looks, {answer.ready for answer in answers}) == (1, {False})
    kept.seconds = 0
    await kept.read(still_web.services)
    assert looks == 2
