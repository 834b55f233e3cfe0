"""What everybody may read, and feedback that becomes a case with a deadline."""

import html
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col, select
from temporalio.client import Client

from activities.upkeep.anonymise import erase_rows
from api.pages.kit.honeypot import TRAP
from api.use_cases.feedback import answer_until
from models.addresses import is_address
from models.cases.calendar import calendar_of
from models.database import Database
from models.policy import AccessibilitySection, OperatorSection
from models.tables import Account, Feedback, NoticeRow, PublishedStory
from models.tables.columns import utc_now
from models.vocabulary import FeedbackKind, NoticeKind, Stage
from tests.api.conftest import Web, make_services, open_web
from tests.api.pages.conftest import OWN_SITE, form_with, words_of
from tests.cast import POLICY
from tests.factories import ALMA, CARLA, invite_cast, story_of, write_feedback, write_idea, write_story

MESSAGE = {"art": "barrier", "nachricht": "Den Knopf erreiche ich mit der Tastatur nicht.", "mail": "leser@example.org"}


async def write_to_us(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    """Open the form, fill it in and send it."""
    comes_from = {"Referer": "http://localhost/geschichten"}
    form = form_with((await client.get("/rueckmeldung", headers=comes_from)).text, "/rueckmeldung")
    return await client.post("/rueckmeldung", data=form.values | fields, headers=OWN_SITE)


async def messages(database: Database) -> list[Feedback]:
    async with database.session() as session:
        return list((await session.exec(select(Feedback).order_by(col(Feedback.created_at)))).all())


async def test_a_message_has_a_day_until_which_a_lead_answers_it(still_web: Web) -> None:
    sent = await write_to_us(still_web.nobody, **MESSAGE)
    until = answer_until(still_web.services)
    assert sent.headers["location"] == f"/rueckmeldung?bis={until.isoformat()}"
    assert "Ihre Nachricht ist da" in words_of((await still_web.nobody.get(sent.headers["location"])).text)
    (kept,) = await messages(still_web.database)
    assert (kept.kind, kept.page, kept.due_on, kept.author_id) == (FeedbackKind.BARRIER, "/geschichten", until, None)
    calendar = calendar_of(still_web.services.rulebook())
    assert calendar.between(still_web.services.today(), until, "wd") == 10
    async with still_web.database.session() as session:
        (told,) = (await session.exec(select(NoticeRow))).all()
    assert (told.account_id, told.kind, told.idea_id) == (CARLA, NoticeKind.FEEDBACK_CAME, None)

    page = (await still_web.carla.get("/rueckmeldungen")).text
    assert MESSAGE["nachricht"] in page
    assert "Antwortet: noch niemand" in words_of(page)
    for step, said in (("uebernehmen", "Sie antworten auf diese Nachricht"), ("beantwortet", "Als beantwortet")):
        form = form_with(page, f"/rueckmeldungen/{kept.id}/{step}")
        answer = await still_web.carla.post(form.action, data=form.values, headers=OWN_SITE, follow_redirects=True)
        page = answer.text
        assert said in words_of(page)
    (kept,) = await messages(still_web.database)
    assert (kept.taken_by, kept.answered_by, kept.answered_at is not None) == (CARLA, CARLA, True)
    # What is answered is not answered again.
    again = await still_web.carla.post(f"/rueckmeldungen/{kept.id}/beantwortet", headers=OWN_SITE)
    assert again.status_code == 404


async def test_what_is_missing_is_told_and_what_was_written_stays(still_web: Web) -> None:
    for wrong, told in (
        ({"nachricht": "  "}, "schreiben Sie uns ein paar Worte"),
        ({"nachricht": "x" * 10_001}, "höchstens 10.000 Zeichen"),
        ({"art": "beschwerde"}, "wählen Sie, worum es geht"),
        ({"mail": "leser"}, "E-Mail-Adresse kann nicht stimmen"),
    ):
        answer = await write_to_us(still_web.nobody, **(MESSAGE | wrong))
        assert answer.status_code == 422
        assert told in words_of(answer.text)
        assert "Bitte prüfen" in answer.text
        assert 'href="#f-' in answer.text
    assert 'value="leser@example.org"' in (await write_to_us(still_web.nobody, **(MESSAGE | {"nachricht": ""}))).text
    assert await messages(still_web.database) == []


async def test_a_program_that_fills_in_everything_is_asked_back_and_nothing_is_kept(still_web: Web) -> None:
    answer = await write_to_us(still_web.nobody, **MESSAGE, **{TRAP: "https://kaufen.example"})
    assert answer.status_code == 422
    assert await messages(still_web.database) == []


async def test_a_page_that_is_none_of_ours_is_not_kept(still_web: Web) -> None:
    page = (await still_web.nobody.get("/rueckmeldung", headers={"Referer": "https://boese.example/seite"})).text
    assert form_with(page, "/rueckmeldung").values["seite"] == ""
    assert (await still_web.nobody.get("/rueckmeldung", headers={"Referer": "http://[x"})).status_code == 200
    answer = await write_to_us(still_web.nobody, **MESSAGE, seite="https://boese.example/")
    assert answer.status_code == 303
    (kept,) = await messages(still_web.database)
    assert kept.page == ""


async def test_no_link_in_the_list_of_messages_leads_where_its_writer_wants(still_web: Web) -> None:
    """Neither a hidden copy of the answer nor a page of somebody else, whatever was typed into the form."""
    for mail in (
        "leser@example.org?cc=spy@evil.example",
        "leser@example.org&body=x",
        "leser@example.org,spy@evil.example",
        "leser@example.org%0abcc:spy@evil.example",
    ):
        refused = await write_to_us(still_web.nobody, **(MESSAGE | {"mail": mail}))
        assert refused.status_code == 422, mail
    odd = "leser?subject=x&cc=spy%40evil.example#@example.org"
    elsewhere = ("//evil.example/x", "/\\evil.example", "/%2f/evil.example", "/ideen?weiter=//evil.example", "/x\ty")
    for number, page in enumerate(("javascript:alert(1)", "data:text/html,x", *elsewhere)):
        mail = odd if number == 0 and is_address(odd) else "leser@example.org"
        assert (await write_to_us(still_web.nobody, **(MESSAGE | {"mail": mail}), seite=page)).status_code == 303
    assert [kept.page for kept in await messages(still_web.database)] == [""] * (2 + len(elsewhere))
    # As if an older release had kept it: the page itself writes it so that it is an address and nothing more.
    async with still_web.database.transaction() as session:
        await session.exec(update(Feedback).values(email=odd))
    links = re.findall(r'href="(mailto:[^"]*|[^"]*evil[^"]*)"', (await still_web.carla.get("/rueckmeldungen")).text)
    assert len(links) == 2 + len(elsewhere)
    for link in links:
        target = urlsplit(html.unescape(link))
        assert (target.scheme, target.query, target.fragment) == ("mailto", "", "")
        assert unquote(target.path) == odd


async def test_messages_go_with_whoever_wrote_them(still_web: Web) -> None:
    database = still_web.database
    await write_feedback(database, author_id=ALMA)
    await write_feedback(database, email="alma@example.org")
    other = await write_feedback(database, body="Fragen Sie alma@example.org.")
    async with database.transaction() as session:
        await erase_rows(session, await session.get_one(Account, ALMA, with_for_update=True))
    (kept,) = await messages(database)
    assert (kept.id, kept.body) == (other, "Fragen Sie ….")


async def test_a_lead_sees_in_the_menu_that_somebody_waits(still_web: Web) -> None:
    assert "Rückmeldungen 1 offen" not in words_of((await still_web.carla.get("/leitung")).text)
    await write_feedback(still_web.database, due_on=still_web.services.today() - timedelta(days=3))
    assert "Rückmeldungen 1 offen" in words_of((await still_web.carla.get("/leitung")).text)
    assert "überfällig" in words_of((await still_web.carla.get("/rueckmeldungen")).text)


@pytest.mark.parametrize("path", ["/impressum", "/datenschutz", "/barrierefreiheit"])
async def test_what_the_operator_has_not_written_is_shown_as_a_gap(still_web: Web, path: str) -> None:
    assert "Hier fehlt noch eine Angabe des Betreibers" in (await still_web.nobody.get(path)).text


async def test_what_the_operator_has_written_is_shown(
    database: Database, database_url: str, client: Client, tmp_path: Path
) -> None:
    operator = OperatorSection(
        name="Träger e. V.", address=("Hof 1", "01067 Dresden"), represented_by="C. Leitner", email="post@example.org",
        phone="0351 1234", editor="C. Leitner, Hof 1",
    )  # fmt: skip
    checked = AccessibilitySection(
        status="partial", method="self", checked_on=date(2026, 11, 2), gaps={"de": ("Ältere PDF-Dateien.",)},
        enforcement=("Stelle für Durchsetzung",),
    )  # fmt: skip
    policy = POLICY.model_copy(update={"operator": operator, "accessibility": checked})
    assert policy.not_filled_in() == ["privacy.officer", "privacy.authority", "privacy.hosting"]
    await invite_cast(database)
    services = make_services(database, database_url, client, tmp_path, policy=policy)
    async with open_web(replace(services), with_worker=False) as web:
        imprint = (await web.nobody.get("/impressum")).text
        assert "Träger e. V." in imprint
        assert "fehlt noch eine Angabe" not in imprint
        statement = words_of((await web.nobody.get("/barrierefreiheit")).text)
        assert "teilweise erfüllt" in statement
        assert "Ältere PDF-Dateien." in statement
        assert "Stelle für Durchsetzung" in statement
        assert "höchstens 10 Arbeitstage" in statement


async def test_how_it_works_tells_the_limits_as_they_are_set(still_web: Web) -> None:
    page = words_of((await still_web.nobody.get("/so-funktioniert-es")).text)
    assert f"{POLICY.limits[Stage.IDENTIFY]['screening'].limit.amount} Arbeitstage" in page


async def test_a_story_that_was_taken_back_is_gone_and_one_that_never_was_is_not_there(still_web: Web) -> None:
    idea = await write_idea(still_web.database, title="Pflegelotsen: Nachbarn helfen")
    async with still_web.database.transaction() as session:
        await write_story(session, idea, state="published")
    assert "So war es." in (await still_web.nobody.get("/geschichten/pflegelotsen")).text
    async with still_web.database.transaction() as session:
        (await session.get_one(PublishedStory, idea)).taken_down_at = utc_now()
    gone = await still_web.nobody.get("/geschichten/pflegelotsen")
    assert gone.status_code == 410
    assert "Das gibt es hier nicht mehr" in gone.text
    for never in (idea, "nie-gewesen", "Pflegelotsen", "a_b"):
        assert (await still_web.nobody.get(f"/geschichten/{never}")).status_code == 404


async def test_words_of_a_step_that_was_never_taken_are_no_story(still_web: Web) -> None:
    idea = await write_idea(still_web.database, title="Lotsen im Quartier")
    async with still_web.database.transaction() as session:
        await write_story(session, idea, state="published")
        session.add(story_of(idea, version=2, words={"title": "Lotsen", "changed": "Noch nicht fertig."}))
    page = await still_web.nobody.get("/geschichten/lotsen-im-quartier")
    assert page.status_code == 200
    assert "Noch nicht fertig." not in page.text


async def test_an_error_where_a_part_was_asked_for_opens_the_whole_page(still_web: Web) -> None:
    answer = await still_web.alma.get("/leitung?phase=develop", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (403, "/leitung?phase=develop")
    assert "hx-redirect" not in (await still_web.alma.get("/leitung")).headers


async def test_the_funding_is_named_with_its_emblem_on_every_page(still_web: Web) -> None:
    for path in ("/", "/geschichten", "/gibt-es-nicht"):
        page = (await still_web.nobody.get(path)).text
        assert "Kofinanziert von der Europäischen Union" in page
        assert "/eu.svg" in page


async def test_another_language_is_a_link_and_keeps_the_address(still_web: Web) -> None:
    page = (await still_web.nobody.get("/geschichten?thema=care")).text
    assert '<a href="?thema=care&amp;lang=en" hreflang="en" lang="en">English</a>' in page
    answer = await still_web.nobody.get("/geschichten?thema=care&lang=en")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("sprache=en;")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert '<html lang="en">' in (await still_web.nobody.get("/impressum")).text
