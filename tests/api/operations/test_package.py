"""`ideenweg package`: what is left to do, and the ZIP."""

import asyncio
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import SecretStr
from typer.testing import CliRunner, Result

import models.settings
from activities.packaging.images import read_image
from activities.ports.crowdfunding import Capabilities
from api.cli import app
from api.use_cases.package_archive import list_personal_steps
from api.use_cases.packages import image_row
from models.database import Database
from models.messages.package import Package
from models.rules.readiness import digest
from models.settings import Settings
from models.tables import CampaignPackage
from tests.cast import PIPELINE
from tests.factories import IMAGE, good_package, invite_cast, write_idea

pytestmark = pytest.mark.services

FAR = "2099-10-01"
"""A start that stays ahead of the day on which the test runs."""


@pytest.fixture
async def idea(database: Database) -> str:
    await invite_cast(database)
    return await write_idea(database)


async def keep_package(database: Database, idea_id: str, package: Package, attempt: int = 1) -> None:
    content = package.model_dump(mode="json")
    async with database.transaction() as session:
        row = CampaignPackage(
            idea_id=idea_id, attempt=attempt, revision=attempt + 2, digest=digest(package), content=content
        )
        session.add(row)


async def keep_image(database: Database, idea_id: str, **fields: Any) -> str:
    target = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(target, "JPEG")
    row = image_row(idea_id, 1, read_image(target.getvalue()), **fields)
    async with database.transaction() as session:
        session.add(row)
        return row.id


async def keep_good_package(database: Database, idea_id: str, attempt: int = 1, **fields: Any) -> Package:
    image_id = await keep_image(database, idea_id)
    images = [{"id": image_id, "alt": "Zwei am Tisch", "credit": "Alma Arnold", "rights_confirmed": True}]
    package = good_package(**{"images": images, "start_on": FAR} | fields)
    await keep_package(database, idea_id, package, attempt)
    return package


@pytest.fixture
def cli(database_url: str, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    settings = Settings(pipeline=PIPELINE, database_url=SecretStr(database_url), temporal_address="127.0.0.1:1")
    monkeypatch.setattr(models.settings, "load_settings", lambda: settings)
    return CliRunner(env={"COLUMNS": "200"})


async def package_command(cli: CliRunner, *arguments: str | Path) -> Result:
    """Run the command beside this loop, since it starts one of its own."""
    result = await asyncio.to_thread(cli.invoke, app, ["package", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


async def refusal(cli: CliRunner, *arguments: str | Path) -> str:
    """What the command says when it cannot do it."""
    result = await package_command(cli, *arguments)
    assert result.exit_code == 2, result.output
    return result.output


async def test_the_package_is_written_as_a_zip_for_its_owner_only(
    database: Database, idea: str, cli: CliRunner, tmp_path: Path
) -> None:
    package = await keep_good_package(database, idea)
    out = tmp_path / "paket.zip"
    result = await package_command(cli, idea, "--out", out)
    assert (result.exit_code, f"Written to {out}" in result.output) == (0, True), result.output
    assert "revision 3: ready." in result.output
    with zipfile.ZipFile(out) as archive:
        content = json.loads(archive.read("package.json"))
        assert "Bei Startnext anmelden" in archive.read("checklist.html").decode()
        assert "images/01.jpg" in archive.namelist()
    assert content["digest"] == digest(package)
    assert out.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [out]


async def test_without_a_name_it_gets_one_that_says_nothing(
    database: Database, idea: str, cli: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = await keep_good_package(database, idea)
    monkeypatch.chdir(tmp_path)
    assert (await package_command(cli, idea)).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == [f"kampagnenpaket-1-{digest(package)[:8]}.zip"]


async def test_check_says_what_is_left_and_writes_nothing(
    database: Database, idea: str, cli: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await keep_good_package(database, idea, risks="")
    result = await package_command(cli, idea, "--check")
    assert (result.exit_code, "not ready" in result.output) == (1, True)
    assert "Please write what could go wrong and what you will do then." in result.output
    assert "Pflegelotsen" not in result.output
    await keep_good_package(database, idea, attempt=2)
    result = await package_command(cli, idea, "--check")
    assert (result.exit_code, "Attempt 2, revision 4: ready." in result.output) == (0, True), result.output
    assert list(tmp_path.iterdir()) == []


async def test_an_earlier_attempt_is_there_when_asked_for(
    database: Database, idea: str, cli: CliRunner, tmp_path: Path
) -> None:
    await keep_good_package(database, idea, title="Beim ersten Mal")
    await keep_good_package(database, idea, attempt=2)
    out = tmp_path / "paket.zip"
    assert (await package_command(cli, idea, "--attempt", "1", "--out", out)).exit_code == 0
    with zipfile.ZipFile(out) as archive:
        assert json.loads(archive.read("package.json"))["package"]["title"] == "Beim ersten Mal"


async def test_a_draft_is_written_too_and_says_so(
    database: Database, idea: str, cli: CliRunner, tmp_path: Path
) -> None:
    await keep_package(database, idea, Package())
    out = tmp_path / "paket.zip"
    result = await package_command(cli, idea, "--out", out)
    assert (result.exit_code, "not ready" in result.output) == (0, True)
    with zipfile.ZipFile(out) as archive:
        assert "noch ein Entwurf" in archive.read("checklist.html").decode()


async def test_what_cannot_be_packed_says_why_and_leaves_the_old_file(
    database: Database, idea: str, cli: CliRunner, tmp_path: Path
) -> None:
    old = tmp_path / "paket.zip"
    old.write_bytes(b"yesterday")
    unknown = "11111111-1111-4111-8111-111111111111"
    assert "has no campaign package." in await refusal(cli, idea, "--out", old)
    assert "has no campaign package." in await refusal(cli, unknown, "--out", old)
    await keep_good_package(database, idea)
    assert "no campaign package number 2." in await refusal(cli, idea, "--attempt", "2", "--out", old)
    assert "cannot be written" in await refusal(cli, idea, "--out", tmp_path)
    assert "cannot be written" in await refusal(cli, idea, "--out", tmp_path / "no" / "paket.zip")
    assert "a valid UUID" in await refusal(cli, "no-id", "--out", old)
    await keep_package(database, idea, good_package(), attempt=2)
    assert f"an image that is not there: {IMAGE}" in await refusal(cli, idea, "--out", old)
    assert [(path, path.read_bytes()) for path in tmp_path.iterdir()] == [(old, b"yesterday")]


async def test_a_platform_that_takes_drafts_is_not_given_one() -> None:
    class Platform:
        def capabilities(self) -> Capabilities:
            return Capabilities(creates_drafts=True)

    assert await list_personal_steps(Platform(), good_package()) == ()  # type: ignore[arg-type]
