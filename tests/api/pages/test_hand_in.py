"""Handing in: nothing that was written gets lost, and sending twice is one idea."""

import asyncio
from typing import Any

import pytest
from sqlmodel import select

from models.tables import Idea
from tests.api.conftest import Web
from tests.api.pages.conftest import OWN_SITE, FormOnPage, events_on, form_for, forms_of, hand_in, take, words_of
from tests.factories import ALMA, write_idea


async def ideas_of(web: Web) -> list[Idea]:
    async with web.database.session() as session:
        return list((await session.exec(select(Idea).where(Idea.owner_id == ALMA))).all())


def words_form(page: str) -> FormOnPage:
    return next(form for form in forms_of(page) if "summary" in form.names)


async def open_form(web: Web, **fields: Any) -> dict[str, Any]:
    form = words_form((await web.alma.get("/einreichen")).text)
    return form.values | {"absicht": "einreichen", "language": "de", **fields}


async def test_after_handing_in_one_reads_what_happens_next_and_when(web: Web) -> None:
    idea = await hand_in(web.alma)
    page = words_of((await web.alma.get(f"/ideen/{idea}/eingereicht")).text)
    assert "Danke für Ihre Idee" in page
    assert "„Pflegelotsen im Quartier“" in page
    assert "Wir lesen Ihre Idee, spätestens bis" in page
    assert "Pflegelotsen im Quartier" in (await web.alma.get("/ideen")).text
    assert (await web.read(idea))["state"] == "screening"


async def test_the_form_helps_with_every_word_and_an_example(still_web: Web) -> None:
    page = (await still_web.alma.get("/einreichen")).text
    for name in ("title", "summary", "problem", "solution", "target_group", "district", "language"):
        assert f'<label for="feld-{name}"' in page
        assert f'id="feld-{name}-hilfe"' in page
    assert "Der Dorfladen auf Rädern" in page
    assert "Nordsachsen" in page
    assert "Pflege und Gesundheit" in page


async def test_errors_are_listed_linked_and_nothing_is_lost(still_web: Web) -> None:
    given = await open_form(
        still_web, title="", summary="", problem="Es fehlt <etwas>.", themes=["care"], district="DED51"
    )
    answer = await still_web.alma.post("/einreichen", data=given, headers=OWN_SITE)
    assert answer.status_code == 422
    assert '<a href="#feld-title">' in answer.text
    assert '<a href="#feld-summary">' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert answer.text.index("Bitte schauen Sie noch einmal") < answer.text.index("<h1>")
    assert "Es fehlt &lt;etwas&gt;." in answer.text
    assert 'value="care" checked' in answer.text
    assert '<option value="DED51" selected>' in answer.text
    assert words_form(answer.text).values["schluessel"] == given["schluessel"]
    assert await ideas_of(still_web) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Ä" * 201},
        {"title": "ab"},
        {"summary": "x" * 10_001},
        {"district": "Atlantis"},
        {"themes": ["care", "unsinn"]},
        {"language": "xx"},
        {"title": "mit\x00Null"},
    ],
    ids=lambda fields: next(iter(fields)),
)
async def test_what_cannot_be_kept_is_refused_and_shown_again(still_web: Web, fields: dict[str, Any]) -> None:
    given = await open_form(still_web, **({"title": "Ein Titel", "summary": "Worum es geht."} | fields))
    answer = await still_web.alma.post("/einreichen", data=given, headers=OWN_SITE)
    assert answer.status_code == 422
    assert f'<a href="#feld-{next(iter(fields))}">' in answer.text
    assert await ideas_of(still_web) == []


