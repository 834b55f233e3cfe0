"""The steps of an idea, through forms alone."""

import asyncio
import re
from typing import Any

import pytest
from sqlmodel import select
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from models.database import Database
from models.tables import NoticeRow
from models.vocabulary import NoticeKind
from tests.api.conftest import Web, in_days, make_services, open_web, until
from tests.api.pages.conftest import OWN_SITE, events_on, fill_in, form_for, hand_in, take, words_of
from tests.factories import ALMA, BEN, CARLA, DORA, invite_cast, write_idea

PATH: list[tuple[str, str, dict[str, str], str]] = [
    (BEN, "agree_plan", {"note": "Erst das Team, dann der Ort."}, "Konzept in Arbeit"),
    (ALMA, "submit_work", {}, "Konzept wird gelesen"),
    (BEN, "approve_concept", {}, "Bedarf wird geklärt"),
    (BEN, "request_support", {"note": "Ein Raum fehlt."}, "Hilfe wird organisiert"),
    (CARLA, "arrange", {"note": "Raum im Rathaus."}, "Hilfe wird genutzt"),
    (ALMA, "confirm_use", {}, "Bedarf wird geklärt"),
    (BEN, "no_support_needed", {}, "Wird ausprobiert"),
    (ALMA, "check_in", {"answer": "needs_help", "note": "Es hakt."}, "Hilfe gefragt"),
    (BEN, "give_help", {}, "Wird ausprobiert"),
    (ALMA, "check_in", {"answer": "done"}, "Abschluss wird besprochen"),
    (BEN, "conclude", {}, "Geschichte entsteht"),
    (ALMA, "submit_story", {}, "Geschichte wird bearbeitet"),
    (CARLA, "approve_story", {}, "Einverständnis gefragt"),
    (ALMA, "consent", {}, "Veröffentlicht"),
]
"""Who, event, fields, where it leads to: from the plan to the published story."""


async def accept_offer(web: Web, idea: str) -> None:
    """Ben reads what he is asked and says yes."""

    async def is_asked() -> bool:
        return f"/angebote/{offer['id']}/annehmen" in (await web.ben.get("/angebote")).text

    offer = await web.open_offer(idea, BEN)
    await until(is_asked)
    page = (await web.ben.get("/angebote")).text
    assert "Nachbarn begleiten Angehörige" in page
    assert "Gleiches Büro" in page
    answer = await web.ben.post(f"/angebote/{offer['id']}/annehmen", headers=OWN_SITE, follow_redirects=True)
    assert answer.status_code == 200
    assert "Plan entsteht" in answer.text


async def test_an_idea_walks_the_whole_path_through_forms(web: Web) -> None:
    idea = await hand_in(web.alma)
    await take(web.carla, idea, "request_clarification", note="Für wen?")
    await take(web.alma, idea, "clarify", note="Für Angehörige.")
    answer = await take(web.carla, idea, "shortlist")
    assert "Gespeichert: Idee aufgenommen" in words_of(answer.text)
    await accept_offer(web, idea)
    assert (await web.nobody.get("/geschichten/pflegelotsen-im-quartier")).status_code == 404
    await web.write_concept(idea)
    for who, event, fields, reached in PATH:
        if event == "submit_story":
            await web.write_story(idea, changed="Am Anfang war ein Zettel.\n\nHeute sind es viele.")
        answer = await take(web.clients[who], idea, event, **fields)
        assert answer.status_code == 200, (event, answer.text)
        assert f" · {reached}</span>" in answer.text, event
    story = await web.nobody.get("/geschichten/pflegelotsen-im-quartier")
    assert "Heute sind es viele." in story.text
    assert "Alma" not in story.text
    assert "Ben" not in story.text
    for path in ("/", "/geschichten", "/geschichten?thema=care"):
        assert "Pflegelotsen im Quartier" in (await web.nobody.get(path)).text
    assert "Pflegelotsen" not in (await web.nobody.get("/geschichten?thema=youth")).text
    assert "Weg zu Ende" in (await web.alma.get("/ideen")).text
    assert events_on((await web.carla.get(f"/ideen/{idea}")).text) == {"reopen"}


