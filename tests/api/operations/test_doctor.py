"""What `ideenweg doctor` finds, on a fine machine and on broken ones."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import psycopg
import pytest
from pydantic import SecretStr
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker

from api.operations.doctor import (
    Finding,
    Level,
    check_crowdfunding,
    check_database,
    check_embedded_programs,
    check_line,
    check_mail,
    check_pipeline,
    check_port,
    check_public_url,
    check_secret_key,
    check_temporal,
    check_var,
    examine,
)
from api.operations.embedded import EmbeddedTemporal
from models.settings import Settings
from tests.activities.adapters.smtp_server import PASSWORD, USER, open_sink

KEY = "k" * 40


@workflow.defn(sandboxed=False)
class Nothing:
    @workflow.run
    async def run(self) -> None: ...


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE", "IDEENWEG_DEMO"):
        monkeypatch.delenv(name, raising=False)


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


def levels(findings: list[Finding]) -> dict[str, Level]:
    return {finding.subject: finding.level for finding in findings}


def test_every_finding_that_is_not_fine_says_how_to_mend_it(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "var", pipeline=tmp_path / "missing.toml", database_url="postgresql://x:1/y")
    findings = check_pipeline(settings) + check_secret_key(settings) + check_public_url(settings)
    assert [finding.level for finding in findings] == [Level.FAIL, Level.FAIL, Level.WARN]
    assert all(finding.remedy for finding in findings)


def test_a_wrong_pipeline_names_its_keys(tmp_path: Path) -> None:
    wrong = tmp_path / "pipeline.toml"
    wrong.write_text('[calendar]\ntimezone = "Europe/Nirgendwo"\n')
    findings = check_pipeline(Settings(pipeline=wrong))
    assert {finding.level for finding in findings} == {Level.FAIL}
    assert any("calendar.timezone" in finding.text for finding in findings)


def test_demo_mode_needs_no_secret_key() -> None:
    assert only(check_secret_key(Settings(demo=True))).level is Level.OK
    assert only(check_secret_key(Settings(secret_key=KEY))).level is Level.OK
    assert only(check_secret_key(Settings())).level is Level.WARN


async def test_a_mail_server_is_asked_whether_it_knows_us() -> None:
    sender = "Ideenweg <post@example.org>"
    async with open_sink(auth=True) as sink:
        url = f"{USER}:{{}}@127.0.0.1:{sink.port}"
        good = Settings(smtp_url=SecretStr(f"smtp://{url.format(quote(PASSWORD, safe=''))}"), mail_from=sender)
        finding = only(await check_mail(good))
        assert (finding.level, sender in finding.text) == (Level.OK, True)
        assert only(await check_mail(good.model_copy(update={"mail_from": None}))).level is Level.WARN
        wrong = Settings(smtp_url=SecretStr(f"smtp://{url.format('topsecret')}"), mail_from=sender)
        finding = only(await check_mail(wrong))
        assert (finding.level, "535" in finding.text) == (Level.FAIL, True)
        assert "topsecret" not in finding.text + finding.remedy
    assert only(await check_mail(good)).level is Level.FAIL
    assert sink.mails == []


async def test_without_a_mail_server_only_the_demo_is_complete() -> None:
    assert only(await check_mail(Settings(demo=True))).level is Level.OK
    finding = only(await check_mail(Settings()))
    assert (finding.level, "IDEENWEG_SMTP_URL" in finding.remedy) == (Level.WARN, True)


def test_a_folder_that_cannot_be_written_is_found(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    finding = only(check_var(Settings(var=blocked / "var")))
    assert finding.level is Level.FAIL
    assert "IDEENWEG_VAR" in finding.remedy


def test_a_free_port_and_the_embedded_programs_are_found(tmp_path: Path) -> None:
    from api.operations.embedded.network_ports import find_free_port

    settings = Settings(var=tmp_path, port=find_free_port())
    assert only(check_port(settings)).level is Level.OK
    assert levels(check_embedded_programs(settings)) == {
        "Embedded PostgreSQL": Level.OK,
        "Embedded Temporal": Level.OK,
    }


def test_crowdfunding_by_people_needs_nothing_and_the_sandbox_belongs_into_the_demo() -> None:
    assert only(check_crowdfunding(Settings())).level is Level.OK
    assert only(check_crowdfunding(Settings(demo=True))).text.startswith("sandbox")
    assert only(check_crowdfunding(Settings(crowdfunding="sandbox"))).level is Level.WARN


def test_reading_startnext_needs_consent_credential_and_unit(tmp_path: Path) -> None:
    findings = check_crowdfunding(Settings(crowdfunding="startnext_api"))
    assert [finding.level for finding in findings] == [Level.FAIL, Level.FAIL, Level.WARN]
    assert [name for name in ("CONSENT", "CREDENTIAL", "AMOUNTS") if any(name in f.remedy for f in findings)] == [
        "CONSENT", "CREDENTIAL", "AMOUNTS",
    ]  # fmt: skip
    complete = Settings(
        crowdfunding="startnext_api",
        startnext_consent="2026-11-03, contract 17/2026",
        startnext_credential="startnext",
        startnext_amounts="euro",
        secrets_dir=tmp_path,
    )
    assert only(check_crowdfunding(complete)).level is Level.WARN
    (tmp_path / "startnext").write_text("snx_user_geheim\n")
    finding = only(check_crowdfunding(complete))
    assert finding.level is Level.OK
    assert "geheim" not in finding.text


@pytest.mark.services
async def test_a_migrated_database_is_fine(database_url: str) -> None:
    assert levels(await check_database(Settings(database_url=database_url))) == {
        "Database": Level.OK,
        "Schema": Level.OK,
    }


@pytest.mark.services
async def test_pending_migrations_are_found(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP TABLE alembic_version")
    findings = await check_database(Settings(database_url=database_url))
    assert levels(findings)["Schema"] is Level.FAIL
    assert "ideenweg migrate" in findings[-1].remedy


async def test_a_database_that_is_away_is_found_without_its_password() -> None:
    finding = only(await check_database(Settings(database_url="postgresql://alma:geheim@127.0.0.1:1/ideenweg")))
    assert finding.level is Level.FAIL
    assert "geheim" not in finding.text


@pytest.mark.services
async def test_a_missing_worker_is_found(
    temporal: EmbeddedTemporal, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.address)
    settings = Settings(task_queue="doctor")
    assert levels(await check_temporal(settings)) == {"Temporal": Level.OK, "Worker": Level.FAIL}
    worker = Worker(client, task_queue="doctor", workflows=[Nothing])
    async with worker:
        await eventually_ok(settings)


async def eventually_ok(settings: Settings) -> None:
    for _ in range(50):
        if levels(await check_temporal(settings))["Worker"] is Level.OK:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the worker was not found")


@pytest.mark.parametrize(
    ("host", "tls", "api_key", "warned"),
    [
        ("127.0.0.1:7233", None, None, False),
        ("[::1]:7233", None, None, False),
        ("temporal:7233", None, None, True),
        ("10.0.0.7:7233", False, None, True),
        ("temporal:7233", True, None, False),
        ("eu.tmprl.cloud:7233", None, "a key", False),
    ],
)
def test_plain_text_to_another_machine_is_warned_of(
    host: str, tls: bool | None, api_key: str | None, warned: bool
) -> None:
    config = SimpleNamespace(target_host=host, tls=tls, api_key=api_key)
    client = SimpleNamespace(service_client=SimpleNamespace(config=config))
    assert [finding.level for finding in check_line(client)] == [Level.WARN] * warned


async def test_a_temporal_that_is_away_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    finding = only(await check_temporal(Settings()))
    assert finding.level is Level.FAIL
    assert "TEMPORAL_ADDRESS" in finding.remedy


async def test_everything_is_looked_at(tmp_path: Path) -> None:
    subjects = {finding.subject for finding in await examine(Settings(var=tmp_path, demo=True))}
    assert subjects >= {"Python", "Data folder", "Port", "Pipeline", "Secret key", "Public address", "Crowdfunding"}
