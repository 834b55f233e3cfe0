"""One's own calendar: an address that is a secret, and entries that name nobody."""

from datetime import date
from typing import Any

import httpx
import pytest
from icalendar import Calendar
from sqlmodel import select

from models.secrets import hash_secret
from models.tables import CalendarAddress
from tests.api.conftest import Web, in_days
from tests.api.pages.conftest import OWN_SITE
from tests.api.routes.test_lists import place
from tests.factories import ALMA, BEN, write_beside


async def make_address(client: httpx.AsyncClient) -> str:
    """Ask for an address as the page offers it; returns its path."""
    page = (await client.post("/kalender", headers=OWN_SITE)).text
    return page.partition('value="http://127.0.0.1:8000')[2].partition('"')[0]


async def read_events(web: Web, path: str) -> dict[str, Any]:
    """Summary → entry."""
    answer = await web.nobody.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return {str(event["SUMMARY"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")}


async def test_a_coach_finds_deadlines_tasks_and_absences_in_their_own_calendar(web: Web) -> None:
    idea = await web.bring_to("planning", title="Pflegelotsen im Quartier")
    tasks = [
        {"title": "Raum ansehen", "assignee": "coach", "until": in_days(2)},
        {"title": "Raum suchen", "assignee": "innovator", "until": in_days(5)},
    ]
    await web.ask(BEN, idea, "plan", tasks=tasks)
    away = {"von": in_days(30), "bis": in_days(40)}
    assert (await web.ben.post("/arbeit/abwesenheit", data=away, headers=OWN_SITE)).status_code == 303
    path = await make_address(web.ben)
    found = await read_events(web, path)
    code = idea[:8]
    assert set(found) == {f"Sie sind am Zug ({code})", f"Aufgabe fällig ({code})", "Abwesend"}
    task, absence = found[f"Aufgabe fällig ({code})"], found["Abwesend"]
    assert task.decoded("DTSTART") == date.fromisoformat(in_days(2))
    assert absence.decoded("DTEND") == date.fromisoformat(in_days(41))
    assert str(task["URL"]).endswith(f"/ideen/{idea}")
    whole = (await web.nobody.get(path)).text
    for word in ("Pflegelotsen", "Raum", "Ben", "Alma"):
        assert word not in whole


async def test_an_entry_keeps_its_identity_and_counts_its_changes(web: Web) -> None:
    idea = await web.bring_to("planning")
    path, name = await make_address(web.ben), f"Sie sind am Zug ({idea[:8]})"
    before = (await read_events(web, path))[name]
    first = await web.nobody.get(path)
    unchanged = await web.nobody.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert first.headers["cache-control"] == "private, max-age=3600"
    assert "set-cookie" not in first.headers
    await web.ask(BEN, idea, "extend_deadline", days=3, reason="Es dauert.")
    after = (await read_events(web, path))[name]
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.decoded("DTSTART") > before.decoded("DTSTART")
    changed = await web.nobody.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    await web.ask(BEN, idea, "agree_plan")
    assert await read_events(web, path) == {}
    assert set(await read_events(web, await make_address(web.alma))) == {name}
    await web.ask(ALMA, idea, "pause", until=in_days(20), reason="Urlaub")
    assert await read_events(web, await make_address(web.alma)) == {}


async def test_what_waits_beside_an_idea_is_an_entry_of_whoever_is_on_turn(still_web: Web) -> None:
    idea = await place(still_web.database)
    await write_beside(still_web.database, idea, holder_until=date.fromisoformat(in_days(-4)))
    (entry,) = (await read_events(still_web, await make_address(still_web.ben))).values()
    assert str(entry["SUMMARY"]) == f"Crowdfunding: Sie sind am Zug ({idea[:8]})"
    assert str(entry["URL"]).endswith(f"/ideen/{idea}/crowdfunding")
    assert entry.decoded("DTSTART") == date.fromisoformat(in_days(-4))
    assert await read_events(still_web, await make_address(still_web.alma)) == {}


async def test_an_address_is_shown_once_renewed_and_revoked(still_web: Web, capsys: pytest.CaptureFixture[str]) -> None:
    web = still_web
    assert "Zurzeit gibt es keine Adresse" in (await web.ben.get("/kalender")).text
    first = await make_address(web.ben)
    secret = first.removeprefix("/kalender/").removesuffix(".ics")
    assert len(secret) > 40
    assert secret not in (await web.ben.get("/kalender")).text
    async with web.database.session() as session:
        row = (await session.exec(select(CalendarAddress))).one()
    assert (row.account_id, row.hash) == (BEN, hash_secret(secret))
    assert (await web.nobody.get(first)).status_code == 200
    second = await make_address(web.ben)
    assert (await web.nobody.get(first)).status_code == 404
    assert (await web.nobody.get(second)).status_code == 200
    assert (await web.bruno.post("/kalender/widerrufen", headers=OWN_SITE)).status_code == 303
    assert (await web.nobody.get(second)).status_code == 200
    revoked = await web.ben.post("/kalender/widerrufen", headers=OWN_SITE, follow_redirects=True)
    assert "Die Adresse gilt nicht mehr." in revoked.text
    for path in (second, "/kalender/x.ics", "/kalender/%00.ics", f"/kalender/{hash_secret(secret)}.ics"):
        assert (await web.nobody.get(path)).status_code in (400, 404)
    assert (await web.nobody.post("/kalender", headers=OWN_SITE)).status_code == 401
    figures = (await web.nobody.get("/metrics")).text
    told = capsys.readouterr().out + figures
    assert "/kalender/{secret}.ics" in told
    assert secret not in told
    assert second not in told