async def test_a_draft_needs_a_title_only_and_is_handed_in_later(web: Web) -> None:
    given = await open_form(web, title="Nur ein Gedanke", absicht="entwurf")
    answer = await web.alma.post("/einreichen", data=given, headers=OWN_SITE, follow_redirects=True)
    assert "Ihr Entwurf ist gespeichert" in words_of(answer.text)
    idea = str(answer.url).split("/")[4].partition("?")[0]
    assert "Es fehlt noch eine kurze Beschreibung" in words_of(answer.text)
    assert events_on(answer.text) == set()
    editing = (await web.alma.get(f"/ideen/{idea}/bearbeiten")).text
    words = words_form(editing).values | {"summary": "Jetzt mit Worten.", "absicht": "entwurf"}
    answer = await web.alma.post(f"/ideen/{idea}/bearbeiten", data=words, headers=OWN_SITE, follow_redirects=True)
    assert "submit" in events_on(answer.text)
    form = form_for(answer.text, "submit")
    answer = await web.alma.post(form.action, data=form.values, headers=OWN_SITE, follow_redirects=True)
    assert "Danke für Ihre Idee" in answer.text
    assert (await web.read(idea))["state"] == "screening"


async def test_a_double_click_hands_in_one_idea(web: Web) -> None:
    given = await open_form(web, title="Zweimal geklickt", summary="Nur eine Idee.")
    answers = await asyncio.gather(
        *(web.alma.post("/einreichen", data=given, headers=OWN_SITE) for _ in range(3)), return_exceptions=False
    )
    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len(await ideas_of(web)) == 1


async def test_going_back_and_changing_words_loses_nothing(web: Web) -> None:
    given = await open_form(web, title="Erste Fassung", summary="So war es.")
    first = await web.alma.post("/einreichen", data=given, headers=OWN_SITE)
    assert first.status_code == 303
    again = await web.alma.post("/einreichen", data=given | {"summary": "Ganz anders."}, headers=OWN_SITE)
    assert again.status_code == 409
    assert "Diese Idee ist schon eingereicht" in words_of(again.text)
    assert "Ganz anders." in again.text
    assert words_form(again.text).values["schluessel"] != given["schluessel"]


async def test_words_are_escaped_wherever_they_appear(web: Web) -> None:
    nasty = "<script>alert(1)</script> & \"'"
    idea = await hand_in(web.alma, title=nasty, summary=nasty, problem=nasty)
    await take(web.carla, idea, "request_clarification", note=nasty)
    for path in (f"/ideen/{idea}", "/ideen", f"/ideen/{idea}/bearbeiten", f"/ideen/{idea}/eingereicht"):
        page = (await web.alma.get(path)).text
        assert "<script" not in page
        assert "&lt;script&gt;" in page
    for path in ("/leitung", "/leitung?text=<script>", f"/ideen/{idea}"):
        page = (await web.carla.get(path)).text
        assert "<script" not in page
        assert "&lt;script&gt;" in page


async def test_questions_are_shown_beside_the_words(web: Web) -> None:
    idea = await hand_in(web.alma)
    await take(web.carla, idea, "request_clarification", note="Für wen genau ist das?")
    editing = (await web.alma.get(f"/ideen/{idea}/bearbeiten")).text
    assert "Für wen genau ist das?" in editing
    words = words_form(editing).values | {"target_group": "Für Angehörige.", "absicht": "entwurf"}
    answer = await web.alma.post(f"/ideen/{idea}/bearbeiten", data=words, headers=OWN_SITE, follow_redirects=True)
    assert "Ihre Änderungen sind gespeichert" in answer.text
    assert "Für Angehörige." in answer.text
    assert (await web.read(idea))["state"] == "clarification"


async def test_words_are_not_changed_while_they_are_being_read(web: Web) -> None:
    idea = await hand_in(web.alma)
    values = {"title": "Heimlich geändert", "summary": "x", "language": "de"}
    answer = await web.alma.post(f"/ideen/{idea}/bearbeiten", data=values, headers=OWN_SITE)
    assert answer.status_code == 409
    assert (await ideas_of(web))[0].title == "Pflegelotsen im Quartier"


async def test_nobody_else_edits_an_idea(still_web: Web) -> None:
    idea = await write_idea(still_web.database)
    values = {"title": "Übernommen", "summary": "x", "language": "de"}
    for client in (still_web.dora, still_web.carla):
        assert (await client.get(f"/ideen/{idea}/bearbeiten")).status_code == 404
        answer = await client.post(f"/ideen/{idea}/bearbeiten", data=values, headers=OWN_SITE)
        assert answer.status_code == 404
