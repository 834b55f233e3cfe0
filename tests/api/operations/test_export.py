"""`ideenweg export`: everything, in one snapshot, for spreadsheets and for programs."""

import asyncio
import csv
import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

import models.settings
from api.cli import app
from api.use_cases.export import Export, Sheet, json_line
from api.use_cases.importing.reading import read_table
from models.database import Database
from models.settings import Settings
from models.tables import Note, StandingRow, Task, TimelineEntry
from models.tables.columns import new_id
from tests.cast import PIPELINE, POLICY
from tests.factories import ALMA, BEN, invite_cast, write_idea

pytestmark = pytest.mark.services

NOW = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)


@pytest.fixture
async def ideas(database: Database) -> list[str]:
    """One idea with a history, one that wants to be a formula."""
    await invite_cast(database)
    first = await write_idea(database)
    second = await write_idea(database, title="=1+1", summary='Zeile 1\nZeile "2"; mehr', district=None, themes=[])
    async with database.transaction() as session:
        standing = await session.get_one(StandingRow, first)
        standing.version, standing.state, standing.coach_id, standing.submitted_at = 2, "matching", BEN, NOW
        note = Note(id=new_id(), idea_id=first, author_id=BEN, event="write_note", internal=True, body="Rückruf")
        session.add(note)
        session.add(Task(id=new_id(), idea_id=first, title="Anrufen"))
        for version, event in ((2, "write_note"), (1, "submit")):
            session.add(_entry(first, version, event, note.id if version == 2 else None))
    return [first, second]


def _entry(idea_id: str, version: int, event: str, note_id: str | None) -> TimelineEntry:
    return TimelineEntry(
        case_id=idea_id,
        idea_id=idea_id,
        version=version,
        at=NOW,
        event=event,
        command_id=f"c{version}",
        actor_role="innovator",
        actor_id=ALMA,
        from_stage="identify",
        from_state="screening",
        stage="identify",
        state="screening",
        note_id=note_id,
    )


@pytest.fixture
def cli(database_url: str, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command line on the database of this test."""
    settings = Settings(pipeline=PIPELINE, database_url=SecretStr(database_url), temporal_address="127.0.0.1:1")
    monkeypatch.setattr(models.settings, "load_settings", lambda: settings)
    return CliRunner()


async def export(cli: CliRunner, *arguments: str | Path) -> tuple[int, str]:
    """Run the command beside this loop, since it starts one of its own."""
    result = await asyncio.to_thread(cli.invoke, app, ["export", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


async def test_a_german_excel_opens_it_and_computes_nothing(ideas: list[str], cli: CliRunner, tmp_path: Path) -> None:
    out = tmp_path / "ideas.csv"
    code, output = await export(cli, "--for-excel", "--out", out)
    assert (code, "2 ideas in" in output) == (0, True), output
    data = out.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfid;title;")
    rows = {row["id"]: row for row in csv.DictReader(StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";")}
    assert rows[ideas[0]]["district_name"] == "Dresden"
    assert rows[ideas[0]]["submitted_at"] == "2026-06-02 00:30:00"
    assert (rows[ideas[1]]["title"], rows[ideas[1]]["district_name"]) == ("'=1+1", "")
    assert rows[ideas[1]]["summary"] == 'Zeile 1\nZeile "2"; mehr'
    assert b"@example.org" not in data
    assert out.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [out]


async def test_people_are_named_only_where_asked_for(ideas: list[str], cli: CliRunner, tmp_path: Path) -> None:
    out = tmp_path / "ideas.csv"
    await export(cli, "--with-people", "--out", out)
    rows = {row["id"]: row for row in csv.DictReader(StringIO(out.read_text(encoding="utf-8"), newline=""))}
    assert [rows[ideas[0]][name] for name in ("owner_email", "coach_name")] == ["alma@example.org", "Ben"]
    assert rows[ideas[1]]["coach_email"] == ""
    await export(cli, "--format", "json", "--with-people", "--out", out)
    people = {line["id"]: line["people"] for line in map(json.loads, out.read_text(encoding="utf-8").splitlines())}
    assert [person["name"] for person in people[ideas[1]]] == ["Alma"]
    assert {person["email"] for person in people[ideas[0]]} == {"alma@example.org", "ben@example.org"}


async def test_a_workbook_holds_texts_and_nothing_that_computes(
    ideas: list[str], cli: CliRunner, tmp_path: Path
) -> None:
    out = tmp_path / "ideas.xlsx"
    code, output = await export(cli, "--format", "xlsx", "--out", out)
    assert code == 0, output
    table = read_table(out)
    titles = {row.fields[0]: row.fields[1] for row in table.rows}
    assert titles[ideas[1]] == "=1+1"


async def test_json_holds_everything_that_belongs_to_an_idea(ideas: list[str], cli: CliRunner, tmp_path: Path) -> None:
    out = tmp_path / "ideas.jsonl"
    code, _ = await export(cli, "--format", "json", "--out", out)
    lines = {line["id"]: line for line in map(json.loads, out.read_text(encoding="utf-8").splitlines())}
    assert (code, set(lines)) == (0, set(ideas))
    first = lines[ideas[0]]
    assert first["standing"]["state"] == "matching"
    assert [entry["event"] for entry in first["timeline"]] == ["submit", "write_note"]
    assert [(note["body"], note["internal"]) for note in first["notes"]] == [("Rückruf", True)]
    assert [task["title"] for task in first["tasks"]] == ["Anrufen"]
    assert lines[ideas[1]]["title"] == "=1+1"
    assert "example.org" not in out.read_text(encoding="utf-8")


async def test_all_pages_are_read_once_and_in_one_snapshot(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.use_cases.export.PAGE", 3)
    await invite_cast(database)
    written = {await write_idea(database) for _ in range(10)}
    content = Export(database, with_people=True)
    seen: list[str] = []
    async for item in content.ideas():
        if not seen:
            await write_idea(database, id="ffffffff-ffff-4fff-8fff-ffffffffffff")
        seen.append(item.idea.id)
        assert json.loads(json_line(item, POLICY, with_people=True))["id"] == item.idea.id
        assert len(Sheet(POLICY, with_people=True).row(item)) > 30
    assert (len(seen), set(seen)) == (10, written)
    assert await content.count() == 11


async def test_without_ideas_there_is_a_header_only(database: Database, cli: CliRunner, tmp_path: Path) -> None:
    out = tmp_path / "ideas.csv"
    assert (await export(cli, "--out", out))[0] == 0
    assert len(out.read_text(encoding="utf-8").splitlines()) == 1


async def test_a_failed_export_leaves_the_old_file(
    ideas: list[str], cli: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "ideas.csv"
    out.write_text("yesterday")

    def fail(*arguments: object, **options: object) -> list[object]:
        raise ConnectionError("gone")

    monkeypatch.setattr("api.use_cases.export.Sheet.row", fail)
    code, output = await export(cli, "--out", out)
    assert (code, out.read_text()) == (3, "yesterday")
    assert "not complete" in output
    assert list(tmp_path.iterdir()) == [out]


async def test_what_cannot_be_exported_says_why(cli: CliRunner, tmp_path: Path) -> None:
    for arguments, words in (
        (("--format", "json", "--for-excel"), "goes with --format csv"),
        (("--format", "xlsx"), "needs a file"),
        (("--out", tmp_path), "cannot be written"),
        (("--out", tmp_path / "no" / "x.csv"), "cannot be written"),
    ):
        code, output = await export(cli, *arguments)
        assert (code, words in output) == (2, True), output
