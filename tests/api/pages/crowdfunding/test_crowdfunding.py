"""Crowdfunding through forms alone: the package section by section, the steps, and what the page says of them."""

import io
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col

from activities.ports.crowdfunding import Cause
from models.i18n import languages, texts_in
from models.lifecycles.crowdfunding import ENGINE_NOTES, CrowdfundingLifecycle
from models.rules.crowdfunding_times import FOR_PEOPLE_TO_ANSWER
from models.tables import CampaignObservation
from models.vocabulary import CampaignStatus, CrowdfundingState, Provenance
from tests.api import campaigns
from tests.api.campaigns import picture
from tests.api.conftest import Web, in_days, until
from tests.api.pages.conftest import OWN_SITE, FormOnPage, events_on, form_for, forms_of, words_of
from tests.factories import ALMA, BEN

SECTIONS: list[tuple[str, dict[str, Any]]] = [
    (
        "voraussetzungen",
        {"eligibility.country": "DE"}
        | {
            f"eligibility.{name}": "yes"
            for name in (
                *("is_of_age", "has_matching_account", "acts_as_entrepreneur"),
                *("content_is_allowed", "accepts_contract", "understands_fees"),
            )
        },
    ),
    (
        "geschichte",
        {
            "subtitle": "Nachbarn begleiten Angehörige.",
            "summary": "Wer pflegt, steht oft allein da. Unsere Lotsen gehen mit.",
            "about": "Wir bilden Lotsen aus.",
            "goals": "Hundert Familien im ersten Jahr.",
            "why": "Weil gute Pflege mit einem guten Anfang beginnt.",
            "use_of_money": "Für die Ausbildung.",
            "people": "Ein kleiner Verein.",
        },
    ),
    (
        "geld",
        {
            "start_level_cents": "2.000,00",
            "duration_days": "33",
            "start_on": in_days(60),
            "budget.0.label": "Ausbildung",
            "budget.0.cents": "1.840",
        },
    ),
    ("dankeschoens", {"rewards.0.title": "Postkarte", "rewards.0.text": "Ein Gruß.", "rewards.0.price_cents": "10"}),
    ("bilder", {"images.new.alt": "Zwei am Tisch", "images.new.credit": "Alma", "images.new.rights_confirmed": "true"}),
    ("team", {"team.0.name": "Alma Arnold", "legal_form": "eingetragener Verein"}),
    ("wirkung", {"sdgs": ["3", "11"], "output": "Zwölf Lotsen.", "outcome": "Frühere Hilfe.", "impact": "Mehr Zeit."}),
    ("planung", {"communication_plan": "Aushänge.", "risks": "Zu wenige Lotsen."}),
]
"""Section and what is entered, in the order in which the pages lead on."""


def page_of(idea: str, *parts: str) -> str:
    return "/".join((f"/ideen/{idea}/crowdfunding", *parts))


def section_form(page: str) -> FormOnPage:
    return next(form for form in forms_of(page) if "stand" in form.values)


async def fill_in(
    client: httpx.AsyncClient,
    idea: str,
    section: str,
    fields: dict[str, Any],
    image: bytes | None = None,
    absicht: str = "weiter",
) -> httpx.Response:
    """Open a section, fill in its form and send it; returns the page after it."""
    form = section_form((await client.get(page_of(idea, section))).text)
    assert set(fields) <= form.names, set(fields) - form.names
    files = {"datei": ("foto.jpg", image, "image/jpeg")} if image is not None else None
    values = {**form.values, "absicht": absicht, **fields}
    return await client.post(form.action, data=values, files=files, headers=OWN_SITE, follow_redirects=True)


async def take(client: httpx.AsyncClient, idea: str, event: str, **fields: str) -> httpx.Response:
    form = form_for((await client.get(page_of(idea))).text, event)
    assert set(fields) <= form.names, (event, form.names)
    return await client.post(form.action, data=form.values | fields, headers=OWN_SITE, follow_redirects=True)


