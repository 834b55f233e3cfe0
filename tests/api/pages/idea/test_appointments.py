"""Appointments through pages and API: offered, chosen, moved, cancelled, refused, taken along as a file."""

import asyncio
import re
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from icalendar import Calendar
from sqlmodel import col, select

from activities.mails.links import Question
from api.use_cases.calendar_feed import write_my_calendar
from api.use_cases.check_in_replies import links_of
from models.tables import Account, NoticeRow, StandingRow
from models.vocabulary import NoticeKind
from models.workflow_ids import APPOINTMENT
from tests.api.conftest import Web, in_days
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.factories import ALMA, BEN

OFFER = {"day1": in_days(9), "time1": "10:30", "day2": in_days(10), "time2": "9.00 Uhr", "minutes": "45"}
MISSED = "nicht zustande gekommen"


async def post(client: httpx.AsyncClient, path: str, **data: str) -> httpx.Response:
    return await client.post(path, data={"place": "video"} | data, headers=OWN_SITE)


async def read(web: Web, idea: str) -> list[dict[str, Any]]:
    answer = await web.alma.get(f"/api/v1/ideas/{idea}/appointments")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def file_of(client: httpx.AsyncClient, idea: str) -> Any:
    answer = await client.get(f"/ideen/{idea}/termine/1.ics")
    assert answer.status_code == 200, answer.text
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    return event, str(Calendar.from_ical(answer.content)["METHOD"])


async def test_an_appointment_is_offered_chosen_moved_and_cancelled_on_the_page(web: Web) -> None:
    idea = await web.bring_to("working")
    path = f"/ideen/{idea}/termine"
    answer = await post(web.ben, path, **OFFER, note="https://meet.example/lotsen")
    assert answer.status_code == 303, answer.text
    assert (await web.ben.get(f"{path}/1.ics")).status_code == 404, "nothing is agreed yet"
    page = (await web.alma.get(f"/ideen/{idea}")).text
    assert "https://meet.example/lotsen" in page
    assert "Bitte wählen Sie, wann es Ihnen passt." in page
    slots = re.findall(r'name="start" value="([^"]+)"', page)
    assert len(slots) == 2
    assert (await post(web.alma, f"{path}/1", event="choose", start="morgen")).status_code == 422
    assert (await post(web.ben, f"{path}/1", event="choose", start=slots[0])).status_code == 403
    chosen = await post(web.alma, f"{path}/1", event="choose", start=slots[0])
    assert chosen.status_code == 303, chosen.text
    event, method = await file_of(web.alma, idea)
    local = event["DTSTART"].dt.astimezone(web.services.policy.zone)
    assert (local.date().isoformat(), local.hour, local.minute, method) == (in_days(9), 10, 30, "PUBLISH")
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=45)
    assert (event["SEQUENCE"], event["STATUS"], event["LOCATION"]) == (
        1,
        "CONFIRMED",
        "Video: https://meet.example/lotsen",
    )
    assert "Alma" not in str(event) + event["SUMMARY"]
    moved = await post(web.alma, f"{path}/1", event="move", **OFFER)
    assert moved.status_code == 303
    gone, method = await file_of(web.ben, idea)
    assert (gone["UID"], gone["SEQUENCE"], gone["STATUS"], method) == (event["UID"], 2, "CANCELLED", "CANCEL")
    assert (await post(web.ben, f"{path}/1", event="decline_times", note="")).status_code == 422
    assert (await post(web.ben, f"{path}/1", event="decline_times", note="Lieber nachmittags.")).status_code == 303
    assert "Lieber nachmittags." in (await web.alma.get(f"/ideen/{idea}")).text
    assert (await post(web.alma, f"{path}/1", event="withdraw", note="Wir schreiben uns.")).status_code == 303
    (line,) = await read(web, idea)
    assert (line["state"], line["said"], line["allowed_events"]) == ("cancelled", "Wir schreiben uns.", [])
    page = words_of((await web.alma.get(f"/ideen/{idea}")).text)
    assert ("abgesagt" in page, MISSED in page) == (True, False)
    # That its time goes by is the engine's; here it is only shown.
    async with web.database.transaction() as session:
        row = (await session.exec(select(StandingRow).where(col(StandingRow.kind) == APPOINTMENT))).one()
        row.state, row.snapshot = "missed", (row.snapshot or {}) | {"state": "missed"}
        session.add(row)
    assert MISSED in words_of((await web.alma.get(f"/ideen/{idea}")).text)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"day1": ""}, "Bitte geben Sie einen Tag an"),
        ({"day1": "", "time1": "", "day2": "", "time2": ""}, "Bitte geben Sie einen Tag an"),
        ({"time1": "25:00"}, "Bitte geben Sie eine Uhrzeit an"),
        ({"day1": "2020-01-01"}, "eine Zeit, die noch kommt"),
        ({"day2": OFFER["day1"], "time2": "10:30"}, "Diese Zeit steht schon da"),
        ({"minutes": "viel"}, "Bitte geben Sie die Minuten an"),
        ({"place": "mail"}, "Bitte wählen Sie, wie Sie sich treffen"),
    ],
)
async def test_an_offer_that_cannot_be_comes_back_with_its_field_and_nothing_lost(
    still_web: Web, wrong: dict[str, str], words: str
) -> None:
    idea = await still_web.plant("working")
    offer = OFFER | {"place": "phone", "note": "Bitte anrufen."} | wrong
    answer = await still_web.ben.post(f"/ideen/{idea}/termine", data=offer, headers=OWN_SITE)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Bitte anrufen." in answer.text
    assert await read(still_web, idea) == []


