"""One real installation and one browser for all who look at pages: started once, with an idea in each kind of place."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser
from sqlalchemy import update
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from api.embedded.ports import find_free_port
from api.embedded.postgres import EmbeddedPostgres
from api.embedded.temporal import EmbeddedTemporal
from models.database import Database
from models.tables import Account
from tests.api.conftest import Web, make_services, open_web
from tests.conftest import make_database
from tests.e2e.browsing import open_chromium
from tests.factories import BEN, invite_cast, write_feedback, write_idea

STATES = ("screening", "clarification", "working", "piloting", "editing", "published")
"""An idea of Alma's waits in each of them; the last one has told its story."""


@dataclass(frozen=True)
class Site:
    """A server on a port of its own, and what its pages are about."""

    url: str
    web: Web
    ideas: dict[str, str]
    """State → id."""


@pytest.fixture(scope="session")
async def site(postgres: EmbeddedPostgres, temporal: EmbeddedTemporal, services_home: Path) -> AsyncIterator[Site]:
    """Demo mode, everything works. Tests share it, so they look at ideas of the cast or hand in their own."""
    database_url = make_database(postgres, "site")
    client = await Client.connect(temporal.address, data_converter=pydantic_data_converter)
    database = Database(database_url)
    await invite_cast(database, ben_has_places=20)
    async with database.transaction() as session:
        await session.exec(update(Account).values(demo=True))
    port = find_free_port()
    services = make_services(database, database_url, client, services_home / "site", demo=True, port=port)
    async with open_web(services) as web:
        ideas = {state: await web.bring_to(state) for state in STATES}
        ideas["draft"] = await write_idea(database)
        # Ben is asked whether he takes it on.
        ideas["matching"] = await web.bring_to("matching")
        await web.open_offer(ideas["matching"], BEN)
        await write_feedback(database)
        server = uvicorn.Server(uvicorn.Config(web.app, host="127.0.0.1", port=port, lifespan="off", log_config=None))
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield Site(services.settings.base_url, web, ideas)
        finally:
            server.should_exit = True
            await serving
    await database.dispose()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with open_chromium() as opened:
        yield opened