async def begin(web: Web) -> str:
    """Alma begins with a click on the page."""
    idea = await web.bring_to("assessing")
    form = form_for((await web.alma.get(page_of(idea))).text, "start_crowdfunding")
    answer = await web.alma.post(form.action, data=form.values, headers=OWN_SITE, follow_redirects=True)
    assert answer.url.path == page_of(idea)
    told = words_of(answer.text)
    assert "Gespeichert: Crowdfunding begonnen" in told or "Das Paket wird gerade angelegt" in told

    async def is_there() -> bool:
        return "Verlauf" in (await web.alma.get(page_of(idea))).text

    await until(is_there)
    return idea


async def test_a_campaign_is_prepared_linked_and_told_through_forms(web: Web) -> None:
    idea = await begin(web)
    told = words_of((await web.alma.get(page_of(idea))).text)
    assert "Was schon in Ihrer Idee steht" in told
    assert told.index("Bitte wählen Sie, in welchem ") < told.index("Weiter am Paket schreiben")
    slugs = [slug for slug, _ in SECTIONS]
    for (slug, fields), after in zip(SECTIONS, [*slugs[1:], ""], strict=True):
        image = picture() if slug == "bilder" else None
        answer = await fill_in(web.alma, idea, slug, fields, image)
        assert answer.status_code == 200, answer.text
        assert answer.url.path == page_of(idea, *([after] if after else [])), slug
    overview = words_of((await web.alma.get(page_of(idea))).text)
    assert "Vollständig: 8 von 8 Abschnitten" in overview
    assert "Sie sind am Zug" in overview
    page = (await web.alma.get(page_of(idea))).text
    assert events_on(page) == {"pack", "snooze", "withdraw"}
    told = words_of(page)
    assert told.index("Wir bilden Lotsen aus.") < told.index("Ihr nächster Schritt"), "what she decides on comes first"
    assert "Schritt 1 von 5: Paket schreiben · Paket ist vollständig" in told

    await take(web.alma, idea, "pack")
    await take(web.alma, idea, "confirm")
    page = (await web.alma.get(page_of(idea))).text
    waiting = words_of(page)
    assert "Ben (Coach) ist am Zug" in waiting
    assert "So erreichen Sie sich Coach Name Ben E-Mail-Adresse ben@example.org" in waiting
    assert f'href="/ideen/{idea}#schritt-write_note"' in page
    assert "alma@example.org" in words_of((await web.ben.get(page_of(idea))).text)
    assert "Ideenteam: bestätigt am" in waiting
    assert "Coach: noch nicht bestätigt" in waiting
    assert "Crowdfunding: Wird bestätigt" in words_of((await web.ben.get("/arbeit")).text)
    await take(web.ben, idea, "confirm")

    hand_off = campaigns.HandOff(web, idea)
    await hand_off.until_in("awaiting_entry")
    entering = words_of((await web.alma.get(page_of(idea))).text)
    assert entering.index("Adresse eintragen") < entering.index("Was nur Sie tun können")
    assert "Was nur das Ideenteam tun kann" in words_of((await web.ben.get(page_of(idea))).text)
    answer = await take(web.alma, idea, "link", address="https://example.org/x")
    assert answer.status_code == 422
    assert 'href="#link-address"' in answer.text
    assert 'value="https://example.org/x"' in answer.text
    await take(web.alma, idea, "link", address=f"{campaigns.ADDRESS}/?utm=mail")
    assert "confirm_link" not in events_on((await web.alma.get(page_of(idea))).text)
    await take(web.ben, idea, "confirm_link")

    answer = await take(web.alma, idea, "observe", status="funding", funded_cents="250,50", threshold_cents="2000")
    told = words_of(answer.text)
    assert "250,50 € von 2.000,00 €" in told
    assert "vom Ideenteam berichtet, gerade eben" in told
    assert "Dieser Abschnitt lässt sich nicht mehr ändern" in (await web.alma.get(page_of(idea, "geld"))).text
    card = words_of((await web.ben.get(f"/ideen/{idea}")).text)
    assert "Kampagne verknüpft · 250,50 € von 2.000,00 €" in card


