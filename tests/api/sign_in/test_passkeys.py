"""Passkeys: one tap comes in and steps up, and nothing else than the device that was asked does."""

from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from api.web.cookies import SESSION
from models.settings import Settings
from models.tables import Account, AuditEntry, Challenge, Passkey, SessionRow
from models.tables.columns import utc_now
from models.vocabulary import AuditEvent, SignInMethod
from tests.api.conftest import Web, open_client
from tests.api.device import PRESENT, Device
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.api.sign_in.conftest import HOME
from tests.factories import ALMA, BEN, CARLA

DEVICES = "/einstellungen/geraete"


async def make(client: httpx.AsyncClient, device: Device, name: str = "Telefon") -> httpx.Response:
    asked = await client.post(f"{DEVICES}/passkeys/aufgabe", data={}, headers=OWN_SITE)
    assert asked.status_code == 200, asked.text
    data = {"antwort": device.make(asked.json()), "name": name}
    return await client.post(f"{DEVICES}/passkeys", data=data, headers=OWN_SITE)


async def ask(client: httpx.AsyncClient) -> dict[str, Any]:
    asked = await client.post("/anmelden/passkey/aufgabe", data={}, headers=OWN_SITE)
    assert asked.status_code == 200, asked.text
    return dict(asked.json())


async def use(client: httpx.AsyncClient, answer: str, weiter: str = "") -> httpx.Response:
    return await client.post("/anmelden/passkey", data={"antwort": answer, "weiter": weiter}, headers=OWN_SITE)


def long_ago(web: Web) -> datetime:
    return utc_now() - web.services.settings.step_up_within * 2


async def audited(web: Web, event: AuditEvent) -> list[tuple[str, str | None]]:
    async with web.database.session() as session:
        those = select(AuditEntry.outcome, AuditEntry.account_id).where(AuditEntry.event == event)
        return [(outcome, account) for outcome, account in await session.exec(those.order_by(col(AuditEntry.id)))]


async def test_carla_makes_a_passkey_and_comes_in_with_one_tap(named_web: Web) -> None:
    web, device = named_web, Device(HOME)
    assert (await make(web.carla, device)).headers["location"] == f"{DEVICES}?meldung=passkey_added"
    assert "Telefon" in words_of((await web.carla.get(DEVICES)).text)
    async with open_client(web.app) as browser:
        assert 'data-passkey="/anmelden/passkey/aufgabe"' in (await browser.get("/anmelden")).text
        asked = await ask(browser)
        assert (asked["rpId"], asked["userVerification"], asked["allowCredentials"]) == ("localhost", "required", [])
        answer = await use(browser, device.sign(asked), "/haengt-fest?seite=2")
        assert (answer.status_code, answer.headers["location"]) == (303, "/haengt-fest?seite=2")
        # It is both factors in one: nothing else is asked for.
        assert (await browser.get("/leitung")).status_code == 200
    async with web.database.session() as session:
        passkey = (await session.exec(select(Passkey))).one()
        methods = select(SessionRow.method).where(SessionRow.account_id == CARLA)
        assert SignInMethod.PASSKEY in (await session.exec(methods)).all()
    assert (passkey.sign_count, passkey.last_used_at is not None) == (1, True)
    assert await audited(web, AuditEvent.PASSKEY_ADDED) == [("done", CARLA)]


async def test_nothing_else_comes_in(named_web: Web, subtests: pytest.Subtests) -> None:
    web, device, of_ben = named_web, Device(HOME), Device(HOME)
    await make(web.carla, device)
    await make(web.ben, of_ben)
    strange, foreign = Device(HOME, holder=device.holder), Device("https://boese.example")
    foreign.key, foreign.credential_id, foreign.holder = device.key, device.credential_id, device.holder
    asleep = Device(HOME, flags=PRESENT, key=device.key, credential_id=device.credential_id, holder=device.holder)
    as_ben = Device(HOME, key=device.key, credential_id=device.credential_id, holder=of_ben.holder)
    for name, one in (
        ("a passkey that nobody has", strange),
        ("signed for another site", foreign),
        ("nobody has looked at the device", asleep),
        ("somebody else is named as its holder", as_ben),
    ):
        with subtests.test(name):
            async with open_client(web.app) as browser:
                answer = await use(browser, one.sign(await ask(browser)))
                assert answer.status_code == 403
                assert "Mit diesem Passkey hat es nicht geklappt" in words_of(answer.text)
                assert SESSION not in browser.cookies
    half = '{"rawId": "AA", "response": {"userHandle": "AA"}}'
    for text in ("", "{}", "[]", "null", '{"rawId": 1}', half, "x" * 30000):
        with subtests.test(text[:20]):
            async with open_client(web.app) as browser:
                await ask(browser)
                assert (await use(browser, text)).status_code == 403
    async with open_client(web.app) as browser, open_client(web.app) as thief:
        with subtests.test("what another browser was asked"):
            asked = await ask(browser)
            await ask(thief)
            assert (await use(thief, device.sign(asked))).status_code == 403
        with subtests.test("once"):
            signed = device.sign(asked)
            assert (await use(browser, signed)).status_code == 303
            assert (await use(thief, signed)).status_code == 403
        with subtests.test("too late"):
            asked = await ask(thief)
            async with web.database.transaction() as session:
                await session.exec(update(Challenge).values(expires_at=utc_now()))
            assert (await use(thief, device.sign(asked))).status_code == 403
        with subtests.test("a copy that counts as before"):
            asked, device.sign_count = await ask(thief), 0
            assert (await use(thief, device.sign(asked))).status_code == 403
        with subtests.test("blocked"):
            async with web.database.transaction() as session:
                await session.exec(update(Account).where(col(Account.id) == CARLA).values(blocked_at=utc_now()))
            device.sign_count = 10
            assert (await use(thief, device.sign(await ask(thief)))).status_code == 403
    refused = [outcome for outcome, _ in await audited(web, AuditEvent.SIGN_IN) if outcome != "done"]
    assert {"answer", "challenge", "holder", "unknown"} == set(refused)


