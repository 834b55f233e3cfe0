"""Secrets as files: one mechanism for every setting that is one."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from models.mail_server import read_address
from models.secret_files import UnreadableSecret
from models.settings import Settings, describe_errors, variable_names
from models.temporal_connection import read_temporal_config

SECRETS = {
    variable: field
    for variable, field in variable_names().items()
    if "SecretStr" in str(Settings.model_fields[field].annotation)
}
VALUES = {"DATABASE_URL": "postgresql://a:b@c/d", "IDEENWEG_SMTP_URL": "smtps://a:b@c"}


def value_of(variable: str) -> str:
    return VALUES.get(variable, "a secret of tests that is long enough")


def read(field: str) -> str | None:
    found = getattr(Settings(), field)
    assert found is None or isinstance(found, SecretStr)
    return found.get_secret_value() if found is not None else None


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in SECRETS:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("IDEENWEG_SECRETS_DIR", str(tmp_path))
    return tmp_path


def test_the_secrets_are_those_that_are_known_to_be_secret() -> None:
    assert {"IDEENWEG_SECRET_KEY", "DATABASE_URL", "IDEENWEG_SMTP_URL", "IDEENWEG_OIDC_CLIENT_SECRET"} <= set(SECRETS)
    named = {variable for variable in variable_names() if variable.endswith(("_SECRET", "_TOKEN", "_KEY", "_PASSWORD"))}
    assert named <= set(SECRETS), "what sounds like a secret is one"


@pytest.mark.parametrize(("variable", "field"), SECRETS.items())
def test_a_secret_may_be_a_file_by_its_name_or_by_naming_it(
    variable: str, field: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read(field) is None
    (folder / variable).write_text(f"{value_of(variable)}\n")
    assert read(field) == value_of(variable)
    other = folder / "elsewhere"
    other.write_text(value_of(variable).replace("b", "x"))
    monkeypatch.setenv(f"{variable}_FILE", str(other))
    assert read(field) == value_of(variable).replace("b", "x")
    monkeypatch.setenv(variable, value_of(variable).replace("b", "y"))
    assert read(field) == value_of(variable).replace("b", "y")


def test_an_empty_file_is_no_secret_and_other_settings_are_in_no_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "IDEENWEG_SECRET_KEY").write_text("\n")
    (folder / "IDEENWEG_PORT").write_text("9999")
    monkeypatch.setenv("IDEENWEG_SMTP_URL_FILE", "/dev/null")
    settings = Settings()
    assert (settings.secret_key, settings.smtp_url, settings.port) == (None, None, 8000)


def test_a_file_that_cannot_be_read_or_holds_no_good_secret_is_named_and_never_quoted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "IDEENWEG_SECRET_KEY").write_text("canary")
    with pytest.raises(ValidationError) as short:
        Settings()
    (problem,) = describe_errors(short.value)
    assert problem.startswith("IDEENWEG_SECRET_KEY: ")
    assert "canary" not in problem
    (folder / "IDEENWEG_SECRET_KEY").write_bytes(b"canary\xff")
    with pytest.raises(UnreadableSecret, match=r"IDEENWEG_SECRETS_DIR: .*IDEENWEG_SECRET_KEY .*no text"):
        Settings()
    monkeypatch.setenv("IDEENWEG_SECRET_KEY_FILE", str(folder / "missing"))
    with pytest.raises(UnreadableSecret, match=r"IDEENWEG_SECRET_KEY_FILE: .*No such file"):
        Settings()


def test_the_key_of_a_temporal_service_may_be_a_file_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("TEMPORAL_API_KEY", "TEMPORAL_TLS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TEMPORAL_ADDRESS", "region.example.org:7233")
    assert "api_key" not in read_temporal_config(Settings())
    (folder / "TEMPORAL_API_KEY").write_text("from a file\n")
    assert read_temporal_config(Settings())["api_key"] == "from a file"
    monkeypatch.setenv("TEMPORAL_API_KEY", "from the environment")
    assert read_temporal_config(Settings())["api_key"] == "from the environment"


@pytest.mark.parametrize(
    ("public_url", "sender"),
    [
        ("https://ideen.example.org", "noreply@ideen.example.org"),
        ("http://127.0.0.1:8000", "noreply@ideenweg.invalid"),
        ("http://localhost:8000", "noreply@ideenweg.invalid"),
        ("http://[::1]:8000", "noreply@ideenweg.invalid"),
    ],
)
def test_mails_come_from_an_address_that_a_server_takes_wherever_the_pages_are(public_url: str, sender: str) -> None:
    settings = Settings(public_url=public_url)
    assert settings.sender == f"Ideenweg <{sender}>"
    assert read_address(settings.sender).domain
