"""Answering from within a mail: one click, one answer, no sign-in, and nothing happens by looking."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from itsdangerous import TimestampSigner
from sqlmodel import col, select

from activities.mails.links import Links, Question
from api.use_cases.check_in_replies import links_of
from models.queries.check_in_replies import is_question_open
from models.tables import Account, Note, StandingRow
from models.tables.columns import new_id
from tests.api.conftest import Web, in_days
from tests.api.pages.conftest import words_of
from tests.factories import ALMA, BEN, CARLA, DORA
from workflows.client import EngineAway

FROM_ELSEWHERE = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}


@dataclass
class Asked:
    """A check-in of an idea that is being tried out, with the link that went to Alma."""

    web: Web
    idea: str
    version: int
    path: str

    async def look(self) -> httpx.Response:
        return await self.web.nobody.get(self.path)

    async def answer(self, reply: str, note: str = "", **headers: str) -> httpx.Response:
        """Press a button and follow to the page after it, without being signed in."""
        data = {"antwort": reply, "note": note}
        return await self.web.nobody.post(self.path, data=data, headers=headers, follow_redirects=True)

    async def row(self) -> StandingRow:
        async with self.web.database.session() as session:
            return await session.get_one(StandingRow, self.idea)

    async def moved(self) -> int:
        """By how many steps the idea has moved on since it was asked."""
        return (await self.row()).version - self.version


def path_of(links: Links, question: Question) -> str:
    return links.answer(question).removeprefix(links.base_url)


async def ask(web: Web) -> Asked:
    idea = await web.bring_to("piloting")
    # The engine would ask in four weeks; any later step stands in for its reminder.
    version = (await web.ask(BEN, idea, "write_note", note="Ich frage bald nach."))["version"]
    question = Question(new_id(), ALMA, idea, version)
    return Asked(web, idea, version, path_of(links_of(web.services), question))


@pytest.fixture
async def asked(web: Web) -> Asked:
    return await ask(web)


# -- looking -----------------------------------------------------------------------------------------------------


async def test_looking_shows_four_answers_and_changes_nothing(asked: Asked) -> None:
    for _ in range(3):
        page = await asked.look()
    assert page.status_code == 200
    words = words_of(page.text)
    for said in ("Pflegelotsen im Quartier", "Es läuft gut", "Wir brauchen Hilfe", "Wir sind fertig", "später"):
        assert said in words
    assert page.text.count('<button name="antwort"') == 4
    assert await asked.moved() == 0


async def test_the_page_is_kept_nowhere_and_its_address_is_told_nobody(asked: Asked) -> None:
    for page in (await asked.look(), await asked.answer("on_track"), await asked.look()):
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert "noindex" in page.headers["x-robots-tag"]
        assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_the_address_holds_no_word_of_a_person(asked: Asked) -> None:
    assert not any(word in asked.path for word in ("alma", "Alma", "example.org", "Pflege"))


async def test_the_page_speaks_the_language_of_whom_it_was_sent_to(asked: Asked) -> None:
    async with asked.web.database.transaction() as session:
        (await session.get_one(Account, ALMA)).language = "en"
    assert '<html lang="en">' in (await asked.look()).text


# -- answering ---------------------------------------------------------------------------------------------------


async def test_help_is_asked_for_with_one_click_and_without_signing_in(asked: Asked) -> None:
    page = await asked.answer("needs_help", "Uns fehlt ein Raum.\r\nAb Mai.", **FROM_ELSEWHERE)
    assert page.status_code == 200
    assert "Danke, Ihre Antwort" in words_of(page.text)
    assert "Wir brauchen Hilfe" in words_of(page.text)
    row = await asked.row()
    assert (row.state, row.holder_id) == ("helping", BEN)
    async with asked.web.database.session() as session:
        notes = (await session.exec(select(Note).where(Note.event == "check_in"))).all()
    assert [(note.author_id, note.body, note.internal) for note in notes] == [
        (ALMA, "Uns fehlt ein Raum.\nAb Mai.", False)
    ]


@pytest.mark.parametrize(("reply", "state"), [("on_track", "piloting"), ("done", "concluding")])
async def test_every_answer_leads_where_the_machine_says(asked: Asked, reply: str, state: str) -> None:
    await asked.answer(reply)
    assert ((await asked.row()).state, await asked.moved()) == (state, 1)
    line = (await asked.web.timeline(asked.idea))[-1]
    assert (line["event"], line["facts"]["answer"]) == ("check_in", reply)


async def test_later_holds_messages_back_for_some_days(asked: Asked) -> None:
    page = await asked.answer("later")
    assert "Fragen Sie später noch einmal" in words_of(page.text)
    row = await asked.row()
    assert row.snapshot is not None
    until = asked.web.services.today() + timedelta(days=7)
    assert row.snapshot["clock"]["quiet_until"] == until.isoformat()
    assert row.snapshot["clock"]["lead_quiet_until"] is None
    assert row.state == "piloting"


async def test_a_used_link_says_what_was_answered_and_takes_nothing_else(asked: Asked) -> None:
    await asked.answer("on_track")
    for page in (await asked.look(), await asked.answer("done"), await asked.answer("later")):
        assert page.status_code == 200
        assert "kam an: Es läuft gut" in words_of(page.text)
        assert "<button name" not in page.text
    assert ((await asked.row()).state, await asked.moved()) == ("piloting", 1)


async def test_pressing_twice_at_once_is_one_answer(asked: Asked) -> None:
    pages = await asyncio.gather(*(asked.answer(reply) for reply in ("needs_help", "needs_help", "done")))
    assert {page.status_code for page in pages} == {200}
    assert await asked.moved() == 1


async def test_an_answer_that_arrives_while_a_page_looks_for_it_is_found(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look_late(*question: Any) -> bool:
        monkeypatch.undo()
        await asked.answer("needs_help")
        return await is_question_open(*question)

    monkeypatch.setattr("api.use_cases.check_in_replies.is_question_open", look_late)
    page = await asked.web.nobody.get(asked.path)
    assert page.status_code == 200
    assert "<button name" not in page.text


async def test_what_is_no_answer_changes_nothing(asked: Asked) -> None:
    for reply in ("", "withdraw", "on_track\x00"):
        page = await asked.answer(reply)
        assert "<button name" in page.text
    assert await asked.moved() == 0


async def test_signs_that_nobody_sees_are_taken_out_of_a_note(asked: Asked) -> None:
    page = await asked.answer("needs_help", "Uns fehlt\x00 ein \u200bRaum.")
    assert page.status_code == 200
    async with asked.web.database.session() as session:
        assert (await session.exec(select(Note.body).where(Note.event == "check_in"))).all() == ["Uns fehlt ein Raum."]


async def test_nothing_is_lost_while_the_engine_is_away(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody_there(*_: object) -> None:
        raise EngineAway

    with monkeypatch.context() as away:
        away.setattr("api.pages.public.check_in_replies.give_reply", nobody_there)
        page = await asked.answer("needs_help", "Uns fehlt ein Raum.")
    assert page.status_code == 503
    assert "Uns fehlt ein Raum." in page.text
    assert "<button name" in page.text
    assert await asked.moved() == 0


# -- links that no longer hold -----------------------------------------------------------------------------------


async def test_a_question_that_was_settled_otherwise_says_so_kindly(asked: Asked) -> None:
    await asked.web.ask(ALMA, asked.idea, "check_in", answer="on_track")
    for page in (await asked.look(), await asked.answer("needs_help")):
        assert page.status_code == 410
        assert "hat sich erledigt" in words_of(page.text)
        assert f"/ideen/{asked.idea}" in page.text
    assert ((await asked.row()).state, await asked.moved()) == ("piloting", 1)


async def test_a_pause_settles_the_question_until_the_next_one(asked: Asked) -> None:
    await asked.web.ask(
        BEN,
        asked.idea,
        "pause",
        reason="Urlaub",
        until=(asked.web.services.today() + timedelta(days=9)).isoformat(),
    )
    assert (await asked.answer("on_track")).status_code == 410


async def test_a_link_that_has_expired_shows_the_way_to_sign_in(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    later = TimestampSigner("x").get_timestamp() + 31 * 24 * 3600
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _self: later)
    for page in (await asked.look(), await asked.answer("needs_help")):
        assert page.status_code == 410
        assert "abgelaufen" in words_of(page.text)
        assert "Melden Sie sich bitte an" in words_of(page.text)
        assert f"/ideen/{asked.idea}" in page.text
    assert await asked.moved() == 0


async def test_a_link_that_we_did_not_sign_leads_nowhere(asked: Asked) -> None:
    foreign = Links("somebody else's key, which is long enough", asked.web.services.settings.base_url)
    forged = path_of(foreign, Question(new_id(), ALMA, asked.idea, asked.version))
    for path in (forged, asked.path[:-3], "/antwort/x", "/antwort/%F0%9F%92%8C"):
        for page in (await asked.web.nobody.get(path), await asked.web.nobody.post(path, data={"antwort": "done"})):
            assert page.status_code == 404
            assert "führt ins Leere" in words_of(page.text)
    assert await asked.moved() == 0


async def test_a_link_of_somebody_who_may_not_answer_does_not_help_them(asked: Asked) -> None:
    links = links_of(asked.web.services)
    path = path_of(links, Question(new_id(), DORA, asked.idea, asked.version))
    answer = await asked.web.nobody.post(path, data={"antwort": "done"})
    assert answer.status_code == 410
    assert await asked.moved() == 0


async def test_a_link_to_an_idea_that_was_erased_leads_nowhere(asked: Asked) -> None:
    links = links_of(asked.web.services)
    for question in (Question(new_id(), ALMA, new_id(), 1), Question(new_id(), new_id(), asked.idea, 1)):
        assert (await asked.web.nobody.get(path_of(links, question))).status_code == 404
    async with asked.web.database.session() as session:
        assert (await session.exec(select(col(Note.id)).where(Note.event == "check_in"))).all() == []


# -- a question of the conversation --------------------------------------------------------------------------------


async def test_a_question_is_answered_from_the_mail_once_and_by_whom_it_was_put_to_alone(web: Web) -> None:
    idea = await web.bring_to("working")
    fields = {"note": "Wer fährt den Bus?", "assignee": "innovator", "until": in_days(3)}
    version = (await web.ask(BEN, idea, "ask", **fields))["version"]
    links = links_of(web.services)
    path = path_of(links, Question(new_id(), ALMA, idea, version))
    page = await web.nobody.get(path)
    assert "Wer fährt den Bus?" in words_of(page.text)
    empty = await web.nobody.post(path, data={"note": " "}, headers=FROM_ELSEWHERE)
    assert (empty.status_code, "Bitte schreiben Sie eine Nachricht." in words_of(empty.text)) == (422, True)
    strangers = path_of(links, Question(new_id(), DORA, idea, version))
    assert (await web.nobody.post(strangers, data={"note": "Ich!"})).status_code == 410
    for note in ("Meine Schwester.", "Doch nicht."):
        done = await web.nobody.post(path, data={"note": note}, headers=FROM_ELSEWHERE, follow_redirects=True)
        assert "Danke, Ihre Antwort" in words_of(done.text)
    of_alma = [line for line in await web.timeline(idea) if line["actor_role"] == "innovator"]
    assert of_alma[-1]["note"] == "Meine Schwester."
    assert [task["open"] for task in (await web.read(idea))["tasks"]] == [False]
    reminder = path_of(links, Question(new_id(), ALMA, idea, version))
    assert "Danke, Ihre Antwort" in words_of((await web.nobody.get(reminder)).text), "another mail, the same question"


async def test_what_is_internal_is_not_read_by_a_link(web: Web) -> None:
    idea = await web.bring_to("working")
    fields = {"note": "Zahlen wir?", "assignee": "lead", "until": in_days(3), "internal": True}
    version = (await web.ask(BEN, idea, "ask", **fields))["version"]
    page = await web.nobody.get(path_of(links_of(web.services), Question(new_id(), CARLA, idea, version)))
    assert page.status_code == 410
    assert "Zahlen wir?" not in page.text
