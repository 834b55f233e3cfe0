"""One real installation and one browser for all who look at pages: started once, with an idea in each kind of place."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser
from sqlalchemy import update

from api.operations.embedded.network_ports import find_free_port
from api.operations.embedded.postgres import EmbeddedPostgres
from api.operations.embedded.temporal import EmbeddedTemporal
from models.database import Database
from models.tables import Account, CoachProfile
from models.vocabulary import Role
from tests.api.conftest import Web, make_services, open_web
from tests.api.town import furnish
from tests.conftest import connect_signed, make_database
from tests.e2e.browsing import Watcher, open_as, open_chromium
from tests.e2e.people import DESK, PATIENCE, Person
from tests.factories import account_id, invite_cast


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is dear to set up begins together, where each of the processes of `make test` begins.

    Each is given as many in this order. Whoever is ready takes from the end of another's, so that what stands first
    stays with one process: two would set up the same twice, and nothing long is left for the end.
    """
    groups: dict[str, list[pytest.Item]] = {"site": [], "installation": [], "town": [], "": []}
    for item in items:
        groups[dear_part_of(item)].append(item)
    others = iter(groups.pop(""))
    share = len(items) // getattr(config, "workerinput", {}).get("workercount", 1)
    items.clear()
    for group in groups.values():
        items += [*group, *itertools.islice(others, max(share - len(group), 0))]
    items += others


def dear_part_of(item: pytest.Item) -> str:
    if item.path.stem in ("test_make_run", "test_first_day"):
        return "installation"
    if item.get_closest_marker("slow") is None:
        return ""
    return {"e2e": "site", "chaos": "town"}.get(item.path.parent.name, "")


@dataclass(frozen=True)
class Site:
    """A server on a port of its own, and what its pages are about."""

    url: str
    web: Web
    ideas: dict[str, str]
    """State → id, and what else addresses name: see `tests.api.town`."""


@dataclass(frozen=True)
class Neighbours:
    """The ids of Emil, who hands in ideas, and of Frieda, who coaches in Chemnitz."""

    emil: str
    frieda: str


ComeIn = Callable[..., Awaitable[Person]]
"""Takes the account that signs in by one click (nobody, where it is empty) and the options of the device."""


@pytest.fixture(scope="session")
async def site(postgres: EmbeddedPostgres, temporal: EmbeddedTemporal, services_home: Path) -> AsyncIterator[Site]:
    """Demo mode, everything works. Tests share it, so they look at ideas of the cast or hand in their own."""
    database_url = make_database(postgres, "site")
    client = await connect_signed(temporal.address)
    database = Database(database_url)
    await invite_cast(database, ben_has_places=40)
    async with database.transaction() as session:
        await session.exec(update(Account).values(demo=True))
    port = find_free_port()
    services = make_services(database, database_url, client, services_home / "site", demo=True, port=port)
    async with open_web(services) as web:
        ideas = await furnish(web)
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


@pytest.fixture(scope="session")
async def neighbours(site: Site) -> Neighbours:
    """People of the journeys' own, so that nobody else's lists change."""
    emil, frieda = account_id("emil"), account_id("frieda")
    async with site.web.database.transaction() as session:
        for its_id, name, role, office in (
            (emil, "emil", Role.INNOVATOR, None),
            (frieda, "frieda", Role.COACH, "chemnitz"),
        ):
            email = f"{name}@example.org"
            session.add(Account(id=its_id, email=email, name=name.title(), roles=[role], office=office, demo=True))
        await session.flush()
        session.add(
            CoachProfile(account_id=frieda, districts=["DED41"], themes=["youth"], languages=["de"], capacity=20)
        )
    await site.web.invite(emil, frieda)
    return Neighbours(emil, frieda)


@pytest.fixture
async def come_in(site: Site, browser: Browser) -> AsyncIterator[ComeIn]:
    """Lets people come in, each with a device of their own. At the end, no page of theirs has done what it must not."""
    everybody: list[Person] = []

    async def enter(account: str = "", **device: Any) -> Person:
        context = await open_as(browser, site.url, account, reduced_motion="reduce", **(device or DESK))
        context.set_default_timeout(PATIENCE)
        watcher = Watcher(context, site.url)
        person = Person(await context.new_page(), watcher, touch=bool(device.get("has_touch")))
        everybody.append(person)
        return person

    yield enter
    for person in everybody:
        await person.page.context.close()
    assert [fault for person in everybody for fault in person.watcher.faults] == []
