"""An installation in which nobody is yet, in front of its pages."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from activities.adapters.mailer.mailbox import LocalMailbox
from activities.mails.letterhead import Letterhead
from api.runtime.services import Services
from models.database import Database
from tests.api.conftest import Web, borrow_app, give_back_app, make_services, open_client
from workflows.worker import build_activities, build_worker


@pytest.fixture
def services(database: Database, database_url: str, client: Client, tmp_path: Path) -> Services:
    return make_services(database, database_url, client, tmp_path)


@pytest.fixture
async def empty_web(services: Services) -> AsyncIterator[Web]:
    """The application with a worker, and without a single account."""
    web = Web(services, borrow_app(services))
    web.clients[""] = open_client(web.app)
    mailer, letterhead = LocalMailbox(services.database), Letterhead.of(services.settings, services.policy)
    activities = build_activities(services.database, services.engine, mailer, services.policy, letterhead)
    try:
        async with build_worker(services.engine.client, services.settings.task_queue, activities, debug_mode=True):
            yield web
    finally:
        await web.close()
        give_back_app(web.app, services)
