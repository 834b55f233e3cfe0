"""A real browser with a device of its own: a lead sets up a passkey, and comes in by it with one tap."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser
from temporalio.client import Client

from api.operations.embedded.network_ports import find_free_port
from api.pages.kit.fields import mask
from api.use_cases.check_in_replies import links_of
from api.web.cookies import SESSION
from models.database import Database
from models.tables import Account
from models.vocabulary import SignInMethod
from tests.api.conftest import Web, make_services, open_web, write_session
from tests.api.serving import serve
from tests.e2e.browsing import Watcher
from tests.e2e.people import DESK, PATIENCE, PHONE, Person
from tests.factories import CARLA, invite_cast

pytestmark = [pytest.mark.services, pytest.mark.slow]

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""A laptop that looks at who holds it. https://chromedevtools.github.io/devtools-protocol/tot/WebAuthn/"""


@pytest.fixture
async def office(database: Database, database_url: str, client: Client, tmp_path: Path) -> AsyncIterator[Web]:
    """An installation without demo data, at an address with a name."""
    await invite_cast(database)
    port = find_free_port()
    services = make_services(database, database_url, client, tmp_path, port=port)
    settings = services.settings.model_copy(update={"public_url": f"http://localhost:{port}"})
    async with open_web(replace(services, settings=settings), with_worker=False) as web, serve(web.app, port=port):
        yield web


async def come(office: Web, browser: Browser, device: dict[str, Any]) -> Person:
    """Carla has proved her address in this browser, and nothing else."""
    url = office.services.settings.base_url
    async with office.database.transaction() as session:
        carla = await session.get_one(Account, CARLA)
        cookies = write_session(session, office.services, carla, method=SignInMethod.CODE, second=None)
    context = await browser.new_context(base_url=url, locale="de-DE", **device)
    context.set_default_timeout(PATIENCE)
    await context.add_cookies([{"name": SESSION, "value": cookies[SESSION], "url": url}])
    page = await context.new_page()
    cdp = await context.new_cdp_session(page)
    await cdp.send("WebAuthn.enable")
    await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return Person(page, Watcher(context, url), touch=bool(device.get("has_touch")))


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_lead_sets_up_a_passkey_and_comes_in_by_it(
    office: Web, browser: Browser, device: dict[str, Any]
) -> None:
    carla = await come(office, browser, device)
    await carla.opens("/leitung")
    await carla.arrives_at("Noch ein Schritt")
    await carla.main.follows("Weiter")
    await carla.arrives_at("Bitte sichern Sie Ihr Konto")
    await carla.misses("kann dieser Browser nicht")
    await carla.writes("Name des Geräts", "Mein Laptop")
    await carla.presses("Passkey einrichten")
    await carla.page.wait_for_url("**/leitung")
    await carla.page.context.clear_cookies()
    await carla.opens("/anmelden?weiter=/einstellungen/geraete")
    await carla.presses("Mit Passkey anmelden")
    await carla.arrives_at("Geräte und Anmeldung")
    await carla.sees("Mein Laptop", "Zuletzt benutzt")
    # From a notice in the mailbox it is one tap, too.
    await carla.page.context.clear_cookies()
    link = links_of(office.services).way(CARLA, "haengt-fest")
    await carla.opens(link)
    assert "carla" not in carla.page.url
    await carla.sees(f"Link an {mask('carla@example.org')} senden")
    await carla.presses("Mit Passkey anmelden")
    await carla.page.wait_for_url("**/haengt-fest")
    assert carla.watcher.faults == []
    await carla.page.context.close()
