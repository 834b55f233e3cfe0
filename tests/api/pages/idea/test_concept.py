"""The concept of an idea: written together, handed in as a version, sent back with a hint, gone on with."""

from typing import Any

import pytest
from sqlmodel import select

from models.tables import Document
from models.tables.columns import new_id
from models.vocabulary import ConceptField, Stage
from tests.activities.attachments.samples import PDF
from tests.api.conftest import Web
from tests.api.pages.conftest import OWN_SITE, FormOnPage, form_with, take, words_of
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA, concept_of, write_open_idea
from tests.teams import NORA, OTTO, gather_team

DEVELOPED: dict[str, Any] = {"stage": Stage.DEVELOP, "state": "working"}


async def read_form(web: Web, idea: str, who: str = ALMA) -> FormOnPage:
    page = await web.clients[who].get(f"/ideen/{idea}/konzept")
    assert page.status_code == 200, page.text
    return form_with(page.text, f"/ideen/{idea}/konzept")


async def documents_of(web: Web, idea: str) -> list[Document]:
    async with web.database.session() as session:
        found = select(Document).where(Document.idea_id == idea).order_by("version")
        return list((await session.exec(found)).all())


async def test_it_begins_with_what_the_idea_says_and_is_kept_field_by_field(still_web: Web) -> None:
    idea = await write_open_idea(still_web.database, {"problem": "Allein."}, **DEVELOPED)
    form = await read_form(still_web, idea)
    assert form.values["problem"] == "Allein."
    assert set(ConceptField) <= form.names
    assert await documents_of(still_web, idea) == [], "to look writes nothing"
    typed = form.values | {"costs": "400 Euro", "absicht": "speichern"}
    saved = await still_web.alma.post(form.action, data=typed, headers=OWN_SITE, follow_redirects=True)
    assert "Das Konzept ist gespeichert." in words_of(saved.text)
    typing = await still_web.alma.post(
        form.action, data=typed | {"partners": "Die Feuerwehr"}, headers=OWN_SITE | {"HX-Request": "true"}
    )
    assert "data-unsaved" not in typing.text
    [draft] = await documents_of(still_web, idea)
    assert (draft.version, draft.handed_in_at, draft.author_id) == (1, None, ALMA)
    assert (draft.words["costs"], draft.words["partners"]) == ("400 Euro", "Die Feuerwehr")
    looked = await still_web.alma.post(form.action, data={"absicht": "ansehen"}, headers=OWN_SITE)
    assert looked.headers["location"] == f"/ideen/{idea}/konzept/1"
    for who in (ALMA, BEN, CARLA):
        for path in (f"/ideen/{idea}/konzept/1", f"/ideen/{idea}"):
            assert "Die Feuerwehr" in words_of((await still_web.clients[who].get(path)).text)
    assert (await still_web.alma.get(f"/ideen/{idea}/konzept/2")).status_code == 404


@pytest.mark.parametrize(
    ("who", "looks", "writes"), [(BEN, 200, 403), (CARLA, 200, 403), (BRUNO, 404, 404), (DORA, 404, 404)]
)
async def test_nobody_else_writes_it(still_web: Web, who: str, looks: int, writes: int) -> None:
    idea = await write_open_idea(still_web.database, **DEVELOPED)
    browser, path = still_web.clients[who], f"/ideen/{idea}/konzept"
    assert (await browser.get(path)).status_code == looks
    assert (await browser.post(path, data={"costs": "0"}, headers=OWN_SITE)).status_code == writes
    assert (await browser.put(f"/api/v1/ideas/{idea}/concept", json={"costs": "0"})).status_code == writes
    assert await documents_of(still_web, idea) == []


async def test_it_is_written_while_the_idea_is_developed(still_web: Web) -> None:
    for values in ({"state": "screening"}, DEVELOPED | {"state": "reviewing"}, DEVELOPED | {"outcome": "withdrawn"}):
        idea = await write_open_idea(still_web.database, **values)
        posted = await still_web.alma.post(f"/ideen/{idea}/konzept", data={"costs": "0"}, headers=OWN_SITE)
        assert posted.status_code == 403


async def test_two_windows_write_over_nothing_unseen(still_web: Web) -> None:
    idea = await write_open_idea(still_web.database, **DEVELOPED)
    one, other = await read_form(still_web, idea), await read_form(still_web, idea)
    await still_web.alma.post(one.action, data=one.values | {"costs": "400 Euro"}, headers=OWN_SITE)
    clash = await still_web.alma.post(
        other.action, data=other.values | {"costs": "900 Euro", "partners": "Der Chor"}, headers=OWN_SITE
    )
    assert clash.status_code == 409
    assert all(text in clash.text for text in ("400 Euro", "900 Euro")), "both are shown"
    [draft] = await documents_of(still_web, idea)
    assert (draft.words["costs"], draft.words["partners"]) == ("400 Euro", "Der Chor")


async def test_what_is_too_long_is_told_and_the_rest_is_kept(still_web: Web) -> None:
    idea = await write_open_idea(still_web.database, **DEVELOPED)
    form = await read_form(still_web, idea)
    long = form.values | {"costs": "x" * 10_001, "partners": "Der Chor"}
    assert (await still_web.alma.post(form.action, data=long, headers=OWN_SITE)).status_code == 422
    [draft] = await documents_of(still_web, idea)
    assert (draft.words["costs"], draft.words["partners"]) == ("", "Der Chor")


