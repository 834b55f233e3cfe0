"""Triage: one new idea after the other is read and decided on, and the next one opens."""

from sqlalchemy import update
from sqlmodel import col

from api.pages.lead.triage import shorten
from models.tables import Account
from models.vocabulary import Role
from tests.api.conftest import Web
from tests.api.pages.conftest import OWN_SITE, form_for, words_of
from tests.factories import CARLA


async def test_carla_decides_on_new_ideas_one_after_the_other(web: Web) -> None:
    ideas = [await web.hand_in(title=title) for title in ("Lesebank", "Tauschregal", "Chor im Hof")]
    page = await web.carla.get("/neu")
    places = [page.text.rindex(f'href="/neu/{idea}"') for idea in ideas]
    assert places == sorted(places), "what came first stands first"
    assert "Neue Ideen · 1 von 3" in words_of(page.text)
    assert page.text.index('id="objekt"') < page.text.index('class="decision"')
    form = form_for(page.text, "shortlist")
    assert form.action == f"/neu/{ideas[0]}"
    after = await web.carla.post(form.action, data=form.values, headers=OWN_SITE, follow_redirects=True)
    assert after.url.path == f"/neu/{ideas[1]}", "the next one opens by itself"
    assert "Gespeichert: Idee aufgenommen" in words_of(after.text)

    await web.carla.post(form.action, data=form.values, headers=OWN_SITE)
    back = await web.carla.get(f"/neu/{ideas[1]}")
    assert "von 2" in words_of(back.text)

    form = form_for(back.text, "decline")
    refused = await web.carla.post(form.action, data=form.values, headers=OWN_SITE)
    assert refused.status_code == 422
    assert form_for(refused.text, "decline").action == f"/neu/{ideas[1]}", "on the same idea"
    prepared = {"reason_template": "Guten Tag Alma, das gibt es schon."}
    assert "reason_template" in form.names
    await web.carla.post(form.action, data=form.values | prepared, headers=OWN_SITE)
    assert "Guten Tag Alma, das gibt es schon." in (await web.alma.get(f"/ideen/{ideas[1]}")).text
    assert "Guten Tag Alma," in back.text, "what is prepared names who has handed in"
    own = prepared | {"note": "Wer singt denn mit?", "note_template": "Vorlage."}
    form = form_for((await web.carla.get(f"/neu/{ideas[2]}")).text, "request_clarification")
    after = await web.carla.post(form.action, data=form.values | own, headers=OWN_SITE, follow_redirects=True)
    asked = (await web.alma.get(f"/ideen/{ideas[2]}")).text
    assert "Wer singt denn mit?" in asked
    assert "Vorlage." not in asked, "own words count more than prepared ones"
    assert "Gerade wartet hier keine neue Idee" in words_of(after.text)
    gone = await web.carla.get(f"/neu/{ideas[1]}", follow_redirects=True)
    assert gone.url.path == "/neu", "what is decided is no new idea"


async def test_a_lead_sees_the_own_office_first_and_those_without_a_lead_and_all_with_a_switch(web: Web) -> None:
    idea = await web.hand_in(district="DED51")
    await web.bring_to("planning")
    async with web.database.transaction() as session:
        await session.exec(update(Account).where(col(Account.id) == CARLA).values(office="dresden"))
    today = (await web.carla.get("/heute")).text
    assert "1 Neu" in words_of(today), "nobody leads in Leipzig, so its ideas are for all leads"
    assert 'href="/neu"' in today
    assert f"/neu/{idea}" in (await web.carla.get("/neu")).text
    only_own = (await web.carla.get("/heute?buero=dresden")).text
    assert "0 Neu" in words_of(only_own)
    assert 'href="/neu?buero=dresden"' in only_own
    assert f"/neu/{idea}" not in (await web.carla.get("/neu?buero=dresden")).text

    async with web.database.transaction() as session:
        for office in ("leipzig", "chemnitz"):
            session.add(Account(email=f"{office}@example.org", name=office.title(), roles=[Role.LEAD], office=office))
    assert "0 Neu" in words_of((await web.carla.get("/heute")).text)
    assert f"/neu/{idea}" not in (await web.carla.get("/neu")).text
    everywhere = (await web.carla.get("/heute?buero=alle")).text
    assert "1 Neu" in words_of(everywhere)
    assert 'href="/neu?buero=alle"' in everywhere
    page = (await web.carla.get("/neu?buero=alle")).text
    assert form_for(page, "shortlist").action == f"/neu/{idea}?buero=alle"
    assert (await web.carla.get("/")).status_code == 200
    for other in (web.alma, web.ben, web.dora):
        assert (await other.get("/neu")).status_code == 403


def test_the_list_shows_the_first_sentence() -> None:
    assert shorten("Wer liest? Alle.") == "Wer liest?"
    assert len(shorten("Wort " * 100)) < 145
