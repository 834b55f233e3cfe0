"""Handing in without an account: nothing that was written gets lost, and sending twice is one idea."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from api.pages.hand_in.drafts import COOKIE, SHARED
from api.pages.kit.honeypot import TRAP
from api.runtime.rate_limiter import Rate
from api.use_cases.confirmation import start_late_secret_mails
from api.use_cases.submission_retry import hand_in_what_waits
from api.web.rate_limits import LIMITS, Limited
from models.tables import Account, Draft, Idea, MailboxMessage, MailRow, StandingRow
from models.tables.columns import utc_now
from models.vocabulary import MailState, Outcome, Role, SecretMailKind, Stage
from tests.api.conftest import Web, open_client, until
from tests.api.pages.conftest import (
    ABOUT_YOU,
    OWN_SITE,
    TOPICS,
    FormOnPage,
    begin,
    fill_in,
    form_for,
    forms_of,
    hand_in,
    take,
    words_of,
)
from tests.factories import ALMA, BEN, CARLA, write_idea, write_story
from workflows.client import EngineAway, EngineClient

HTMX = OWN_SITE | {"HX-Request": "true"}
NASTY = "<script>alert(1)</script> & \"' =SUMME(A1) 👩🏽‍🌾 \u202eمرحبا"
"""HTML, a formula, an emoji of several signs, and words that are written from right to left."""
NASTY_NAME = NASTY.replace("\u202e", "")
"""So it is kept: nothing turns writing around."""

TITLES = {"Alma@Example.org": "Dorfladen auf Rädern", "niemand@example.org": "Tanzcafé am Nachmittag"}


@pytest.fixture
async def phone(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of Dora's in which nobody is signed in."""
    async with open_client(web.app) as browser:
        yield browser


