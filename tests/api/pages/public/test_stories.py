"""The story of an idea: written, edited by a lead, agreed to in one revision, and taken back at any time."""

from typing import Any

import pytest
from sqlmodel import select

from activities.upkeep.anonymise import forget_words
from models.messages.upkeep import ErasureCounts
from models.tables import Document, GoneStory, NoticeRow, PublishedStory, StandingRow
from models.tables.columns import new_id
from models.vocabulary import StoryField
from tests.activities.attachments.samples import PDF
from tests.api.conftest import Web, in_days
from tests.api.pages.conftest import OWN_SITE, FormOnPage, form_for, form_with, words_of
from tests.factories import (
    ALMA,
    BEN,
    CARLA,
    DORA,
    concept_of,
    new_state,
    show_picture,
    write_idea,
    write_open_idea,
    write_story,
)

TEXT = "So war es. Herr Meier war auch da."
EDITED = {"title": "Lotsen für alle", "teaser": "Nachbarn begleiten.", "changed": "So war es. Alle waren da."}
LACKS = "Wer es gemacht hat, Wer darauf ist"
DRAFTING: dict[str, Any] = {"stage": "make_visible", "state": "drafting"}


async def write(web: Web, state: str = "editing") -> str:
    idea = await write_idea(web.database)
    async with web.database.transaction() as session:
        await write_story(session, idea, TEXT, state)
    return idea


async def slug_of(web: Web, idea: str) -> str:
    async with web.database.session() as session:
        return (await session.get_one(PublishedStory, idea)).slug


async def versions_of(web: Web, idea: str) -> list[Document]:
    async with web.database.session() as session:
        found = select(Document).where(Document.idea_id == idea, Document.kind == "story").order_by("version")
        return list((await session.exec(found)).all())


async def read_form(web: Web, idea: str, who: str = ALMA) -> FormOnPage:
    page = await web.clients[who].get(f"/ideen/{idea}/geschichte")
    assert page.status_code == 200, page.text
    return form_with(page.text, f"/ideen/{idea}/geschichte")


async def edit(web: Web, idea: str, **words: str) -> int:
    form = await read_form(web, idea, CARLA)
    return (await web.carla.post(form.action, data=form.values | EDITED | words, headers=OWN_SITE)).status_code


async def test_it_begins_with_what_is_known_and_is_handed_in_once_it_says_more(web: Web) -> None:
    idea = await web.bring_to("drafting")
    async with web.database.transaction() as session:
        for row in (await session.exec(select(Document).where(Document.idea_id == idea))).all():
            await session.delete(row)
        await session.flush()
        session.add(concept_of(idea, handed_in_at=None))
    by_api = await web.try_to(ALMA, idea, "submit_story")
    assert (by_api.status_code, by_api.json()["errors"][0]["field"]) == (422, "document_id")
    form = await read_form(web, idea)
    assert set(StoryField) | {"effort", "outcomes.0.what"} <= form.names
    assert form.values["title"] == "Pflegelotsen im Quartier"
    assert await versions_of(web, idea) == [], "to look writes nothing"
    little = form.values | dict.fromkeys(StoryField, "") | {"title": "Lotsen", "teaser": "Kurz.", "absicht": "abgeben"}
    told = await web.alma.post(form.action, data=little, headers=OWN_SITE)
    assert (told.status_code, "sagt noch zu wenig" in told.text) == (422, True)
    outcome = {"outcomes.0.what": "Haushalte", "outcomes.0.value": "1.140,5", "outcomes.0.as_of": in_days(-1)}
    form = await read_form(web, idea)
    typed = form.values | outcome | {"outcomes.0.provenance": "counted", "changed": TEXT, "effort": "weeks"}
    done = await web.alma.post(
        form.action,
        data=typed | {"absicht": "abgeben", "schluessel": new_id()},
        headers=OWN_SITE,
        follow_redirects=True,
    )
    assert "Geschichte wird bearbeitet" in words_of(done.text)
    [version] = await versions_of(web, idea)
    assert (version.words["changed"], version.parts["effort"]) == (TEXT, "weeks")
    assert version.parts["outcomes"][0]["value"] == "1140.5"
    assert version.digest
    assert (await web.timeline(idea))[-1]["facts"]["document"] == version.id
    assert (await web.alma.post(form.action, data=typed, headers=OWN_SITE)).status_code == 403, "it lies with the leads"


