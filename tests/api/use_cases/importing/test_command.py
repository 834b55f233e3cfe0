"""`ideenweg import` as people run it: killed, stopped, run again."""

import asyncio
import csv
import re
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.api.use_cases.importing.conftest import MAP, Intake

pytestmark = pytest.mark.services

OWNER = ("--owner", "alma@example.org")
ROWS, WHOLE = 30, 27
"""One in ten is without a summary and stays a draft."""


def write_file(path: Path, rows: int) -> Path:
    lines = [f"{n};Idee {n};{'Worum es geht' if n % 10 else ''}\r\n" for n in range(1, rows + 1)]
    path.write_bytes(("id;title;summary\r\n" + "".join(lines)).encode())
    return path


def figures(output: str) -> dict[str, int]:
    """The last line's numbers by their names."""
    line = next(line for line in output.splitlines() if line.startswith("Result:"))
    return {
        name: int(number) for number, name in re.findall(r"(\d+) (rows read|submitted|already|new drafts|left)", line)
    }


async def test_a_killed_import_is_completed_by_the_next_with_one_workflow_a_row(intake: Intake, tmp_path: Path) -> None:
    file = write_file(tmp_path / "ideas.csv", ROWS)
    arguments = ("import", file, "--map", MAP, "--key", "id", *OWNER, "--in-flight", "2")
    process = await intake.start_command(*arguments)
    while len(await intake.timeline()) < 5:
        await asyncio.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    left = WHOLE - len(await intake.timeline())
    assert left > 0, "it was killed too late to show anything"

    code, output = await intake.command(*arguments)
    assert code == 0, output
    found = figures(output)
    assert (found["rows read"], found["new drafts"], found["left"]) == (ROWS, 0, 0)
    assert found["submitted"] + found["already"] == ROWS
    assert found["submitted"] >= 1

    timeline = Counter(entry.idea_id for entry in await intake.timeline(WHOLE))
    assert (len(timeline), set(timeline.values())) == (WHOLE, {1})
    assert {standing.state for standing in (await intake.shown()).values()} == {"screening"}
    assert len(await intake.unsent()) == ROWS - WHOLE
    assert set((await intake.workflow_runs(WHOLE)).values()) == {1}

    code, output = await intake.command(*arguments)
    assert (code, figures(output)["already"]) == (0, ROWS)


async def test_ctrl_c_finishes_what_is_under_way_and_says_how_to_go_on(intake: Intake, tmp_path: Path) -> None:
    file = write_file(tmp_path / "ideas.csv", ROWS)
    arguments = ("import", file, "--map", MAP, "--key", "id", *OWNER, "--in-flight", "2")
    process = await intake.start_command(*arguments)
    while len(await intake.timeline()) < 5:
        await asyncio.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output, _ = await process.communicate()
    text = output.decode()
    assert process.returncode == 130, text
    found = figures(text)
    assert found["left"] > 0
    assert found["submitted"] + found["new drafts"] + found["left"] == ROWS
    assert "run the same command again" in text
    assert "Traceback" not in text
    code, output_again = await intake.command(*arguments)
    assert code == 0, output_again
    assert figures(output_again)["submitted"] == found["left"]


async def test_a_dry_run_shows_the_mapping_and_writes_nothing(idle_intake: Intake, tmp_path: Path) -> None:
    file = tmp_path / "wünsche.csv"
    file.write_bytes("Nr;Titel;Text;Ort\n1;Bürgerhaus;Für alle;Dresden\n2;;x;y\n".encode("cp1252"))
    code, output = await idle_intake.command(
        "import", file, "--map", "title=Titel,summary=Text,district=Ort", "--key", "Nr", *OWNER, "--dry-run"
    )
    assert code == 1, output
    for expected in (
        "Encoding:  cp1252",
        "Delimiter: semicolon",
        "Rows:      2 below the header in line 1",
        'title         ← "Titel" (column 2)   e.g. "Bürgerhaus"',
        "Checked:   2 rows: 1 complete, 0 drafts, 1 refused",
        "Compared:  0 rows are there already; 1 are new",
        "Dry run: nothing was written.",
    ):
        assert expected in output
    assert await idle_intake.shown() == {}
    with (tmp_path / "wünsche-report.csv").open(encoding="utf-8-sig", newline="") as report:
        assert [row["code"] for row in csv.DictReader(report, delimiter=";")] == ["no_title"]


async def test_refused_rows_do_not_stop_the_others(intake: Intake, tmp_path: Path) -> None:
    file = tmp_path / "ideas.csv"
    file.write_bytes(b'id,title,summary\n1,Lotsen,"helfen\n2,Dorfladen,vor Ort\n3,ab,zu kurz\n4,Lesen,alle\n')
    report = tmp_path / "r.csv"
    code, output = await intake.command("import", file, "--map", MAP, "--key", "id", *OWNER, "--report", report)
    assert code == 1, output
    assert (figures(output)["submitted"], "2 refused" in output) == (2, True)
    assert set(await intake.shown()) == {"2", "4"}
    with report.open(encoding="utf-8-sig", newline="") as lines:
        rows = [(row["line"], row["column"], row["code"]) for row in csv.DictReader(lines, delimiter=";")]
    assert rows == [("2", "summary", "unclosed_quote"), ("4", "title", "too_short")]


async def test_what_cannot_be_imported_is_explained_without_a_traceback(idle_intake: Intake, tmp_path: Path) -> None:
    file = write_file(tmp_path / "ideas.csv", 3)
    for arguments, code, words in (
        ((file, "--map", "title=titel"), 2, 'Did you mean "title"'),
        ((file, "--map", MAP, "--owner", "nobody@example.org"), 2, "there is no account"),
        ((file, "--map", MAP, *OWNER), 3, "No worker is running; nothing was written"),
    ):
        found, output = await idle_intake.command("import", *arguments)
        assert (found, words in output, "Traceback" in output) == (code, True, False), output
    assert await idle_intake.shown() == {}
