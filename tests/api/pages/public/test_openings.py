"""Unterwegs: of an idea on its way everybody reads what its owner has written for them, and no more, and no longer."""

import httpx
from sqlmodel import col, select

from activities.upkeep.anonymise import forget_words
from models.messages.upkeep import ErasureCounts
from models.tables import Contribution, NoticeRow, Opening, StandingRow
from tests.api.conftest import Web
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.factories import ALMA, BEN, CARLA, DORA, write_idea, write_open_idea
from tests.html import mistakes_in

SAID = {"titel": "Bänke für alle", "kurz": "Wir stellen Bänke auf.", "gesucht": "Jemanden mit Lastenrad"}


async def write(web: Web) -> str:
    idea = await write_open_idea(web.database, stage="develop", state="working", holder_role="innovator")
    async with web.database.transaction() as session:
        (await session.get_one(StandingRow, idea)).coach_id = BEN
    return idea


async def show(web: Web, idea: str, who: str = ALMA, **said: str) -> httpx.Response:
    return await web.clients[who].post(f"/ideen/{idea}/unterwegs", data=SAID | said, headers=OWN_SITE)


async def end(web: Web, idea: str, who: str = ALMA, reason: str = "") -> httpx.Response:
    data = {"grund": reason}
    return await web.clients[who].post(f"/ideen/{idea}/unterwegs/beenden", data=data, headers=OWN_SITE)


async def address_of(web: Web, idea: str) -> str:
    async with web.database.session() as session:
        found = await session.exec(select(Opening.id).where(Opening.idea_id == idea))
        return f"/unterwegs/{found.one()}"


async def test_everybody_reads_what_its_owner_has_written_and_nothing_else(still_web: Web) -> None:
    idea = await write(still_web)
    assert "Gerade zeigt sich keine Idee" in (await still_web.nobody.get("/unterwegs")).text
    assert f'href="/ideen/{idea}/unterwegs"' in (await still_web.alma.get(f"/ideen/{idea}")).text
    form = (await still_web.alma.get(f"/ideen/{idea}/unterwegs")).text
    assert (mistakes_in(form), "Pflegelotsen im Quartier" in form) == ([], True)
    for who, status in ((BEN, 404), (CARLA, 404), (DORA, 404)):
        assert (await show(still_web, idea, who)).status_code == status
    empty = await show(still_web, idea, gesucht=" ", kurz="Neu.")
    assert (empty.status_code, "Bitte schreiben Sie hier etwas" in empty.text, "Neu." in empty.text) == (
        422,
        True,
        True,
    )
    assert (await show(still_web, idea, kurz="x" * 601)).status_code == 422
    assert (await show(still_web, idea)).headers["location"].endswith("meldung=opening_shown")
    at = await address_of(still_web, idea)
    for page in ("/unterwegs", "/", at):
        answer = await still_web.nobody.get(page)
        assert mistakes_in(answer.text) == [], page
        for said in SAID.values():
            assert said in answer.text, page
        for unsaid in (idea, "Pflegelotsen", "Dresden", "Alma"):
            assert unsaid not in answer.text.partition("<main")[2], (page, unsaid)
    assert "/unterwegs</loc>" in (await still_web.nobody.get("/sitemap.xml")).text
    assert 'href="/unterwegs"' in (await still_web.nobody.get("/geschichten")).text
    assert (await show(still_web, idea, gesucht="Holz", ort="true")).status_code == 303
    page = (await still_web.nobody.get(at)).text
    assert ("Holz" in page, "Lastenrad" in page, "Dresden" in page) == (True, False, True)
    known = {"If-None-Match": (await still_web.nobody.get("/unterwegs")).headers["etag"]}
    assert (await still_web.nobody.get("/unterwegs", headers=known)).status_code == 304
    mine = await still_web.alma.get("/meine-daten")
    assert f"/ideen/{idea}/unterwegs/beenden" in mine.text
    assert (await end(still_web, idea)).status_code == 303
    assert (await still_web.nobody.get(at)).status_code == 404
    assert "Holz" not in (await still_web.nobody.get("/unterwegs")).text


async def test_a_lead_takes_it_down_with_a_reason_and_allows_it_again(still_web: Web) -> None:
    idea = await write(still_web)
    await show(still_web, idea)
    at = await address_of(still_web, idea)
    assert f"/ideen/{idea}/unterwegs/beenden" not in (await still_web.ben.get(f"/ideen/{idea}")).text
    for who in (BEN, DORA):
        assert (await end(still_web, idea, who, "So.")).status_code == 404
    assert (await end(still_web, idea, CARLA)).headers["location"].endswith("story_needs_reason")
    assert (await still_web.nobody.get(at)).status_code == 200
    assert (await end(still_web, idea, CARLA, "Bitte ohne Adresse.")).status_code == 303
    assert (await still_web.nobody.get(at)).status_code == 410
    page = (await still_web.alma.get(f"/ideen/{idea}")).text
    assert "Bitte ohne Adresse." in page
    assert (await show(still_web, idea)).headers["location"].endswith("opening_refused")
    async with still_web.database.session() as session:
        told = await session.exec(select(NoticeRow.account_id).where(NoticeRow.kind == "opening_taken_down"))
        assert list(told) == [ALMA]
    allow = f"/ideen/{idea}/unterwegs/zulassen"
    assert (await still_web.alma.post(allow, headers=OWN_SITE)).status_code == 404
    assert (await still_web.carla.post(allow, headers=OWN_SITE)).status_code == 303
    assert (await show(still_web, idea)).headers["location"].endswith("opening_shown")


async def test_it_ends_with_the_idea_and_is_nothing_for_one_that_nobody_has_taken_on(web: Web) -> None:
    unread = await write_idea(web.database)
    assert (await show(web, unread)).headers["location"].endswith("opening_refused")
    idea = await web.bring_to("working")
    await show(web, idea)
    at = await address_of(web, idea)
    await web.ask(ALMA, idea, "withdraw", reason="Keine Zeit.")
    assert (await web.nobody.get(at)).status_code == 404
    await web.ask(CARLA, idea, "reopen", reason="Doch.")
    assert "Bänke" not in (await web.nobody.get("/unterwegs")).text, "who goes on is asked anew"
    await show(web, idea)
    async with web.database.transaction() as session:
        await forget_words(session, [idea], ErasureCounts())
        assert (await session.exec(select(Opening))).all() == []


async def test_anybody_writes_to_it_as_to_a_story(still_web: Web) -> None:
    idea = await write(still_web)
    await show(still_web, idea)
    at = await address_of(still_web, idea)
    assert f'href="{at}/mitreden"' in (await still_web.nobody.get(at)).text
    form = await still_web.nobody.get(f"{at}/mitreden")
    assert "Bänke für alle" in words_of(form.text)
    told = {"art": "offer", "text": "Ich habe ein Lastenrad.", "mail": "gustav@example.org"}
    sent = await still_web.nobody.post(f"{at}/mitreden", data=told, headers=OWN_SITE)
    assert sent.headers["location"] == f"{at}/mitreden?meldung=contributed"
    async with still_web.database.session() as session:
        found = await session.exec(select(Contribution.body).where(col(Contribution.idea_id) == idea))
        assert list(found) == ["Ich habe ein Lastenrad."]