async def test_a_wrong_figure_is_told_at_its_field_and_nothing_is_lost(still_web: Web) -> None:
    idea = await write_open_idea(still_web.database, {"problem": "Allein."}, **DRAFTING)
    form = await read_form(still_web, idea)
    assert form.values["problem"] == "Allein."
    wrong = {"outcomes.0.what": "Haushalte", "outcomes.0.value": "viele", "changed": "Neu.", "title": "x" * 201}
    answer = await still_web.alma.post(form.action, data=form.values | wrong, headers=OWN_SITE)
    assert answer.status_code == 422
    for said in ("Bitte geben Sie eine Zahl an", 'value="viele"', 'value="Haushalte"', 'href="#feld-outcomes.0.value"'):
        assert said in answer.text
    [draft] = await versions_of(still_web, idea)
    assert (draft.words["changed"], draft.parts) == ("Neu.", {})
    one, other = await read_form(still_web, idea), await read_form(still_web, idea)
    for form, money, status in ((one, "40 Euro", 303), (other, "90 Euro", 409)):
        typed = form.values | {"money": money}
        assert (await still_web.alma.post(form.action, data=typed, headers=OWN_SITE)).status_code == status
    for who, status in ((BEN, 403), (CARLA, 403), (DORA, 404)):
        sent = await still_web.clients[who].put(f"/api/v1/ideas/{idea}/story", json={"changed": "Fremd."})
        assert sent.status_code == status


async def test_programs_write_it_with_its_parts_and_hear_which_is_wrong(still_web: Web) -> None:
    idea = await write_open_idea(still_web.database, **DRAFTING)
    path = f"/api/v1/ideas/{idea}/story"
    outcome = {"what": "Haushalte", "value": "140", "as_of": "2026-06-01", "provenance": "counted"}
    told = (
        await still_web.alma.put(path, json={"steps": "Eins\nZwei", "outcomes": [outcome], "effort": "weeks"})
    ).json()
    assert (told["words"]["steps"], told["parts"]["effort"], told["version"]) == ("Eins\nZwei", "weeks", 1)
    told = (await still_web.alma.put(path, json={"steps": "Eins"})).json()
    assert told["parts"]["outcomes"][0]["value"] == "140", "what is left out stays as it is"
    for wrong in ({"outcomes": [outcome | {"value": "viele"}]}, {"effort": "none"}, {"text": "x"}):
        assert (await still_web.alma.put(path, json=wrong)).status_code == 422
    files = [("dateien", ("Schild.pdf", PDF, "application/pdf"))]
    sent = await still_web.alma.post(f"/ideen/{idea}/geschichte/dateien", files=files, headers=OWN_SITE)
    assert sent.status_code == 303
    assert "Schild.pdf" in (await still_web.alma.get(f"/ideen/{idea}/geschichte")).text


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
    its = page[page.index('value="consent"') :].partition("</form>")[0]
    assert "https://creativecommons.org/licenses/by/4.0/deed.de" in its
    assert not {"licence", "shows_district"} & form.values.keys(), "nobody agrees by leaving a tick where it was"
    other = await web.alma.post(form.action, data=form.values | {"licence": "cc0"}, headers=OWN_SITE)
    assert (other.status_code, "Diese Lizenz gilt hier nicht" in words_of(other.text)) == (422, True)
    granted = form.values | {"named": "true", "shows_district": "true", "licence": "cc_by"}
    sent = await web.alma.post(form.action, data=granted, headers=OWN_SITE)
    assert sent.status_code == 303, sent.text
    await web.until_shown(idea, (await web.read(idea))["version"])
    slug = await slug_of(web, idea)
    assert slug == "lotsen-fuer-alle"
    public = (await web.nobody.get(f"/geschichten/{slug}")).text
    for said in (EDITED["changed"], "Erzählt von Alma", "Dresden", "Text: Alma", 'rel="license">CC BY 4.0'):
        assert said in public
    assert f"/geschichten/{slug}" in (await web.alma.get(f"/ideen/{idea}")).text
    assert f"/ideen/{idea}/geschichte/zuruecknehmen" in (await web.alma.get("/meine-daten")).text
    assert (await web.alma.post(f"/ideen/{idea}/geschichte/zuruecknehmen", headers=OWN_SITE)).status_code == 303
    assert (await web.nobody.get(f"/geschichten/{slug}")).status_code == 410
    assert slug not in (await web.nobody.get("/geschichten")).text
    async with web.database.session() as session:
        told = await session.exec(select(NoticeRow.account_id).where(NoticeRow.kind == "story_withdrawn"))
        assert list(told) == [CARLA]
    assert (await web.alma.post(f"/ideen/{idea}/geschichte/zeigen", headers=OWN_SITE)).status_code == 303
    assert EDITED["changed"] in (await web.nobody.get(f"/geschichten/{slug}")).text


