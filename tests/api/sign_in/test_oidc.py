"""The staff come in through their provider; nobody else does, and nothing that the provider did not say counts."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import update
from sqlmodel import col, select
from temporalio.client import Client

from api.operations.doctor import Level, check_sign_in
from api.web.cookies import SESSION
from models.database import Database
from models.settings import Settings
from models.tables import Account, AuditEntry, SignIn
from models.tables.columns import utc_now
from models.vocabulary import AuditEvent, Role
from tests.api.conftest import Web, make_services, open_client, open_web
from tests.api.pages.conftest import words_of
from tests.api.provider import CLIENT, SECRET, Provider
from tests.api.serving import serve
from tests.factories import CARLA, invite_cast


@dataclass
class Scene:
    """The application, and the provider of its staff on a port of this machine."""

    web: Web
    provider: Provider

    async def go(self, browser: httpx.AsyncClient, **params: str) -> dict[str, str]:
        """Sent to the provider, signed in there, and what the browser brings back."""
        away = await browser.get("/anmelden/dienst", params=params)
        assert away.status_code == 303
        assert away.headers["location"].startswith(f"{self.provider.issuer}/authorize?")
        return self.provider.authorize(away.headers["location"])

    async def sign_in(self, browser: httpx.AsyncClient, **params: str) -> httpx.Response:
        return await browser.get("/anmelden/dienst/zurueck", params=await self.go(browser, **params))


@pytest.fixture
async def scene(database: Database, database_url: str, client: Client, tmp_path: Path) -> AsyncIterator[Scene]:
    await invite_cast(database)
    provider = Provider()
    async with serve(provider.app()) as issuer:
        provider.issuer = issuer
        services = make_services(database, database_url, client, tmp_path)
        oidc = {"oidc_issuer": issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SecretStr(SECRET)}
        settings = services.settings.model_copy(update={**oidc, "oidc_name": "Keycloak der Beispielstadt"})
        async with open_web(replace(services, settings=settings), with_worker=False) as web:
            yield Scene(web, provider)


def browse(scene: Scene) -> httpx.AsyncClient:
    return open_client(scene.web.app)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_carla_comes_in_through_her_provider_and_goes_where_she_wanted(scene: Scene, algorithm: str) -> None:
    scene.provider.algorithm = algorithm
    async with browse(scene) as browser:
        assert "Weiter zu Keycloak der Beispielstadt" in words_of((await browser.get("/anmelden")).text)
        answer = await scene.sign_in(browser, weiter="/haengt-fest?seite=2")
        assert (answer.status_code, answer.headers["location"]) == (303, "/haengt-fest?seite=2")
        assert (await browser.get("/leitung")).status_code == 200
        sessions = words_of((await browser.get("/einstellungen/anmeldungen")).text)
        assert "Mit dem Konto der Einrichtung" in sessions
    asked = scene.provider.asked
    assert {asked["response_type"], asked["client_id"], asked["scope"]} == {"code", CLIENT, "openid email"}
    assert urlsplit(asked["redirect_uri"]).path == "/anmelden/dienst/zurueck"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3


async def test_what_a_provider_brings_back_counts_once_and_in_the_browser_that_left(scene: Scene) -> None:
    async with browse(scene) as browser, browse(scene) as thief:
        brought = await scene.go(browser)
        stolen = await thief.get("/anmelden/dienst/zurueck", params=brought)
        assert stolen.status_code == 403
        assert "in einem anderen Browser begonnen" in words_of(stolen.text)
        assert (await browser.get("/anmelden/dienst/zurueck", params=brought)).status_code == 303
        assert (await browser.get("/anmelden/dienst/zurueck", params=brought)).status_code == 403
        assert (await browser.get("/anmelden/dienst/zurueck")).status_code == 403
        late = await scene.go(thief)
        async with scene.web.database.transaction() as session:
            await session.exec(update(SignIn).values(expires_at=utc_now()))
        assert (await thief.get("/anmelden/dienst/zurueck", params=late)).status_code == 403
        assert SESSION not in thief.cookies


async def test_senseless_forms_from_the_same_network_leave_the_providers_button_as_it_is(scene: Scene) -> None:
    async with browse(scene) as stranger, browse(scene) as carla:
        found = [(await stranger.post("/anmelden", data={"email": "x"})).status_code for _ in range(62)]
        assert (found[0], found[-1]) == (422, 429)
        answer = await scene.sign_in(carla)
        assert answer.status_code == 303
        assert (await carla.get("/leitung")).status_code == 200


NOT_CARLA: dict[str, dict[str, Any]] = {
    "not verified": {"person": {"email": "carla@example.org", "email_verified": False}},
    "verified in words only": {"person": {"email": "carla@example.org", "email_verified": "true"}},
    "nothing said of it": {"person": {"email": "carla@example.org"}},
    "no address": {"person": {}},
    "somebody unknown": {"person": {"email": "erika@example.org", "email_verified": True}},
    "no staff": {"person": {"email": "alma@example.org", "email_verified": True}},
}
WRONG_TOKENS: dict[str, dict[str, Any]] = {
    "of another sign-in": {"claims": {"nonce": "another"}},
    "of no sign-in": {"claims": {"nonce": None}},
    "for somebody else": {"claims": {"aud": "another client"}},
    "for several, and not asked by us": {"claims": {"aud": [CLIENT, "another"], "azp": "another"}},
    "from somebody else": {"claims": {"iss": "https://idp.example.net"}},
    "of yesterday": {"claims": {"exp": 1_700_000_000}},
    "without an end": {"claims": {"exp": None}},
    "for another access token": {"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
    "not signed": {"algorithm": "none"},
    "signed with our own secret": {"algorithm": "HS256"},
    "signed by somebody else": {"forges": True},
}


async def test_nobody_else_comes_in(scene: Scene, subtests: pytest.Subtests) -> None:
    cases = [(name, values, "nobody") for name, values in NOT_CARLA.items()]
    cases += [(name, values, "token") for name, values in WRONG_TOKENS.items()]
    words = {"nobody": "Mit diesem Konto geht es hier nicht weiter", "token": "konnte nicht geprüft werden"}
    usual = Provider(scene.provider.issuer)
    for name, values, why in cases:
        with subtests.test(name):
            usual_values: dict[str, Any] = {key: getattr(usual, key) for key in values}
            for key, value in values.items():
                setattr(scene.provider, key, value)
            async with browse(scene) as browser:
                answer = await scene.sign_in(browser)
                assert answer.status_code == 403
                assert words[why] in words_of(answer.text)
                assert SESSION not in browser.cookies
                assert (await browser.get("/leitung")).status_code == 401
            for key, value in usual_values.items():
                setattr(scene.provider, key, value)
    async with browse(scene) as browser:
        assert (await scene.sign_in(browser)).status_code == 303


async def test_an_erased_lead_stays_outside(scene: Scene) -> None:
    async with scene.web.database.transaction() as session:
        carla = await session.get_one(Account, CARLA)
        carla.erased_at, carla.roles = utc_now(), [str(Role.LEAD)]
    async with browse(scene) as browser:
        assert (await scene.sign_in(browser)).status_code == 403


async def test_an_address_that_only_userinfo_tells_counts_too_if_it_is_of_the_same_person(scene: Scene) -> None:
    scene.provider.person = {}
    scene.provider.userinfo = {"email": "Carla@Example.org", "email_verified": True}
    for sub, status in (("43", 403), ("42", 303)):
        scene.provider.userinfo["sub"] = sub
        async with browse(scene) as browser:
            assert (await scene.sign_in(browser)).status_code == status


async def test_a_provider_may_change_its_keys(scene: Scene) -> None:
    for name in ("first", "second"):
        scene.provider.change_keys(name)
        async with browse(scene) as browser:
            assert (await scene.sign_in(browser)).status_code == 303


async def test_a_provider_that_refuses_or_is_another_one_signs_nobody_in(scene: Scene) -> None:
    async with browse(scene) as browser:
        brought = await scene.go(browser)
        denied = await browser.get(
            "/anmelden/dienst/zurueck", params={"state": brought["state"], "error": "access_denied"}
        )
        assert denied.status_code == 403
        assert "nicht abgeschlossen" in words_of(denied.text)
        brought = await scene.go(browser)
        assert (await browser.get("/anmelden/dienst/zurueck", params=brought | {"code": "x"})).status_code == 403
        elsewhere = replace(scene.web.services)
        scene.web.app.state.services = elsewhere
        scene.provider.issuer = "https://idp.example.net"
        away = await browser.get("/anmelden/dienst")
        assert away.status_code == 503
        assert "Einen Moment bitte" in words_of(away.text)


async def test_without_configuration_there_is_no_provider(still_web: Web) -> None:
    assert "/anmelden/dienst" not in (await still_web.nobody.get("/anmelden")).text
    for path in ("/anmelden/dienst", "/anmelden/dienst/zurueck?state=x&code=y"):
        assert (await still_web.nobody.get(path)).status_code == 404


@pytest.mark.parametrize("issuer", ["http://idp.example.org", "idp.example.org", "https://idp.example.org/?realm=a"])
def test_an_issuer_is_reached_over_an_encrypted_line(issuer: str) -> None:
    with pytest.raises(ValueError, match="discovery document"):
        Settings(oidc_issuer=issuer)


def test_half_a_configuration_is_told(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, oidc_issuer="https://idp.example.org/realms/a", oidc_client_id="x")
    assert any("IDEENWEG_OIDC_CLIENT_SECRET" in problem for problem in settings.problems_before_serving())
    assert not settings.has_oidc
    told = check_sign_in(settings)
    assert [(finding.level, finding.remedy) for finding in told] == [
        (Level.FAIL, "Set IDEENWEG_OIDC_CLIENT_SECRET, too, or none of the three.")
    ]
    assert Settings(var=tmp_path).missing_for_oidc == []
    assert check_sign_in(Settings(var=tmp_path)) == []


def test_a_proxy_that_nobody_trusts_is_told(tmp_path: Path) -> None:
    behind = Settings(var=tmp_path, public_url="https://ideen.example.org")
    assert [finding.level for finding in check_sign_in(behind)] == [Level.FAIL]
    trusting = behind.model_copy(update={"trusted_proxies": "10.0.0.7, 172.18.0.0/16"})
    assert trusting.proxies == ["10.0.0.7", "172.18.0.0/16"]
    assert [finding.level for finding in check_sign_in(trusting)] == [Level.OK]
    with pytest.raises(ValueError, match="networks"):
        Settings(trusted_proxies="proxy.example.org")


async def test_the_first_sign_in_binds_and_from_then_on_the_subject_alone_counts(scene: Scene) -> None:
    async with browse(scene) as browser:
        assert (await scene.sign_in(browser)).status_code == 303
    async with scene.web.database.session() as session:
        carla = await session.get_one(Account, CARLA)
    assert (carla.oidc_issuer, carla.oidc_subject) == (scene.provider.issuer, "42")
    # Her address goes over to somebody else there: that person is nobody here.
    scene.provider.claims = {"sub": "43"}
    async with browse(scene) as browser:
        assert (await scene.sign_in(browser)).status_code == 403
    # She herself may have any address there, also one that is not verified.
    scene.provider.claims, scene.provider.person = {}, {"email": "neu@example.org", "email_verified": False}
    async with browse(scene) as browser:
        assert (await scene.sign_in(browser)).status_code == 303
    async with scene.web.database.session() as session:
        those = select(AuditEntry.outcome).where(AuditEntry.event == AuditEvent.SIGN_IN).order_by(col(AuditEntry.id))
        assert (await session.exec(those)).all() == ["done", "nobody", "done"]


@pytest.mark.parametrize("values", [{"proved_at": None}, {"blocked_at": utc_now()}, {"oidc_subject": "1"}])
async def test_an_address_binds_a_proved_account_of_staff_that_is_bound_to_nobody(
    scene: Scene, values: dict[str, Any]
) -> None:
    async with scene.web.database.transaction() as session:
        await session.exec(update(Account).where(col(Account.id) == CARLA).values(**values))
    async with browse(scene) as browser:
        assert (await scene.sign_in(browser)).status_code == 403


async def test_a_provider_alone_proves_the_address_of_who_was_asked_to_work_here(scene: Scene) -> None:
    alone = scene.web.services.settings.model_copy(update={"staff_sign_in": "provider"})
    object.__setattr__(scene.web.services, "settings", alone)
    scene.web.services.__dict__.pop("oidc", None)
    async with scene.web.database.transaction() as session:
        await session.exec(update(Account).where(col(Account.id) == CARLA).values(proved_at=None))
    async with browse(scene) as browser:
        assert (await scene.sign_in(browser)).status_code == 303
    async with scene.web.database.session() as session:
        carla = await session.get_one(Account, CARLA)
    assert (carla.oidc_subject, carla.proved_at is not None) == ("42", True)


async def test_whoever_is_signed_in_is_asked_there_once_more(scene: Scene) -> None:
    async with browse(scene) as browser:
        await scene.sign_in(browser)
        assert "prompt" not in scene.provider.asked
        before = browser.cookies[SESSION]
        answer = await scene.sign_in(browser, weiter="/gespraeche.csv")
        assert (answer.status_code, scene.provider.asked["prompt"]) == (303, "login")
        assert browser.cookies[SESSION] != before
    async with scene.web.database.session() as session:
        events = (await session.exec(select(AuditEntry.event).order_by(col(AuditEntry.id)))).all()
    assert events[-2:] == [AuditEvent.SIGN_IN, AuditEvent.STEP_UP]


def test_a_provider_alone_needs_a_provider(tmp_path: Path) -> None:
    alone = Settings(var=tmp_path, staff_sign_in="provider")
    assert any("IDEENWEG_STAFF_SIGN_IN" in problem for problem in alone.problems_before_serving())
    assert [finding.level for finding in check_sign_in(alone)] == [Level.FAIL]
    oidc = {"oidc_issuer": "https://idp.example.org", "oidc_client_id": "x", "oidc_client_secret": SecretStr("y")}
    whole = alone.model_copy(update=oidc)
    assert not any("IDEENWEG_STAFF_SIGN_IN" in problem for problem in whole.problems_before_serving())
    assert [finding.level for finding in check_sign_in(whole)] == [Level.OK]
    by_mail = whole.model_copy(update={"staff_sign_in": "mail"})
    assert [finding.level for finding in check_sign_in(by_mail)] == [Level.OK, Level.WARN]
