"""Who asks too often waits; where somebody asks from is what a trusted proxy says, or the line itself."""

from typing import Any

import pytest
import uvicorn
from fastapi import Request
from limits import parse
from typer.testing import CliRunner

from api.cli import app
from api.problems import ProblemError
from api.sign_in import brakes
from api.sign_in.brakes import Brakes, Slowed
from api.sign_in.slowing import network_of, slow_down
from tests.api.conftest import KEY


class Here:
    """All that slowing down wants of the services."""

    def __init__(self) -> None:
        self.brakes = Brakes()


def ask_from(host: str | None) -> Request:
    return Request({"type": "http", "client": (host, 1) if host is not None else None, "headers": []})


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("testclient", "testclient"),
        (None, ""),
    ],
)
def test_a_network_is_an_address_or_a_household(host: str | None, network: str) -> None:
    assert network_of(ask_from(host)) == network


async def test_an_account_is_slowed_wherever_it_asks_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(brakes.LIMITS, Slowed.HAND_IN, parse("2 per hour"))
    services: Any = Here()
    for peer in ("198.51.100.1", "198.51.100.2"):
        await slow_down(ask_from(peer), services, Slowed.HAND_IN, "alma")
    with pytest.raises(ProblemError) as slowed:
        await slow_down(ask_from("198.51.100.3"), services, Slowed.HAND_IN, "alma")
    assert slowed.value.status == 429
    assert 0 < int(slowed.value.headers["Retry-After"]) <= 3600
    await slow_down(ask_from("198.51.100.3"), services, Slowed.HAND_IN, "dora")
    await slow_down(ask_from("198.51.100.3"), services, Slowed.SIGN_IN, "alma")


@pytest.mark.parametrize(("trusted", "believed"), [("", False), ("172.18.0.0/16, 10.0.0.7", True)])
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