async def test_one_sentence_says_to_its_reader_what_they_do_or_wait_for_and_until_when(web: Web) -> None:
    idea = await web.bring_to("planning")
    page = words_of((await web.alma.get(f"/ideen/{idea}")).text)
    assert "Ben (Coach) ist am Zug" in page
    assert "Sie müssen nichts tun. Ben (Coach) meldet sich bis " in page
    assert " und vereinbart mit Ihnen die ersten Schritte." in page
    mine = words_of((await web.ben.get(f"/ideen/{idea}")).text)
    assert "Sie sind am Zug" in mine
    assert "Vereinbaren Sie mit Alma bis " in mine
    assert "Ihr nächster Schritt" in mine
    assert "Nächste Erinnerungen" in page
    assert "Erinnerung an Ben" in page
    assert "Erinnerung an Sie" in mine


async def test_one_day_more_is_no_plural(web: Web) -> None:
    idea = await web.bring_to("planning")
    for days in (1, 3):
        await web.ask(BEN, idea, "extend_deadline", days=days, reason="Es dauert.")
    page = words_of((await web.alma.get(f"/ideen/{idea}")).text)
    assert [words in page for words in ("1 Tag mehr", "3 Tage mehr", "1 Tage mehr")] == [True, True, False]


async def test_a_double_click_counts_once(web: Web) -> None:
    idea = await web.bring_to("working")
    form = form_for((await web.alma.get(f"/ideen/{idea}")).text, "write_note")
    sent = form.values | {"note": "Nur einmal bitte."}
    answers = await asyncio.gather(*(web.alma.post(form.action, data=sent, headers=OWN_SITE) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {303}
    later = await web.alma.post(form.action, data=sent, headers=OWN_SITE)
    assert later.headers["location"] == answers[0].headers["location"]
    notes = [line["note"] for line in await web.timeline(idea) if line["event"] == "write_note"]
    assert notes == ["Nur einmal bitte."]


@pytest.mark.parametrize(
    ("event", "fields", "wrong", "kept"),
    [
        ("pause", {"until": "2020-01-01", "reason": "Wir ziehen um."}, "until", "Wir ziehen um."),
        ("pause", {"until": "bald", "reason": "Wir ziehen um."}, "until", "Wir ziehen um."),
        ("extend_deadline", {"days": "9999", "reason": "Mehr Zeit."}, "days", "Mehr Zeit."),
        ("extend_deadline", {"days": "7"}, "reason", 'value="7"'),
        ("close", {"reason": "Ohne Art des Endes."}, "outcome", "Ohne Art des Endes."),
        ("request_clarification", {}, "note", ""),
        ("hand_over", {"partner": "niemand"}, "partner", ""),
        ("write_note", {"internal": "true"}, "note", 'value="true" id="write_note-internal" checked'),
    ],
)
async def test_a_refusal_keeps_what_was_entered(
    web: Web, event: str, fields: dict[str, str], wrong: str, kept: str
) -> None:
    idea = await web.hand_in()
    form = form_for((await web.carla.get(f"/ideen/{idea}")).text, event)
    answer = await web.carla.post(form.action, data=form.values | fields, headers=OWN_SITE)
    assert answer.status_code == 422
    assert f'<a href="#{event}-{wrong}">' in answer.text
    assert f'id="{event}-{wrong}"' in answer.text
    assert f'id="schritt-{event}"' in answer.text
    assert f'<details id="schritt-{event}">' not in answer.text
    assert kept in answer.text
    assert (await web.read(idea))["version"] == 1


async def test_a_step_that_came_too_late_is_told_with_its_words(web: Web) -> None:
    idea = await web.hand_in()
    form = form_for((await web.carla.get(f"/ideen/{idea}")).text, "request_clarification")
    await web.ask(ALMA, idea, "withdraw")
    answer = await web.carla.post(form.action, data=form.values | {"note": "Noch eine Frage."}, headers=OWN_SITE)
    assert answer.status_code == 409
    assert "Das geht im Moment nicht" in words_of(answer.text)
    assert "Dieser Weg ist seit" in words_of(answer.text)


async def test_what_is_no_event_at_all_is_refused_kindly(web: Web) -> None:
    idea = await web.hand_in()
    for values in ({"event": "explode"}, {"event": "<b>"}, {}, {"event": "withdraw", "task_id": "x"}):
        answer = await web.alma.post(f"/ideen/{idea}/schritte", data=values, headers=OWN_SITE)
        assert answer.status_code in (409, 422)
        assert "<b>" not in answer.text
    assert (await web.read(idea))["state"] == "screening"


async def test_internal_notes_stay_between_coach_and_lead(web: Web) -> None:
    idea = await web.bring_to("working")
    await take(web.ben, idea, "write_note", note="Nur unter uns.", internal="true")
    await take(web.ben, idea, "write_note", note="Für alle.")
    for client in (web.ben, web.carla):
        assert "Nur unter uns." in (await client.get(f"/ideen/{idea}")).text
    page = (await web.alma.get(f"/ideen/{idea}")).text
    assert "Nur unter uns." not in page
    assert "Für alle." in page
    assert page.count("Nachricht geschrieben") == 2, "the step, and the way to its words"
    assert "internal" not in form_for(page, "write_note").names


async def test_a_pause_is_told_and_ended(web: Web) -> None:
    idea = await web.bring_to("working")
    answer = await take(web.alma, idea, "pause", until=in_days(20), reason="Urlaub")
    assert "Die Idee macht Pause bis" in words_of(answer.text)
    assert "submit_work" not in events_on(answer.text)
    answer = await take(web.alma, idea, "resume")
    assert "Sie sind am Zug" in words_of(answer.text)


async def test_a_lead_names_a_coach_among_those_who_can_be_asked(web: Web) -> None:
    idea = await web.bring_to("planning")
    page = (await web.carla.get(f"/ideen/{idea}?oeffne=assign_coach")).text
    assert '<details id="schritt-assign_coach" open>' in page
    assert "Bruno" in words_of(page)
    assert "Anderes Büro" in page
    bruno = (await web.bruno.get("/api/v1/me")).json()["id"]
    answer = await take(web.carla, idea, "assign_coach", coach_id=bruno)
    assert "Coach: Bruno" in words_of(answer.text)
    assert (await web.ben.get(f"/ideen/{idea}")).status_code == 404
    earlier = (await web.ben.get("/angebote")).text
    assert "Pflegelotsen im Quartier" in earlier
    assert f"/ideen/{idea}" not in earlier


async def test_offers_are_shown_to_leads_alone(web: Web) -> None:
    idea = await web.bring_to("matching")
    assert "Anfragen an Coaches" in (await web.carla.get(f"/ideen/{idea}")).text
    page = (await web.alma.get(f"/ideen/{idea}")).text
    assert "Anfragen an Coaches" not in page
    assert "Die Coach-Suche läuft" in page
    assert "Ben" not in words_of(page).replace("Benachrichtigungen", "")


async def test_a_step_that_is_not_shown_yet_is_told(web: Web) -> None:
    idea = await web.hand_in()
    page = (await web.carla.get(f"/ideen/{idea}?meldung=shortlist&v=99")).text
    assert "wird gleich angezeigt" in page
    assert "kern-alert__body" not in page, "a message without more to say has no empty box"
    assert "Gespeichert" not in (await web.carla.get(f"/ideen/{idea}?meldung=<b>Unfug")).text


async def test_without_the_engine_nothing_is_lost(
    database: Database, database_url: str, tmp_path: Any, client: Client
) -> None:
    away = await Client.connect("127.0.0.1:1", data_converter=pydantic_data_converter, lazy=True)
    await invite_cast(database)
    idea = await write_idea(database)
    services = make_services(database, database_url, client, tmp_path)
    services.engine.client = away
    async with open_web(services, with_worker=False) as web:
        form = form_for((await web.alma.get(f"/ideen/{idea}")).text, "withdraw")
        answer = await web.alma.post(form.action, data=form.values, headers=OWN_SITE)
        assert answer.status_code == 503
        assert "in einer Minute noch einmal" in words_of(answer.text)
        draft = await fill_in(web.alma, title="Sicher verwahrt", summary="Auch ohne Motor.")
        answer = await web.alma.post(f"{draft}/pruefen", data={}, headers=OWN_SITE)
        assert answer.status_code == 503
        assert "Ihre Idee ist gespeichert" in words_of(answer.text)
        assert "Sicher verwahrt" in (await web.alma.get("/ideen")).text
        idea = draft.rpartition("/")[2]
        for where in (f"/ideen/{idea}", draft):
            page = await web.alma.get(where, follow_redirects=True)
            assert "Ihre Idee ist gespeichert" in words_of(page.text)
        assert (await web.carla.get(f"/ideen/{idea}")).status_code == 404, "nobody reads it before"


async def test_a_long_conversation_ends_with_what_is_new_and_folds_the_rest(web: Web) -> None:
    idea = await web.hand_in()
    for number in range(13):
        await web.ask(ALMA, idea, "write_note", note=f"Das ist Notiz {number}.")
    page = (await web.alma.get(f"/ideen/{idea}")).text
    _, summary, talk = page.partition("Was davor gesagt wurde (4)")
    assert summary
    folded, _, open_at_once = talk.partition("</details>")
    assert [f"Das ist Notiz {number}." in folded for number in (0, 2, 3)] == [True, True, False]
    assert [f"Das ist Notiz {number}." in open_at_once for number in (2, 3, 12)] == [False, True, True]
    assert "Was davor geschah" in page
    everything = (await web.alma.get(f"/ideen/{idea}?verlauf=alles")).text
    assert re.search(r"<details open>\s*<summary>Was davor gesagt", everything)


async def test_a_question_is_asked_quoted_and_answered_in_the_conversation(web: Web) -> None:
    idea = await web.bring_to("working")
    box = form_for((await web.ben.get(f"/ideen/{idea}")).text, "write_note")
    assert {"note", "internal", "ask.assignee", "ask.until"} <= box.names
    sent = box.values | {"event": "ask", "note": "Wer <fährt> den Bus?", "ask.assignee": "innovator"}
    late = await web.ben.post(box.action, data=sent | {"ask.until": "2020-01-01"}, headers=OWN_SITE)
    assert late.status_code == 422
    assert 'href="#ask-until"' in late.text
    assert form_for(late.text, "write_note").values["note"] == "Wer <fährt> den Bus?"
    page = await web.ben.post(
        box.action, data=sent | {"ask.until": in_days(3)}, headers=OWN_SITE, follow_redirects=True
    )
    assert "Wartet bis" in words_of(page.text)
    assert "Frage bei den Nachrichten beantworten" in words_of((await web.alma.get("/ideen")).text)
    seen = (await web.alma.get(f"/ideen/{idea}")).text
    assert words_of(seen).count("Bitte antworten Sie bis") == 2, "above all else, and where it stands"
    [task] = (await web.read(idea))["tasks"]
    assert f'href="?antwort={task["id"]}#gespraech"' in seen
    answer = form_for((await web.alma.get(f"/ideen/{idea}?antwort={task['id']}")).text, "write_note")
    assert (answer.values["task_id"], "ask.until" in answer.names) == (task["id"], False)
    empty = await web.alma.post(answer.action, data=answer.values | {"note": ""}, headers=OWN_SITE)
    assert form_for(empty.text, "write_note").values["task_id"] == task["id"]
    done = await web.alma.post(
        answer.action, data=answer.values | {"note": "Ich."}, headers=OWN_SITE, follow_redirects=True
    )
    assert "Antwort auf die Frage" in words_of(done.text)
    assert "Wartet bis" not in words_of(done.text)
    again = await web.alma.post(
        answer.action, data=answer.values | {"note": "Ich!", "schluessel": "2"}, headers=OWN_SITE
    )
    assert again.status_code == 422, "it has been answered"


async def test_a_message_is_brought_to_the_notice_of_those_who_may_see_the_idea(web: Web) -> None:
    idea = await web.bring_to("working")
    box = form_for((await web.alma.get(f"/ideen/{idea}")).text, "write_note")
    assert "mentioned" in box.names
    said = box.values | {"note": "Bitte lesen!"}
    stranger = await web.alma.post(box.action, data=said | {"mentioned": [DORA]}, headers=OWN_SITE)
    assert stranger.status_code == 422
    assert 'href="#write_note-mentioned"' in stranger.text
    told = await web.alma.post(box.action, data=said | {"mentioned": [BEN, CARLA]}, headers=OWN_SITE)
    assert told.status_code == 303
    async with web.database.session() as session:
        notices = select(NoticeRow.account_id).where(NoticeRow.idea_id == idea, NoticeRow.kind == NoticeKind.MENTIONED)
        assert set((await session.exec(notices)).all()) == {BEN, CARLA}


async def test_an_internal_question_is_nothing_for_the_team_and_whoever_asked_takes_it_back(web: Web) -> None:
    idea = await web.bring_to("working")
    sent = {"event": "ask", "note": "Dürfen wir zahlen?", "internal": "true", "ask.assignee": "lead"}
    where = f"/ideen/{idea}/schritte"
    assert (await web.ben.post(where, data=sent | {"ask.until": in_days(3)}, headers=OWN_SITE)).status_code == 303
    for page in ((await web.alma.get(f"/ideen/{idea}")).text, (await web.alma.get("/ideen")).text):
        assert "Dürfen wir zahlen?" not in page
        assert "Frage im Gespräch" not in words_of(page)
    assert (await web.read(idea, ALMA))["tasks"] == []
    seen = (await web.carla.get(f"/ideen/{idea}")).text
    assert "Nur intern" in words_of(seen)
    [task] = (await web.read(idea))["tasks"]
    answer = form_for((await web.carla.get(f"/ideen/{idea}?antwort={task['id']}")).text, "write_note")
    assert answer.values["internal"] == "true"
    hidden = (await web.alma.get(f"/ideen/{idea}?antwort={task['id']}")).text
    assert "Dürfen wir zahlen?" not in hidden
    back = form_for((await web.ben.get(f"/ideen/{idea}")).text, "finish_task")
    assert (await web.ben.post(back.action, data=back.values, headers=OWN_SITE)).status_code == 303
    assert "Frage zurückgenommen" in words_of((await web.ben.get(f"/ideen/{idea}")).text)
    assert "zurückgenommen" not in words_of((await web.alma.get(f"/ideen/{idea}")).text)
    assert [task["open"] for task in (await web.read(idea))["tasks"]] == [False]


async def test_a_form_with_several_steps_sends_the_words_of_the_chosen_one_alone(web: Web) -> None:
    idea = await hand_in(web.alma)
    page = (await web.carla.get(f"/ideen/{idea}")).text
    read = ('id="objekt"', 'class="decision"', 'id="gespraech"', 'id="verlauf"', 'id="kontakt"', 'class="facts"')
    places = [page.index(part) for part in read]
    assert places == sorted(places), "what it is about, the decision, what was said, and then the rest"
    sent = {"schluessel": "k1", "shortlist.note": "Willkommen!", "request_clarification.note": "Für wen?"}
    refused = await web.carla.post(f"/ideen/{idea}/schritte", data=sent, headers=OWN_SITE)
    assert refused.status_code == 422
    assert "Bitte wählen Sie, wie es weitergeht." in words_of(refused.text)
    sent |= {"event": "decline", "decline.reason": "", "shortlist.quiet": "true"}
    refused = await web.carla.post(f"/ideen/{idea}/schritte", data=sent, headers=OWN_SITE)
    assert refused.status_code == 422, "the words of the others are not the reason"
    assert 'value="decline" id="wahl-decline" required checked' in refused.text
    assert 'href="#decline-reason"' in refused.text
    sent |= {"event": "request_clarification"}
    taken = await web.carla.post(f"/ideen/{idea}/schritte", data=sent, headers=OWN_SITE, follow_redirects=True)
    assert "Für wen?" in taken.text
    assert "Willkommen!" not in taken.text
