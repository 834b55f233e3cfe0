"""Where somebody asks from is what a trusted proxy says, or the line itself."""

import pytest
import uvicorn
from typer.testing import CliRunner

from api.cli import app
from tests.api.conftest import KEY


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