async def test_files_go_with_what_is_written_until_it_is_handed_in(still_web: Web) -> None:
    idea = await write_open_idea(still_web.database, **DEVELOPED)
    path = f"/ideen/{idea}/konzept/dateien"
    sent = [("dateien", ("Kosten.pdf", PDF, "application/pdf"))]
    done = await still_web.alma.post(path, files=sent, headers=OWN_SITE, follow_redirects=True)
    assert "Kosten.pdf" in done.text
    [file] = (await still_web.ben.get(f"/api/v1/ideas/{idea}/attachments")).json()
    assert file["of_kind"] == "document"
    wrong = [("dateien", ("Kosten.pdf", b"MZ", "application/pdf"))]
    assert "kein PDF" in words_of((await still_web.alma.post(path, files=wrong, headers=OWN_SITE)).text)
    assert (await still_web.ben.post(path, files=sent, headers=OWN_SITE)).status_code == 403
    remove = f"/ideen/{idea}/dateien/{file['id']}/entfernen"
    assert remove in (await still_web.alma.get(f"/ideen/{idea}/konzept")).text
    assert (await still_web.ben.post(remove, headers=OWN_SITE)).status_code == 403
    assert (await still_web.alma.post(remove, headers=OWN_SITE)).status_code == 303


async def test_an_empty_concept_is_not_handed_in_by_any_way(web: Web) -> None:
    idea = await web.bring_to("planning")
    for words in (None, {"costs": " – "}):
        async with web.database.transaction() as session:
            for row in (await session.exec(select(Document).where(Document.idea_id == idea))).all():
                await session.delete(row)
            await session.flush()
            if words is not None:
                session.add(concept_of(idea, words=words))
        if words is None:
            await web.ask(BEN, idea, "agree_plan")
        by_api = await web.try_to(ALMA, idea, "submit_work")
        assert (by_api.status_code, by_api.json()["errors"][0]["field"]) == (422, "document_id")
        assert "costs, partners, next_steps" in by_api.text
        told = await take(web.alma, idea, "submit_work")
        assert told.status_code == 422
        assert "Kosten, Partner, nächste Schritte" in words_of(told.text)
        form = await read_form(web, idea)
        empty = form.values | dict.fromkeys(ConceptField, " – ") | {"absicht": "abgeben", "note": "Bitte lesen."}
        by_page = await web.alma.post(form.action, data=empty, headers=OWN_SITE)
        assert (by_page.status_code, "noch leer" in by_page.text) == (422, True)
        assert "Bitte lesen." in by_page.text, "nothing that was typed is lost"
    assert (await web.read(idea))["state"] == "working"
    assert all(document.handed_in_at is None for document in await documents_of(web, idea))


async def test_it_is_handed_in_sent_back_with_a_hint_and_gone_on_with(web: Web) -> None:
    idea = await web.bring_to("working")
    await gather_team(web.database, web.services.engine, idea)
    await web.invite(NORA, OTTO)
    form = await read_form(web, idea, NORA)
    typed = form.values | {"costs": "400 Euro im Jahr", "note": "Fertig.", "absicht": "abgeben", "schluessel": new_id()}
    done = await web.clients[NORA].post(form.action, data=typed, headers=OWN_SITE, follow_redirects=True)
    assert "Konzept wird gelesen" in words_of(done.text)
    again = await web.clients[NORA].post(form.action, data=typed, headers=OWN_SITE)
    assert again.status_code == 403, "it lies with the coach now"
    [first] = await documents_of(web, idea)
    assert first.handed_in_at is not None
    assert first.digest
    last = (await web.timeline(idea))[-1]
    assert (last["event"], last["facts"]["document"]) == ("submit_work", first.id)

    unknown = await web.try_to(BEN, idea, "request_changes", note="Genauer.", fields=["costs", "price"])
    assert unknown.status_code == 422
    await web.ask(BEN, idea, "request_changes", note="Was kostet die Schulung?", fields=["costs"])
    page = (await web.alma.get(f"/ideen/{idea}/konzept")).text
    assert "Was kostet die Schulung?" in page
    assert page.count("Hier wünscht sich Ihr Coach eine Änderung.") == 1
    assert "zu Kosten" in words_of((await web.alma.get(f"/ideen/{idea}")).text)
    form = await read_form(web, idea)
    assert form.values["costs"] == "400 Euro im Jahr", "it goes on from the last version"
    more = form.values | {"costs": "700 Euro im Jahr", "absicht": "abgeben", "schluessel": new_id()}
    assert (await web.alma.post(form.action, data=more, headers=OWN_SITE)).status_code == 303
    first, second = await documents_of(web, idea)
    assert (first.words["costs"], second.words["costs"]) == ("400 Euro im Jahr", "700 Euro im Jahr")
    read = (await web.ben.get(f"/ideen/{idea}")).text
    assert "<del>" in read
    assert "<ins>" in read
    assert f"/ideen/{idea}/konzept/1" in read
    listed = (await web.ben.get(f"/api/v1/ideas/{idea}/documents")).json()
    assert [version["version"] for version in listed] == [2, 1]


async def test_a_step_that_is_refused_leaves_the_draft_a_draft(web: Web) -> None:
    idea = await web.bring_to("planning")
    for headers, status in (({}, 409), ({"If-Match": '"1"'}, 412)):
        assert (await web.try_to(ALMA, idea, "submit_work", headers=headers)).status_code == status
    [draft] = await documents_of(web, idea)
    assert draft.handed_in_at is None
    key = {"Idempotency-Key": new_id()}
    await web.ask(BEN, idea, "agree_plan")
    taken = [await web.try_to(ALMA, idea, "submit_work", headers=key) for _ in range(2)]
    assert [answer.json()["version"] for answer in taken] == [taken[0].json()["version"]] * 2
    [handed_in] = await documents_of(web, idea)
    assert handed_in.handed_in_at is not None
