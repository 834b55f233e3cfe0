"""The upkeep commands end to end, and what leads read of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from models.database import Database
from models.tables.columns import new_id
from tests.activities.upkeep.conftest import dump, nothing_moves, run_sql
from tests.api.operations.test_erase import Town, open_town
from tests.factories import invite_cast


@pytest.fixture
async def town(database: Database, database_url: str, client: Client, tmp_path: Path) -> AsyncIterator[Town]:
    await invite_cast(database)
    async with open_town(database, database_url, client, tmp_path) as opened:
        yield opened


async def test_reconcile_reports_repairs_and_tells_by_its_exit_code(town: Town) -> None:
    idea = await town.web.bring_to("working")
    clean = await town.run("reconcile")
    assert (clean.code, "agree" in clean.out) == (0, True), clean.out
    await run_sql(town.web.database, "UPDATE standing SET state = 'reviewing'")
    with nothing_moves():
        drifted = await town.run("reconcile")
    assert drifted.code == 1, drifted.out
    assert f"idea/{idea}" in drifted.out
    assert "differs" in drifted.out
    with nothing_moves():
        assert (await town.run("reconcile", "--idea", idea, "--fix")).code == 0
    assert (await town.web.read(idea))["state"] == "working"
    assert (await town.run("reconcile")).code == 0


async def test_leads_read_the_latest_comparison_and_nobody_else(town: Town) -> None:
    before = await town.web.carla.get("/api/v1/upkeep/drift")
    assert (before.status_code, before.json()["code"]) == (404, "not_found")
    idea = await town.web.bring_to("working")
    await run_sql(town.web.database, "UPDATE standing SET state = 'reviewing'")
    with nothing_moves():
        await town.run("reconcile")
    answer = await town.web.carla.get("/api/v1/upkeep/drift")
    report = answer.json()
    assert (report["checked"], report["found"], report["repaired"]) == (1, {"differs": 1}, 0)
    [line] = report["items"]
    assert (line["subject"], line["kind"], line["repaired"]) == (f"idea/{idea}", "differs", False)
    assert line["shown_version"] == line["engine_version"]
    assert (await town.web.ben.get("/api/v1/upkeep/drift")).status_code == 403
    assert (await town.web.nobody.get("/api/v1/upkeep/drift")).status_code == 401


async def test_rebuild_brings_one_idea_or_all_of_them_back(town: Town) -> None:
    idea, _ = await town.web.bring_to("working"), await town.web.hand_in()
    before = await dump(town.web.database, "standing", "place")
    await run_sql(town.web.database, "TRUNCATE standing, place")
    one = await town.run("rebuild", "--idea", idea)
    assert (one.code, "1 ideas built" in one.out) == (0, True), one.out
    assert len((await dump(town.web.database, "standing"))["standing"]) == 1
    everything = await town.run("rebuild")
    assert (everything.code, "2 ideas built, 0 left" in everything.out) == (0, True), everything.out
    assert await dump(town.web.database, "standing", "place") == before
    unknown = await town.run("rebuild", "--idea", new_id())
    assert (unknown.code, "no idea" in unknown.out) == (2, True), unknown.out
    await run_sql(town.web.database, "UPDATE standing SET version = version + 1")
    newer = await town.run("rebuild")
    assert (newer.code, "left as it was" in newer.out) == (1, True), newer.out


async def test_retention_counts_first_and_then_does_it(town: Town) -> None:
    kept = await town.web.alma.post("/api/v1/drafts", json={"title": "Ein Entwurf"})
    where, expired = kept.headers["location"], "UPDATE draft SET expires_at = now() - interval '2 days'"
    await run_sql(town.web.database, expired)
    assert (await town.run("retention")).code == 0
    assert (await town.web.alma.get(where)).status_code == 410, "its time is over, and she was not warned"
    await run_sql(town.web.database, f"{expired}, warned_at = now() - interval '15 days'")
    dry = await town.run("retention", "--dry-run")
    assert (dry.code, "Dry run" in dry.out) == (0, True), dry.out
    assert (await town.web.alma.get(where)).status_code == 410
    done = await town.run("retention")
    assert done.code == 0, done.out
    assert (await town.web.alma.get(where)).status_code == 404
    runs = (await dump(town.web.database, "retention_run"))["retention_run"]
    deleted = sorted((run["dry_run"], run["counts"]["drafts_deleted"]) for run in runs)
    assert deleted == [(False, 0), (False, 1), (True, 1)]


@pytest.mark.parametrize("command", [["reconcile"], ["rebuild"], ["retention"], ["erase", "alma@example.org", "--yes"]])
async def test_where_the_database_is_away_it_says_so(
    client: Client, tmp_path: Path, database: Database, command: list[str]
) -> None:
    await invite_cast(database)
    away = "postgresql://nobody@127.0.0.1:1/nothing"
    async with open_town(database, away, client, tmp_path) as town:
        answer = await town.run(*command)
    assert answer.code == 3, answer.out
    assert "PostgreSQL cannot be reached" in answer.out
    assert "Traceback" not in answer.out