async def test_a_consent_shows_no_more_than_was_agreed(web: Web) -> None:
    first, second = await web.bring_to("consenting"), await web.bring_to("consenting")
    for idea in (first, second):
        await web.ask(ALMA, idea, "consent")
    slug = await slug_of(web, first)
    assert await slug_of(web, second) == f"{slug}-2"
    public = (await web.nobody.get(f"/geschichten/{slug}")).text
    assert "Dresden" not in words_of(public).partition("So war es")[0], "a shelter is not to be found"
    assert "Erzählt von" not in public
    assert "creativecommons.org" not in public, "nobody has granted a licence"


async def test_a_picture_without_consent_of_the_people_shown_holds_the_story_up(web: Web) -> None:
    idea = await web.bring_to("editing")
    [document] = await versions_of(web, idea)
    async with web.database.transaction() as session:
        await show_picture(session, document)
    path = f"/api/v1/ideas/{idea}/story"
    picture = (await web.carla.get(path)).json()["parts"]["pictures"][0]
    assert (await web.carla.put(path, json={"pictures": [picture | {"people": None, "credit": ""}]})).status_code == 200
    refused = await web.try_to(CARLA, idea, "approve_story")
    lacks = [error["field"] for error in refused.json()["errors"]]
    assert (refused.status_code, lacks) == (409, ["pictures.0.credit", "pictures.0.people"])
    page = (await web.carla.get(f"/ideen/{idea}")).text
    assert f"Bild 1: Noch fehlt: {LACKS}" in words_of(page), "it is said before the decision"
    form = form_for(page, "approve_story")
    told = await web.carla.post(form.action, data=form.values, headers=OWN_SITE)
    assert (told.status_code, f"Zu Bild 1 fehlt noch etwas: {LACKS}. Bitte" in words_of(told.text)) == (409, True)

    await web.ask(CARLA, idea, "request_changes", note="Wer ist auf dem Bild?")
    again = await web.try_to(ALMA, idea, "submit_story")
    assert (again.status_code, "pictures.0.people" in again.text) == (409, True), "who has chosen it is asked first"
    sent = {"absicht": "abgeben"}
    told = await web.alma.post(f"/ideen/{idea}/geschichte", data=sent, headers=OWN_SITE)
    assert (told.status_code, f"Zu Bild 1 fehlt noch etwas: {LACKS}. Bitte" in words_of(told.text)) == (409, True)
    assert (await web.alma.put(path, json={"pictures": [picture]})).status_code == 200
    await web.ask(ALMA, idea, "submit_story")
    await web.ask(CARLA, idea, "approve_story")


async def test_without_a_lead_s_changes_it_is_the_owners_own_words(still_web: Web) -> None:
    idea = await write(still_web, "consenting")
    page = (await still_web.alma.get(f"/ideen/{idea}")).text
    assert TEXT in page
    assert "Das haben wir geändert" not in page
    form = await still_web.carla.get(f"/ideen/{idea}/geschichte")
    assert (form.status_code, "<textarea" in form.text) == (200, False), "to read alone"
    sent = await still_web.carla.post(f"/ideen/{idea}/geschichte", data=EDITED, headers=OWN_SITE)
    assert sent.status_code == 403


@pytest.mark.parametrize("name", ["title", "teaser"])
async def test_a_lead_leaves_no_needed_part_of_it_empty(web: Web, name: str) -> None:
    idea = await web.bring_to("editing")
    assert await edit(web, idea, **{name: ""}) == 303
    refused = await web.try_to(CARLA, idea, "approve_story")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "document_id")


async def test_a_story_that_is_told_anew_stays_as_it_was_until_its_owner_agrees(web: Web) -> None:
    idea = await web.bring_to("published")
    slug = await slug_of(web, idea)
    assert (await web.try_to(BEN, idea, "reopen", reason="Neues.")).status_code == 403
    reopened = await web.ask(ALMA, idea, "reopen", reason="Es gibt Neues.")
    assert reopened["state"] == "drafting"
    assert f"/geschichten/{slug}" in (await web.alma.get(f"/ideen/{idea}")).text
    await web.write_story(idea, title="Ganz neu", changed="Heute sind es zwölf Bänke.")
    for who, event in ((ALMA, "submit_story"), (CARLA, "approve_story")):
        await web.ask(who, idea, event)
        public = (await web.nobody.get(f"/geschichten/{slug}")).text
        assert ("bei uns" in public, "zwölf" in public) == (True, False)
    assert "zwölf" in (await web.alma.get(f"/ideen/{idea}")).text
    await web.ask(ALMA, idea, "consent", shows_district=True)
    public = (await web.nobody.get(f"/geschichten/{slug}")).text
    assert ("bei uns" in public, "zwölf" in public) == (False, True)
    async with web.database.session() as session:
        row = await session.get_one(PublishedStory, idea)
    assert row.revised_at is not None
    assert row.published_at < row.revised_at