@pytest.fixture
async def laptop(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(web.app) as browser:
        yield browser


async def ideas_of(web: Web, owner: str = ALMA) -> list[Idea]:
    async with web.database.session() as session:
        return list((await session.exec(select(Idea).where(Idea.owner_id == owner))).all())


async def account_with(web: Web, email: str) -> Account:
    async with web.database.session() as session:
        return (await session.exec(select(Account).where(Account.email == email))).one()


async def drafts_in(web: Web) -> Sequence[Draft]:
    async with web.database.session() as session:
        return (await session.exec(select(Draft).order_by(col(Draft.created_at)))).all()


async def change_drafts(web: Web, **values: Any) -> None:
    async with web.database.transaction() as session:
        await session.exec(update(Draft).values(**values))


async def mails_to(web: Web, email: str, count: int) -> list[MailboxMessage]:
    """What has come to an address, as soon as it is so many."""
    found: list[MailboxMessage] = []

    async def are_there() -> bool:
        async with web.database.session() as session:
            theirs = select(MailboxMessage).where(MailboxMessage.recipient == email)
            found[:] = (await session.exec(theirs.order_by(col(MailboxMessage.sent_at)))).all()
        return len(found) >= count

    await until(are_there)
    return found


def link_in(mail: MailboxMessage) -> str:
    found = re.search(r"http://[^/\s]+(/einreichen/(?:weiter|bestaetigen)/\S+)", mail.body)
    assert found is not None, mail.body
    return found[1]


async def confirm(web: Web, client: httpx.AsyncClient, email: str = "dora.dorn@example.org") -> httpx.Response:
    """Open the link in the newest mail to an address, and hand the idea in."""
    mail = (await mails_to(web, email, 1))[-1]
    return await client.post(link_in(mail), data={"antwort": "ja"}, headers=OWN_SITE, follow_redirects=True)


def words_form(page: str) -> FormOnPage:
    return next(form for form in forms_of(page) if "summary" in form.names)


async def send(client: httpx.AsyncClient, draft: str, **fields: str) -> httpx.Response:
    return await client.post(f"{draft}/pruefen", data=fields, headers=OWN_SITE, follow_redirects=True)


# -- an address that may be a slip -------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "kept"), [("alma@gmial.com", True), ("ida@gmail", False)])
async def test_a_slip_is_asked_back_about_and_never_corrected_by_us(
    web: Web, phone: httpx.AsyncClient, typed: str, kept: bool
) -> None:
    draft = await begin(phone)
    meant = f"{typed.partition('@')[0]}@gmail.com"
    for path, fields in (
        (f"{draft}/ueber-sie", {"name": "Dora", "absicht": "weiter"}),
        (f"{draft}/spaeter", {}),
        ("/einreichen/weiter", {}),
        ("/anmelden", {}),
    ):
        asked = await phone.post(path, data={"email": typed, **fields}, headers=OWN_SITE)
        assert asked.status_code == 422, path
        assert f"Meinten Sie {meant}?" in words_of(asked.text)
        (form,) = [form for form in forms_of(asked.text) if "gemeint" in form.names]
        assert form.values["email"] == typed
        assert ("So haben Sie sie geschrieben" in words_of(asked.text)) is kept
        # An answer counts for the address that was asked about, not for another one that was typed meanwhile.
        other = await phone.post(path, data={"email": "b@gmial.com", "gemeint": meant, **fields}, headers=OWN_SITE)
        assert "Meinten Sie b@gmail.com?" in words_of(other.text)
        done = await phone.post(path, data={"email": typed, "gemeint": meant, **fields}, headers=OWN_SITE)
        assert done.status_code in (200, 303), path
        as_typed = await phone.post(path, data={"email": typed, "gemeint": typed, **fields}, headers=OWN_SITE)
        assert (as_typed.status_code in (200, 303)) is kept


async def test_an_address_that_is_not_whole_yet_is_kept_and_one_with_umlauts_is_shown_as_it_was_typed(
    web: Web, phone: httpx.AsyncClient
) -> None:
    draft = await begin(phone)
    about = {"name": "Dora", "absicht": "weiter"}
    await phone.post(f"{draft}/ueber-sie", data={**about, "email": "dora@"}, headers=OWN_SITE)
    assert [row.email for row in await drafts_in(web)] == [None]
    assert 'value="dora@"' in (await phone.get(f"{draft}/ueber-sie")).text
    await phone.post(f"{draft}/ueber-sie", data={**about, "email": "Dora@Müllerhof.de."}, headers=OWN_SITE)
    (row,) = await drafts_in(web)
    assert (row.email, row.words.get("email")) == ("dora@xn--mllerhof-65a.de", None)
    assert 'value="dora@müllerhof.de"' in (await phone.get(f"{draft}/ueber-sie")).text


# -- without an account ------------------------------------------------------------------------------------------


async def test_dora_hands_in_without_an_account_and_becomes_an_innovator(web: Web, phone: httpx.AsyncClient) -> None:
    told = {"phone": "0351 12345", "reach": "am liebsten abends"}
    draft = await fill_in(phone, about_you=True, organisation="Dorfverein e. V.", **told)
    review = words_of((await phone.get(f"{draft}/pruefen")).text)
    assert "Pflegelotsen im Quartier" in review
    assert "Dresden" in review
    assert "Dorfverein e. V." in review
    page = words_of((await send(phone, draft)).text)
    assert "Bitte bestätigen Sie Ihre Adresse" in page
    assert "noch nicht eingereicht" in page
    assert "dora.dorn@example.org" in page
    # Until she has, there is no idea, no account, and a lead reads a number.
    async with web.database.session() as session:
        assert (await session.exec(select(Idea))).all() == []
        assert (await session.exec(select(Account).where(Account.email == "dora.dorn@example.org"))).all() == []
    assert "Eine Idee wartet auf die Bestätigung der Adresse." in words_of((await web.carla.get("/leitung")).text)
    (mail,) = await mails_to(web, "dora.dorn@example.org", 1)
    assert mail.subject == "Bitte bestätigen Sie Ihre Adresse"
    answer = await confirm(web, phone)
    assert str(answer.url).endswith("/danke")
    assert "Wir lesen Ihre Idee, spätestens bis" in words_of(answer.text)
    assert "Es liest die Leitung im Büro Dresden." in words_of(answer.text)
    async with web.database.transaction() as session:
        await session.exec(update(Account).where(col(Account.id) == CARLA).values(office="leipzig"))
    nobodys = words_of((await phone.get(answer.url.path)).text)
    assert "Es liest die Leitung. " in nobodys, "where no office is led, all leads read"
    account = await account_with(web, "dora.dorn@example.org")
    assert (account.name, account.roles) == ("Dora Dorn", [Role.INNOVATOR])
    assert account.proved_at is not None
    assert (account.phone, account.reach) == ("0351 12345", "am liebsten abends")
    (idea,) = await ideas_of(web, account.id)
    assert idea.organisation == "Dorfverein e. V."
    assert (await web.read(idea.id))["state"] == "screening"
    *_, arrived = await mails_to(web, "dora.dorn@example.org", 2)
    assert arrived.subject == "Ihre Idee ist angekommen"
    assert "Spätestens bis:" in arrived.body
    # Her words stand in one place now, and she is signed in.
    (row,) = await drafts_in(web)
    assert (row.words, row.name, row.waits_since) == ({}, "", None)
    assert (await phone.get(f"/ideen/{idea.id}")).status_code == 200
    assert "Bestätigung der Adresse" not in words_of((await web.carla.get("/leitung")).text)


async def test_who_has_an_account_gets_the_idea_and_the_page_does_not_tell(
    web: Web, phone: httpx.AsyncClient, laptop: httpx.AsyncClient
) -> None:
    answers = []
    for client, email in ((phone, "Alma@Example.org"), (laptop, "niemand@example.org")):
        draft = await fill_in(client, about_you=True, email=email, name="Wer anders", title=TITLES[email])
        answers.append(await send(client, draft))
    told = [
        re.sub("|".join((*TITLES, *TITLES.values(), "alma@example.org")), "…", words_of(one.text)) for one in answers
    ]
    assert told[0] == told[1]
    assert await ideas_of(web) == []
    assert (await phone.get("/ideen")).status_code == 401
    await confirm(web, phone, "alma@example.org")
    assert TITLES["Alma@Example.org"] in [idea.title for idea in await ideas_of(web)]
    assert (await account_with(web, "alma@example.org")).name == "Alma"
    assert (await phone.get("/ideen")).status_code == 200
    # The mail may have lain there for two weeks: what wants a fresh proof asks for one.
    for path in ("/meine-daten/export.json", "/einstellungen/zugriff/neu"):
        assert (await phone.get(path)).status_code == 403, path


async def test_pressed_twice_or_sent_again_it_is_one_idea_and_one_mail(web: Web, phone: httpx.AsyncClient) -> None:
    draft = await fill_in(phone, about_you=True)
    answers = await asyncio.gather(*(send(phone, draft) for _ in range(3)))
    answers.append(await send(phone, draft))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert {str(answer.url).rpartition("/")[2] for answer in answers} == {"danke"}
    # What waits is what will be handed in: it is not changed here by the way.
    late = await phone.post(f"{draft}/idee", data={"title": "Ganz anders", "summary": "x"}, headers=OWN_SITE)
    assert late.headers["location"].endswith("/danke")
    assert len(await mails_to(web, "dora.dorn@example.org", 1)) == 1
    found = await asyncio.gather(*(confirm(web, phone) for _ in range(3)))
    assert {str(answer.url).rpartition("/")[2] for answer in found} == {"danke"}
    account = await account_with(web, "dora.dorn@example.org")
    assert [idea.title for idea in await ideas_of(web, account.id)] == ["Pflegelotsen im Quartier"]
    assert len(await mails_to(web, account.email, 2)) == 2
    await phone.post(f"{draft}/verwerfen", data={}, headers=OWN_SITE)
    assert len(await ideas_of(web, account.id)) == 1


async def test_nobody_fills_the_mailbox_of_somebody_else(web: Web, phone: httpx.AsyncClient) -> None:
    for _ in range(4):
        assert "Bitte bestätigen" in (await send(phone, await fill_in(phone, about_you=True))).text
    draft = await fill_in(phone, about_you=True)
    for _ in range(4):
        answer = await phone.post(f"{draft}/spaeter", data={"email": "dora.dorn@example.org"}, headers=OWN_SITE)
        assert answer.status_code == 200
    async with web.database.session() as session:
        written = (await session.exec(select(MailRow).where(MailRow.state != MailState.HELD_BACK))).all()
    assert (
        sorted(mail.secret_kind or "" for mail in written)
        == [SecretMailKind.CONFIRM_DRAFT] * 3 + [SecretMailKind.RESUME_DRAFT] * 3
    )


async def be_away(*_: Any) -> None:
    raise EngineAway("it rests")


async def test_while_the_engine_is_away_the_idea_is_kept_and_handed_in_later(
    web: Web, phone: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await fill_in(phone, about_you=True)
    await send(phone, draft)
    await mails_to(web, "dora.dorn@example.org", 1)
    with monkeypatch.context() as away:
        away.setattr(EngineClient, "submit", be_away)
        # She is signed in all the same, and nothing is lost.
        assert "Ihre Idee ist gespeichert" in words_of((await confirm(web, phone)).text)
        assert await hand_in_what_waits(web.services) == 0
    back = await phone.get(draft, follow_redirects=True)
    assert "Noch nicht eingereicht" in words_of(back.text)
    (form,) = [form for form in forms_of(back.text) if form.action.endswith("/pruefen")]
    answer = await phone.post(form.action, data=form.values, headers=OWN_SITE, follow_redirects=True)
    assert "Danke für Ihre Idee" in words_of(answer.text)
    account = await account_with(web, "dora.dorn@example.org")
    assert len(await ideas_of(web, account.id)) == 1
    assert len(await mails_to(web, account.email, 2)) == 2


async def test_a_mail_that_could_not_be_sent_is_sent_as_soon_as_the_engine_is_back(
    web: Web, phone: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setattr(EngineClient, "start_secret_mail", be_away)
        assert "Bitte bestätigen" in (await send(phone, await fill_in(phone, about_you=True))).text
    monkeypatch.setattr("api.use_cases.confirmation.BEFORE_ANOTHER_LOOK", timedelta())
    for _ in range(2):
        await start_late_secret_mails(web.services)
    assert len(await mails_to(web, "dora.dorn@example.org", 1)) == 1


async def test_what_was_sent_while_the_engine_was_away_is_handed_in_by_itself(
    web: Web, phone: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsent = await fill_in(web.alma)
    await send(phone, await fill_in(phone, about_you=True))
    await mails_to(web, "dora.dorn@example.org", 1)
    with monkeypatch.context() as away:
        away.setattr(EngineClient, "submit", be_away)
        await confirm(web, phone)
        assert await hand_in_what_waits(web.services) == 0
    assert await hand_in_what_waits(web.services) == 1
    assert await hand_in_what_waits(web.services) == 0
    account = await account_with(web, "dora.dorn@example.org")
    assert len(await ideas_of(web, account.id)) == 1
    assert len(await mails_to(web, account.email, 2)) == 2
    # What nobody has sent yet stays as it is.
    assert f'href="{unsent}"' in (await web.alma.get("/ideen")).text


# -- at a device that others use, too ----------------------------------------------------------------------------


async def test_a_library_s_computer_forgets_a_draft_with_its_browser_and_shows_none_of_somebody_else(
    web: Web, phone: httpx.AsyncClient
) -> None:
    own = await phone.post("/einreichen", data={}, headers=OWN_SITE)
    assert "max-age" in own.headers["set-cookie"].lower()
    before = own.headers["location"].rpartition("/")[0]
    box = f'name="{SHARED}"'
    assert box in (await phone.get("/einreichen")).text
    begun = await phone.post("/einreichen", data={SHARED: "ja"}, headers=OWN_SITE)
    (cookie,) = begun.headers.get_list("set-cookie")
    assert COOKIE in cookie
    assert not {"max-age", "expires"} & {part.strip().partition("=")[0].lower() for part in cookie.split(";")}
    draft = begun.headers["location"].rpartition("/")[0]
    assert (await phone.get(draft, follow_redirects=True)).status_code == 200
    assert (await phone.get(before)).status_code == 404
    assert before not in (await phone.get("/einreichen")).text
    assert box not in (await web.alma.get("/einreichen")).text, "whoever is signed in leaves no such cookie"


# -- until the address is proved ---------------------------------------------------------------------------------


async def test_a_look_at_the_link_confirms_nothing_and_whoever_did_not_write_it_deletes_it(
    web: Web, phone: httpx.AsyncClient, laptop: httpx.AsyncClient
) -> None:
    await send(phone, await fill_in(phone, about_you=True))
    (mail,) = await mails_to(web, "dora.dorn@example.org", 1)
    for _ in range(2):
        page = words_of((await laptop.get(link_in(mail))).text)
        assert "Ist das Ihre Idee?" in page
        assert "Pflegelotsen im Quartier" in page
    answer = await laptop.post(link_in(mail), data={"antwort": "nein"}, headers=OWN_SITE)
    assert "Die Idee ist gelöscht" in words_of(answer.text)
    assert await drafts_in(web) == []
    assert (await laptop.post(link_in(mail), data={"antwort": "ja"}, headers=OWN_SITE)).status_code == 410


async def test_the_address_is_corrected_and_the_first_mail_leads_nowhere(
    web: Web, phone: httpx.AsyncClient, laptop: httpx.AsyncClient
) -> None:
    draft = await fill_in(phone, about_you=True, email="dora@example.net")
    await send(phone, draft)
    (wrong,) = await mails_to(web, "dora@example.net", 1)
    for typed in ("dora@", "dora@gmial.com"):
        asked = await phone.post(f"{draft}/bestaetigung", data={"email": typed}, headers=OWN_SITE)
        assert asked.status_code == 422
    corrected = {"email": "dora.dorn@example.org"}
    answer = await phone.post(f"{draft}/bestaetigung", data=corrected, headers=OWN_SITE, follow_redirects=True)
    assert "dora.dorn@example.org" in answer.text
    assert (await laptop.get(link_in(wrong))).status_code == 410
    assert (await laptop.post(link_in(wrong), data={"antwort": "ja"}, headers=OWN_SITE)).status_code == 410
    assert (await confirm(web, laptop)).status_code == 200
    assert len(await ideas_of(web, (await account_with(web, "dora.dorn@example.org")).id)) == 1


async def test_what_waits_can_be_written_on(web: Web, phone: httpx.AsyncClient, laptop: httpx.AsyncClient) -> None:
    draft = await fill_in(phone, about_you=True)
    await send(phone, draft)
    (first,) = await mails_to(web, "dora.dorn@example.org", 1)
    answer = await phone.post(f"{draft}/zurueck", data={}, headers=OWN_SITE)
    assert answer.headers["location"] == f"{draft}/pruefen"
    assert (await laptop.get(link_in(first))).status_code == 410
    await phone.post(f"{draft}/idee", data={"title": "Noch besser", "summary": "x"}, headers=OWN_SITE)
    await send(phone, draft)
    await mails_to(web, "dora.dorn@example.org", 2)
    await confirm(web, phone)
    account = await account_with(web, "dora.dorn@example.org")
    assert [idea.title for idea in await ideas_of(web, account.id)] == ["Noch besser"]


@pytest.mark.parametrize("address", ["ben@example.org", "carla@example.org"])
async def test_nothing_is_handed_in_for_the_staff_who_find_it_as_their_own_draft(
    web: Web, phone: httpx.AsyncClient, laptop: httpx.AsyncClient, address: str
) -> None:
    whose, theirs = (BEN, web.ben) if address.startswith("ben") else (CARLA, web.carla)
    draft = await fill_in(phone, about_you=True, email=address)
    page = (await send(phone, draft)).text
    assert address.partition("@")[0].title() not in words_of(page)
    (mail,) = await mails_to(web, address, 1)
    look = words_of((await laptop.get(link_in(mail))).text)
    assert "melden Sie sich so an wie sonst" in look
    answer = await laptop.post(link_in(mail), data={"antwort": "ja"}, headers=OWN_SITE)
    assert "melden Sie sich so an wie sonst" in words_of(answer.text)
    assert (await laptop.get("/ideen")).status_code == 401
    assert await ideas_of(web, whose) == []
    # Signed in in their own way, they look through it and hand it in themselves.
    assert f'href="{draft}"' in (await theirs.get("/einreichen")).text
    shown = await theirs.get(f"{draft}/danke")
    assert "Ist das Ihre Idee?" in words_of(shown.text)
    assert "Danke für Ihre Idee" in words_of((await send(theirs, draft)).text)
    assert len(await ideas_of(web, whose)) == 1


async def test_signing_in_with_the_address_shows_what_waits_for_it(web: Web, phone: httpx.AsyncClient) -> None:
    draft = await fill_in(phone, about_you=True, email="alma@example.org")
    await send(phone, draft)
    assert f'href="{draft}"' in (await web.alma.get("/einreichen")).text
    assert (await web.dora.get(f"{draft}/danke")).status_code == 404
    assert "Danke für Ihre Idee" in words_of((await send(web.alma, draft)).text)
    assert len(await ideas_of(web)) == 1


# -- saved, and resumed elsewhere --------------------------------------------------------------------------------


async def test_going_back_and_forth_loses_nothing(web: Web, phone: httpx.AsyncClient) -> None:
    draft = await begin(phone)
    unfinished = {"title": "", "summary": "Erst die Sätze.", "absicht": "spaeter"}
    answer = await phone.post(f"{draft}/idee", data=unfinished, headers=OWN_SITE)
    assert answer.headers["location"] == f"{draft}/spaeter"
    assert words_form((await phone.get(f"{draft}/idee")).text).values["summary"] == "Erst die Sätze."
    answer = await phone.post(f"{draft}/anlass", data={"problem": "Es fehlt.", "absicht": "zurueck"}, headers=OWN_SITE)
    assert answer.headers["location"] == f"{draft}/idee"
    assert "Es fehlt." in (await phone.get(f"{draft}/anlass")).text
    # On the page where she begins anew she finds what she has begun.
    start = await phone.get("/einreichen")
    assert f'href="{draft}"' in start.text
    assert (await phone.get(draft)).headers["location"] == f"{draft}/loesung"
    # With an account it stands beside the ideas, wherever she signs in.
    hers = await fill_in(web.alma)
    assert f'href="{hers}"' in (await web.alma.get("/ideen")).text
    assert hers not in (await web.dora.get("/ideen")).text


async def test_what_is_missing_is_told_where_it_is_missing(web: Web, phone: httpx.AsyncClient) -> None:
    draft = await begin(phone)
    answer = await phone.post(f"{draft}/idee", data={"title": "ab", "summary": ""}, headers=OWN_SITE)
    assert answer.status_code == 422
    assert '<a href="#feld-title">' in answer.text
    assert '<a href="#feld-summary">' in answer.text
    assert answer.text.index("Bitte schauen Sie noch einmal") < answer.text.index("<h1>")
    assert words_form(answer.text).values["title"] == "ab"
    answer = await phone.post(
        f"{draft}/ueber-sie", data={"name": "", "email": "kein Ort", "organisation": ""}, headers=OWN_SITE
    )
    assert answer.status_code == 422
    assert '<a href="#feld-name">' in answer.text
    assert '<a href="#feld-email">' in answer.text
    answer = await phone.post(f"{draft}/pruefen", data={}, headers=OWN_SITE)
    assert answer.status_code == 422
    assert [slug for slug in ("idee", "ueber-sie", "loesung") if f'<li><a href="{draft}/{slug}"' in answer.text] == [
        "idee",
        "ueber-sie",
    ]
    async with web.database.session() as session:
        assert (await session.exec(select(Idea))).all() == []


async def test_each_page_helps_shows_an_example_and_where_one_stands(web: Web, phone: httpx.AsyncClient) -> None:
    draft = await begin(phone)
    page = (await phone.get(f"{draft}/idee")).text
    assert "Schritt 1 von 6" in words_of(page)
    assert 'id="feld-title-hilfe"' in page
    assert "Der Dorfladen auf Rädern" in page
    assert "0 von höchstens 200 Zeichen" in page
    assert "nichts über die Gesundheit" in words_of(page)
    where = (await phone.get(f"{draft}/fuer-wen")).text
    assert "Nordsachsen" in where
    assert "Pflege und Gesundheit" in where
    # Whom we know is not asked who they are.
    known = await begin(web.alma)
    assert "Schritt 1 von 5" in words_of((await web.alma.get(f"{known}/idee")).text)
    assert (await web.alma.get(f"{known}/ueber-sie")).status_code == 404


async def test_it_is_saved_while_somebody_types(web: Web, phone: httpx.AsyncClient) -> None:
    draft = await begin(phone)
    answer = await phone.post(f"{draft}/idee", data={"title": "Ein", "summary": ""}, headers=HTMX)
    assert answer.status_code == 200
    assert "Gespeichert um" in answer.text
    assert "<html" not in answer.text
    assert "3 von höchstens 200 Zeichen" in answer.text
    long = await phone.post(f"{draft}/idee", data={"title": "x" * 201, "summary": "Sätze"}, headers=HTMX)
    assert "Noch nicht gespeichert" in long.text
    (row,) = await drafts_in(web)
    assert (row.words["title"], row.words["summary"]) == ("Ein", "Sätze")


async def test_on_another_device_it_goes_on_by_a_link_that_works_once(
    web: Web, phone: httpx.AsyncClient, laptop: httpx.AsyncClient
) -> None:
    draft = await fill_in(phone, about_you=True)
    stranger = await laptop.get(f"{draft}/idee")
    assert stranger.status_code == 404
    assert "Pflegelotsen" not in stranger.text
    answer = await phone.post(f"{draft}/spaeter", data={"email": "Dora.Dorn@example.org"}, headers=OWN_SITE)
    assert "Wir haben Ihnen an dora.dorn@example.org geschrieben" in words_of(answer.text)
    (mail,) = await mails_to(web, "dora.dorn@example.org", 1)
    assert "Pflegelotsen" not in mail.subject + mail.body
    link = link_in(mail)
    for _ in range(2):
        # Mail scanners follow links: a look opens nothing.
        assert "Entwurf öffnen" in (await laptop.get(link)).text
        assert (await laptop.get(f"{draft}/idee")).status_code == 404
    opened = await laptop.post(link, data={}, headers=OWN_SITE, follow_redirects=True)
    assert opened.status_code == 200
    assert "Alles, was Sie geschrieben haben, ist noch da" in words_of(opened.text)
    assert "Pflegelotsen" in (await laptop.get(f"{draft}/idee")).text
    assert "Pflegelotsen" in (await phone.get(f"{draft}/idee")).text
    async with open_client(web.app) as thief:
        assert (await thief.get(link)).status_code == 410
        assert (await thief.post(link, data={}, headers=OWN_SITE)).status_code == 410
        assert (await thief.get(f"{draft}/idee")).status_code == 404
    assert "Bitte bestätigen" in (await send(laptop, draft)).text


async def test_an_address_brings_back_its_draft_and_tells_nobody_whether_there_is_one(
    web: Web, phone: httpx.AsyncClient, laptop: httpx.AsyncClient
) -> None:
    draft = await fill_in(phone, about_you=True)
    pages = []
    for email in ("dora.dorn@example.org", "niemand@example.org"):
        answer = await laptop.post("/einreichen/weiter", data={"email": email}, headers=OWN_SITE)
        assert answer.status_code == 200
        pages.append(words_of(answer.text).replace(email, "…"))
    assert pages[0] == pages[1]
    (mail,) = await mails_to(web, "dora.dorn@example.org", 1)
    await laptop.post(link_in(mail), data={}, headers=OWN_SITE)
    assert (await laptop.get(f"{draft}/idee")).status_code == 200
    wrong = await laptop.post("/einreichen/weiter", data={"email": "niemand"}, headers=OWN_SITE)
    assert wrong.status_code == 422
    assert len(await mails_to(web, "dora.dorn@example.org", 1)) == 1


async def test_a_draft_of_others_an_unknown_one_and_an_expired_one_are_told_kindly(
    web: Web, phone: httpx.AsyncClient, laptop: httpx.AsyncClient
) -> None:
    draft, of_alma = await fill_in(phone, about_you=True), await fill_in(web.alma)
    for path in (draft, of_alma, f"/einreichen/{uuid4()}"):
        for page in ("", "/idee", "/pruefen", "/danke", "/spaeter"):
            answer = await laptop.get(path + page)
            assert answer.status_code == 404
            assert "Diesen Entwurf kennen wir hier nicht" in words_of(answer.text)
            assert "Pflegelotsen" not in answer.text
        for page in ("/idee", "/pruefen", "/spaeter", "/verwerfen"):
            sent = {"title": "Gekapert", "summary": "x", "email": "wer@example.org"}
            assert (await laptop.post(path + page, data=sent, headers=OWN_SITE)).status_code == 404
    # Somebody else's sign-in is no key to it, and a cookie of this name is none either.
    assert (await web.dora.get(f"{of_alma}/idee")).status_code == 404
    laptop.cookies.set(COOKIE, "geraten")
    assert (await laptop.get(f"{draft}/idee")).status_code == 404
    await change_drafts(web, expires_at=utc_now() - timedelta(seconds=1))
    for client, path in ((phone, draft), (web.alma, of_alma)):
        for answer in (await client.get(f"{path}/idee"), await send(client, path)):
            assert answer.status_code == 410
            assert "abgelaufen" in words_of(answer.text)
    assert await ideas_of(web) == []


async def test_a_draft_is_deleted_at_once_where_that_is_wanted(web: Web, phone: httpx.AsyncClient) -> None:
    draft = await fill_in(phone, about_you=True)
    answer = await phone.post(f"{draft}/verwerfen", data={}, headers=OWN_SITE, follow_redirects=True)
    assert "Der Entwurf ist gelöscht" in words_of(answer.text)
    assert await drafts_in(web) == []
    assert (await phone.get(draft)).status_code == 404


# -- what may not come through -----------------------------------------------------------------------------------


async def test_what_cannot_be_kept_is_refused_and_shown_again(
    web: Web, phone: httpx.AsyncClient, subtests: pytest.Subtests
) -> None:
    draft = await fill_in(phone, about_you=True)
    cases: list[tuple[str, dict[str, Any]]] = [
        ("idee", {"title": "Ä" * 10_000}),
        ("idee", {"title": "\u200b\u00ad…"}),
        ("idee", {"summary": "x" * 10_001}),
        ("loesung", {"solution": "👩🏽‍🌾" * 3_000}),
        ("fuer-wen", {"district": "Atlantis"}),
        ("fuer-wen", {"themes": ["care", "unsinn"]}),
        ("fuer-wen", {"language": "xx"}),
        ("ueber-sie", {"name": "N" * 81}),
        ("ueber-sie", {"name": "Kunde, bitte zahlen: www.evil.example"}),
        ("ueber-sie", {"email": "dora@" + "x" * 300 + ".org"}),
    ]
    for slug, wrong in cases:
        with subtests.test(f"{slug} {next(iter(wrong))}"):
            usual: dict[str, Any] = {**TOPICS, "ueber-sie": ABOUT_YOU}[slug]
            answer = await phone.post(f"{draft}/{slug}", data=usual | wrong, headers=OWN_SITE)
            assert answer.status_code == 422
            assert f'<a href="#feld-{next(iter(wrong))}">' in answer.text
    assert "Bitte bestätigen" in (await send(phone, await fill_in(phone, about_you=True))).text


async def test_any_signs_that_are_seen_are_kept_and_shown_as_words(web: Web, phone: httpx.AsyncClient) -> None:
    fields = dict.fromkeys(("title", "summary", "problem", "solution", "target_group", "organisation"), NASTY)
    draft = await fill_in(phone, about_you=True, **fields, name=NASTY_NAME)
    pages = [(await phone.get(f"{draft}/{slug}")).text for slug in ("idee", "loesung", "ueber-sie", "pruefen")]
    pages.append((await phone.get("/einreichen")).text)
    await send(phone, draft)
    (mail,) = await mails_to(web, "dora.dorn@example.org", 1)
    pages.append((await phone.get(link_in(mail))).text)
    pages.append((await confirm(web, phone)).text)
    account = await account_with(web, "dora.dorn@example.org")
    (idea,) = await ideas_of(web, account.id)
    pages += [
        (await web.carla.get(path)).text for path in (f"/ideen/{idea.id}", "/leitung", f"/leitung?text={NASTY[:8]}")
    ]
    for page in pages:
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
    assert account.name == NASTY_NAME
    assert idea.title == idea.summary == idea.solution == idea.organisation == NASTY_NAME


async def test_whoever_fills_in_what_people_do_not_see_hands_in_nothing(web: Web, phone: httpx.AsyncClient) -> None:
    assert (await phone.post("/einreichen", data={TRAP: "x"}, headers=OWN_SITE)).status_code == 422
    assert await drafts_in(web) == []
    draft = await fill_in(phone, about_you=True)
    answer = await send(phone, draft, **{TRAP: "http://kauf.example"})
    (row,) = await drafts_in(web)
    assert (row.idea_id, row.waits_since) == (None, None)
    # It was a person with a helpful program after all.
    again = next(form for form in forms_of(answer.text) if form.action == f"{draft}/pruefen")
    assert "Bitte bestätigen Sie Ihre Adresse" in words_of((await send(phone, draft, **again.values)).text)


# -- in the same direction ---------------------------------------------------------------------------------------


async def test_strangers_read_published_stories_and_only_the_number_of_others(
    web: Web, phone: httpx.AsyncClient
) -> None:
    story, ended, *others = [
        await write_idea(web.database, title=title, summary="Ein Bus mit Lebensmitteln.")
        for title in ("Der Dorfladen auf Rädern", "Dorfladen, beendet", *["Dorfladen mit geheimem Plan"] * 3)
    ]
    async with web.database.transaction() as session:
        await write_story(session, story, state="published")
        for idea, values in (
            *((other, {"version": 4, "stage": Stage.DEVELOP, "state": "planning"}) for other in others),
            (ended, {"version": 2, "state": "declined", "outcome": Outcome.DECLINED}),
        ):
            await session.exec(update(StandingRow).where(col(StandingRow.case_id) == idea).values(**values))
    draft = await begin(phone)
    words = {"title": "Dorfladen auf Rädern", "summary": "Wir fahren."}
    typing = (await phone.post(f"{draft}/idee", data=words, headers=HTMX)).text
    assert 'href="/geschichten/der-dorfladen-auf-raedern"' in typing
    assert "geheim" not in typing
    # An answer to each letter would let one guess at what others have written.
    assert "weitere Idee" not in typing
    nextpage = words_of((await phone.post(f"{draft}/idee", data=words, headers=OWN_SITE, follow_redirects=True)).text)
    assert "3 weitere Ideen gehen in dieselbe Richtung" in nextpage
    assert "geheim" not in nextpage
    assert "beendet" not in nextpage
    # Alma's own ideas are no news to her.
    hers = await begin(web.alma)
    page = (await web.alma.post(f"{hers}/idee", data=words, headers=OWN_SITE, follow_redirects=True)).text
    assert "weitere Idee" not in words_of(page)
    quiet = await phone.post(
        f"{draft}/idee", data=words | {"title": "Tanzcafé"}, headers=OWN_SITE, follow_redirects=True
    )
    assert "dieselbe Richtung" not in words_of(quiet.text)


PRIVATE = {"title": "Pflege für Erika Mustermann", "summary": "Sie wohnt in der Ziegelgasse und hat Demenz."}


@pytest.mark.parametrize(
    "guess", ["Mustermann", "Erika Mustermann", "Ziegelgasse", "Demenz", PRIVATE["title"], PRIVATE["summary"]]
)
@pytest.mark.parametrize("seeded", [0, 2])
async def test_no_word_of_an_unpublished_idea_can_be_guessed(
    web: Web, phone: httpx.AsyncClient, guess: str, seeded: int
) -> None:
    """Also not by who hands in ideas of their own with the same word, and asks whether there is another one."""
    secret = await write_idea(web.database, **PRIVATE)
    planted = [await write_idea(web.database, title=guess, summary=guess) for _ in range(seeded)]
    async with web.database.transaction() as session:
        for idea, values in (
            (secret, {"version": 4, "stage": Stage.DEVELOP, "state": "planning"}),
            *((idea, {"version": 1, "state": "screening"}) for idea in planted),
        ):
            await session.exec(update(StandingRow).where(col(StandingRow.case_id) == idea).values(**values))
    for who, told in ((phone, False), (web.dora, False), (web.carla, True)):
        draft = await begin(who)
        words = {"title": guess, "summary": "Etwas."}
        typing = (await who.post(f"{draft}/idee", data=words, headers=HTMX)).text
        page = (await who.post(f"{draft}/idee", data=words, headers=OWN_SITE, follow_redirects=True)).text
        assert "dieselbe Richtung" not in words_of(typing)
        assert ("dieselbe Richtung" in words_of(page)) is told


async def test_how_many_there_are_is_counted_once_for_a_title_and_looking_around_has_an_end(
    web: Web, phone: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def plant() -> None:
        idea = await write_idea(web.database, title="Dorfladen auf Rädern", summary="Ein Bus.")
        values = {"version": 4, "stage": Stage.DEVELOP, "state": "planning"}
        async with web.database.transaction() as session:
            await session.exec(update(StandingRow).where(col(StandingRow.case_id) == idea).values(**values))

    async def look(title: str) -> str:
        words = {"title": title, "summary": "Etwas."}
        page = await phone.post(f"{draft}/idee", data=words, headers=OWN_SITE, follow_redirects=True)
        assert page.status_code == 200
        return words_of(page.text)

    draft = await begin(phone)
    for _ in range(3):
        await plant()
    assert "3 weitere Ideen" in await look("Dorfladen auf Rädern")
    await plant()
    assert "3 weitere Ideen" in await look("Dorfladen auf Rädern")
    assert "4 weitere Ideen" in await look("Ein Dorfladen auf Rädern")
    monkeypatch.setitem(LIMITS, Limited.HINT, Rate(1, 3600))
    assert "weitere Ideen" not in await look("Unser Dorfladen auf Rädern")


# -- with an account, and afterwards -----------------------------------------------------------------------------


async def test_after_handing_in_one_reads_what_happens_next_and_when(web: Web) -> None:
    idea = await hand_in(web.alma)
    page = words_of((await web.alma.get(f"/einreichen/{idea}/danke")).text)
    assert "Danke für Ihre Idee" in page
    assert "„Pflegelotsen im Quartier“" in page
    assert "Wir lesen Ihre Idee, spätestens bis" in page
    assert "Pflegelotsen im Quartier" in (await web.alma.get("/ideen")).text
    assert (await web.read(idea))["state"] == "screening"
    (mail,) = await mails_to(web, "alma@example.org", 1)
    assert "Guten Tag,\n\nPflegelotsen im Quartier" in mail.body
    assert "Pflegelotsen im Quartier" in mail.body


async def test_questions_are_shown_beside_the_words_and_stay_with_their_answers(web: Web) -> None:
    idea = await hand_in(web.alma)
    await take(web.carla, idea, "request_clarification", note="Für wen genau ist das?")
    form = form_for((await web.alma.get(f"/ideen/{idea}")).text, "clarify")
    empty = await web.alma.post(form.action, data=form.values, headers=OWN_SITE)
    assert empty.status_code == 422
    assert "Carla (Leitung) fragt:" in words_of(empty.text).partition("Ihre Antwort")[0]
    editing = (await web.alma.get(f"/ideen/{idea}/bearbeiten")).text
    assert "Für wen genau ist das?" in editing
    words = words_form(editing).values | {"target_group": "Für Angehörige.", "absicht": "entwurf"}
    answer = await web.alma.post(f"/ideen/{idea}/bearbeiten", data=words, headers=OWN_SITE, follow_redirects=True)
    assert "Ihre Änderungen sind gespeichert" in answer.text
    assert "Für Angehörige." in answer.text
    assert (await web.read(idea))["state"] == "clarification"
    page = words_of((await take(web.alma, idea, "clarify", note="Für alle, die pflegen.")).text)
    assert "Carla (Leitung)" in page
    assert page.index("Für wen genau ist das?") < page.index("Für alle, die pflegen.")


async def test_several_questions_are_answered_one_by_one(web: Web) -> None:
    idea = await web.hand_in()
    await web.ask(CARLA, idea, "request_clarification", note="Wer fährt den Bus?\n\nWo steht er?")
    page = (await web.alma.get(f"/ideen/{idea}")).text
    form = form_for(page, "clarify")
    assert {"antwort_1", "antwort_2"} <= form.names
    step = words_of(page).partition("Antwort abschicken")[0]
    assert "Carla (Leitung) fragt:" in step
    assert step.count("Wo steht er?") == 1, "a question that stands at its field is not quoted as well"
    half = await web.alma.post(form.action, data=form.values | {"antwort_1": "Wir alle."}, headers=OWN_SITE)
    assert half.status_code == 422
    assert '<a href="#clarify-antwort_2">' in half.text
    assert "Wir alle." in half.text
    whole = form.values | {"antwort_1": "Wir alle.", "antwort_2": "Am Markt."}
    assert (await web.alma.post(form.action, data=whole, headers=OWN_SITE)).status_code == 303
    assert (await web.timeline(idea))[-1]["note"] == "Wer fährt den Bus?\nWir alle.\n\nWo steht er?\nAm Markt."


async def test_alma_withdraws_and_says_why_or_does_not(web: Web) -> None:
    idea, other = await web.hand_in(), await web.hand_in()
    page = (await take(web.alma, idea, "withdraw", note="Wir ziehen weg.")).text
    assert "Wir ziehen weg." in page
    assert (await web.read(idea))["outcome"] == Outcome.WITHDRAWN
    await take(web.alma, other, "withdraw")
    assert (await web.read(other, CARLA))["outcome"] == Outcome.WITHDRAWN


async def test_words_can_be_changed_until_a_lead_opens_the_idea_and_the_log_tells(web: Web) -> None:
    idea = await hand_in(web.alma)
    here, path = f"/ideen/{idea}", f"/ideen/{idea}/bearbeiten"
    assert "Bis dahin können Sie alles ändern" in words_of((await web.alma.get(here)).text)
    old, new = [words_form((await web.alma.get(path)).text).values for _ in range(2)]
    changed = {"title": "Pflegelotsen im Viertel", "district": "DED21", "themes": ["care"], "language": "de"}
    saved = await web.alma.post(path, data=new | changed, headers=OWN_SITE, follow_redirects=True)
    assert "Ihre Änderungen sind gespeichert." in words_of(saved.text)
    assert "Text geändert (Titel)" in words_of(saved.text)
    both = await web.alma.post(path, data=old | changed | {"title": "Anders"}, headers=OWN_SITE)
    assert (both.status_code, "Jetzt steht dort: Pflegelotsen im Viertel" in words_of(both.text)) == (409, True)
    assert "Text geändert (Titel)" in words_of((await web.carla.get(here)).text)
    read = (await ideas_of(web))[0].read_at
    await web.carla.get(here)
    too_late = await web.alma.post(path, data=new | changed | {"summary": "Zu spät."}, headers=OWN_SITE)
    assert (too_late.status_code, "Zu spät." in too_late.text) == (409, True)
    assert "Inzwischen hat jemand angefangen zu lesen" in words_of(too_late.text)
    (row,) = await ideas_of(web)
    assert (row.title, row.read_at, len(row.changes)) == ("Pflegelotsen im Viertel", read, 1)
    assert "Bis dahin können Sie alles ändern" not in (await web.alma.get(here)).text
    assert (await web.read(idea))["version"] == 1, "neither a change of words nor a look is a step"


@pytest.mark.parametrize("way", ["step", "page of a stranger", "own"])
async def test_a_decision_is_a_reading_and_others_looks_are_none(web: Web, way: str) -> None:
    idea = await hand_in(web.alma)
    if way == "step":
        await web.ask(CARLA, idea, "write_note", note="Im Rundgang gesehen.", internal=True)
    elif way == "own":
        await web.alma.get(f"/ideen/{idea}")
    else:
        await web.dora.get(f"/ideen/{idea}")
    (row,) = await ideas_of(web)
    assert (row.read_at is not None) == (way == "step")


async def test_nobody_else_edits_an_idea(still_web: Web) -> None:
    idea = await write_idea(still_web.database)
    values = {"title": "Übernommen", "summary": "x", "language": "de"}
    for client in (still_web.dora, still_web.carla):
        assert (await client.get(f"/ideen/{idea}/bearbeiten")).status_code == 404
        answer = await client.post(f"/ideen/{idea}/bearbeiten", data=values, headers=OWN_SITE)
        assert answer.status_code == 404
