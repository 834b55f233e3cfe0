"""Demo sign-in and the mailbox: for whoever sits at the machine, in demo mode, and for nobody else."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from api.web.csrf import FIELD
from models.tables import MailboxMessage
from tests.api.conftest import Web, open_client
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.factories import ALMA, BEN, CARLA, DORA


def client_of(web: Web, *, peer: str = "127.0.0.1", host: str = "localhost", **options: Any) -> httpx.AsyncClient:
    return open_client(web.app, peer=peer, host=host, **options)


async def test_one_click_signs_somebody_in_and_another_out(demo_web: Web) -> None:
    async with client_of(demo_web) as visitor:
        page = (await visitor.get("/demo/anmelden")).text
        assert page.index("Carla") < page.index("Ben") < page.index("Alma")
        answer = await visitor.post("/demo/anmelden", data={"konto": CARLA}, headers=OWN_SITE)
        assert (answer.status_code, answer.headers["location"]) == (303, "/heute")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert (await visitor.get("/heute")).status_code == 200
        await visitor.post("/abmelden", headers=OWN_SITE)
        assert (await visitor.get("/heute")).status_code == 401


@pytest.mark.parametrize(("who", "home"), [(ALMA, "/ideen"), (BEN, "/arbeit"), (CARLA, "/heute")])
async def test_everybody_begins_at_their_own_work(demo_web: Web, who: str, home: str) -> None:
    async with client_of(demo_web) as visitor:
        answer = await visitor.post("/demo/anmelden", data={"konto": who}, headers=OWN_SITE)
        assert answer.headers["location"] == home


@pytest.mark.parametrize(("peer", "host"), [("203.0.113.7", "localhost"), ("203.0.113.7", "127.0.0.1")])
async def test_nobody_signs_in_from_elsewhere(demo_web: Web, peer: str, host: str) -> None:
    async with client_of(demo_web, peer=peer, host=host) as visitor:
        assert (await visitor.get("/demo/anmelden")).status_code == 404
        headers = {"Origin": f"http://{host}"}
        answer = await visitor.post("/demo/anmelden", data={"konto": ALMA}, headers=headers)
        assert answer.status_code == 404
        assert "set-cookie" not in answer.headers
        assert (await visitor.get("/mailbox")).status_code == 404


async def test_nobody_signs_in_under_another_name_of_this_machine(demo_web: Web) -> None:
    async with client_of(demo_web, host="ideen.example.org") as visitor:
        answer = await visitor.post("/demo/anmelden", data={"konto": ALMA, FIELD: ""})
        assert answer.status_code == 421
        assert "set-cookie" not in answer.headers
        for path in ("/demo/anmelden", "/mailbox"):
            assert (await visitor.get(path)).status_code == 421


async def test_outside_demo_mode_there_is_neither_sign_in_nor_mailbox(still_web: Web) -> None:
    for client in (still_web.nobody, still_web.carla):
        assert (await client.get("/demo/anmelden")).status_code == 404
        assert (await client.post("/demo/anmelden", data={"konto": ALMA}, headers=OWN_SITE)).status_code == 404
        assert (await client.get("/mailbox")).status_code == 404
    assert "/demo/anmelden" not in (await still_web.nobody.get("/")).text


async def test_real_people_are_not_signed_in_by_a_click(demo_web: Web) -> None:
    from models.tables import Account

    async with demo_web.database.transaction() as session:
        (await session.get_one(Account, DORA)).demo = False
    assert "Dora" not in (await demo_web.nobody.get("/demo/anmelden")).text
    answer = await demo_web.nobody.post("/demo/anmelden", data={"konto": DORA}, headers=OWN_SITE)
    assert answer.status_code == 404


@pytest.mark.parametrize("konto", ["", "nobody", "00000000-0000-0000-0000-000000000000"])
async def test_an_unknown_account_is_refused_kindly(demo_web: Web, konto: str) -> None:
    answer = await demo_web.nobody.post("/demo/anmelden", data={"konto": konto}, headers=OWN_SITE)
    assert answer.status_code in (404, 422)
    assert "<h1>" in answer.text


async def test_the_mailbox_shows_one_account_newest_first(demo_web: Web) -> None:
    async with demo_web.database.transaction() as session:
        for day, who, subject in ((1, ALMA, "Erste"), (2, ALMA, "Zweite"), (3, BEN, "An Ben")):
            at = datetime(2026, 6, day, 8, tzinfo=UTC)
            body = "Guten Tag,\n\nHier: http://localhost/ideen/1\n<b>fett</b>"
            mail = MailboxMessage(account_id=who, recipient="a@example.org", subject=subject, body=body, sent_at=at)
            session.add(mail)
    page = (await demo_web.nobody.get("/mailbox", params={"konto": ALMA})).text
    assert page.index("Zweite") < page.index("Erste")
    assert "An Ben" not in page
    assert "&lt;b&gt;fett" in page
    assert '<a href="http://localhost/ideen/1">' in page
    assert "01.06.2026, 10:00" in words_of(page)


async def test_the_mailbox_has_a_place_for_addresses_of_nobody_here(demo_web: Web) -> None:
    async with demo_web.database.transaction() as session:
        for who in (ALMA, None):
            subject, at = "An Alma" if who else "An niemanden", datetime(2026, 6, 1, 8, tzinfo=UTC)
            mail = MailboxMessage(account_id=who, recipient="a@example.org", subject=subject, body="", sent_at=at)
            session.add(mail)
    page = (await demo_web.nobody.get("/mailbox", params={"konto": "andere"})).text
    assert "An niemanden" in page
    assert "An Alma" not in page
    assert (await demo_web.nobody.get("/mailbox", params={"konto": "sonst"})).status_code == 422
