"""The link that makes the first lead: once, for a day, as long as nobody leads; and what is closed until then."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from api.runtime.services import Services
from api.use_cases.staff.first_lead import open_set_up
from models.database import Database
from models.tables import Account, AuditEntry, PersonChange, SessionRow, SetUpLink
from models.tables.columns import utc_now
from models.vocabulary import AuditEvent, Role, SignInMethod
from tests.api.conftest import Web, open_client
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.api.sign_in_mails import read_mail
from tests.factories import invite_cast
from tests.html import mistakes_in
from tests.staff import write_staff_invitation

CARLA_SAYS = {"name": "Carla Clausen", "email": "Carla@Example.org", "office": "dresden"}


async def open_link(services: Services) -> str:
    address = await open_set_up(services)
    assert address is not None
    return address.removeprefix(services.settings.base_url)


async def list_rows(database: Database, table: Any) -> list[Any]:
    async with database.session() as session:
        return list((await session.exec(select(table))).all())


async def send(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    return await client.post(path, data=CARLA_SAYS | fields, headers=OWN_SITE)


async def test_whoever_has_the_link_becomes_the_first_lead_and_the_link_ends(empty_web: Web) -> None:
    web = empty_web
    path, other = await open_link(web.services), await open_link(web.services)
    assert "Welcome" in (await web.nobody.get(f"{path}?lang=en")).text
    assert await list_rows(web.database, Account) == [], "a look makes nobody"
    answer = await send(web.nobody, path)
    assert answer.status_code == 303, answer.text
    secured = await web.nobody.get(answer.headers["location"])
    assert 'action="/einstellungen/geraete/app"' in secured.text, "a lead needs a second factor before anything else"
    assert (await web.nobody.get("/menschen")).status_code == 403
    (carla,) = await list_rows(web.database, Account)
    assert (carla.email, carla.name, carla.roles, carla.office) == (
        "carla@example.org",
        "Carla Clausen",
        ["lead"],
        "dresden",
    )
    assert carla.proved_at is None, "what somebody types is no proof that its mail reaches them"
    (row,) = await list_rows(web.database, SessionRow)
    assert row.method == SignInMethod.SET_UP
    (change,) = await list_rows(web.database, PersonChange)
    assert (change.account_id, change.facts["first"]) == (carla.id, True)
    entry, come_in, refused = await list_rows(web.database, AuditEntry)
    assert (refused.event, refused.outcome) == (AuditEvent.REFUSED, "halfway")
    assert (come_in.event, come_in.account_id) == (AuditEvent.SIGN_IN, carla.id)
    assert (entry.event, entry.outcome, entry.subject_id) == (AuditEvent.PERSON_CHANGED, "done", carla.id)
    for over in (path, other):
        assert (await web.nobody.get(over)).status_code == 410
        assert (await send(web.nobody, over, email="boese@example.org")).status_code == 410
    assert await open_set_up(web.services) is None
    assert len(await list_rows(web.database, Account)) == 1


async def test_the_first_leads_address_is_proved_by_the_code_in_a_mail(empty_web: Web) -> None:
    web = empty_web
    assert (await send(web.nobody, await open_link(web.services))).status_code == 303
    (carla,) = await list_rows(web.database, Account)
    await web.invite(carla.id, "")
    client = web.clients[carla.id]
    for page in ("/menschen", "/meine-daten"):
        assert "Ihre Adresse ist noch nicht bestätigt" in words_of((await client.get(page)).text)
    asked = await client.post("/anmelden/bestaetigen", data={"weiter": "/menschen"}, headers=OWN_SITE)
    assert asked.headers["location"] == "/anmelden/code"
    mail = await read_mail(web, carla.id)
    opened = await client.get(mail.link)
    assert "Sie sind schon angemeldet" in words_of(opened.text), "the same mail has a link"
    assert "data-sends-itself" in opened.text
    assert "Jetzt anmelden" in (await web.nobody.get(mail.link)).text, "elsewhere it signs in"
    proved = await client.post("/anmelden/code", data={"code": mail.code}, headers=OWN_SITE)
    assert proved.headers["location"] == "/menschen"
    (carla,) = await list_rows(web.database, Account)
    assert carla.proved_at is not None
    assert "noch nicht bestätigt" not in words_of((await client.get("/menschen")).text)


async def test_where_the_provider_alone_opens_accounts_the_first_lead_goes_there(empty_web: Web) -> None:
    web = empty_web
    oidc = {"oidc_issuer": "https://idp.example.org", "oidc_client_id": "x", "oidc_client_secret": "y"}
    alone = web.services.settings.model_copy(update={"staff_sign_in": "provider", **oidc})
    object.__setattr__(web.services, "settings", alone)
    welcomed = await send(web.nobody, await open_link(web.services))
    assert (welcomed.status_code, 'href="/anmelden/dienst?weiter=/menschen' in welcomed.text) == (200, True)
    assert await list_rows(web.database, SessionRow) == []
    (carla,) = await list_rows(web.database, Account)
    assert (carla.roles, carla.signed_in_at) == (["lead"], None)
    for role, begins in ((Role.COACH, "/erste-schritte"), (Role.LEAD, "/heute")):
        _, secret = await write_staff_invitation(web.database, role=role, inviter_id=carla.id)
        page = await web.nobody.post(f"/mitarbeit/{secret}", data={"antwort": "ja", "name": "F"}, headers=OWN_SITE)
        assert (page.status_code, f'href="/anmelden/dienst?weiter={begins}' in page.text) == (200, True)
        assert mistakes_in(page.text) == []
    assert await list_rows(web.database, SessionRow) == []


async def test_two_at_once_make_one_lead(empty_web: Web) -> None:
    web = empty_web
    paths = [await open_link(web.services), await open_link(web.services)]
    browsers = [open_client(web.app) for _ in range(4)]
    tries = [send(browser, paths[n % 2], email=f"carla{n}@example.org") for n, browser in enumerate(browsers)]
    answers = await asyncio.gather(*tries)
    assert sorted(answer.status_code for answer in answers) == [303, 410, 410, 410]
    assert len(await list_rows(web.database, Account)) == 1
    for browser in browsers:
        await browser.aclose()


async def test_a_link_ends_after_a_day(empty_web: Web) -> None:
    path = await open_link(empty_web.services)
    async with empty_web.database.transaction() as session:
        await session.exec(update(SetUpLink).values(expires_at=utc_now() - timedelta(seconds=1)))
    assert (await empty_web.nobody.get(path)).status_code == 410
    assert (await send(empty_web.nobody, path)).status_code == 410
    assert (await empty_web.nobody.get("/einrichten/geraten")).status_code == 410


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "x" * 201), ("email", "carla"), ("email", "carla@localhost"), ("office", "nirgends")],
)
async def test_what_cannot_be_kept_is_told_beside_its_field(empty_web: Web, field: str, value: str) -> None:
    path = await open_link(empty_web.services)
    answer = await send(empty_web.nobody, path, **{field: value})
    assert answer.status_code == 422
    assert f'id="feld-{field}-fehler"' in answer.text
    assert await list_rows(empty_web.database, Account) == []


async def test_an_account_of_this_address_gets_the_role_unless_it_is_blocked(empty_web: Web) -> None:
    web, path = empty_web, await open_link(empty_web.services)
    async with web.database.transaction() as session:
        session.add(Account(email="carla@example.org", name="Carla", roles=["innovator"], blocked_at=utc_now()))
    assert (await send(web.nobody, path)).status_code == 422
    async with web.database.transaction() as session:
        await session.exec(update(Account).values(blocked_at=None))
    assert (await send(web.nobody, path)).status_code == 303
    (carla,) = await list_rows(web.database, Account)
    assert carla.roles == ["innovator", "lead"]


async def test_where_somebody_leads_there_is_no_link(services: Services) -> None:
    await invite_cast(services.database)
    assert await open_set_up(services) is None
    async with services.database.transaction() as session:
        leads = update(Account).where(col(Account.roles).contains(["lead"]))
        await session.exec(leads.values(blocked_at=utc_now()))
    assert await open_set_up(services) is not None, "a blocked lead reads nothing"


async def test_until_somebody_leads_no_idea_is_taken_and_pages_say_so_kindly(empty_web: Web) -> None:
    web = empty_web
    assert "Wir richten gerade ein" in words_of((await web.nobody.get("/")).text)
    for method, path in (("GET", "/einreichen"), ("POST", "/einreichen"), ("POST", "/einreichen/weiter")):
        answer = await web.nobody.request(method, path, headers=OWN_SITE)
        assert answer.status_code == 503, path
        assert "Wir richten gerade ein" in words_of(answer.text), path
    async with web.database.transaction() as session:
        session.add(Account(id=(dora := "00000000-0000-4000-8000-00000000d0a0"), email="d@example.org", name="Dora"))
    await web.invite(dora)
    idea = {"title": "Eine Idee", "summary": "Kurz."}
    refused = await web.clients[dora].post("/api/v1/ideas", json=idea)
    assert (refused.status_code, refused.json()["code"]) == (503, "setting_up")
    assert (await send(web.nobody, await open_link(web.services))).status_code == 303
    assert (await web.clients[dora].post("/api/v1/ideas", json=idea)).status_code == 201
    start = words_of((await web.nobody.get("/")).text)
    assert "Wir richten gerade ein" not in start
