"""Consent: its owner sees what will be published and what was changed, and takes it back whenever they like."""

import pytest
from sqlmodel import col, select

from models.tables import Account, Document, NoticeRow, PublishedStory
from tests.api.conftest import Web
from tests.api.pages.conftest import OWN_SITE, form_for, words_of
from tests.factories import ALMA, CARLA, write_idea, write_story

TEXT = "So war es. Herr Meier war auch da."
EDITED = {"title": "Lotsen für alle", "teaser": "Nachbarn begleiten.", "text": "So war es. Alle waren da."}


async def write(web: Web, state: str = "editing") -> str:
    idea = await write_idea(web.database)
    async with web.database.transaction() as session:
        await write_story(session, idea, TEXT, state)
    return idea


async def slug_of(web: Web, idea: str) -> str:
    async with web.database.session() as session:
        return (await session.get_one(PublishedStory, idea)).slug


async def edit(web: Web, idea: str, **words: str) -> int:
    return (await web.carla.post(f"/ideen/{idea}/geschichte", data=EDITED | words, headers=OWN_SITE)).status_code


async def test_the_owner_agrees_to_what_they_see_and_can_take_it_back_at_once(web: Web) -> None:
    idea = await web.bring_to("editing")
    assert await edit(web, idea) == 303
    await web.ask(CARLA, idea, "approve_story")
    page = (await web.alma.get(f"/ideen/{idea}")).text
    for said in ("So erscheint die Geschichte", EDITED["title"], "Das haben wir geändert", "<ins>", "<del>"):
        assert said in page
    assert page.index("So erscheint die Geschichte") < page.index('value="consent"')
    assert "Erzählt von Alma" not in page
    assert "Erzählt von Alma" in (await web.alma.get(f"/ideen/{idea}?name=ja")).text
    form = form_for(page, "consent")
    other = await web.alma.post(form.action, data=form.values | {"seen": "other words"}, headers=OWN_SITE)
    assert other.status_code == 422
    assert "Der Text wurde inzwischen geändert" in words_of(other.text)
    sent = await web.alma.post(form.action, data=form.values | {"named": "true"}, headers=OWN_SITE)
    assert sent.status_code == 303, sent.text
    await web.until_shown(idea, (await web.read(idea))["version"])
    slug = await slug_of(web, idea)
    assert slug == "lotsen-fuer-alle"
    public = (await web.nobody.get(f"/geschichten/{slug}")).text
    assert EDITED["text"] in public
    assert "Erzählt von Alma" in public
    assert f"/geschichten/{slug}" in (await web.alma.get(f"/ideen/{idea}")).text
    assert f"/ideen/{idea}/geschichte/zuruecknehmen" in (await web.alma.get("/meine-daten")).text
    assert (await web.alma.post(f"/ideen/{idea}/geschichte/zuruecknehmen", headers=OWN_SITE)).status_code == 303
    assert (await web.nobody.get(f"/geschichten/{slug}")).status_code == 410
    assert slug not in (await web.nobody.get("/geschichten")).text
    async with web.database.session() as session:
        told = await session.exec(select(NoticeRow.account_id).where(NoticeRow.kind == "story_withdrawn"))
        assert list(told) == [CARLA]
    assert (await web.alma.post(f"/ideen/{idea}/geschichte/zeigen", headers=OWN_SITE)).status_code == 303
    assert EDITED["text"] in (await web.nobody.get(f"/geschichten/{slug}")).text


async def test_without_a_lead_s_changes_it_is_the_owners_own_words(still_web: Web) -> None:
    idea = await write(still_web, "consenting")
    page = (await still_web.alma.get(f"/ideen/{idea}")).text
    assert TEXT in page
    assert "Das haben wir geändert" not in page
    assert f"/ideen/{idea}/geschichte" not in (await still_web.carla.get(f"/ideen/{idea}")).text
    assert await edit(still_web, idea) == 404


@pytest.mark.parametrize(("name", "value"), [("title", " "), ("teaser", ""), ("text", ""), ("title", "x" * 201)])
async def test_a_lead_leaves_no_part_of_it_empty(still_web: Web, name: str, value: str) -> None:
    idea = await write(still_web)
    assert TEXT in (await still_web.carla.get(f"/ideen/{idea}/geschichte")).text
    assert await edit(still_web, idea, **{name: value}) == 422
    async with still_web.database.session() as session:
        told = await session.exec(select(Document.version).where(col(Document.idea_id) == idea))
        assert list(told) == [1]


async def test_only_its_owner_takes_a_story_back(still_web: Web) -> None:
    idea = await write(still_web, "published")
    for who in (still_web.carla, still_web.ben, still_web.dora):
        assert (await who.post(f"/ideen/{idea}/geschichte/zuruecknehmen", headers=OWN_SITE)).status_code == 404
    assert (await still_web.nobody.get(f"/geschichten/{await slug_of(still_web, idea)}")).status_code == 200
    async with still_web.database.session() as session:
        assert (await session.get_one(Account, ALMA)).name == "Alma"
