"""Unterwegs: of an idea on its way everybody reads what its owner has written for them, and no more, and no longer."""

import re

import httpx
from sqlmodel import col, select

from activities.upkeep.anonymise import forget_words
from models.messages.upkeep import ErasureCounts
from models.queries.openings import OPENINGS_A_PAGE
from models.tables import Contribution, NoticeRow, Opening, StandingRow
from models.tables.columns import new_id, utc_now
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


def without_choices(page: str) -> str:
    """What a page shows, but for the places that one may choose among."""
    return re.sub(r"<option.*?</option>", "", page.partition("<main")[2])


async def test_everybody_reads_what_its_owner_has_written_and_nothing_else(still_web: Web) -> None:
    idea = await write(still_web)
    assert "Gerade zeigt sich keine Idee" in (await still_web.nobody.get("/unterwegs")).text
    assert f'href="/ideen/{idea}/unterwegs"' in (await still_web.alma.get(f"/ideen/{idea}")).text
    form = (await still_web.alma.get(f"/ideen/{idea}/unterwegs")).text
    assert (mistakes_in(form), "Pflegelotsen im Quartier" in form) == ([], True)
    for who, status in ((BEN, 404), (CARLA, 404), (DORA, 404)):
        assert (await show(still_web, idea, who)).status_code == status
    empty = await show(still_web, idea, gesucht=" ", kurz="Neu.")
    assert (empty.status_code, "Neu." in empty.text) == (422, True)
    assert empty.text.count("Bitte schreiben Sie, wen oder was Sie suchen.") == 2, "above, and at its field"
    assert (await show(still_web, idea, kurz="x" * 601)).status_code == 422
    assert (await show(still_web, idea)).headers["location"].endswith("meldung=opening_shown")
    at = await address_of(still_web, idea)
    for page in ("/unterwegs", "/", at):
        answer = await still_web.nobody.get(page)
        assert mistakes_in(answer.text) == [], page
        for said in SAID.values():
            assert said in answer.text, page
        for unsaid in (idea, "Pflegelotsen", "Dresden", "Alma"):
            assert unsaid not in without_choices(answer.text), (page, unsaid)
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
    assert (await end(still_web, idea, CARLA)).headers["location"].endswith("reason_needed")
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


async def test_they_are_found_by_words_and_place_page_by_page_and_told_to_programs(still_web: Web) -> None:
    for number in range(OPENINGS_A_PAGE):
        await plant_opening(still_web, f"Lesebank {number}")
    last = await plant_opening(still_web, "Bücherlotsen", seeks="Räume", district="DED21")
    first = (await still_web.nobody.get("/unterwegs")).text
    assert mistakes_in(first) == []
    assert re.search(rf'id="anzahl"[^>]*>{OPENINGS_A_PAGE + 1}\sIdeen<', first)
    assert first.count('class="card tile"') == OPENINGS_A_PAGE
    assert 'href="/unterwegs?seite=2">Weitere anzeigen' in first
    assert (await still_web.nobody.get("/unterwegs?seite=2")).text.count('class="card tile"') == 1
    assert "So viele Ideen sind es nicht" in (await still_web.nobody.get("/unterwegs?seite=9")).text
    for query in ("text=BUECHER", "text=raeume", "ort=DED21", "text=Räume&ort=DED21"):
        page = (await still_web.nobody.get(f"/unterwegs?{query}")).text
        assert (page.count('class="card tile"'), "Bücherlotsen" in page) == (1, True), query
    none = (await still_web.nobody.get("/unterwegs?text=nichts&ort=DED21")).text
    assert "Keine Idee passt zu dieser Auswahl" in none
    assert re.findall(r'<li><a href="([^"]+)">[^<]+<svg', none) == ["/unterwegs?ort=DED21", "/unterwegs?text=nichts"]

    api = "/api/v1/openings"
    listed = (await still_web.nobody.get(api, params={"limit": OPENINGS_A_PAGE})).json()
    rest = (await still_web.nobody.get(api, params={"cursor": listed["next_cursor"]})).json()
    assert (len(listed["items"]), len(rest["items"]), rest["next_cursor"]) == (OPENINGS_A_PAGE, 1, None)
    found = (await still_web.nobody.get(api, params={"text": "lotsen", "district": "DED21"})).json()["items"]
    assert found == [(await still_web.nobody.get(f"{api}/{last}")).json()]
    one = found[0]
    assert (one["title"], one["seeks"], one["district_name"]) == ("Bücherlotsen", "Räume", "Dresden")
    assert one["address"].endswith(f"/unterwegs/{last}")
    async with still_web.database.transaction() as session:
        card = await session.get_one(Opening, last)
        card.taken_down_at = utc_now()
        assert card.idea_id not in str(one), "its address says nothing of the idea"
    assert (await still_web.nobody.get(f"{api}/{last}")).status_code == 410
    assert (await still_web.nobody.get(api, params={"text": "lotsen"})).json()["items"] == []
    assert (await still_web.nobody.get(api, params={"cursor": "x"})).status_code == 422


async def plant_opening(web: Web, title: str, seeks: str = "Holz", district: str | None = None) -> str:
    """A card of an idea of Alma's, which nobody had to write; returns its id."""
    card = Opening(id=new_id(), idea_id=await write(web), title=title, teaser="Wir fangen an.", seeks=seeks)
    card.district, card.opened_by = district, ALMA
    async with web.database.transaction() as session:
        session.add(card)
    return card.id
