"""Where somebody asks from is what a trusted proxy says, or the line itself; and which names we are asked by."""

from typing import Any

import httpx
import pytest
import structlog
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr, ValidationError
from typer.testing import CliRunner
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.app import create_app
from api.cli import app
from api.operations.doctor import check_sign_in
from api.web.hosts import ForwardedFrom
from models.settings import Settings
from models.telemetry.metrics import REGISTRY
from tests.api.conftest import KEY, Web, open_client
from tests.api.pages.conftest import OWN_SITE

PUBLIC = "https://ideen.example.org"


@pytest.mark.parametrize(("trusted", "believed"), [("", False), ("none", False), ("172.18.0.0/16, 10.0.0.7", True)])
def test_only_a_trusted_proxy_is_believed(monkeypatch: pytest.MonkeyPatch, trusted: str, believed: bool) -> None:
    served: list[uvicorn.Config] = []
    monkeypatch.setattr("uvicorn.Server.run", lambda server: served.append(server.config))
    monkeypatch.setattr("signal.signal", lambda *_: None)
    environment = {
        "IDEENWEG_TRUSTED_PROXIES": trusted,
        "IDEENWEG_SECRET_KEY": KEY,
        "DATABASE_URL": "postgresql://nowhere:1/x",
        "TEMPORAL_ADDRESS": "nowhere:1",
    }
    assert CliRunner().invoke(app, ["web"], env=environment).exit_code == 0
    assert served[0].proxy_headers is believed
    if believed:
        assert served[0].forwarded_allow_ips == ["172.18.0.0/16", "10.0.0.7"]


# -- which proxies -----------------------------------------------------------------------------------------------


def settings_of(**values: Any) -> Settings:
    given: dict[str, Any] = {
        "secret_key": SecretStr(KEY),
        "database_url": "postgresql://x/y",
        "temporal_address": "x:1",
    }
    return Settings(**(given | values))


@pytest.mark.parametrize("reached", [{"public_url": PUBLIC}, {"public_url": PUBLIC, "host": "0.0.0.0"}])
def test_an_office_that_others_can_reach_names_its_proxies_or_says_that_there_are_none(reached: dict[str, str]) -> None:
    for forgotten in (None, "", " , "):
        settings = settings_of(**reached, trusted_proxies=forgotten)
        assert [problem for problem in settings.problems_before_serving() if "IDEENWEG_TRUSTED_PROXIES" in problem]
        assert [finding.level for finding in check_sign_in(settings)] == ["fail"]
    for named in ("none", "172.18.0.0/16", "10.0.0.7, 2001:db8::/48"):
        settings = settings_of(**reached, trusted_proxies=named)
        assert settings.problems_before_serving() == []
        assert "fail" not in [finding.level for finding in check_sign_in(settings)]


def test_on_this_machine_alone_nothing_is_asked_of_proxies() -> None:
    assert settings_of().problems_before_serving() == []
    with pytest.raises(ValidationError, match="or none"):
        settings_of(trusted_proxies="nobody")


async def test_a_proxy_that_nobody_has_named_is_told_once_and_counted_always() -> None:
    async def answer(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def ask(asked: Any) -> None:
        transport = httpx.ASGITransport(asked, client=("172.18.0.2", 50000))
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
            for _ in range(3):
                await client.get("/", headers={"X-Forwarded-For": "198.51.100.7"})
            await client.get("/")

    with structlog.testing.capture_logs() as logged:
        before = REGISTRY.get_sample_value("ideenweg_untrusted_forwards_total") or 0
        ours: Any = ForwardedFrom(answer)
        await ask(ProxyHeadersMiddleware(ours, trusted_hosts=["172.18.0.0/16"]))
        assert REGISTRY.get_sample_value("ideenweg_untrusted_forwards_total") == before
        await ask(ForwardedFrom(answer))
        assert REGISTRY.get_sample_value("ideenweg_untrusted_forwards_total") == before + 3
    assert [line["event"] for line in logged] == ["untrusted proxy"]


# -- which hosts -------------------------------------------------------------------------------------------------


def build_app(monkeypatch: pytest.MonkeyPatch, **values: Any) -> FastAPI:
    monkeypatch.setattr("api.app.load_settings", lambda: settings_of(public_url=PUBLIC, **values))
    return create_app()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("ideen.example.org", 200),
        ("IDEEN.example.org:443", 200),
        ("ideen.example.org:8443", 421),
        ("ideen.example.org.", 421),
        ("evil.example", 421),
        ("ideen.example.org@evil.example", 421),
        ("ideen.example.org/x", 421),
        ("localhost", 421),
        ("127.0.0.1:8000", 421),
        ("", 421),
        ("[", 421),
    ],
)
async def test_only_the_public_host_is_served_to_others(
    monkeypatch: pytest.MonkeyPatch, host: str, status: int
) -> None:
    async with open_client(build_app(monkeypatch, host="0.0.0.0"), careless=True) as client:
        found = await client.get("/api/v1/openapi.json", headers={"Host": host})
        assert found.status_code == status
        if status == 421:
            assert found.json()["code"] == "wrong_host"
            page = await client.get("/anmelden", headers={"Host": host})
            assert page.status_code == 421
            assert f"Diese Plattform finden Sie hier: {PUBLIC}" in page.text
            assert "evil" not in page.text
        assert (await client.get("/healthz", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "ideen.example.org"])
async def test_a_process_that_listens_on_this_machine_alone_takes_its_names_too(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    async with open_client(build_app(monkeypatch)) as client:
        assert (await client.get("/api/v1/openapi.json", headers={"Host": host})).status_code == 200
        assert (await client.get("/api/v1/openapi.json", headers={"Host": "evil.example"})).status_code == 421


async def test_a_slash_too_many_leads_nowhere_else(still_web: Web, subtests: pytest.Subtests) -> None:
    async with open_client(still_web.app) as browser:
        for path in ("/anmelden/", "/rueckmeldung/", "/api/v1/ideas/"):
            with subtests.test(path):
                for answer in (await browser.get(path), await browser.post(path, headers=OWN_SITE)):
                    assert answer.status_code == 404
                    assert "location" not in answer.headers
        assert (await browser.get("/anmelden")).status_code == 200