async def test_a_passkey_is_made_in_ones_own_fresh_session_alone(named_web: Web) -> None:
    web, device = named_web, Device(HOME)
    asked = (await web.carla.post(f"{DEVICES}/passkeys/aufgabe", data={}, headers=OWN_SITE)).json()
    stolen = await web.ben.post(f"{DEVICES}/passkeys", data={"antwort": device.make(asked)}, headers=OWN_SITE)
    assert stolen.status_code == 403
    for flags, origin in ((PRESENT, HOME), (PRESENT | 4, "http://localhost:1")):
        assert (await make(web.carla, Device(origin, flags=flags))).status_code == 403
    assert (await make(web.carla, device)).status_code == 303
    twin = await make(web.ben, Device(HOME, key=device.key, credential_id=device.credential_id))
    assert twin.status_code == 403
    async with web.database.transaction() as session:
        await session.exec(update(SessionRow).values(proved_at=long_ago(web)))
    assert (await web.carla.post(f"{DEVICES}/passkeys/aufgabe", data={}, headers=OWN_SITE)).status_code == 403
    async with open_client(web.app) as nobody:
        assert (await nobody.post(f"{DEVICES}/passkeys/aufgabe", data={}, headers=OWN_SITE)).status_code == 401


async def test_a_passkey_steps_up_in_the_very_session(named_web: Web) -> None:
    web, device, of_ben = named_web, Device(HOME), Device(HOME)
    await make(web.carla, device)
    await make(web.ben, of_ben)
    async with open_client(web.app) as browser:
        await use(browser, device.sign(await ask(browser)))
        old = browser.cookies[SESSION]
        async with web.database.transaction() as session:
            await session.exec(update(SessionRow).values(proved_at=long_ago(web)))
        assert (await browser.get("/gespraeche.csv")).status_code == 403
        page = await browser.get("/anmelden/bestaetigen?weiter=/gespraeche.csv")
        assert "Mit Passkey bestätigen" in words_of(page.text)
        # Somebody else's does not, and whoever is signed in stays so.
        assert (await use(browser, of_ben.sign(await ask(browser)))).status_code == 403
        answer = await use(browser, device.sign(await ask(browser)), "/gespraeche.csv")
        assert answer.headers["location"] == "/gespraeche.csv"
        assert (await browser.get("/gespraeche.csv")).status_code == 200
        assert browser.cookies[SESSION] != old
    assert await audited(web, AuditEvent.STEP_UP) == [("done", CARLA)]


async def test_ones_own_passkeys_are_named_and_removed_and_nobody_elses(named_web: Web) -> None:
    web = named_web
    await make(web.alma, Device(HOME), "  Laptop\nim Büro ")
    async with web.database.session() as session:
        passkey = (await session.exec(select(Passkey))).one()
    assert passkey.name == "Laptop im Büro"
    path = f"{DEVICES}/passkeys/{passkey.id}"
    for other in (web.dora, web.carla):
        assert (await other.post(path, data={"name": "Meins"}, headers=OWN_SITE)).status_code == 404
        assert (await other.post(f"{path}/entfernen", data={}, headers=OWN_SITE)).status_code == 404
    assert (await web.alma.post(path, data={"name": "Laptop"}, headers=OWN_SITE)).status_code == 303
    assert "Laptop" in words_of((await web.alma.get(DEVICES)).text)
    assert (await web.alma.post(f"{path}/entfernen", data={}, headers=OWN_SITE)).status_code == 303
    assert await audited(web, AuditEvent.PASSKEY_REMOVED) == [("done", ALMA)]
    # The last second factor of staff stays until there is another one.
    await make(web.ben, Device(HOME))
    async with web.database.session() as session:
        of_ben = (await session.exec(select(Passkey.id).where(Passkey.account_id == BEN))).one()
    kept = await web.ben.post(f"{DEVICES}/passkeys/{of_ben}/entfernen", data={}, headers=OWN_SITE)
    assert kept.headers["location"].endswith("meldung=last_factor")
    assert "letzter zweiter Nachweis" in words_of((await web.ben.get(kept.headers["location"])).text)


async def test_where_pages_have_no_name_there_are_no_passkeys(still_web: Web) -> None:
    assert "data-passkey" not in (await still_web.nobody.get("/anmelden")).text
    assert "Unter dieser Adresse" in words_of((await still_web.alma.get(DEVICES)).text)
    hosts = {
        "https://ideen.example.org": "ideen.example.org",
        "http://localhost:8000": "localhost",
        "http://ideen.example.org": None,
        "https://192.0.2.7": None,
        "http://127.0.0.1:8000": None,
    }
    assert {url: Settings(public_url=url).passkey_host for url in hosts} == hosts
