"""The application behind a real server on this machine: what clients send is read by the parser that is shipped."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from api.web.http_connection import SERVED_WITH


class QuietServer(uvicorn.Server):
    """Leaves signals to the test run."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serve(app: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """The address of the application, with uvicorn as `ideenweg web` runs it."""
    config = uvicorn.Config(app, port=port, lifespan="off", timeout_graceful_shutdown=5, **SERVED_WITH)
    server = QuietServer(config)
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await serving
