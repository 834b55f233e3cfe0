"""Signing in by link and by code, and everything that does not sign anybody in."""

import html
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event, update
from sqlmodel import col, select
from temporalio.client import Client

from activities.upkeep.anonymise import erase_rows
from api.pages.kit.page import FreshLeadPage, FreshPage
from api.runtime.rate_limiter import Rate
from api.sign_in.mail_proofs import MOST_WRONG_CODES
from api.use_cases.return_path import own_path
from api.web.cookies import BROWSER, SESSION
from api.web.csrf import FIELD
from api.web.rate_limits import LIMITS, Limited
from models.database import Database
from models.secrets import hash_secret
from models.settings import TEMPLATES
from models.tables import Account, MailboxMessage, MailRow, SessionRow, SignIn
from models.tables.columns import utc_now
from models.vocabulary import MailState, SignInMethod
from tests.api.campaigns import HandOff, picture
from tests.api.conftest import AN_AGE, Browser, Web, make_services, open_client, open_web
from tests.api.pages.conftest import OWN_SITE, form_with, forms_of, words_of
from tests.api.sign_in_mails import ask, read_mail, read_mails, show_second, sign_in
from tests.factories import ALMA, BEN, CARLA, invite_cast

STRANGE = "somebody.else@example.net"


def browse(web: Web, **options: Any) -> httpx.AsyncClient:
    """A new browser, in which nobody has been."""
    return open_client(web.app, **options)


async def code_of(browser: httpx.AsyncClient, code: str) -> httpx.Response:
    return await browser.post("/anmelden/code", data={"code": code}, headers=OWN_SITE)


async def change(web: Web, table: Any, **values: Any) -> None:
    async with web.database.transaction() as session:
        await session.exec(update(table).values(**values))


# -- a link ------------------------------------------------------------------------------------------------------


