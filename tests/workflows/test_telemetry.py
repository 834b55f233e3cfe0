"""A worker as a process: its log is JSON line by line, and one address has its figures and those of the SDK."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from temporalio.client import Client

from api.operations.embedded.network_ports import find_free_port
from api.operations.embedded.temporal import EmbeddedTemporal
from models.database import Database
from models.settings import PROJECT_ROOT, Settings
from models.tables.columns import new_id
from tests.factories import alma, command, invite_cast, new_state, write_idea
from tests.workflows.conftest import patiently
from workflows.client import EngineClient
from workflows.telemetry import SdkFigures, find_port, serve_figures

pytestmark = pytest.mark.services

TOKEN = "a token of a scraper"


class WorkerProcess:
    """`ideenweg worker` with figures on a port."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path, queue: str, port: int) -> None:
        self.process = process
        self.log = log
        self.queue = queue
        self.url = f"http://127.0.0.1:{port}/metrics"

    async def figures(self) -> set[str]:
        """The names of what it tells, once it listens."""
        async with httpx.AsyncClient(trust_env=False) as http:
            while True:
                assert self.process.returncode is None, self.log.read_text()
                try:
                    text = (await http.get(self.url)).raise_for_status().text
                except httpx.ConnectError:
                    await asyncio.sleep(0.1)
                else:
                    return {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}


@pytest.fixture
async def worker(temporal: EmbeddedTemporal, database_url: str, tmp_path: Path) -> AsyncIterator[WorkerProcess]:
    port, queue, log = find_free_port(), f"telemetry-{new_id()}", tmp_path / "worker.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("IDEENWEG_", "TEMPORAL_"))}
    environment |= {
        "DATABASE_URL": database_url,
        "TEMPORAL_ADDRESS": temporal.address,
        "IDEENWEG_TASK_QUEUE": queue,
        "IDEENWEG_METRICS_PORT": str(port),
        "IDEENWEG_VAR": str(tmp_path),
        "IDEENWEG_DEMO": "1",
        "IDEENWEG_SECRET_KEY": "a key of tests, long enough to sign",
        "PYTHONPATH": str(PROJECT_ROOT),
    }
    with log.open("w") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "api.cli", "worker"), env=environment, stdout=output, stderr=output
        )
    yield WorkerProcess(process, log, queue, port)
    if process.returncode is None:
        process.kill()
        await process.wait()


async def test_a_worker_tells_what_it_did_in_figures_and_lines(
    worker: WorkerProcess, client: Client, database: Database
) -> None:
    await invite_cast(database)
    await worker.figures()
    idea = await write_idea(database, title="canary-title")
    ideas, submitted = EngineClient(client, worker.queue), command("submit", alma)
    await patiently(lambda: ideas.submit(new_state(idea), submitted))
    while "ideenweg_activities_total" not in await worker.figures():
        await asyncio.sleep(0.05)
    told = await worker.figures()
    assert any(name.startswith("temporal_workflow_task") for name in told), "the SDK's own figures"
    worker.process.send_signal(signal.SIGTERM)
    assert await worker.process.wait() == 0
    lines = [json.loads(line) for line in worker.log.read_text().splitlines()]
    assert ("activity", "record", idea, "done") in {
        (line["event"], line.get("activity"), line.get("idea"), line.get("outcome")) for line in lines
    }
    assert {line["part"] for line in lines} == {"worker"}
    assert "canary" not in worker.log.read_text()


async def test_a_token_guards_the_figures_of_a_worker() -> None:
    settings = Settings(metrics_token=SecretStr(TOKEN))
    port = find_free_port()
    with serve_figures(settings, port, sdk_port=find_port()):
        async with httpx.AsyncClient(trust_env=False) as http:
            refused = await http.get(f"http://127.0.0.1:{port}/metrics")
            answer = await http.get(f"http://127.0.0.1:{port}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (refused.status_code, refused.text) == (401, "")
    assert "ideenweg_request_seconds" in answer.text


def test_figures_of_the_sdk_that_do_not_answer_are_left_out() -> None:
    assert list(SdkFigures(find_port()).collect()) == []
