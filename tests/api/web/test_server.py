"""The server of a web process sleeps while nobody asks, and stops as soon as it is asked to."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from api.web.http_connection import SERVED_WITH
from api.web.server import RestingServer


class Unsignalled(RestingServer):
    """Leaves the signals of this process to the test run."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest.mark.parametrize("asked", ["while it sleeps", "before it serves"])
async def test_who_asks_it_to_stop_does_not_wait_for_its_next_look(monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    monkeypatch.setattr("api.web.server.TICK_SECONDS", 24 * 3600)
    server = Unsignalled(uvicorn.Config(FastAPI(), port=0, lifespan="off", **SERVED_WITH))
    if asked == "before it serves":
        server.handle_exit(signal.SIGTERM, None)
    serving = asyncio.create_task(server.serve())
    if asked == "while it sleeps":
        while not server.started:
            await asyncio.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://{host}:{port}/nowhere")
        assert (answer.status_code, "date" in answer.headers) == (404, True)
        server.handle_exit(signal.SIGTERM, None)
    await serving
    assert server.should_exit
