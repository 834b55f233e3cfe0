"""The session log: noted, corrected, taken out and brought back by coaches; seen by leads, and never by innovators."""

import asyncio

import pytest
from sqlalchemy import func
from sqlmodel import select

from activities.upkeep.anonymise import erase_rows, forget_words
from api.web.csrf import FIELD
from models.messages.upkeep import ErasureCounts
from models.tables import Account, CalendarAddress, SessionLogRow
from tests.api.conftest import Web, in_days
from tests.api.pages.conftest import OWN_SITE, form_with, words_of
from tests.factories import BEN, BRUNO, write_session

TALK = {"day": in_days(0), "minutes": "75", "kind": "video", "note": "Nur unter uns: =1+1"}


async def test_minutes_are_noted_on_the_idea_and_add_up(web: Web) -> None:
    idea = await web.bring_to("working")
    here = f"/ideen/{idea}/gespraeche"
    page = (await web.ben.get(f"/ideen/{idea}")).text
    assert "Nur Coaches und Leitung sehen das." in words_of(page)
    sent = form_with(page, here).values | TALK
    answers = await asyncio.gather(*(web.ben.post(here, data=sent, headers=OWN_SITE) for _ in range(3)))
    assert {answer.headers["location"] for answer in answers} == {f"{here}?meldung=session_logged"}
    await write_session(web.database, idea, BRUNO, day=web.services.today(), minutes=15)
    for client in (web.ben, web.carla):
        assert "2 Gespräche, 1 h 30 min" in words_of((await client.get(f"/ideen/{idea}")).text)
        listed = (await client.get(here)).text
        assert "Nur unter uns: =1+1" in listed
        assert "Video" in listed
    hers = (await web.alma.get(f"/ideen/{idea}")).text
    assert "Gespräche" not in hers
    assert "unter uns" not in hers


WRONG = {
    "minutes": ("0", "100000", "1441", "-5", "", "²", "1e3", "NaN"),
    "day": (in_days(1), "2001-01-01", "gestern", ""),
    "kind": ("", "letter"),
    "note": ("x" * 10_001,),
}


async def test_what_cannot_be_is_refused_and_what_was_written_stays(still_web: Web, subtests: pytest.Subtests) -> None:
    idea = await still_web.plant("working")
    here = f"/ideen/{idea}/gespraeche"
    for field, value in ((field, value) for field, values in WRONG.items() for value in values):
        with subtests.test(field=field, value=value[:20]):
            answer = await still_web.ben.post(here, data={**TALK, "note": "Bleibt.", field: value}, headers=OWN_SITE)
            assert answer.status_code == 422
            assert f'<a href="#neu-{field}">' in answer.text
            assert f'id="neu-{field}"' in answer.text
            assert field == "note" or "Bleibt." in answer.text
    async with still_web.database.session() as session:
        assert (await session.exec(select(func.count()).select_from(SessionLogRow))).one() == 0


async def test_an_entry_is_corrected_once_and_by_whom_it_belongs_to(still_web: Web) -> None:
    web, idea = still_web, await still_web.plant("working")
    here = f"/ideen/{idea}/gespraeche"
    bens = await write_session(web.database, idea, BEN)
    others = await write_session(web.database, idea, BRUNO)
    page = (await web.ben.get(here)).text
    assert f"{here}/{others}" not in page
    seen = form_with(page, f"{here}/{bens}").values
    answer = await web.ben.post(f"{here}/{bens}", data=seen | TALK, headers=OWN_SITE, follow_redirects=True)
    assert "Der Eintrag ist berichtigt." in answer.text
    assert "2 Gespräche, 2 h" in words_of(answer.text)
    del seen[FIELD]
    late = await web.carla.post(f"{here}/{bens}", data=seen | TALK | {"minutes": "10"}, headers=OWN_SITE)
    assert late.status_code == 409
    assert 'value="10"' in late.text
    assert "inzwischen geändert" in late.text
    assert (await web.ben.post(f"{here}/{others}", data=seen | TALK, headers=OWN_SITE)).status_code == 403
    assert (await web.ben.post(f"{here}/{others}/entfernen", headers=OWN_SITE)).status_code == 403
    elsewhere = await web.plant("working")
    assert (await web.ben.post(f"/ideen/{elsewhere}/gespraeche/{bens}/entfernen", headers=OWN_SITE)).status_code == 404
    for client in (web.alma, web.bruno, web.dora):
        assert (await client.get(here)).status_code == 404
        assert (await client.post(here, data=TALK, headers=OWN_SITE)).status_code == 404
        assert (await client.post(f"{here}/{bens}/entfernen", headers=OWN_SITE)).status_code == 404