async def test_what_no_browser_sends_is_told_as_wrong_and_breaks_nothing(still_web: Web) -> None:
    idea = await still_web.plant("working")
    path, early = f"/ideen/{idea}/termine", "0001-01-01"
    for wrong in ({"note": "a" * 10_001}, {"day1": early}, {"day1": "9999-12-31"}, {"time1": "\x00"}):
        assert (await post(still_web.ben, path, **(OFFER | wrong))).status_code == 422
    assert (await post(still_web.ben, f"{path}/1", event="Böse <b>")).status_code == 422
    for slot in (f"{early}T00:00+14:00", f"{early}T00:00", "9999-12-31T23:59-14:00"):
        body = {"slots": [slot], "minutes": 30, "place": "phone"}
        assert (await still_web.ben.post(f"/api/v1/ideas/{idea}/appointments", json=body)).status_code == 422


def next_change_forward(today: date) -> date:
    """The last Sunday in March: at two the clocks go forward to three."""
    last = date(today.year + (today.month > 2), 3, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


async def test_a_time_that_clocks_never_show_is_refused_by_its_field(still_web: Web) -> None:
    idea, day = await still_web.plant("working"), next_change_forward(still_web.services.today())
    answer = await post(still_web.ben, f"/ideen/{idea}/termine", day1=day.isoformat(), time1="02:30", minutes="30")
    assert "Diese Uhrzeit gibt es an dem Tag nicht" in answer.text
    local = datetime.combine(day, datetime.min.time()).replace(hour=2, minute=30).isoformat()
    body = {"slots": [local], "minutes": 30, "place": "phone"}
    refused = await still_web.ben.post(f"/api/v1/ideas/{idea}/appointments", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "slots"), refused.text


async def test_who_asks_again_or_at_once_gets_one_appointment_for_each_key(web: Web) -> None:
    idea = await web.bring_to("working")
    body = {"slots": [f"{in_days(9)}T10:00", f"{in_days(9)}T12:00:00+00:00"], "minutes": 30, "place": "phone"}

    async def propose(key: str) -> httpx.Response:
        path, headers = f"/api/v1/ideas/{idea}/appointments", {"Idempotency-Key": key}
        return await web.ben.post(path, json=body, headers=headers)

    answers = await asyncio.gather(*(propose(key) for key in ("a", "b", "a", "c")))
    assert {answer.status_code for answer in answers} <= {201, 503}, [answer.text for answer in answers]
    again = [await propose(key) for key in ("a", "b", "c")]
    assert sorted(answer.json()["number"] for answer in again) == [1, 2, 3]
    assert len(await read(web, idea)) == 3
    other = await web.ben.post(
        f"/api/v1/ideas/{idea}/appointments", json=body | {"minutes": 60}, headers={"Idempotency-Key": "a"}
    )
    assert other.status_code == 422


async def test_nobody_to_meet_nothing_to_propose(still_web: Web) -> None:
    idea = await still_web.plant("working")
    assert (await post(still_web.dora, f"/ideen/{idea}/termine", **OFFER)).status_code == 404
    assert (await post(still_web.bruno, f"/ideen/{idea}/termine", **OFFER)).status_code == 404
    assert (
        await post(still_web.alma, f"/ideen/{idea}/termine/1", event="choose", start="2026-01-01")
    ).status_code == 404


async def test_a_time_is_chosen_by_one_button_behind_the_link_of_the_mail(web: Web) -> None:
    idea = await web.bring_to("working")
    assert (await post(web.ben, f"/ideen/{idea}/termine", **OFFER)).status_code == 303
    async with web.database.session() as session:
        is_offer = (NoticeRow.kind == NoticeKind.APPOINTMENT_PROPOSED, NoticeRow.account_id == ALMA)
        notice = (await session.exec(select(NoticeRow).where(*is_offer))).one()
    links = links_of(web.services)
    path = urlsplit(links.answer(Question(notice.id, ALMA, idea, 0))).path
    page = (await web.nobody.get(f"{path}?wahl=2")).text
    slots = re.findall(r'name="start" value="([^"]+)" required( checked)?', page)
    assert [bool(checked) for _, checked in slots] == [False, True]
    (unchanged,) = await read(web, idea)
    assert unchanged["state"] == "choosing", "a look changes nothing"
    assert (await web.nobody.post(path, data={"start": "irgendwann"})).status_code == 422
    assert (await web.nobody.post(path, data={"start": slots[1][0]})).status_code == 303
    assert "Der Termin ist vereinbart." in (await web.nobody.get(path)).text
    assert (await web.nobody.post(path, data={"start": slots[0][0]})).status_code == 200
    (line,) = await read(web, idea)
    assert (line["state"], datetime.fromisoformat(line["start"])) == ("agreed", datetime.fromisoformat(slots[1][0]))
    await post(web.alma, f"/ideen/{idea}/termine/1", event="withdraw")
    assert (await web.nobody.get(path)).status_code == 410
    of_ben = urlsplit(links.answer(Question(notice.id, BEN, idea, 0))).path
    assert 'name="start"' not in (await web.nobody.get(of_ben)).text, "a notice offers times to its reader alone"


async def test_an_agreed_appointment_stands_in_the_calendars_of_both(web: Web) -> None:
    idea = await web.bring_to("working")
    await post(web.ben, f"/ideen/{idea}/termine", **OFFER)
    (line,) = await read(web, idea)
    await post(web.alma, f"/ideen/{idea}/termine/1", event="choose", start=line["slots"][0])
    file, _ = await file_of(web.ben, idea)
    for account_id in (ALMA, BEN):
        async with web.database.session() as session:
            account = await session.get_one(Account, account_id)
        calendar = Calendar.from_ical(await write_my_calendar(web.services, account))
        found: dict[str, Any] = {str(event["UID"]): event for event in calendar.walk("VEVENT")}
        assert found[file["UID"]]["DTSTART"].dt == datetime.fromisoformat(line["slots"][0])
        assert "meet" not in str(found[file["UID"]]), "no words leave with a calendar"
