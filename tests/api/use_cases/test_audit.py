"""What matters for safety leaves one entry: who, in which session, from which network, how it ended, and no word."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from activities.audit import write_audit
from api.web.refused_requests import ALL_REFUSED
from models.database import Database
from models.tables import AccessToken, Account, AuditEntry
from models.tables.columns import utc_now
from models.vocabulary import AuditEvent
from tests.api.conftest import Web, open_client
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.factories import ALMA, BEN, CARLA, DORA, invite_cast, write_idea

WORD = "Kanarienvogel"

Doing = Callable[[Web, str], Awaitable[httpx.Response]]


async def entries(database: Database) -> list[AuditEntry]:
    async with database.session() as session:
        return list((await session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))).all())


async def read_with_bad_token(web: Web, _idea: str) -> httpx.Response:
    return await web.nobody.get("/api/v1/me", headers={"Authorization": f"Bearer iw_{WORD}"})


async def act_with_reading_token(web: Web, _idea: str) -> httpx.Response:
    async with web.database.transaction() as session:
        await session.exec(update(AccessToken).where(col(AccessToken.account_id) == ALMA).values(scopes=["read"]))
    return await web.alma.post("/api/v1/ideas", json={"title": WORD})


async def revoke(web: Web, _idea: str) -> httpx.Response:
    async with web.database.session() as session:
        token = (await session.exec(select(AccessToken.id).where(AccessToken.account_id == DORA))).one()
    return await web.dora.post(f"/einstellungen/zugriff/{token}/widerrufen", headers=OWN_SITE)


async def come_late(web: Web, _idea: str) -> httpx.Response:
    web.clients[CARLA] = await web.sign_in(CARLA, proved_at=utc_now() - timedelta(hours=1))
    return await web.carla.get("/leitung/protokoll.csv")


TOKEN = {"name": WORD, "umfang": "read", "tage": "30"}

EVENTS: dict[str, tuple[Doing, AuditEvent, str, str | None]] = {
    # what is done → event, outcome, by whom
    "a token that is none": (read_with_bad_token, AuditEvent.REFUSED, "not_signed_in", None),
    "a page without a session": (lambda w, _: w.nobody.get("/leitung"), AuditEvent.REFUSED, "not_signed_in", None),
    "a scope too few": (act_with_reading_token, AuditEvent.REFUSED, "insufficient_scope", ALMA),
    "the API of leads": (lambda w, _: w.alma.get("/api/v1/stuck"), AuditEvent.REFUSED, "forbidden", ALMA),
    "a page of leads": (lambda w, _: w.ben.get("/haengt-fest"), AuditEvent.REFUSED, "forbidden", BEN),
    "another's idea": (lambda w, idea: w.dora.get(f"/ideen/{idea}"), AuditEvent.REFUSED, "hidden", DORA),
    "another's idea in the API": (
        lambda w, idea: w.dora.get(f"/api/v1/ideas/{idea}"),
        AuditEvent.REFUSED,
        "hidden",
        DORA,
    ),
    "another's sessions": (lambda w, idea: w.dora.get(f"/ideen/{idea}/gespraeche"), AuditEvent.REFUSED, "hidden", DORA),
    "a form from elsewhere": (
        lambda w, _: w.alma.post("/meine-daten", data={"name": WORD}, headers={"Sec-Fetch-Site": "cross-site"}),
        AuditEvent.REFUSED,
        "cross_site",
        None,
    ),
    "a proof that is too old": (come_late, AuditEvent.REFUSED, "step_up", CARLA),
    "own data": (lambda w, _: w.alma.get("/meine-daten/export.json"), AuditEvent.EXPORT, "done", ALMA),
    "own data to read": (lambda w, _: w.alma.get("/meine-daten/export.html"), AuditEvent.EXPORT, "done", ALMA),
    "sessions by month": (lambda w, _: w.ben.get("/gespraeche.csv"), AuditEvent.EXPORT, "done", BEN),
    "a chart as a sheet": (lambda w, _: w.carla.get("/ueberblick/weg.csv"), AuditEvent.EXPORT, "done", CARLA),
    "the log itself": (lambda w, _: w.carla.get("/leitung/protokoll.csv"), AuditEvent.EXPORT, "done", CARLA),
    "many at once": (
        lambda w, idea: w.carla.post("/leitung/sammel", data={"handlung": "extend", "fall": idea}, headers=OWN_SITE),
        AuditEvent.BULK,
        "done",
        CARLA,
    ),
    "a new token": (
        lambda w, _: w.alma.post("/einstellungen/zugriff/neu", data=TOKEN, headers=OWN_SITE),
        AuditEvent.TOKEN_ISSUED,
        "done",
        ALMA,
    ),
    "the end of a token": (revoke, AuditEvent.TOKEN_REVOKED, "done", DORA),
    "signing out": (lambda w, _: w.alma.post("/abmelden", headers=OWN_SITE), AuditEvent.SIGN_OUT, "done", ALMA),
}


@pytest.mark.parametrize("what", EVENTS)
async def test_what_matters_for_safety_leaves_one_entry_without_words(still_web: Web, what: str) -> None:
    do, event, outcome, who = EVENTS[what]
    idea = await write_idea(still_web.database, title=WORD, summary=WORD)
    answer = await do(still_web, idea)
    assert (answer.status_code >= 400) is (outcome != "done"), answer.text
    [entry] = await entries(still_web.database)
    assert (entry.event, entry.outcome, entry.account_id) == (event, outcome, who)
    by_token = answer.request.url.path.startswith("/api/")
    assert (entry.session_id is not None) is (who is not None and not by_token)
    assert (entry.facts.get("token") is not None) is (who is not None and by_token)
    assert len(entry.network_hash or "") == 64
    told = json.dumps(entry.model_dump(mode="json"))
    for word in (WORD, "127.0.0.1", "example.org", "Alma", "iw_"):
        assert word not in told


async def test_what_is_not_there_or_works_leaves_none(still_web: Web) -> None:
    idea = await write_idea(still_web.database)
    for client, path in (
        (still_web.alma, f"/ideen/{idea}"),
        (still_web.dora, f"/ideen/{CARLA}"),
        (still_web.nobody, "/gibt-es-nicht"),
        (still_web.nobody, "/"),
        (still_web.carla, "/api/v1/stuck"),
    ):
        await client.get(path)
    assert await entries(still_web.database) == []


async def test_a_flood_of_refusals_does_not_fill_the_log(still_web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        await still_web.ben.get("/haengt-fest")
        await still_web.alma.get("/haengt-fest")
    assert len(await entries(still_web.database)) == 1
    monkeypatch.setattr(
        "api.web.refused_requests.ALL_REFUSED", ALL_REFUSED._replace(rate=ALL_REFUSED.rate._replace(most=2))
    )
    for number in range(6):
        async with open_client(still_web.app, peer=f"198.51.100.{number}") as stranger:
            assert (await stranger.get("/leitung")).status_code == 401
    assert len(await entries(still_web.database)) <= 3


async def test_leads_read_who_did_what_and_nobody_else(still_web: Web) -> None:
    web = still_web
    await web.alma.get("/meine-daten/export.json")
    await web.ben.get("/haengt-fest")
    page = words_of((await web.carla.get("/leitung/protokoll")).text)
    assert "Daten ausgegeben" in page
    assert "Zugriff abgelehnt" in page
    queries: dict[str, tuple[str, str]] = {
        "person=Alma": ("own_data", "forbidden"),
        f"person={BEN}": ("forbidden", "own_data"),
        "person=ben@example.org": ("forbidden", "own_data"),
        "ereignis=export": ("own_data", "forbidden"),
        "ausgang=abgelehnt": ("forbidden", "own_data"),
        f"von={web.services.today().isoformat()}": ("own_data", "keinen Eintrag"),
        "bis=2020-01-01": ("keinen Eintrag", "own_data"),
    }
    for query, (shown, hidden) in queries.items():
        found = (await web.carla.get(f"/leitung/protokoll?{query}")).text
        table = found[found.index("<h1>") :]
        assert shown in table, query
        assert hidden not in table, query
    assert (await web.carla.get("/leitung/protokoll?von=gestern&ereignis=x&weiter=-1&person=%00")).status_code == 200
    sheet = await web.carla.get("/leitung/protokoll.csv?ereignis=export")
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    assert "own_data" in sheet.text
    for client in (web.alma, web.ben, web.nobody):
        assert (await client.get("/leitung/protokoll")).status_code in (401, 403)


async def test_the_log_goes_on_page_by_page(still_web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.pages.lead.audit.SHOWN", 2)
    async with still_web.database.transaction() as session:
        for number in range(5):
            await write_audit(session, AuditEvent.EXPORT, count=100 + number)
    address, seen = "/leitung/protokoll", []
    while address:
        page = (await still_web.carla.get(address)).text
        seen += [number for number in range(5) if f"count: {100 + number}" in page][::-1]
        further = page.partition('class="button" href="/leitung/protokoll?weiter=')[2].partition('"')[0]
        address = f"/leitung/protokoll?weiter={further}" if further else ""
    assert seen == [4, 3, 2, 1, 0]


async def test_nobody_rewrites_the_log(database: Database) -> None:
    await invite_cast(database)
    async with database.transaction() as session:
        await write_audit(session, AuditEvent.RESTORE)
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.transaction() as session:
            await session.exec(text("UPDATE audit_entry SET outcome = 'nothing'"))  # type: ignore[call-overload]


async def test_an_entry_outlives_whom_it_names(still_web: Web) -> None:
    await still_web.alma.get("/meine-daten/export.json")
    async with still_web.database.transaction() as session:
        gone: dict[str, Any] = {"name": "", "email": "gone@erased.invalid", "erased_at": utc_now()}
        await session.exec(update(Account).where(col(Account.id) == ALMA).values(**gone))
    assert (await still_web.carla.get("/leitung/protokoll")).status_code == 200
    [entry] = await entries(still_web.database)
    assert entry.account_id == ALMA
