"""The embedded Temporal server as a real server."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from api.operations.embedded import EmbeddedTemporal
from workflows.search_attributes import SearchAttributes, list_missing

pytestmark = pytest.mark.services


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedTemporal]:
    temporal = EmbeddedTemporal(tmp_path / "temporal", search_attributes={"IdeaStage": "Keyword"})
    yield temporal
    await temporal.stop()


async def test_it_takes_work_and_shows_its_ui(server: EmbeddedTemporal) -> None:
    address = await server.start()
    client = await Client.connect(address)
    assert (await client.count_workflows("IdeaStage = 'identify'")).count == 0
    assert await list_missing(client) == ["Kind", "Office", "Stage"], "doctor says how to register them"
    assert await SearchAttributes(client).options("idea", "dresden", "identify") == {}, "a start goes without them"
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"{server.ui_url}/")).status_code == 200


async def test_workflows_survive_a_killed_server(server: EmbeddedTemporal) -> None:
    client = await Client.connect(await server.start())
    await client.start_workflow("Identify", id="idea/1", task_queue="nobody")
    assert server.child is not None
    server.child.process.send_signal(signal.SIGKILL)
    await server.child.wait()
    client = await Client.connect(await server.start())
    assert (await client.get_workflow_handle("idea/1").describe()).id == "idea/1"


async def test_it_keeps_its_port_and_its_closed_runs(server: EmbeddedTemporal) -> None:
    first = await server.start()
    await server.stop()
    assert await server.start() == first
    client = await Client.connect(first)
    described = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
    assert described.config.workflow_execution_retention_ttl.ToTimedelta().days == 90


async def test_it_listens_on_loopback_only(server: EmbeddedTemporal) -> None:
    await server.start()
    assert server.child is not None
    listening = [c for c in psutil.Process(server.child.pid).net_connections("all") if c.status == psutil.CONN_LISTEN]
    assert {connection.laddr[0] for connection in listening} == {"127.0.0.1"}
