"""A notice's link leads on: straight to its page, or by one button, and it never proves anything."""

import html
import re
from datetime import timedelta

import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import update
from sqlmodel import col

from api.pages.sign_in.from_mail import LASTS
from api.use_cases.check_in_replies import links_of
from models.tables import Account
from models.tables.columns import utc_now
from tests.api.conftest import KEY, Web, open_client
from tests.api.pages.conftest import OWN_SITE, form_with, forms_of, words_of
from tests.api.sign_in_mails import read_mail
from tests.factories import ALMA, DORA, write_idea


def way_to(web: Web, account_id: str, path: str) -> str:
    links = links_of(web.services)
    return links.way(account_id, path).removeprefix(links.base_url)


async def test_from_a_mail_to_the_idea_it_takes_three_taps_and_no_typing(web: Web) -> None:
    idea = await web.hand_in()
    way = way_to(web, ALMA, f"ideen/{idea}")
    assert "alma" not in way
    async with open_client(web.app) as phone:
        door = await phone.get(way)
        assert "a…@example.org" in words_of(door.text)
        assert "alma@" not in html.unescape(door.text)
        button = form_with(door.text, way)
        assert set(button.names) == {"schutz"}
        # The first tap sends the mail, the second opens its link, the third is its button, which the browser that
        # has asked presses by itself.
        assert (await phone.post(way, data={}, headers=OWN_SITE)).headers["location"] == "/anmelden/code"
        mail = await read_mail(web, ALMA)
        page = await phone.get(mail.link)
        assert "data-sends-itself" in page.text
        there = await phone.post(mail.link, headers=OWN_SITE)
        assert there.headers["location"] == f"/ideen/{idea}"
        # Whoever is signed in already goes straight on.
        assert (await phone.get(way)).headers["location"] == f"/ideen/{idea}"


async def test_another_browser_presses_the_button_itself(web: Web) -> None:
    async with open_client(web.app) as phone, open_client(web.app) as scanner:
        await phone.post(way_to(web, ALMA, "ideen"), data={}, headers=OWN_SITE)
        mail = await read_mail(web, ALMA)
        assert "data-sends-itself" not in (await scanner.get(mail.link)).text
    # And whoever is signed in is not made somebody else by opening a mail.
    assert "data-sends-itself" not in (await web.dora.get(mail.link)).text


async def test_whoever_is_signed_in_as_somebody_else_is_told_so(still_web: Web) -> None:
    web, way = still_web, way_to(still_web, ALMA, "ideen")
    page = await web.dora.get(way)
    assert "Sie ging an a…@example.org. Angemeldet sind Sie als Dora." in words_of(page.text)
    switch = next(form for form in forms_of(page.text) if form.values.get("weiter") == way)
    assert switch.action == "/abmelden"
    out = await web.dora.post("/abmelden", data=switch.values, headers=OWN_SITE)
    assert out.headers["location"] == way


async def test_a_link_proves_nothing_and_leads_nowhere_else(
    still_web: Web, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    web, way = still_web, way_to(still_web, ALMA, "ideen")
    async with open_client(web.app) as stranger:
        await stranger.get(way)
        assert (await stranger.get("/ideen")).status_code == 401
        for broken in ("x", way.rpartition("/")[2][:-2] + "AA", way_to(web, ALMA, "ideen").rpartition("/")[2] + "x"):
            with subtests.test(broken[:10]):
                assert (await stranger.get(f"/aus-der-mail/{broken}")).status_code == 404
        question = URLSafeTimedSerializer(KEY, salt="ideenweg/answer").dumps([ALMA, "/ideen"])
        assert (await stranger.get(f"/aus-der-mail/{question}")).status_code == 404, "of another kind"
        elsewhere = way_to(web, ALMA, "/boese.example")
        assert "boese.example" not in (await stranger.get(elsewhere)).text
        with subtests.test("after a while it is an address as any other"):
            monkeypatch.setattr("api.pages.sign_in.from_mail.LASTS", -LASTS)
            assert (await stranger.get(way)).headers["location"] == "/ideen"
            monkeypatch.undo()
        with subtests.test("after a change of proof, too"):
            later = utc_now() + timedelta(seconds=2)
            async with web.database.transaction() as session:
                await session.exec(update(Account).where(col(Account.id) == ALMA).values(proofs_from=later))
            assert (await stranger.get(way)).headers["location"] == "/ideen"
            assert (await stranger.post(way, data={}, headers=OWN_SITE)).headers["location"] == "/ideen"


async def test_mails_carry_such_links(web: Web) -> None:
    idea = await write_idea(web.database, owner_id=DORA)
    links = links_of(web.services)
    url = links.way(DORA, f"ideen/{idea}")
    assert re.fullmatch(r"http://[^/]+/aus-der-mail/[\w.-]+", url)
    assert links.read_way(url.rpartition("/")[2])[0] == (DORA, f"/ideen/{idea}")
