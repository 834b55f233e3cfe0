"""A pipeline.toml that was edited while its keys are in use: said to leads, and no idea falls out of their sight."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from pydantic import SecretStr
from temporalio.client import Client

from activities.upkeep.lost_keys import warn_of_lost_keys
from api.operations.doctor import Level, check_region_keys
from models.database import Database
from models.i18n import languages, texts_in
from models.policy import RegionSection
from models.queries.lead_digest import find_offices, read_lead_digest
from models.queries.moment import Moment
from models.queries.region_keys import KINDS, find_missing_keys
from models.region_names import RegionNames
from models.settings import Settings
from models.tables import Account
from models.tables.columns import utc_now
from tests.activities.upkeep.conftest import run_sql
from tests.api.conftest import Web, make_services, open_web
from tests.api.pages.conftest import words_of
from tests.cast import PIPELINE, POLICY
from tests.factories import ALMA, BEN, BRUNO, CARLA, invite_cast, write_idea

LOST = {"office": "chemnitz", "district": "DED44", "theme": "culture", "partner": "caritas", "language": "en"}


def region_without(*kinds: str) -> RegionSection:
    """Edited by an operator: one key of each of these kinds is gone, with all that leads to it."""
    region, gone = POLICY.region, {kind: LOST[kind] for kind in kinds}
    kept = region.model_dump()
    for kind, section in (("office", "offices"), ("theme", "themes"), ("partner", "partners")):
        kept[section].pop(gone.get(kind), None)
    kept["languages"] = [one for one in region.languages if one != gone.get("language")]
    for code, district in region.districts.items():
        if code == gone.get("district") or district.office == gone.get("office"):
            del kept["districts"][code]
    for section in ("offices", "districts", "themes"):
        for translated in kept["translated"].values():
            translated[section] = {key: name for key, name in translated[section].items() if key in kept[section]}
    kept["translated"] = {one: names for one, names in kept["translated"].items() if one in kept["languages"]}
    return RegionSection.model_validate(kept)


async def settle(database: Database) -> str:
    """An idea, a lead and two coaches who use all of them; returns the idea."""
    await invite_cast(database)
    idea = await write_idea(database, title="Bücherbus", office=LOST["office"])
    await run_sql(
        database,
        "UPDATE idea SET district = :district, themes = ARRAY[:theme], language = :language WHERE id = :idea",
        idea=idea,
        **{name: LOST[name] for name in ("district", "theme", "language")},
    )
    await run_sql(
        database,
        "UPDATE standing SET version = 5, stage = 'develop', state = 'working', office = :office, partner = :partner,"
        " holder_role = 'innovator', holder_id = :alma, holder_since = now(), holder_until = current_date - 20,"
        " submitted_at = now() WHERE idea_id = :idea",
        idea=idea,
        alma=ALMA,
        office=LOST["office"],
        partner=LOST["partner"],
    )
    await run_sql(
        database, "UPDATE account SET office = :office WHERE id IN (:a, :b)", office="chemnitz", a=BEN, b=BRUNO
    )
    await run_sql(database, "UPDATE account SET office = 'dresden' WHERE id = :carla", carla=CARLA)
    await run_sql(database, "UPDATE coach_profile SET themes = ARRAY['culture'] WHERE account_id = :ben", ben=BEN)
    return idea


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_of_key_is_found_with_what_hangs_on_it(database: Database, kind: str) -> None:
    await settle(database)
    async with database.session() as session:
        assert await find_missing_keys(session, POLICY.region) == []
        found = await find_missing_keys(session, region_without(kind))
    assert (kind, LOST[kind]) in [(one.kind, one.key) for one in found]
    lost = next(one for one in found if one.kind == kind)
    assert lost.counts["open_ideas"] == 1
    if kind == "office":
        assert lost.counts["coaches"] == 2
        assert str(lost) == "office chemnitz: 1 open ideas, 2 coaches"


async def test_ideas_of_a_lost_office_are_in_the_overview_of_every_lead(database: Database) -> None:
    idea = await settle(database)
    region = region_without("office", "district")
    async with database.session() as session:
        for office in ("dresden", LOST["office"], None):
            lead = Account(id=CARLA, email="carla@example.org", name="Carla", office=office)
            offices = await find_offices(session, lead, list(region.offices))
            assert LOST["office"] in offices
            digest = await read_lead_digest(session, Moment.of(POLICY, utc_now()), offices, CARLA)
            assert [one.id for one in digest.stuck] == [idea]
            assert not digest.is_quiet


async def test_the_start_tells_what_is_lost_and_goes_on(database: Database) -> None:
    await settle(database)
    with structlog.testing.capture_logs() as logs:
        await warn_of_lost_keys(database, POLICY.region)
        assert logs == []
        await warn_of_lost_keys(database, region_without(*KINDS))
    assert {(line["kind"], line["key"]) for line in logs} >= set(LOST.items())
    assert all(line["log_level"] == "warning" for line in logs)


async def test_a_database_that_is_away_does_not_stop_the_start() -> None:
    await warn_of_lost_keys(Database("postgresql+psycopg://nobody@127.0.0.1:1/none"), POLICY.region)


@pytest.mark.parametrize("language", languages())
def test_a_lost_key_has_a_label_and_no_page_breaks(language: str) -> None:
    names = RegionNames(region_without(*KINDS), texts_in(language))
    for kind, key in LOST.items():
        label = getattr(names, kind)(key)
        assert label.startswith(f"{key} (")
        assert getattr(RegionNames(POLICY.region, texts_in(language)), kind)(key) not in (key, label)


async def test_doctor_names_what_is_lost_as_a_warning(database: Database, database_url: str, tmp_path: Path) -> None:
    await settle(database)
    edited = tmp_path / "pipeline.toml"
    edited.write_text(PIPELINE.read_text(encoding="utf-8").replace("caritas =", "other ="), encoding="utf-8")
    for pipeline, levels in ((PIPELINE, []), (edited, [Level.WARN])):
        found = await check_region_keys(Settings(pipeline=pipeline, database_url=SecretStr(database_url)))
        assert [one.level for one in found] == levels
    assert found[0].text == "partner caritas: 1 open ideas; not in the configuration"


@pytest.fixture
async def edited(database: Database, database_url: str, client: Client, tmp_path: Path) -> AsyncIterator[Web]:
    """The application after the edit."""
    await settle(database)
    policy = POLICY.model_copy(update={"region": region_without(*KINDS)})
    async with open_web(make_services(database, database_url, client, tmp_path, policy=policy)) as web:
        yield web


async def test_pages_of_leads_name_what_is_lost_and_still_list_its_ideas(edited: Web) -> None:
    stuck = (await edited.carla.get("/haengt-fest?buero=chemnitz")).text
    assert "Bücherbus" in stuck
    assert "chemnitz (nicht mehr in der Konfiguration)" in words_of(stuck)
    for path in ("/maschinenraum", "/ueberblick"):
        page = words_of((await edited.carla.get(path)).text)
        assert "Büro chemnitz Offene Ideen: 1 · Coaches: 2" in page, path
        assert "Thema culture" in page
    listed = (await edited.carla.get("/leitung?buero=chemnitz")).text
    assert "Bücherbus" in listed
    assert "chemnitz (nicht mehr in der Konfiguration)" in words_of(listed)
    assert "Bücherbus" not in (await edited.carla.get("/haengt-fest?buero=dresden")).text
