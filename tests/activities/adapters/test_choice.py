"""Which platform is spoken to is a setting, and a setting that could do harm is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from activities.adapters.crowdfunding import build_platform
from models.settings import Settings, describe_errors
from models.vocabulary import CampaignStatus


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEMO", "CROWDFUNDING", "STARTNEXT_CONSENT", "STARTNEXT_CREDENTIAL", "STARTNEXT_STATUSES"):
        monkeypatch.delenv(f"IDEENWEG_{name}", raising=False)


@pytest.mark.parametrize(
    ("settings", "built", "name"),
    [
        ({}, "StartnextManual", "startnext"),
        ({"demo": True}, "Sandbox", "sandbox"),
        ({"demo": True, "crowdfunding": "startnext_manual"}, "StartnextManual", "startnext"),
        ({"crowdfunding": "sandbox"}, "Sandbox", "sandbox"),
        ({"crowdfunding": "startnext_api"}, "StartnextApi", "startnext"),
    ],
)
def test_the_operator_chooses_the_platform(settings: dict[str, Any], built: str, name: str) -> None:
    platform = build_platform(Settings(**settings))
    assert (type(platform).__name__, platform.name) == (built, name)


def test_startnext_is_one_platform_with_and_without_reading() -> None:
    by_hand, with_reading = (build_platform(Settings(crowdfunding=c)) for c in ("startnext_manual", "startnext_api"))
    assert by_hand.read_address("startnext.com/a") == with_reading.read_address("startnext.com/a")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CROWDFUNDING", "kickstarter"),
        ("STARTNEXT_CONSENT", "yes"),
        ("STARTNEXT_CONSENT", "on 2026-13-40"),
        ("STARTNEXT_CREDENTIAL", "snx_proj_geheim"),
        ("STARTNEXT_CREDENTIAL", "../../etc/geheim"),
        ("STARTNEXT_CREDENTIAL", "geheim key"),
        ("STARTNEXT_AMOUNTS", "dollar"),
        ("STARTNEXT_STATUSES", "active"),
        ("STARTNEXT_STATUSES", "active=live"),
        ("STARTNEXT_STATUSES", "active=funding, done=paid_out"),
        ("STARTNEXT_URL", "http://www.startnext.com/api"),
        ("STARTNEXT_URL", "https://geheim@www.startnext.com/api"),
        ("STARTNEXT_URL", "https://"),
        ("STARTNEXT_URL", "https://[/api"),
        ("STARTNEXT_URL", "https://www.startnext.com/api?x=1"),
    ],
)
def test_a_setting_that_is_wrong_is_named_but_never_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"IDEENWEG_{name}", value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    [problem] = describe_errors(caught.value)
    assert problem.startswith(f"IDEENWEG_{name}: ")
    assert "geheim" not in problem


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().startnext_statuses == {"active": CampaignStatus.FUNDING}
    monkeypatch.setenv("IDEENWEG_CROWDFUNDING", "startnext_api")
    monkeypatch.setenv("IDEENWEG_STARTNEXT_CONSENT", "letter of 2026-11-03")
    monkeypatch.setenv("IDEENWEG_STARTNEXT_CREDENTIAL", "startnext-key")
    monkeypatch.setenv("IDEENWEG_STARTNEXT_STATUSES", "active=funding, finished = ended_successful,")
    monkeypatch.setenv("IDEENWEG_STARTNEXT_URL", "http://127.0.0.1:4000/api/")
    settings = Settings()
    assert settings.may_read_startnext
    assert settings.startnext_url == "http://127.0.0.1:4000/api"
    assert settings.startnext_statuses == {
        "active": CampaignStatus.FUNDING,
        "finished": CampaignStatus.ENDED_SUCCESSFUL,
    }
