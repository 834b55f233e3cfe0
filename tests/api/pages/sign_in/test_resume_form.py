"""Nothing typed is lost: forms survive a sign-in, windows do not write over each other, parts of pages stay parts."""

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from sqlmodel import select

from api.pages.kit.forms_to_keep import NEVER_KEPT
from api.pages.kit.honeypot import TRAP
from api.pages.kit.languages import LANGUAGE_COOKIE, TONGUE
from api.pages.kit.redirect_target import only_takes_forms
from api.use_cases.three_way_merge import FIELD as SEEN
from api.web.kept_forms import COOKIE
from models.tables import Account, Draft, KeptForm
from tests.api.conftest import Web, open_client, write_session
from tests.api.pages.conftest import OWN_SITE, TOPICS, begin, fill_in, form_with, forms_of, words_of
from tests.api.route_table import pages_that_take_forms
from tests.factories import ALMA, BEN, DORA, write_idea

HTMX = OWN_SITE | {"HX-Request": "true"}
NOTE = "Lange Notiz, die niemand zweimal schreiben will."


@pytest.fixture
async def phone(still_web: Web) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which nobody is signed in."""
    async with open_client(still_web.app) as browser:
        yield browser


async def sign_in(web: Web, browser: httpx.AsyncClient, account: str) -> None:
    """As by a proof in another window: the cookie is there, and whatever the browser had besides."""
    async with web.database.transaction() as session:
        cookies = write_session(session, web.services, await session.get_one(Account, account))
    browser.cookies.update(cookies)


def way_in(page: str) -> str:
    """Where the page leads to sign in, and from there."""
    found = re.search(r'href="(/anmelden\?weiter=[^"]+)"', page)
    assert found is not None, page
    return parse_qs(urlsplit(found[1].replace("&amp;", "&")).query)["weiter"][0]


# -- a form that met the end of a session ------------------------------------------------------------------------


async def test_no_form_of_any_page_is_lost_and_no_sign_in_ends_where_only_forms_go(
    still_web: Web, phone: httpx.AsyncClient
) -> None:
    """Every address that takes a form, from somebody whose session has ended while they wrote."""
    for template in pages_that_take_forms(still_web.app):
        path = re.sub(r"\{\w+\}", str(uuid4()), template)
        headers = OWN_SITE | {"Referer": f"http://localhost{path}"}
        answer = await phone.post(path, data={"note": NOTE, "schutz": "veraltet"}, headers=headers)
        assert answer.status_code < 500, path
        if answer.status_code not in (401, 403):
            continue
        for wanted in re.findall(r"weiter=([^\"&]+)", answer.text):
            assert not only_takes_forms(still_web.app, urlsplit(wanted.replace("%2F", "/")).path), path
        if not path.startswith(NEVER_KEPT):
            assert way_in(answer.text).startswith("/aufgehoben/"), path


async def test_a_form_in_which_no_file_was_chosen_is_kept_and_one_with_files_is_not(phone: httpx.AsyncClient) -> None:
    """Its sender has chosen none, so that nothing would be missing when it is sent once more."""
    for name, content, kept in (("", b"", True), ("Plan.pdf", b"%PDF-1.7", False)):
        file = f'Content-Disposition: form-data; name="dateien"; filename="{name}"\r\n\r\n'.encode() + content
        note = f'Content-Disposition: form-data; name="note"\r\n\r\n{NOTE}'.encode()
        body = b"".join(b"--x\r\n" + part + b"\r\n" for part in (note, file)) + b"--x--\r\n"
        headers = OWN_SITE | {"Content-Type": "multipart/form-data; boundary=x"}
        answer = await phone.post(f"/ideen/{uuid4()}/schritte", content=body, headers=headers)
        assert answer.status_code == 401
        assert ("aufgehoben" in answer.text) is kept


async def test_a_note_survives_the_end_of_a_session_and_even_a_second_refusal(
    still_web: Web, phone: httpx.AsyncClient
) -> None:
    path = f"/ideen/{await write_idea(still_web.database)}/schritte"
    sent = {"event": "write_note", "note": NOTE, "schutz": "veraltet"}
    expired = await phone.post(path, data=sent, headers=OWN_SITE)
    assert expired.status_code == 403
    again = next(form for form in forms_of(expired.text) if form.action == path)
    refused = await phone.post(path, data=again.values, headers=OWN_SITE | {"Referer": f"http://localhost{path}"})
    assert refused.status_code == 401
    await sign_in(still_web, phone, BEN)
    # Whoever was on the way to sign in, and has done so elsewhere, is led on at once.
    kept = await phone.get(f"/anmelden?weiter={way_in(refused.text)}", follow_redirects=True)
    form = next(form for form in forms_of(kept.text) if form.action == path)
    assert (form.values["note"], form.values["event"]) == (NOTE, "write_note")
    assert "Angemeldet sind Sie als Ben" in words_of(kept.text)


async def test_what_is_kept_opens_for_nobody_else(still_web: Web, phone: httpx.AsyncClient) -> None:
    await sign_in(still_web, phone, ALMA)
    refused = await phone.post("/ideen/x/schritte", data={"note": NOTE, "schutz": "veraltet"}, headers=OWN_SITE)
    async with still_web.database.session() as session:
        (row,) = (await session.exec(select(KeptForm))).all()
    assert NOTE.encode() not in row.sealed
    assert (row.account_id, row.hash in phone.cookies[COOKIE]) == (ALMA, False)
    kept, key = f"/aufgehoben/{row.id}", phone.cookies[COOKIE]
    assert refused.status_code == 403
    assert (await phone.get(kept)).status_code == 200
    assert (await still_web.alma.get(kept)).status_code == 404, "another browser of hers has no key"
    await phone.post("/abmelden", headers=OWN_SITE)
    assert COOKIE not in phone.cookies, "whoever signs out takes the key along"
    phone.cookies.set(COOKIE, key)
    await sign_in(still_web, phone, DORA)
    assert (await phone.get(kept)).status_code == 404, "the next one at this computer is somebody else"


@pytest.mark.parametrize("path", ["/anmelden", "/anmelden/code", "/einstellungen/geraete/app/pruefen"])
async def test_codes_and_passwords_are_never_kept(still_web: Web, phone: httpx.AsyncClient, path: str) -> None:
    await phone.post(path, data={"code": "123 456", "schutz": "veraltet"}, headers=OWN_SITE)
    await phone.post(path, data={"code": "123 456"}, headers={"Sec-Fetch-Site": "cross-site"})
    async with still_web.database.session() as session:
        assert (await session.exec(select(KeptForm))).all() == []


@pytest.mark.parametrize("path", ["/ideen/5/schritte", "/abmelden", "/arbeit/abwesenheit?x=1", "/meine-daten/adresse"])
async def test_nobody_is_led_to_an_address_that_cannot_be_opened(still_web: Web, path: str) -> None:
    answer = await still_web.alma.get("/anmelden", params={"weiter": path})
    assert answer.headers["location"] == "/ideen"


# -- part of a page ------------------------------------------------------------------------------------------------


async def test_a_part_of_a_page_never_becomes_a_whole_one(still_web: Web, phone: httpx.AsyncClient) -> None:
    for browser in (phone, still_web.dora):
        for template in pages_that_take_forms(still_web.app):
            path = re.sub(r"\{\w+\}", str(uuid4()), template)
            answer = await browser.post(path, data={"schutz": "veraltet"}, headers=HTMX)
            assert "<html" not in answer.text, path
            assert not 300 <= answer.status_code < 400, path
    moved = await still_web.alma.get("/anmelden", headers=HTMX)
    assert (moved.status_code, moved.headers["hx-redirect"]) == (204, "/ideen")
    looked = HTMX | {"HX-Current-URL": "http://localhost/leitung/sammel/5"}
    over = await phone.get(f"/leitung/sammel/{uuid4()}/stand", headers=looked)
    assert (over.status_code, over.headers["hx-redirect"], over.text) == (401, "/leitung/sammel/5", "")


async def test_a_save_that_failed_says_so_and_brings_a_token_that_counts(still_web: Web) -> None:
    draft = await begin(still_web.alma)
    async with open_client(still_web.app) as window:
        typed = TOPICS["idee"] | {"schutz": "veraltet"}
        old = await window.post(f"{draft}/idee", data=typed, headers=HTMX)
        assert (old.status_code, 'data-unsaved="form_expired"' in old.text) == (403, True)
        looking = HTMX | {"HX-Current-URL": f"http://localhost{draft}/idee"}
        elsewhere = await window.post(f"{draft}/idee", data=typed | token_in(old.text), headers=looking)
        assert (elsewhere.status_code, 'data-unsaved="draft_elsewhere"' in elsewhere.text) == (404, True)
        assert way_in(elsewhere.text) == f"{draft}/idee"
        await sign_in(still_web, window, ALMA)
        renewed = await window.post(f"{draft}/idee", data=typed | token_in(elsewhere.text), headers=HTMX)
        saved = await window.post(f"{draft}/idee", data=typed | token_in(renewed.text), headers=HTMX)
        assert (renewed.status_code, saved.status_code, "Gespeichert um" in saved.text) == (403, 200, True)


def token_in(fragment: str) -> dict[str, str]:
    found = re.search(r'name="schutz" value="([^"]+)"', fragment)
    assert found is not None, fragment
    return {"schutz": found[1]}


# -- two windows -----------------------------------------------------------------------------------------------------


async def open_window(client: httpx.AsyncClient, path: str) -> dict[str, str]:
    return form_with((await client.get(path)).text, path).values


async def test_an_old_window_takes_nothing_away_from_a_newer_one(still_web: Web) -> None:
    alma, draft = still_web.alma, await begin(still_web.alma)
    await alma.post(f"{draft}/idee", data=TOPICS["idee"], headers=OWN_SITE)
    old, new = [await open_window(alma, f"{draft}/idee") for _ in range(2)]
    longer = f"{new['summary']} Drei neue Absätze."
    await alma.post(f"{draft}/idee", data=new | {"summary": longer}, headers=HTMX)
    touched = await alma.post(f"{draft}/idee", data=old | {"title": "Neuer Titel"}, headers=HTMX)
    assert "Gespeichert um" in touched.text
    now = await open_window(alma, f"{draft}/idee")
    assert (now["title"], now["summary"]) == ("Neuer Titel", longer)

    both = {**old, "summary": "Ganz anders.", "absicht": "weiter"}
    quiet = await alma.post(f"{draft}/idee", data=both, headers=HTMX)
    assert 'data-unsaved="clash"' in quiet.text
    loud = await alma.post(f"{draft}/idee", data=both, headers=OWN_SITE)
    assert (loud.status_code, longer in loud.text) == (409, True)
    form = form_with(loud.text, f"{draft}/idee").values
    assert form["summary"] == "Ganz anders."
    # Whoever has seen both decides.
    assert (await alma.post(f"{draft}/idee", data=form, headers=OWN_SITE)).status_code == 303
    assert (await open_window(alma, f"{draft}/idee"))["summary"] == "Ganz anders."


async def test_a_window_is_not_held_up_by_what_it_has_sent_itself(still_web: Web) -> None:
    alma, draft = still_web.alma, await begin(still_web.alma)
    window = await open_window(alma, f"{draft}/idee")
    for title in ("Dorf", "Dorfladen", "Dorfladen auf Rädern"):
        # Its answers are lost in a tunnel.
        answer = await alma.post(f"{draft}/idee", data=window | {"title": title}, headers=HTMX)
        assert "data-unsaved" not in answer.text
    assert (await open_window(alma, f"{draft}/idee"))["title"] == "Dorfladen auf Rädern"


async def test_nobody_hands_in_what_they_have_not_read(still_web: Web) -> None:
    alma, draft = still_web.alma, await fill_in(still_web.alma)
    review = await open_window(alma, f"{draft}/pruefen")
    await alma.post(f"{draft}/anlass", data={"problem": "Aus einem anderen Fenster."}, headers=OWN_SITE)
    answer = await alma.post(f"{draft}/pruefen", data=review, headers=OWN_SITE)
    assert (answer.status_code, "Aus einem anderen Fenster." in answer.text) == (409, True)
    assert SEEN in form_with(answer.text, f"{draft}/pruefen").values


# -- languages -------------------------------------------------------------------------------------------------------


async def test_a_first_visit_is_in_the_language_of_the_browser(still_web: Web, phone: httpx.AsyncClient) -> None:
    for wish, language in (("en-GB,en;q=0.9", "en"), ("fr,en;q=0.5,de;q=0.4", "en"), ("fr", "de"), ("", "de")):
        assert f'<html lang="{language}">' in (await phone.get("/", headers={"Accept-Language": wish})).text
    english = {"Accept-Language": "en"}
    assert '<html lang="de">' in (await still_web.alma.get("/", headers=english)).text, "the account says German"
    phone.cookies.set(LANGUAGE_COOKIE, "de")
    assert '<html lang="de">' in (await phone.get("/", headers=english)).text, "asked for in this browser"


async def test_the_switch_of_languages_keeps_what_was_typed(still_web: Web, phone: httpx.AsyncClient) -> None:
    draft = await begin(phone)
    page = (await phone.get(f"{draft}/idee")).text
    assert f'form="thema" name="{TONGUE}" value="en"' in page
    typed = TOPICS["idee"] | {"title": "", TONGUE: "en"}
    english = await phone.post(f"{draft}/idee", data=typed, headers=OWN_SITE, follow_redirects=True)
    assert '<html lang="en">' in english.text
    assert form_with(english.text, f"{draft}/idee").values["summary"] == TOPICS["idee"]["summary"]
    # Other pages with fields open beside; a page to read stays where it is.
    assert 'lang="de" target="_blank"' in (await phone.get("/rueckmeldung")).text
    assert "target" not in (await phone.get("/so-funktioniert-es")).text.partition("<main")[0]


# -- before signing in ------------------------------------------------------------------------------------------------


async def test_what_was_begun_before_signing_in_belongs_to_the_account(demo_web: Web) -> None:
    async with open_client(demo_web.app) as browser, open_client(demo_web.app) as other_device:
        for client, title in ((browser, "Werkzeugregal"), (other_device, "Anderswo")):
            await client.post(f"{await begin(client)}/idee", data=TOPICS["idee"] | {"title": title}, headers=OWN_SITE)
        theirs = await begin(browser)
        await browser.post(f"{theirs}/ueber-sie", data={"name": "Ida", "email": "ida@example.org"}, headers=OWN_SITE)
        await browser.post("/demo/anmelden", data={"konto": DORA}, headers=OWN_SITE)
        for path in ("/einreichen", "/ideen"):
            assert "Werkzeugregal" in (await browser.get(path)).text
        await other_device.get("/einreichen")
    elsewhere = (await demo_web.dora.get("/ideen")).text
    assert ("Werkzeugregal" in elsewhere, "Anderswo" in elsewhere) == (True, False)
    async with demo_web.database.session() as session:
        drafts = (await session.exec(select(Draft))).all()
    assert {draft.account_id for draft in drafts if draft.email == "ida@example.org"} == {None}


async def test_the_owner_of_a_draft_who_is_signed_out_is_offered_to_sign_in(
    still_web: Web, phone: httpx.AsyncClient
) -> None:
    draft = await begin(still_web.alma)
    looked = await phone.get(f"{draft}/idee")
    assert (looked.status_code, way_in(looked.text)) == (404, f"{draft}/idee")
    sent = await phone.post(f"{draft}/idee", data=TOPICS["idee"], headers=OWN_SITE)
    assert (sent.status_code, way_in(sent.text).startswith("/aufgehoben/")) == (404, True)
    await sign_in(still_web, phone, ALMA)
    kept = await phone.get(way_in(sent.text))
    assert form_with(kept.text, f"{draft}/idee").values["summary"] == TOPICS["idee"]["summary"]
    assert "Haben Sie ihn angemeldet begonnen?" not in (await still_web.dora.get(f"{draft}/idee")).text


# -- a field that people do not see -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "data"),
    [("/einreichen", {}), ("/einreichen/weiter", {"email": "ida@example.org"}), ("/rueckmeldung", {"nachricht": NOTE})],
)
async def test_whoever_is_taken_for_a_program_is_told_and_goes_on_with_a_click(
    still_web: Web, phone: httpx.AsyncClient, path: str, data: dict[str, Any]
) -> None:
    answer = await phone.post(path, data=data | {TRAP: "Ida"}, headers=OWN_SITE)
    assert (answer.status_code, "Sind Sie ein Mensch?" in answer.text) == (422, True)
    form = form_with(answer.text, path).values
    assert TRAP not in form
    assert form.items() >= data.items()
