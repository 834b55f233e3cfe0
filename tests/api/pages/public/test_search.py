"""One field on every page of staff finds ideas, people and stories, each within what one may see."""

from sqlalchemy import update
from sqlmodel import col

from models.tables import Account, Idea
from models.tables.columns import new_id
from tests.api.conftest import Web
from tests.api.pages.conftest import form_with, words_of
from tests.api.routes.test_lists import place
from tests.factories import ALMA, CARLA, DORA, write_story


async def test_staff_search_from_every_page_and_find_ideas_people_and_stories(still_web: Web) -> None:
    web = still_web
    idea = await place(web.database, title="Bücherei auf Rädern")
    hers = await place(web.database, title="Leseabende", owner_id=DORA, coach_id=None)
    story = await place(web.database, title="Bücherzelle am Markt", owner_id=CARLA, coach_id=None)
    async with web.database.transaction() as session:
        await write_story(session, story, state="published")
        await session.exec(update(Idea).where(col(Idea.id) == idea).values(reference="IW-2026-0417"))
        await session.exec(update(Account).where(col(Account.id) == DORA).values(name="Dóra Bücherfreund"))
        dora = await session.get_one(Account, DORA)
    for client, path in ((web.carla, "/ueberblick"), (web.ben, "/arbeit")):
        assert form_with((await client.get(path)).text, "/suche").names == {"text"}
    page = (await web.carla.get("/suche", params={"text": "Buecher"})).text
    for found in (
        f"/ideen/{idea}",
        f"/ideen/{hers}",
        "/geschichten/buecherzelle-am-markt",
        "Dóra Bücherfreund",
        dora.email,
    ):
        assert found in page
    assert 'value="Buecher"' in page, "the field keeps what was typed"
    by_number = (await web.carla.get("/suche", params={"text": "iw 2026 417"})).text
    assert "IW-2026-0417 · " in words_of(by_number)
    assert f"/ideen/{hers}" not in by_number

    bens = (await web.ben.get("/suche", params={"text": "Buecher"})).text
    assert f"/ideen/{idea}" in bens
    assert "/geschichten/buecherzelle-am-markt" in bens
    for unseen in (f"/ideen/{hers}", "Bücherfreund", dora.email):
        assert unseen not in bens
    names = (await web.ben.get("/suche", params={"text": "alma"})).text
    assert f"/ideen/{idea}" in names
    assert "alma.hoffmann" not in names.lower().replace("suche nach", ""), "addresses are for leads"

    almas = (await web.alma.get("/suche", params={"text": "Buecher"})).text
    assert f"/ideen/{idea}" in almas
    assert "/geschichten/buecherzelle-am-markt" in almas
    for unseen in (f"/ideen/{hers}", "Bücherfreund", "Menschen"):
        assert unseen not in words_of(almas)
    assert f"/ideen/{idea}" not in (await web.dora.get("/suche", params={"text": "Buecher"})).text


async def test_whoever_finds_nothing_is_told_how_to_look(still_web: Web) -> None:
    web = still_web
    for typed in ("Quantenphysik", "", "\u200b", "%"):
        page = await web.carla.get("/suche", params={"text": typed})
        assert page.status_code == 200
        assert "Die Schreibweise spielt keine Rolle" in words_of(page.text)
    assert ALMA not in page.text


async def test_words_of_a_story_are_found_whoever_wrote_them(still_web: Web) -> None:
    web = still_web
    async with web.database.transaction() as session:
        session.add(Account(id=(owner := new_id()), email="erna@example.org", name="Erna", roles=["innovator"]))
    shown = await place(web.database, title="Obst für alle", owner_id=owner, coach_id=None)
    asked = await place(web.database, title="Suppe für alle", owner_id=owner, coach_id=None)
    async with web.database.transaction() as session:
        edited = {"title": "Obst teilen", "teaser": "Mit Quittenbrot.", "changed": "Und dann kam der Bürgermeister."}
        for idea, state in ((shown, "published"), (asked, "consenting")):
            await write_story(session, idea, "Angefangen hat es mit Pflaumenmus.", state, edited=edited)
    for typed in ("Quitten", "buergermeister", "Pflaumenmus"):
        page = (await web.carla.get("/suche", params={"text": typed})).text
        assert f"/ideen/{shown}" in page, typed
        assert f"/ideen/{asked}" in page, typed
        assert ("/geschichten/obst-teilen" in page) is (typed != "Pflaumenmus"), "what was edited out is not public"
        assert page.count("/geschichten/obst-teilen") < 2, typed
        others = (await web.dora.get("/suche", params={"text": typed})).text
        assert f"/ideen/{shown}" not in others
        assert ("/geschichten/obst-teilen" in others) is (typed != "Pflaumenmus")
