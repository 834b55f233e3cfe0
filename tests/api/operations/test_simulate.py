"""`ideenweg simulate` as people run it. What it says is held against real workflows in `test_differential.py`."""

import asyncio
import csv
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.operations.commands.simulate import read_month
from api.use_cases.simulation.year import Year
from models.database import Database
from tests.cast import BERLIN, PIPELINE

NEXT_JANUARY = date(datetime.now(BERLIN).year + 1, 1, 1)
FEW = ("--ideas", 5, "--months", 2, "--arrive-within", 1, "--coaches", 2, "--capacity", 5)


def simulate(*arguments: object) -> Result:
    result = CliRunner().invoke(app, ["simulate", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def read_sheet(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_simulation_tells_what_came_of_every_idea_and_the_same_seed_tells_the_same_again(tmp_path: Path) -> None:
    told = simulate(*FEW, "--csv", tmp_path / "told")
    assert told.exit_code == 0, told.output
    assert f"5 ideas from {NEXT_JANUARY}" in told.stdout
    assert "identify.screening" in told.stdout
    assert "Days: 59 of 59" in told.stderr
    cases = read_sheet(tmp_path / "told", "cases")
    assert [case["idea"] for case in cases] == [str(n) for n in range(1, 6)]
    assert all(case["handed_in"].startswith(f"{NEXT_JANUARY:%Y-%m}") for case in cases)
    months = read_sheet(tmp_path / "told", "months")
    assert [month["month"] for month in months] == [f"{NEXT_JANUARY.year}-0{n}" for n in (1, 2)]
    assert sum(int(month["handed_in"]) for month in months) == 5
    assert int(months[-1]["open"]) == sum(case["outcome"] == "open" for case in cases)
    coached = [case for case in cases if case["days_to_coach"]]
    assert coached
    assert sum(int(coach["ideas"]) for coach in read_sheet(tmp_path / "told", "coaches")) == len(coached)

    assert simulate(*FEW, "--csv", tmp_path / "again").exit_code == 0
    simulate(*FEW, "--seed", 2, "--csv", tmp_path / "other")
    for name in ("months", "states", "coaches", "cases"):
        assert read_sheet(tmp_path / "told", name) == read_sheet(tmp_path / "again", name), name
    assert read_sheet(tmp_path / "told", "cases") != read_sheet(tmp_path / "other", "cases")


@pytest.mark.services
async def test_a_look_ahead_needs_a_database_and_is_content_with_no_open_cases(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
    ahead = await asyncio.to_thread(simulate, "--from-now", "--weeks", 3, "--ideas", 2, "--coaches", 1)
    assert ahead.exit_code == 0, ahead.output
    assert "Days: 21 of 21" in ahead.stderr
    assert "2 ideas from" in ahead.stdout
    none = await asyncio.to_thread(simulate, "--from-now", "--weeks", 1)
    assert none.exit_code == 0, none.output
    assert "0 ideas from" in none.stdout
    tried = CliRunner().invoke
    same = await asyncio.to_thread(tried, app, ["rules", "--try", str(PIPELINE)])
    assert (same.exit_code, "Open cases: 0; keys that differ: 0" in same.stdout) == (0, True), same.output
    (tmp_path / "wrong.toml").write_text("[calendar]\nsend_at = x\n")
    wrong = await asyncio.to_thread(tried, app, ["rules", "--try", str(tmp_path / "wrong.toml")])
    assert (wrong.exit_code, "line 2" in wrong.stderr) == (2, True), wrong.output
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    assert (await asyncio.to_thread(simulate, "--from-now")).exit_code == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--start", "January"), "is no month"),
        (("--decline-rate", "1.5"), "--decline-rate"),
        (("--ideas", "-1"), "--ideas"),
        (("--weeks", "0"), "--weeks"),
        (("--csv", "/dev/null/figures"), "cannot be made"),
        (("--policy", "/nowhere.toml"), "does not exist"),
    ],
)
def test_what_cannot_be_simulated_is_refused_at_once(arguments: tuple[str, str], says: str) -> None:
    result = simulate(*arguments)
    assert result.exit_code == 2
    assert says in result.stderr


def test_a_policy_that_is_wrong_names_its_key(tmp_path: Path) -> None:
    wrong = tmp_path / "pipeline.toml"
    wrong.write_text(
        PIPELINE.read_text(encoding="utf-8").replace('limit = "10wd"', 'limit = "ten"', 1), encoding="utf-8"
    )
    result = simulate("--policy", wrong)
    assert result.exit_code == 2
    assert "identify.screening" in result.stderr


def test_whoever_interrupts_a_simulation_is_told_how_far_it_had_come(monkeypatch: pytest.MonkeyPatch) -> None:
    live = Year.live

    def be_interrupted(year: Year) -> Iterator[date]:
        for day in live(year):
            yield day
            if day.day == 20:
                raise KeyboardInterrupt

    monkeypatch.setattr(Year, "live", be_interrupted)
    result = simulate(*FEW)
    assert result.exit_code == 130
    assert "Interrupted after 20 of 59 days" in result.stderr
    assert "Nothing is reported" in result.stderr
    assert result.stdout == ""


def test_a_simulation_begins_with_next_january_or_the_month_that_is_named() -> None:
    today = date(2026, 11, 22)
    assert read_month(None, today) == date(2027, 1, 1)
    assert read_month("2026-03", today) == date(2026, 3, 1)
