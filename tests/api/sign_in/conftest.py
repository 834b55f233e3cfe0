"""An installation without demo data whose pages have a name, so that devices make passkeys for it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.client import Client

from models.database import Database
from tests.api.conftest import Web, make_services, open_web
from tests.factories import invite_cast

HOME = "http://localhost"


@pytest.fixture
async def named_web(database: Database, database_url: str, client: Client, tmp_path: Path) -> AsyncIterator[Web]:
    """Nobody works behind it: mails are written and not sent."""
    await invite_cast(database)
    services = make_services(database, database_url, client, tmp_path)
    settings = services.settings.model_copy(update={"public_url": HOME})
    async with open_web(replace(services, settings=settings), with_worker=False) as opened:
        yield opened