@pytest.mark.parametrize(("stage", "state"), [("develop", "working"), ("identify", "screening")])
async def test_a_story_that_is_read_can_be_taken_down_while_its_idea_is_worked_on(
    still_web: Web, stage: str, state: str
) -> None:
    idea = await write(still_web, "published")
    slug, untold = await slug_of(still_web, idea), await write(still_web)
    async with still_web.database.transaction() as session:
        for one in (idea, untold):
            row = await session.get_one(StandingRow, one)
            row.stage, row.state, row.outcome, row.holder_role = stage, state, None, "innovator"
            told = new_state(one, version=9, stage=stage, state=state, coach_id=BEN).standing
            row.snapshot = told.model_dump(mode="json")
    for who in (ALMA, CARLA):
        page = (await still_web.clients[who].get(f"/ideen/{idea}")).text
        assert f'href="/geschichten/{slug}"' in page
        assert f"/ideen/{idea}/geschichte/zuruecknehmen" in page
        assert "Geschichte ist öffentlich" not in (await still_web.clients[who].get(f"/ideen/{untold}")).text
    assert (await still_web.alma.post(f"/ideen/{idea}/geschichte/zuruecknehmen", headers=OWN_SITE)).status_code == 303
    assert (await still_web.nobody.get(f"/geschichten/{slug}")).status_code == 410


async def test_where_an_erased_story_was_it_is_gone_and_nothing_of_it_is_kept(still_web: Web) -> None:
    idea = await write(still_web, "published")
    slug = await slug_of(still_web, idea)
    async with still_web.database.transaction() as session:
        await forget_words(session, [idea], ErasureCounts())
    for path in (slug, f"{slug}/einbetten", f"{slug}/karte.png", f"{slug}/pdf"):
        gone = await still_web.nobody.get(f"/geschichten/{path}")
        assert gone.status_code == 410, path
    assert "Das gibt es hier nicht mehr" in (await still_web.nobody.get(f"/geschichten/{slug}")).text
    assert (await still_web.nobody.get(f"/api/v1/stories/{slug}")).status_code == 410
    async with still_web.database.session() as session:
        [kept] = (await session.exec(select(GoneStory))).all()
    assert slug not in str(kept)
    assert await slug_of(still_web, await write(still_web, "published")) == f"{slug}-2", (
        "an address never changes hands"
    )


async def test_a_lead_takes_a_story_down_with_a_reason_that_its_owner_reads(still_web: Web) -> None:
    idea = await write(still_web, "published")
    slug, path = await slug_of(still_web, idea), f"/ideen/{idea}/geschichte"
    for who in (still_web.ben, still_web.dora):
        assert (await who.post(f"{path}/zuruecknehmen", data={"grund": "So."}, headers=OWN_SITE)).status_code == 404
    empty = await still_web.carla.post(f"{path}/zuruecknehmen", data={"grund": " "}, headers=OWN_SITE)
    assert empty.headers["location"].endswith("meldung=reason_needed")
    assert (await still_web.nobody.get(f"/geschichten/{slug}")).status_code == 200
    api = f"/api/v1/ideas/{idea}/story"
    assert (await still_web.carla.post(f"{api}/take-down", json={})).status_code == 422
    assert (await still_web.carla.post(f"{api}/take-down", json={"reason": "Ein Bild fehlt."})).status_code == 204
    gone = await still_web.nobody.get(f"/geschichten/{slug}")
    assert (gone.status_code, "Das gibt es hier nicht mehr" in gone.text) == (410, True)
    hers = (await still_web.alma.get(f"/ideen/{idea}")).text
    told = ("Ein Bild fehlt.", "Öffentlich wird die Geschichte erst", "Was öffentlich ist, bleibt es")
    assert [words in hers for words in told] == [True, True, False], "while nobody reads it, nothing stays public"
    async with still_web.database.session() as session:
        heard = await session.exec(select(NoticeRow.account_id).where(NoticeRow.kind == "story_taken_down"))
        assert list(heard) == [ALMA]
    assert (await still_web.alma.post(f"{path}/zeigen", headers=OWN_SITE)).status_code == 404, "a lead has decided"
    assert (await still_web.carla.post(f"{api}/show-again")).status_code == 204
    assert (await still_web.nobody.get(f"/geschichten/{slug}")).status_code == 200