async def test_a_stranger_finds_no_page_of_it(web: Web) -> None:
    idea = await begin(web)
    for parts in ((), ("geld",), ("paket.zip",), ("bild", "1a6e0000-0000-4000-8000-000000000001")):
        answer = await web.dora.get(page_of(idea, *parts))
        assert answer.status_code == 404
        assert "Pflegelotsen" not in answer.text
    for parts in (("schritte",), ("geld",), ("bilder",)):
        answer = await web.dora.post(page_of(idea, *parts), data={"event": "withdraw"}, headers=OWN_SITE)
        assert answer.status_code == 404
    assert (await web.alma.get(page_of(idea, "gibt-es-nicht"))).status_code == 404
    cross = {"Origin": "https://boese.example"}
    for parts in (("schritte",), ("geld",), ("bilder",)):
        assert (await web.nobody.post(page_of(idea, *parts), data={}, headers=cross)).status_code == 403


async def test_while_the_package_is_being_laid_out_the_page_says_so(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    idea = await web.bring_to("assessing")
    monkeypatch.setattr("api.pages.crowdfunding.overview.SHOWN_WITHIN_SECONDS", 0.1)
    page = (await web.alma.get(page_of(idea) + "?meldung=start")).text
    assert "Das Paket wird gerade angelegt" in words_of(page)
    assert events_on(page) == set()
    assert events_on((await web.alma.get(page_of(idea))).text) == {"start_crowdfunding"}


async def test_before_its_time_the_page_says_when_crowdfunding_is_possible(web: Web) -> None:
    idea = await web.bring_to("planning")
    page = (await web.alma.get(page_of(idea))).text
    assert "Crowdfunding beginnt, wenn die Idee" in words_of(page)
    assert events_on(page) == set()
    assert (await web.alma.get(page_of(idea, "geld"))).status_code == 404
    assert "/crowdfunding" not in (await web.alma.get(f"/ideen/{idea}")).text


# -- sections --------------------------------------------------------------------------------------------------


async def test_unfinished_work_is_saved_and_says_what_is_missing(web: Web) -> None:
    idea = await begin(web)
    answer = await fill_in(web.alma, idea, "dankeschoens", {"rewards.0.title": "Postkarte"}, absicht="bleiben")
    assert answer.url.path == page_of(idea, "dankeschoens")
    told = words_of(answer.text)
    assert "Gespeichert. In diesem Abschnitt fehlt noch etwas." in told
    assert "Dankeschön 1: Bitte beschreiben Sie, was man bekommt." in told
    assert "rewards.1.title" in section_form(answer.text).names
    answer = await fill_in(web.alma, idea, "dankeschoens", {"rewards.0.remove": "true"}, absicht="bleiben")
    assert "Postkarte" not in answer.text


async def test_what_is_wrong_is_told_with_nothing_lost(web: Web) -> None:
    idea = await begin(web)
    fields = {"start_level_cents": "<b>viel</b>", "budget.0.label": "Tische", "duration_days": "33"}
    answer = await fill_in(web.alma, idea, "geld", fields)
    assert answer.status_code == 422
    assert '<a href="#feld-start_level_cents">' in answer.text
    assert 'id="feld-start_level_cents"' in answer.text
    assert "&lt;b&gt;viel&lt;/b&gt;" in answer.text
    assert 'value="Tische"' in answer.text
    untouched = (await campaigns.HandOff(web, idea).read())["package"]
    assert (untouched["start_level_cents"], untouched["budget"]) == (None, [])


async def test_two_people_in_one_section_do_not_overwrite_each_other_unseen(web: Web) -> None:
    idea = await begin(web)
    alma, ben = [section_form((await c.get(page_of(idea, "planung"))).text) for c in (web.alma, web.ben)]
    other = section_form((await web.ben.get(page_of(idea, "team"))).text)
    await web.alma.post(alma.action, data=alma.values | {"risks": "Almas Worte"}, headers=OWN_SITE)
    answer = await web.ben.post(ben.action, data=ben.values | {"risks": "Bens Worte"}, headers=OWN_SITE)
    assert answer.status_code == 409
    assert "Inzwischen hat jemand diesen Abschnitt geändert" in words_of(answer.text)
    assert "Bens Worte" in answer.text
    # Another section was not touched meanwhile.
    saved = await web.ben.post(other.action, data=other.values | {"legal_form": "Verein"}, headers=OWN_SITE)
    assert saved.status_code == 303
    again = section_form(answer.text)
    await web.ben.post(again.action, data=again.values, headers=OWN_SITE)
    package = (await campaigns.HandOff(web, idea).read())["package"]
    assert (package["risks"], package["legal_form"]) == ("Bens Worte", "Verein")


async def test_an_image_is_shown_described_and_removed(web: Web) -> None:
    idea = await begin(web)
    answer = await fill_in(web.alma, idea, "bilder", {}, b"kein Bild")
    assert answer.status_code == 422
    assert '<a href="#feld-datei">' in answer.text
    assert "Das ist kein Bild" in answer.text
    answer = await fill_in(web.alma, idea, "bilder", {"images.new.alt": "Am Tisch"}, picture(), "bleiben")
    (source,) = re.findall(r'<img class="shot" src="([^"]+)" alt="Am Tisch"', answer.text)
    shown = await web.ben.get(source)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert (await web.dora.get(source)).status_code == 404
    await fill_in(web.alma, idea, "bilder", {"images.0.credit": "Alma"})
    assert (await campaigns.HandOff(web, idea).read())["package"]["images"][0]["credit"] == "Alma"
    await fill_in(web.alma, idea, "bilder", {"images.0.remove": "true"})
    assert (await web.ben.get(source)).status_code == 404


async def test_the_package_is_downloaded_under_a_name_that_says_nothing(web: Web) -> None:
    idea = await begin(web)
    answer = await web.ben.get(page_of(idea, "paket.zip"))
    assert answer.headers["content-type"] == "application/zip"
    assert "pflege" not in answer.headers["content-disposition"].lower()
    assert answer.headers["cache-control"] == "no-store"
    assert io.BytesIO(answer.content).read(2) == b"PK"


# -- steps -----------------------------------------------------------------------------------------------------


async def test_a_refused_step_is_told_in_words_and_keeps_what_was_entered(web: Web) -> None:
    hand_off = await campaigns.HandOff.at(web, "linked")
    form = form_for((await web.alma.get(page_of(hand_off.idea))).text, "observe")
    for fields, anchor in (
        ({}, "observe-status"),
        ({"status": "funding", "funded_cents": "viel"}, "observe-funded_cents"),
        ({"status": "funding", "ends_on": "morgen"}, "observe-ends_on"),
        ({"status": "ended_failed", "funded_cents": "9", "threshold_cents": "5"}, "observe-funded_cents"),
        ({"status": "paid_out"}, "observe-status"),
    ):
        answer = await web.alma.post(form.action, data=form.values | fields, headers=OWN_SITE)
        assert answer.status_code == 422, fields
        assert f'<a href="#{anchor}">' in answer.text, fields
        assert f'id="{anchor}"' in answer.text, fields
    assert 'value="9"' not in (await web.alma.get(page_of(hand_off.idea))).text
    for event in ("explode", "<b>", "edit_everything"):
        answer = await web.alma.post(form.action, data={"event": event}, headers=OWN_SITE)
        assert answer.status_code in (409, 422)
        assert "<b>" not in answer.text


async def test_a_confirmation_of_an_older_package_is_told(web: Web) -> None:
    hand_off = await campaigns.HandOff.at(web, "packaged")
    form = form_for((await web.alma.get(page_of(hand_off.idea))).text, "confirm")
    await hand_off.put((await hand_off.read())["package"] | {"title": "Ein anderer"}, who=BEN)
    await hand_off.ask(ALMA, "pack")
    answer = await web.alma.post(form.action, data=form.values, headers=OWN_SITE)
    assert answer.status_code == 412
    assert "Das Paket wurde inzwischen geändert" in words_of(answer.text)


async def test_a_coach_gives_more_time_in_days_and_is_told_what_is_wrong_with_others(web: Web) -> None:
    hand_off = await campaigns.HandOff.at(web, "ready")
    form = form_for((await web.ben.get(page_of(hand_off.idea))).text, "extend_deadline")
    wrong = await web.ben.post(form.action, data=form.values | {"days": "0"}, headers=OWN_SITE)
    assert wrong.status_code == 422
    assert "Bitte geben Sie eine passende Anzahl von Tagen an." in words_of(wrong.text)
    done = await web.ben.post(form.action, data=form.values | {"days": "7"}, headers=OWN_SITE, follow_redirects=True)
    assert "Frist verlängert" in words_of(done.text)


async def test_after_a_step_its_message_comes_first_and_the_list_one_came_from_stays(web: Web) -> None:
    hand_off = await campaigns.HandOff.at(web, "ready")
    listed = {"Referer": "http://localhost/leitung?phase=support"}
    form = form_for((await web.carla.get(page_of(hand_off.idea), headers=listed)).text, "extend_deadline")
    done = await web.carla.post(form.action, data=form.values | {"days": "7"}, headers=OWN_SITE, follow_redirects=True)
    assert "<title>Gespeichert: Frist verlängert. – Crowdfunding · Pflegelotsen" in done.text
    assert '<div class="after-step" tabindex="-1" autofocus>' in done.text
    assert 'href="/leitung?phase=support">Alle Ideen</a>' in done.text
    assert "1 von 1" in words_of(done.text)
    assert f'href="/ideen/{hand_off.idea}?aus=%2Fleitung%3Fphase%3Dsupport"' in done.text


async def test_whoever_checks_an_address_chooses_one_of_two_answers(web: Web) -> None:
    hand_off = await campaigns.HandOff.at(web, "awaiting_entry")
    await hand_off.ask(ALMA, "link", address=campaigns.ADDRESS)
    page = (await web.ben.get(page_of(hand_off.idea))).text
    told = words_of(page)
    assert told.index("www.startnext.com/pflegelotsen") < told.index("Ihr nächster Schritt")
    assert page.count('type="radio" name="event"') == 2
    assert " checked" not in page, "nothing is decided beforehand"
    form = form_for(page, "reject_link")
    words = {"reject_link.note": "Das ist ein anderer Verein."}
    await web.ben.post(form.action, data={"event": "reject_link"} | words, headers=OWN_SITE)
    page = words_of((await web.alma.get(page_of(hand_off.idea))).text)
    assert page.index("Das ist ein anderer Verein.") < page.index("Ihr nächster Schritt")


async def test_an_old_attempt_is_shown_and_cannot_be_changed(web: Web) -> None:
    hand_off = await campaigns.HandOff.at(web, "ready")
    form = form_for((await web.alma.get(page_of(hand_off.idea))).text, "withdraw")
    await web.alma.post(form.action, data=form.values | {"note": "Erst im Herbst."}, headers=OWN_SITE)
    await hand_off.until_in("withdrawn")

    async def may_begin_again() -> bool:
        return "start_crowdfunding" in (await web.read(hand_off.idea, ALMA))["allowed_events"]

    await until(may_begin_again)
    ended = (await web.alma.get(page_of(hand_off.idea))).text
    told = words_of(ended)
    assert "Schritt 1 von 5: Paket schreiben · Zurückgezogen" in told
    assert told.index("Erst im Herbst.") < told.index("Neue Kampagne")
    assert events_on(ended) == {"start_crowdfunding"}
    await hand_off.begin()
    assert "Schritt 1 von 5: Paket schreiben · Paket ist vollständig · 2. Kampagne" in words_of(
        (await web.alma.get(page_of(hand_off.idea))).text
    )
    old = (await web.alma.get(page_of(hand_off.idea) + "?versuch=1")).text
    assert "Sie sehen eine frühere Kampagne" in words_of(old)
    assert events_on(old) == set()
    section = (await web.alma.get(page_of(hand_off.idea, "geld") + "?versuch=1")).text
    assert "Dieser Abschnitt lässt sich nicht mehr ändern" in section
    assert "5.000,00" in section
    assert (await web.alma.get(page_of(hand_off.idea) + "?versuch=7")).status_code == 404


async def test_how_old_a_report_is_can_be_seen(web: Web) -> None:
    hand_off = await campaigns.HandOff.at(web, "linked")
    await hand_off.ask(ALMA, "observe", status="funding", ends_on=in_days(20))
    async with web.database.transaction() as session:
        older = col(CampaignObservation.observed_at) - timedelta(days=9)
        await session.exec(update(CampaignObservation).values(observed_at=older))
    told = words_of((await web.ben.get(page_of(hand_off.idea))).text)
    assert "vor 9 Tagen" in told
    assert "Dieser Stand ist älter als eine Woche." in told


async def test_the_pages_need_no_script_and_speak_english_too(web: Web) -> None:
    hand_off = await campaigns.HandOff.at(web, "awaiting_entry")
    for parts in ((), *((slug,) for slug, _ in SECTIONS)):
        for language in languages():
            page = await web.alma.get(page_of(hand_off.idea, *parts) + f"?lang={language}")
            assert page.status_code == 200
            own = re.sub(r"http://www\.w3\.org|https://(?:www\.startnext|vimeo)\.com", "", page.text)
            assert not re.search(r"<script(?! src=./static/)|\sstyle=|<style|\son\w+=|https?://(?!localhost)", own)
            assert f'<html lang="{language}">' in page.text
            ids = re.findall(r'\sid="([^"]+)"', page.text)
            assert len(ids) == len(set(ids)), parts
            described = " ".join(re.findall(r'aria-describedby="([^"]+)"', page.text))
            assert set(described.split()) <= set(ids), parts


# -- words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", languages())
def test_everything_that_can_happen_has_its_words(language: str) -> None:
    texts = texts_in(language)
    keys = [f"crowdfunding.state.{state}" for state in CrowdfundingState]
    keys += [f"crowdfunding.status.{status}" for status in CampaignStatus]
    keys += [f"crowdfunding.provenance.{provenance}" for provenance in Provenance]
    keys += [f"crowdfunding.done.{event}" for event in (*CrowdfundingLifecycle.event_names(), *ENGINE_NOTES)]
    keys += [f"crowdfunding.cause.{cause}" for cause in Cause]
    keys += [f"crowdfunding.trouble.{trouble}" for trouble in FOR_PEOPLE_TO_ANSWER]
    phases = ("not_ready", "ready", "packaged", "confirmed", "awaiting_entry", "checking_link", "linked", "funding")
    endings = ("closed", "withdrawn", "expired")
    keys += [f"crowdfunding.why.{phase}" for phase in (*phases, *endings, "paying", "watching")]
    by_people = set(CrowdfundingLifecycle.event_names()) - {"edit", "await_entry", "expire"}
    keys += [f"crowdfunding.event.{event}" for event in by_people]
    assert [key for key in keys if not texts.has(key)] == []