async def test_a_link_signs_alma_in_once_and_leads_where_she_wanted_to_go(web: Web) -> None:
    async with browse(web) as browser:
        refused = await browser.get("/einstellungen?lang=de")
        assert refused.status_code == 401
        way = re.search(r'href="(/anmelden\?weiter=[^"]+)"', refused.text)
        assert way is not None
        form = next(form for form in forms_of((await browser.get(way[1])).text) if form.action == "/anmelden")
        assert form.values["weiter"] == "/einstellungen?lang=de"
        mail = await ask(web, browser, ALMA, weiter=form.values["weiter"])
        for _ in range(2):
            # A program that looks through mails follows links, more than once.
            page = await browser.get(mail.link)
            assert page.status_code == 200
            assert "alma@example.org" in page.text
            assert (await browser.get("/ideen")).status_code == 401
        async with browse(web, careless=True) as another_site:
            assert (await another_site.post(mail.link, headers=OWN_SITE)).status_code == 403
        answer = await browser.post(mail.link, headers=OWN_SITE)
        assert (answer.status_code, answer.headers["location"]) == (303, "/einstellungen?lang=de")
        cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{SESSION}="))
        assert {"httponly", "samesite=lax", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
        assert (await browser.get("/ideen")).status_code == 200
    async with browse(web) as thief:
        for answer in (await thief.get(mail.link), await thief.post(mail.link, headers=OWN_SITE)):
            assert answer.status_code == 410
            assert "Dieser Link gilt nicht mehr" in words_of(answer.text)
        assert (await thief.get("/ideen")).status_code == 401


async def test_a_link_opens_on_the_device_on_which_the_mail_is_read(web: Web) -> None:
    async with browse(web) as desk, browse(web) as phone:
        mail = await ask(web, desk, BEN)
        answer = await phone.post(mail.link, headers=OWN_SITE)
        assert answer.headers["location"] == "/einstellungen/geraete"
        await show_second(web, BEN)
        assert (await phone.get("/arbeit")).status_code == 200
        # What was asked for has been used; the desk asks again.
        assert (await code_of(desk, mail.code)).status_code == 410


async def test_a_mail_keeps_its_secret_to_itself(web: Web) -> None:
    async with browse(web) as browser:
        mail = await ask(web, browser, ALMA)
    message = mail.message
    assert message.body.startswith("Guten Tag,\n")
    assert mail.code in message.html
    assert mail.code not in message.subject
    token = mail.link.rpartition("/")[2]
    sending = web.services.engine.client.get_workflow_handle(f"secret-mail/{message.id}")
    assert await sending.result() == MailState.SENT
    async with web.database.session() as session:
        asked = (await session.exec(select(SignIn))).one()
        row = (await session.exec(select(MailRow))).one()
    assert asked.link_hash == hash_secret(token)
    assert mail.code.replace("-", "") not in str(asked)
    assert (row.email, row.cause) == ("", None)
    assert row.sent_at is not None
    history = await sending.fetch_history()
    kept = b"".join(found.SerializeToString() for found in history.events)
    for secret in (token, mail.code, "alma", "Alma"):
        assert secret.encode() not in kept
    assert row.id.encode() in kept


# -- a code ------------------------------------------------------------------------------------------------------


async def test_a_code_counts_in_the_browser_that_asked_alone(web: Web) -> None:
    async with browse(web) as desk, browse(web) as thief:
        mail = await ask(web, desk, ALMA)
        assert (await thief.get("/anmelden/code")).headers["location"] == "/anmelden"
        assert (await code_of(thief, mail.code)).status_code == 410
        typed = f" {mail.code.lower().replace('-', ' ')} "
        answer = await code_of(desk, typed)
        assert (answer.status_code, answer.headers["location"]) == (303, "/ideen")
        assert (await desk.get("/ideen")).status_code == 200
        assert (await thief.post(mail.link, headers=OWN_SITE)).status_code == 410


async def test_after_five_wrong_codes_neither_code_nor_link_is_of_use(web: Web) -> None:
    async with browse(web) as browser:
        mail = await ask(web, browser, ALMA)
        for number in range(1, MOST_WRONG_CODES + 1):
            answer = await code_of(browser, "2222-2222" if number % 2 else "kein Code")
            assert answer.status_code == (422 if number < MOST_WRONG_CODES else 410)
        assert (await code_of(browser, mail.code)).status_code == 410
        assert (await browser.post(mail.link, headers=OWN_SITE)).status_code == 410
        assert (await browser.get("/ideen")).status_code == 401


async def test_what_is_older_than_ten_minutes_signs_nobody_in(web: Web) -> None:
    async with browse(web) as browser:
        mail = await ask(web, browser, ALMA)
        async with web.database.session() as session:
            asked = (await session.exec(select(SignIn))).one()
        assert timedelta(minutes=9) < asked.expires_at - asked.created_at <= timedelta(minutes=10)
        await change(web, SignIn, expires_at=utc_now())
        assert (await code_of(browser, mail.code)).status_code == 410
        for answer in (await browser.get(mail.link), await browser.post(mail.link, headers=OWN_SITE)):
            assert answer.status_code == 410


# -- who asks ----------------------------------------------------------------------------------------------------


async def test_an_address_that_nobody_has_gets_the_same_answer_and_no_mail(web: Web) -> None:
    pages = []
    for email in ("alma@example.org", STRANGE):
        async with browse(web) as browser:
            answer = await browser.post("/anmelden", data={"email": email}, headers=OWN_SITE)
            page = await browser.get("/anmelden/code")
            wrong = await code_of(browser, "2222-2222")
            told = [(seen.status_code, hide_guard(seen.text)) for seen in (answer, page, wrong)]
            pages.append((answer.headers["location"], sorted(answer.headers), told))
    assert pages[0] == pages[1]
    async with web.database.session() as session:
        mails = (await session.exec(select(MailRow))).all()
        # The same was written and sent on its way for both, and the address of a stranger is nowhere.
        assert len(mails) == len((await session.exec(select(SignIn))).all()) == 2
        handles = [web.services.engine.client.get_workflow_handle(f"secret-mail/{mail.id}") for mail in mails]
        assert {await handle.result() for handle in handles} == {MailState.SENT, MailState.NEEDLESS}
        assert [mail.recipient for mail in (await session.exec(select(MailboxMessage))).all()] == ["alma@example.org"]
    assert STRANGE not in str(mails)


async def test_what_is_no_address_is_told_so(still_web: Web, subtests: pytest.Subtests) -> None:
    for text in ("", "alma", "alma@", "Alma <alma@example.org>", "a" * 300 + "@example.org", "ä\n@b.de"):
        with subtests.test(text[:20]):
            async with browse(still_web) as browser:
                answer = await browser.post("/anmelden", data={"email": text}, headers=OWN_SITE)
            assert answer.status_code == 422
            assert "vollständige E-Mail-Adresse" in words_of(answer.text)


async def test_one_network_asks_only_so_often_for_an_address_known_or_not(still_web: Web) -> None:
    most = LIMITS[Limited.ONE_ADDRESS].most
    for email in ("Alma@Example.org", STRANGE):
        found = []
        for _ in range(most + 1):
            async with browse(still_web) as browser:
                found.append(await browser.post("/anmelden", data={"email": email}, headers=OWN_SITE))
        assert [answer.status_code for answer in found] == [303] * most + [429]
        assert 0 < int(found[-1].headers["retry-after"]) <= 60 * 60
        assert "wurde für diese Adresse mehrmals um eine Mail gebeten" in words_of(found[-1].text)


async def test_a_network_that_asks_too_often_waits_and_others_do_not(
    still_web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, Limited.SIGN_IN, Rate(2, AN_AGE))
    found = []
    for number, peer in enumerate(["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:1::1", "198.51.100.7"]):
        async with browse(still_web, peer=peer) as browser:
            data = {"email": f"somebody{number}@example.net"}
            answer = await browser.post("/anmelden", data=data, headers={"Origin": "http://localhost"})
            found.append(answer.status_code)
    assert found == [303, 303, 429, 303, 303]


ELSEWHERE = [
    *("//example.net", "https://example.net/", "/\\example.net", "\\/example.net", "javascript:alert(1)"),
    *("/\t/example.net", "/ideen\r\nSet-Cookie: a=b", "ideen", "/" + "a" * 2000, "/%0d%0a#x", "/ideen#//example.net"),
]


async def test_nobody_is_sent_to_another_site(demo_web: Web, subtests: pytest.Subtests) -> None:
    async with browse(demo_web) as browser:
        for wanted in ELSEWHERE:
            with subtests.test(wanted[:30]):
                assert own_path(wanted) is None
                data = {"konto": ALMA, "weiter": wanted}
                answer = await browser.post("/demo/anmelden", data=data, headers=OWN_SITE)
                assert (answer.status_code, answer.headers["location"]) == (303, "/ideen")
                again = await browser.get("/anmelden", params={"weiter": wanted})
                assert again.headers["location"] == "/ideen"
    assert own_path("/ideen?seite=2&q=a%20b") == "/ideen?seite=2&q=a%20b"


# -- sessions ----------------------------------------------------------------------------------------------------


async def test_alma_signs_out_everywhere_and_a_stolen_cookie_is_of_no_use(web: Web) -> None:
    async with browse(web) as desk, browse(web) as phone, browse(web) as thief:
        await sign_in(web, desk, ALMA)
        await sign_in(web, phone, ALMA)
        thief.cookies.set(SESSION, phone.cookies[SESSION], domain="localhost.local")
        assert (await thief.get("/ideen")).status_code == 200
        page = await desk.get("/einstellungen/anmeldungen")
        assert words_of(page.text).count("Mit dem Code aus einer Mail") == 2
        other = next(form for form in forms_of(page.text) if form.action.endswith("/beenden"))
        async with browse(web) as ben:
            await sign_in(web, ben, BEN)
            assert (await ben.post(other.action, headers=OWN_SITE)).status_code == 404
        assert (await desk.post("/abmelden/ueberall", headers=OWN_SITE)).status_code == 303
        for browser in (desk, phone, thief):
            assert (await browser.get("/ideen")).status_code == 401


async def test_one_session_is_ended_from_another_and_signing_out_ends_ones_own(demo_web: Web) -> None:
    async with browse(demo_web) as desk, browse(demo_web) as phone:
        for browser in (desk, phone):
            await browser.post("/demo/anmelden", data={"konto": ALMA}, headers=OWN_SITE)
        page = await desk.get("/einstellungen/anmeldungen")
        other = next(form for form in forms_of(page.text) if form.action.endswith("/beenden"))
        assert (await desk.post(other.action, headers=OWN_SITE)).status_code == 303
        assert (await phone.get("/ideen")).status_code == 401
        stolen = desk.cookies[SESSION]
        await desk.post("/abmelden", headers=OWN_SITE)
        desk.cookies.set(SESSION, stolen, domain="localhost.local")
        assert (await desk.get("/ideen")).status_code == 401


async def test_a_session_that_somebody_else_has_planted_is_not_used(web: Web) -> None:
    async with browse(web) as browser, browse(web) as thief:
        for client in (browser, thief):
            client.cookies.set(SESSION, "planted", domain="localhost.local")
            client.cookies.set(BROWSER, "planted too", domain="localhost.local")
        await sign_in(web, browser, ALMA)
        assert (await browser.get("/ideen")).status_code == 200
        assert (await thief.get("/ideen")).status_code == 401
        before = browser.cookies[SESSION]
        assert before != "planted"
        await sign_in(web, browser, ALMA)
        thief.cookies.set(SESSION, before, domain="localhost.local")
        assert (await thief.get("/ideen")).status_code == 401


async def test_a_session_ends_when_it_is_not_used_and_when_it_is_used_for_too_long(demo_web: Web) -> None:
    settings, now = demo_web.services.settings, utc_now()
    async with browse(demo_web) as browser:
        await browser.post("/demo/anmelden", data={"konto": ALMA}, headers=OWN_SITE)
        await change(demo_web, SessionRow, seen_at=now - settings.session_idle + timedelta(minutes=1))
        page = await browser.get("/ideen")
        assert page.status_code == 200
        async with demo_web.database.session() as session:
            theirs = select(SessionRow.seen_at).where(SessionRow.method == SignInMethod.DEMO)
            assert now - (await session.exec(theirs)).one() < timedelta(minutes=1)
        await change(demo_web, SessionRow, expires_at=now + timedelta(minutes=10))
        soon = await browser.get("/ideen?x=1")
        assert "Ihre Anmeldung endet um" in words_of(soon.text)
        assert "/anmelden/bestaetigen?weiter=/ideen%3Fx%3D1" in soon.text
        assert "Ihre Anmeldung endet um" not in words_of(page.text)
        await change(demo_web, SessionRow, expires_at=now)
        assert (await browser.get("/ideen")).status_code == 401
        await change(demo_web, SessionRow, expires_at=now + timedelta(hours=1))
        await change(demo_web, SessionRow, seen_at=now - settings.session_idle)
        assert (await browser.get("/ideen")).status_code == 401


async def test_a_session_costs_one_query_and_is_written_down_now_and_then_only(demo_web: Web) -> None:
    said: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    engine = demo_web.database.engine.sync_engine
    async with browse(demo_web) as browser:
        await browser.post("/demo/anmelden", data={"konto": ALMA}, headers=OWN_SITE)
        event.listen(engine, "before_cursor_execute", listen)
        await browser.get("/")
        event.remove(engine, "before_cursor_execute", listen)
    about = [statement for statement in said if "session" in statement.lower()]
    assert len(about) == 1
    assert "JOIN account" in about[0]
    assert not any(statement.startswith("UPDATE") for statement in said)


async def test_demo_sessions_end_with_demo_mode(
    demo_web: Web, database: Database, database_url: str, client: Client, tmp_path: Path
) -> None:
    async with browse(demo_web) as browser:
        await browser.post("/demo/anmelden", data={"konto": ALMA}, headers=OWN_SITE)
        secret = browser.cookies[SESSION]
    plain = make_services(database, database_url, client, tmp_path)
    async with open_web(plain, with_worker=False) as web, browse(web) as browser:
        browser.cookies.set(SESSION, secret, domain="localhost.local")
        assert (await browser.get("/ideen")).status_code == 401


async def test_over_https_cookies_are_for_this_host_alone(
    database: Database, database_url: str, client: Client, tmp_path: Path
) -> None:
    await invite_cast(database)
    services = make_services(database, database_url, client, tmp_path)
    settings = services.settings.model_copy(update={"public_url": "https://ideen.example.org"})
    async with open_web(replace(services, settings=settings)) as web:
        async with browse(web, host="ideen.example.org") as browser:
            browser.base_url = httpx.URL("https://ideen.example.org")
            mail_of = await browser.post("/anmelden", data={"email": "alma@example.org"})
            cookie = mail_of.request.headers["cookie"]
            assert cookie.startswith(f"__Host-{BROWSER}=")
            page = await browser.get("/")
            assert page.headers["strict-transport-security"].startswith("max-age=")
            assert "set-cookie" not in (await browser.get("/anmelden")).headers
        async with browse(web, host="ideen.example.org") as browser:
            browser.base_url = httpx.URL("https://ideen.example.org")
            line = (await browser.get("/anmelden")).headers["set-cookie"]
            parts = {part.strip().lower() for part in line.split(";")[1:]}
            assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts
            assert not any(part.startswith("domain") for part in parts)


# -- once more, where it matters ---------------------------------------------------------------------------------


async def test_what_matters_needs_a_fresh_proof_and_goes_on_after_it(web: Web) -> None:
    async def take_out(_page: FreshLeadPage) -> str:
        return "done"

    async def correct(_page: FreshPage) -> str:
        return "done"

    web.app.add_api_route("/probe/lead", take_out)
    web.app.add_api_route("/probe/mine", correct, methods=["GET", "POST"])
    async with browse(web) as browser:
        await sign_in(web, browser, CARLA)
        assert (await browser.get("/probe/lead")).text == '"done"'
        before = browser.cookies[SESSION]
        await change(web, SessionRow, proved_at=utc_now() - timedelta(minutes=16))
        refused = await browser.get("/probe/lead?seite=2")
        assert refused.status_code == 403
        assert "Bitte bestätigen Sie, dass Sie es sind" in words_of(refused.text)
        assert "/anmelden/bestaetigen?weiter=%2Fprobe%2Flead%3Fseite%3D2" in refused.text
        sent = await browser.post("/probe/mine", headers={"Referer": "http://localhost/probe/mine?x=1"})
        assert sent.status_code == 403
        assert "weiter=%2Fprobe%2Fmine%3Fx%3D1" in sent.text
        count = len(await read_mails(web, CARLA))
        assert "carla@example.org" in (await browser.get("/anmelden/bestaetigen")).text
        asked = await browser.post("/anmelden/bestaetigen", data={"weiter": "/probe/lead?seite=2"}, headers=OWN_SITE)
        assert asked.headers["location"] == "/anmelden/code"
        answer = await code_of(browser, (await read_mail(web, CARLA, count)).code)
        assert answer.headers["location"] == "/probe/lead?seite=2"
        assert browser.cookies[SESSION] != before
        assert (await browser.get("/probe/lead")).status_code == 200
    async with browse(web) as browser:
        await sign_in(web, browser, ALMA)
        assert (await browser.get("/probe/lead")).status_code == 403
        assert (await browser.get("/probe/mine")).status_code == 200
        assert (await browse(web).get("/probe/mine")).status_code == 401


# -- the field in forms ------------------------------------------------------------------------------------------


def hide_guard(page: str) -> str:
    return re.sub(rf'name="{FIELD}" value="[^"]+"', "", page)


async def test_a_form_without_our_field_or_with_that_of_another_browser_changes_nothing(demo_web: Web) -> None:
    async with browse(demo_web) as alma, browse(demo_web) as dora, browse(demo_web, careless=True) as careless:
        for browser in (alma, dora):
            await browser.post("/demo/anmelden", data={"konto": ALMA}, headers=OWN_SITE)
        assert isinstance(alma, Browser)
        assert isinstance(dora, Browser)
        careless.cookies = alma.cookies
        mine, hers = await alma.read_guard(), await dora.read_guard()
        assert mine != await alma.read_guard()
        page = await alma.get("/einstellungen/anmeldungen")
        in_one_answer = [form.values[FIELD] for form in forms_of(page.text) if FIELD in form.values]
        assert len(in_one_answer) >= 2
        assert len(set(in_one_answer)) == 1
        for value in (None, "", "x", hers, mine[:-4] + "AAA=", "é", "0" * len(mine)):
            data = {FIELD: value} if value is not None else {}
            answer = await careless.post("/abmelden/ueberall", data=data, headers=OWN_SITE)
            assert answer.status_code == 403, value
            assert "Diese Seite ist nicht mehr aktuell" in words_of(answer.text)
        crossed = await careless.post("/abmelden/ueberall", data={FIELD: mine}, headers={"Origin": "https://b.example"})
        assert "von einer anderen Seite" in crossed.text
        assert (await alma.get("/ideen")).status_code == 200
        assert (await careless.post("/abmelden/ueberall", data={FIELD: mine}, headers=OWN_SITE)).status_code == 303
        assert (await alma.get("/ideen")).status_code == 401


async def test_a_visitors_form_is_bound_to_the_browser_too(still_web: Web) -> None:
    async with browse(still_web, careless=True) as browser:
        data = {"email": "alma@example.org"}
        assert (await browser.post("/anmelden", data=data, headers=OWN_SITE)).status_code == 403
        async with still_web.database.session() as session:
            assert (await session.exec(select(SignIn))).all() == []
        page = await browser.get("/anmelden")
        form = next(form for form in forms_of(page.text) if form.action == "/anmelden")
        assert (await browser.post("/anmelden", data=form.values | data, headers=OWN_SITE)).status_code == 303
        browser.cookies.clear()
        assert (await browser.post("/anmelden", data=form.values | data, headers=OWN_SITE)).status_code == 403


async def test_a_page_without_a_form_sets_no_cookie(still_web: Web) -> None:
    async with browse(still_web) as browser:
        for path in ("/", "/geschichten", "/gibt-es-nicht"):
            assert "set-cookie" not in (await browser.get(path)).headers


def test_every_form_that_is_posted_begins_with_our_field() -> None:
    count = 0
    for template in sorted(TEMPLATES.rglob("*.html")):
        text = template.read_text(encoding="utf-8")
        for found in re.finditer(r"<form\b(?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*>", text, re.DOTALL):
            if 'method="post"' in found[0]:
                count += 1
                assert text[found.end() :].lstrip().startswith("{{ guard() }}"), f"{template}: {found[0]}"
    assert count > 20


async def test_an_erased_person_is_signed_out_and_gets_no_mail(web: Web) -> None:
    async with browse(web) as browser, browse(web) as other:
        await sign_in(web, browser, ALMA)
        mail = await ask(web, other, ALMA)
        async with web.database.transaction() as session:
            await erase_rows(session, await session.get_one(Account, ALMA))
        assert (await browser.get("/ideen")).status_code == 401
        assert (await other.post(mail.link, headers=OWN_SITE)).status_code == 410
        async with web.database.session() as session:
            left = (await session.exec(select(MailRow).where(col(MailRow.account_id) == ALMA))).all()
        assert left == []


async def test_an_upload_without_our_field_is_not_looked_at(web: Web) -> None:
    hand_off = HandOff(web, await web.bring_to("assessing"))
    await hand_off.begin()
    async with browse(web) as browser:
        await sign_in(web, browser, ALMA)
        page = await browser.get(f"/ideen/{hand_off.idea}/crowdfunding/bilder")
        form = next(form for form in forms_of(page.text) if form.action.endswith("/bilder"))
        words = {"images.new.alt": "Zwei am Tisch", "images.new.credit": "Alma", "images.new.rights_confirmed": "true"}
        image = {"datei": ("a.jpg", picture(), "image/jpeg")}
        stolen = {name: value for name, value in form.values.items() if name != FIELD} | words
        async with browse(web, careless=True) as careless:
            careless.cookies = browser.cookies
            refused = await careless.post(form.action, data=stolen, files=image, headers=OWN_SITE)
            assert refused.status_code == 403
            assert (await hand_off.read())["package"]["images"] == []
            taken = await careless.post(form.action, data=form.values | words, files=image, headers=OWN_SITE)
            assert taken.status_code == 303
        assert len((await hand_off.read())["package"]["images"]) == 1


async def test_a_window_left_open_over_a_new_sign_in_knows_its_reader_and_loses_nothing(demo_web: Web) -> None:
    said = 'Zwei\r\nZeilen & "<b>mehr</b>"'
    async with browse(demo_web) as alma, browse(demo_web, careless=True) as window:
        assert isinstance(alma, Browser)
        await alma.post("/demo/anmelden", data={"konto": ALMA}, headers=OWN_SITE)
        old = {FIELD: await alma.read_guard(), "nachricht": said, "art": "praise"}
        await alma.post("/demo/anmelden", data={"konto": ALMA}, headers=OWN_SITE)
        window.cookies = alma.cookies
        refused = await window.post("/rueckmeldung", data=old, headers=OWN_SITE)
        assert refused.status_code == 403
        assert "Angemeldet sind Sie als Alma." in words_of(refused.text)
        assert 'action="/abmelden"' in refused.text
        again = form_with(refused.text, "/rueckmeldung")
        assert (again.values["nachricht"], again.values["art"]) == (said, "praise")
        assert (await window.post(again.action, data=again.values, headers=OWN_SITE)).status_code == 303
        # A browser that does not say where the form stood is offered nothing that it could have been made to send.
        silent = await window.post("/rueckmeldung", data=old)
        assert silent.status_code == 403
        assert said not in html.unescape(silent.text)
    async with browse(demo_web, careless=True) as window:
        refused = await window.post("/rueckmeldung", data=old, headers=OWN_SITE)
        assert "Erst anmelden" in words_of(refused.text)
        assert "Angemeldet sind Sie" not in refused.text
        # The page has given its browser a cookie, so that what it holds counts there.
        again = form_with(refused.text, "/rueckmeldung")
        assert (await window.post(again.action, data=again.values, headers=OWN_SITE)).status_code == 303


async def test_an_address_that_leads_nowhere_knows_its_reader_too(demo_web: Web) -> None:
    async with browse(demo_web) as browser:
        assert 'href="/demo/anmelden"' in (await browser.get("/gibt-es-nicht")).text
        await browser.post("/demo/anmelden", data={"konto": ALMA}, headers=OWN_SITE)
        missing = await browser.get("/gibt-es-nicht")
        assert missing.status_code == 404
        assert 'action="/abmelden"' in missing.text
