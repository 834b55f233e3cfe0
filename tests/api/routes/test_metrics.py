"""Figures for Prometheus: who may read them, and that they tell what happened."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from temporalio.client import Client

from api.app import create_app
from api.routes.metrics import FiguresOfDatabase
from api.runtime.services import Services
from models.database import Database
from models.tables import DriftRun, MailRow, NoticeRow, StandingRow
from models.tables.columns import new_id
from models.vocabulary import MailState, NoticeKind
from tests.api.conftest import Web, make_services, open_web
from tests.factories import ALMA, CARLA, invite_cast, write_beside, write_idea

TOKEN = "a token of a scraper"


@asynccontextmanager
async def client_from(services: Services, address: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(services), client=(address, 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def read(web: Web) -> dict[tuple[str, ...], float]:
    """(name, label values in the order of their names) → value, straight from the database."""
    web.app.state.figures = FiguresOfDatabase()
    answer = await web.nobody.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_requests_and_commands_are_counted_by_route_event_and_outcome(web: Web) -> None:
    before = await read(web)
    idea = await web.hand_in(title="canary-title")
    await web.ask(CARLA, idea, "shortlist")
    await web.try_to(ALMA, idea, "canary_event")
    await web.nobody.request("CANARY", "/canary")
    after = await read(web)

    def grew(*key: str) -> float:
        return after.get(key, 0) - before.get(key, 0)

    assert grew("ideenweg_commands_total", "shortlist", "accepted") == 1
    assert grew("ideenweg_commands_total", "other", "not_allowed") == 1
    assert grew("ideenweg_requests_total", "POST", "/api/v1/ideas", "201") == 1
    assert grew("ideenweg_requests_total", "OTHER", "(none)", "404") == 1
    assert grew("ideenweg_shown_seconds_count") + grew("ideenweg_not_shown_total") == 2
    assert grew("ideenweg_activities_total", "record", "first", "done") >= 1
    text = (await web.nobody.get("/metrics")).text
    assert "canary" not in text.lower()
    assert re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", text) is None, "no id is a label"


async def test_the_database_tells_where_ideas_stand_and_what_waits(still_web: Web) -> None:
    now = datetime.now(UTC)
    idea = await write_idea(still_web.database)
    assert (await still_web.alma.post("/api/v1/drafts", json={"title": "Ein Gedanke"})).status_code == 201
    async with still_web.database.transaction() as session:
        row = await session.get_one(StandingRow, idea)
        row.version, row.state, row.holder_until = 1, "screening", (now - timedelta(days=3)).date()
        mail = MailRow(id=new_id(), account_id=ALMA, recipient_id=ALMA, state=MailState.FAILED)
        session.add(mail)
        for minutes, key in ((7, "v1"), (3, "v2")):
            at = now - timedelta(minutes=minutes)
            session.add(NoticeRow(idea_id=idea, key=key, account_id=ALMA, kind=NoticeKind.YOUR_TURN, created_at=at))
        later = now + timedelta(minutes=2)
        session.add(NoticeRow(idea_id=idea, key="v3", account_id=ALMA, kind=NoticeKind.YOUR_TURN, not_before=later))
        run = DriftRun(started_at=now, finished_at=now, checked=2, found={"behind": 2, "ahead": 1}, repaired=2)
        session.add_all([run, DriftRun(started_at=now + timedelta(hours=1))])
    await write_beside(still_web.database, idea, holder_until=(now - timedelta(days=3)).date())
    figures = await read(still_web)
    assert figures["ideenweg_drafts",] == 1
    assert figures["ideenweg_cases", "idea", "", "identify", "screening"] == 1
    assert figures["ideenweg_cases_overdue", "idea", "identify", "screening"] == 1
    assert figures["ideenweg_cases_overdue", "crowdfunding", "unknown", "packaged"] == 1
    assert figures["ideenweg_mails", "notices", "failed"] == 1
    assert figures["ideenweg_mails", "notices", "waiting"] == figures["ideenweg_mails", "secret", "failed"] == 0
    assert figures["ideenweg_notices_waiting", "new"] == 2
    assert 400 < figures["ideenweg_notices_oldest_seconds", "new"] < 500
    assert figures["ideenweg_notices_waiting", "gathering"] == 0
    assert figures["ideenweg_drift",] == 1
    assert figures["ideenweg_reconciled_seconds",] < 60
    assert ("ideenweg_retention_seconds",) not in figures
    assert figures["ideenweg_database_up",] == 1


async def test_the_database_is_asked_once_in_a_while_however_many_ask(still_web: Web) -> None:
    await read(still_web)
    await write_idea(still_web.database)
    text = (await still_web.nobody.get("/metrics")).text
    assert 'state="screening"' not in text
    assert ("ideenweg_cases", "idea", "", "identify", "screening") in await read(still_web)


async def test_figures_of_the_process_are_there_when_the_database_is_away(
    client: Client, database_url: str, tmp_path: Path
) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    services = make_services(Database(nowhere), nowhere, client, tmp_path)
    async with client_from(services, "127.0.0.1") as this_machine:
        answer = await this_machine.get("/metrics")
    assert answer.status_code == 200
    assert "ideenweg_database_up 0.0" in answer.text
    assert "process_resident_memory_bytes" in answer.text


@pytest.mark.parametrize(
    ("given", "address", "sent", "status"),
    [
        ({}, "127.0.0.1", None, 200),
        ({}, "203.0.113.7", None, 401),
        ({"public_url": "https://ideen.example.org"}, "127.0.0.1", None, 403),
        ({"metrics_token": SecretStr(TOKEN)}, "127.0.0.1", None, 401),
        ({"metrics_token": SecretStr(TOKEN)}, "203.0.113.7", "Bearer another token", 401),
        ({"metrics_token": SecretStr(TOKEN)}, "203.0.113.7", f"Bearer {TOKEN}", 200),
        ({"metrics_token": SecretStr(TOKEN), "public_url": "https://i.example.org"}, "::1", f"Bearer {TOKEN}", 200),
    ],
    ids=["this machine", "elsewhere", "behind a proxy", "no token", "wrong token", "token", "token behind a proxy"],
)
async def test_figures_are_for_this_machine_or_for_the_token(
    database: Database,
    database_url: str,
    client: Client,
    tmp_path: Path,
    given: dict[str, object],
    address: str,
    sent: str | None,
    status: int,
) -> None:
    plain = make_services(database, database_url, client, tmp_path)
    services = Services(plain.settings.model_copy(update=given), plain.policy, plain.database, plain.engine)
    async with client_from(services, address) as somebody:
        answer = await somebody.get("/metrics", headers={"Authorization": sent} if sent else {})
    assert answer.status_code == status
    assert ("ideenweg_pool_size" in answer.text) is (status == 200)


async def test_a_bearer_token_of_a_person_opens_no_figures(
    database: Database, database_url: str, client: Client, tmp_path: Path
) -> None:
    await invite_cast(database)
    plain = make_services(database, database_url, client, tmp_path)
    settings = plain.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    async with open_web(Services(settings, plain.policy, database, plain.engine), with_worker=False) as web:
        assert (await web.carla.get("/metrics")).status_code == 401