async def test_an_entry_is_taken_out_and_brought_back(still_web: Web) -> None:
    web, idea = still_web, await still_web.plant("working")
    here, entry = f"/ideen/{idea}/gespraeche", await write_session(still_web.database, idea, BEN)
    gone = await web.ben.post(f"{here}/{entry}/entfernen", headers=OWN_SITE, follow_redirects=True)
    assert "Hier ist noch kein Gespräch eingetragen." in gone.text
    assert "Video" in gone.text
    assert (await web.ben.post(f"{here}/{entry}", data=TALK | {"fassung": "1"}, headers=OWN_SITE)).status_code == 409
    back = await web.ben.post(f"{here}/{entry}/zurueckholen", headers=OWN_SITE, follow_redirects=True)
    assert "1 Gespräch, 45 min" in words_of(back.text)


async def test_months_add_up_for_the_coach_and_for_leads(still_web: Web) -> None:
    web, idea = still_web, await still_web.plant("working")
    today = web.services.today()
    for coach, minutes in ((BEN, 30), (BEN, 45), (BRUNO, 60)):
        await write_session(web.database, idea, coach, day=today, minutes=minutes, note="=cmd()")
    mine, all_ = [words_of((await client.get("/gespraeche")).text) for client in (web.ben, web.carla)]
    assert "2 Gespräche, 1 h 15 min" in mine
    assert "Bruno" not in mine
    assert "Zusammen: 3 Gespräche, 2 h 15 min" in all_
    assert "Bruno" in all_
    sheet = await web.carla.get("/gespraeche.csv")
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    assert sheet.text.splitlines() == [
        "\ufeffMonat;Coach;Idee;Gespräche;Minuten",
        f"{today:%Y-%m};Ben;{idea};2;75",
        f"{today:%Y-%m};Bruno;{idea};1;60",
    ]
    assert (await web.ben.get("/gespraeche.csv")).text.count("Bruno") == 0
    for path in ("/gespraeche", "/gespraeche.csv"):
        assert (await web.alma.get(path)).status_code == 403
        assert (await web.nobody.get(path)).status_code == 401


async def test_words_go_with_the_idea_or_with_the_coach_and_the_minutes_stay(still_web: Web) -> None:
    web = still_web
    database, ideas = web.database, [await web.plant("working"), await web.plant("working")]
    for idea in ideas:
        await write_session(database, idea, BEN, note="Über Alma.")
    assert (await web.ben.post("/kalender", headers=OWN_SITE)).status_code == 200
    async with database.transaction() as session:
        await forget_words(session, ideas[:1], ErasureCounts())
    assert await read_notes(web) == {ideas[0]: ("", 45), ideas[1]: ("Über Alma.", 45)}
    async with database.transaction() as session:
        await erase_rows(session, await session.get_one(Account, BEN))
        assert (await session.exec(select(CalendarAddress))).all() == []
    assert await read_notes(web) == dict.fromkeys(ideas, ("", 45))


async def read_notes(web: Web) -> dict[str, tuple[str, int]]:
    """Idea → note and minutes."""
    async with web.database.session() as session:
        return {row.idea_id: (row.note, row.minutes) for row in (await session.exec(select(SessionLogRow))).all()}
