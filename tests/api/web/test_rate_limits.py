"""Who asks too often waits, counted over all processes; and nobody makes anybody else wait."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Request
from sqlmodel import select
from temporalio.client import Client

from activities.secret_mails.kinds import KINDS
from api.runtime.rate_limiter import Counter, Rate, RateLimiter
from api.web.networks import network_of, networks_of
from api.web.rate_limits import LIMITS, Limited
from models.database import Database
from models.tables import Account, AuditEntry, RateCount
from models.vocabulary import AuditEvent, SecretMailKind
from tests.api.conftest import AN_AGE, KEY, Web, make_services, open_client, open_web, until
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.api.sign_in_mails import ask, read_mails, sign_in
from tests.factories import ALMA, CARLA

NOON = datetime(2026, 12, 4, 12, tzinfo=UTC)
STRANGER, OFFICE, ELSEWHERE = "198.51.100.7", "203.0.113.9", "192.0.2.4"


def ask_from(host: str | None) -> Request:
    return Request({"type": "http", "client": (host, 1) if host is not None else None, "headers": []})


def browse(web: Web, peer: str = "127.0.0.1") -> httpx.AsyncClient:
    return open_client(web.app, peer=peer)


async def ask_for(browser: httpx.AsyncClient, email: str) -> httpx.Response:
    return await browser.post("/anmelden", data={"email": email}, headers={"Origin": "http://localhost"})


async def address_of(web: Web, account_id: str) -> str:
    async with web.database.session() as session:
        return (await session.get_one(Account, account_id)).email


# -- the counter -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "networks"),
    [
        ("198.51.100.7", ("198.51.100.7",)),
        ("2001:db8:1:2:3:4:5:6", ("2001:db8:1:2::/64", "2001:db8:1::/48")),
        ("::ffff:198.51.100.7", ("198.51.100.7",)),
        ("testclient", ("testclient",)),
        (None, ("",)),
    ],
)
def test_a_network_is_an_address_or_a_household_and_the_site_around_it(
    host: str | None, networks: tuple[str, ...]
) -> None:
    assert networks_of(ask_from(host)) == networks
    assert network_of(ask_from(host)) == networks[0]


async def test_thirty_at_once_over_two_processes_are_as_many_as_the_limit_and_no_more(database: Database) -> None:
    counter = Counter("sign_in", STRANGER, Rate(7, 600))
    processes = [RateLimiter(database, KEY), RateLimiter(database, KEY)]
    waits = await asyncio.gather(*(processes[n % 2].hit(counter, now=NOON) for n in range(30)))
    assert sum(wait == 0 for wait in waits) == 7
    assert await processes[0].hit(counter._replace(who=OFFICE), now=NOON) == 0
    async with database.session() as session:
        rows = (await session.exec(select(RateCount))).all()
    assert sorted(row.count for row in rows) == [1, 7]
    assert not any(STRANGER in row.key or OFFICE in row.key for row in rows)


@pytest.mark.parametrize("began", [timedelta(0), timedelta(minutes=4), timedelta(minutes=9, seconds=59)])
async def test_whoever_waits_as_told_gets_through_and_never_more_within_any_window(
    database: Database, began: timedelta
) -> None:
    limiter, counter = RateLimiter(database, KEY), Counter("sign_in", STRANGER, Rate(5, 600))
    now = NOON + began
    taken: list[datetime] = []
    while len(taken) < 15:
        wait = await limiter.hit(counter, now=now)
        if wait == 0:
            taken.append(now)
        else:
            assert 0 < wait <= 601
            assert await limiter.hit(counter, now=now + timedelta(seconds=wait)) == 0
            taken.append(now := now + timedelta(seconds=wait))
    for at in taken:
        # The window before counts as if spread evenly: never more than twice as many, whenever one begins to look.
        assert sum(at <= one < at + timedelta(seconds=600) for one in taken) <= 2 * 5


async def test_what_is_refused_anywhere_is_counted_nowhere(database: Database) -> None:
    limiter = RateLimiter(database, KEY)
    near, around = Counter("hint", "2001:db8:1:2::/64", Rate(9, 600)), Counter("hint", "2001:db8:1::/48", Rate(1, 600))
    assert await limiter.hit(near, around, now=NOON) == 0
    assert await limiter.hit(near, around, now=NOON) > 0
    async with database.session() as session:
        assert [row.count for row in (await session.exec(select(RateCount))).all()] == [1, 1]


# -- nobody locks anybody out ------------------------------------------------------------------------------------


async def test_two_web_processes_share_one_limit(
    still_web: Web, database_url: str, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, Limited.SIGN_IN, Rate(2, AN_AGE))
    services = make_services(still_web.database, database_url, client, tmp_path)
    async with open_web(services, with_worker=False) as second:
        found = []
        for number, web in enumerate((still_web, second, still_web, second)):
            async with browse(web, OFFICE) as browser:
                found.append((await ask_for(browser, f"somebody{number}@example.net")).status_code)
        async with browse(second, ELSEWHERE) as browser:
            found.append((await ask_for(browser, "somebody@example.net")).status_code)
    assert found == [303, 303, 429, 429, 303]


async def test_a_site_with_many_networks_of_its_own_is_one_site(
    still_web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, Limited.SIGN_IN, Rate(1, AN_AGE))
    found = []
    for number in range(6):
        async with browse(still_web, f"2001:db8:1:{number}::1") as browser:
            found.append((await ask_for(browser, f"somebody{number}@example.net")).status_code)
    assert found == [303] * 4 + [429] * 2


async def test_senseless_forms_of_a_stranger_stop_nobody_behind_the_same_line_or_elsewhere(web: Web) -> None:
    async with browse(web, OFFICE) as carla, browse(web, OFFICE) as stranger:
        await sign_in(web, carla, CARLA)
        found = [(await ask_for(stranger, "no address")).status_code for _ in range(62)]
        assert (found[0], found[-1]) == (422, 429)
        assert "Aus dem Netz, in dem Sie gerade sind" in words_of((await ask_for(stranger, "x")).text)
        # Their own step-up, a colleague's mail, and everybody elsewhere.
        again = await carla.post("/anmelden/bestaetigen", data={}, headers=OWN_SITE)
        assert (again.status_code, again.headers["location"]) == (303, "/anmelden/code")
        for peer in (OFFICE, ELSEWHERE):
            async with browse(web, peer) as browser:
                await ask(web, browser, ALMA)
    async with web.database.session() as session:
        told = (await session.exec(select(AuditEntry).where(AuditEntry.event == AuditEvent.SLOWED))).all()
    # Said once, however often it was refused; and nobody can read from where.
    assert [(entry.outcome, entry.facts) for entry in told] == [("form_error", {"whose": "network"})]
    assert OFFICE not in str(told)


async def test_a_stranger_who_asks_for_carlas_mails_keeps_her_from_none(web: Web) -> None:
    email = await address_of(web, CARLA)
    most = LIMITS[Limited.ONE_ADDRESS].most
    found = []
    for _ in range(most + 1):
        async with browse(web, STRANGER) as browser:
            found.append((await ask_for(browser, email)).status_code)
    assert found == [303] * most + [429]

    async def have_come() -> bool:
        return len(await read_mails(web, CARLA)) == most

    await until(have_come)
    async with browse(web, OFFICE) as carla:
        await sign_in(web, carla, CARLA)
        assert (await carla.post("/anmelden/bestaetigen", data={}, headers=OWN_SITE)).status_code == 303


async def test_however_many_mails_strangers_cause_carlas_open_session_gets_its_own(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(vars(KINDS[SecretMailKind.SIGN_IN]), "most", 2)
    async with browse(web, OFFICE) as carla:
        await sign_in(web, carla, CARLA)
        email = await address_of(web, CARLA)
        for number in range(3):
            async with browse(web, f"198.51.100.{number}") as stranger:
                # The answer is the same, with a mail or without.
                assert (await ask_for(stranger, email)).status_code == 303
        before = len(await read_mails(web, CARLA))
        assert before <= 2
        await carla.post("/anmelden/bestaetigen", data={}, headers=OWN_SITE)

        async def has_come() -> bool:
            return len(await read_mails(web, CARLA)) > before

        await until(has_come)


async def test_from_where_carla_has_signed_in_before_her_mails_come_whatever_strangers_do(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(vars(KINDS[SecretMailKind.SIGN_IN]), "most", 3)
    email = await address_of(web, CARLA)
    async with browse(web, OFFICE) as before:
        await sign_in(web, before, CARLA)
    for number in range(4):
        async with browse(web, f"198.51.100.{number}") as stranger:
            assert (await ask_for(stranger, email)).status_code == 303
    async with browse(web, OFFICE) as anew:
        await sign_in(web, anew, CARLA)
        assert (await anew.get("/leitung")).status_code == 200


async def test_one_network_alone_uses_up_nobodys_mails_of_a_day(
    still_web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, Limited.ONE_ADDRESS_IN_A_DAY, Rate(2, 24 * 3600))
    assert LIMITS[Limited.ONE_ADDRESS_IN_A_DAY].most < KINDS[SecretMailKind.SIGN_IN].most
    found = []
    for number in range(4):
        # A /48 has 65,536 networks, and is one all the same.
        async with browse(still_web, f"2001:db8:1:{number}::1") as stranger:
            found.append((await ask_for(stranger, "carla@example.org")).status_code)
    async with browse(still_web, "2001:db8:2::1") as elsewhere:
        found.append((await ask_for(elsewhere, "carla@example.org")).status_code)
    assert found == [303, 303, 429, 429, 303]


async def test_whoever_has_a_mail_under_way_goes_on_with_it(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, Limited.SIGN_IN, Rate(1, AN_AGE))
    monkeypatch.setitem(LIMITS, Limited.WRONG_PROOF, Rate(1, AN_AGE))
    async with browse(web, OFFICE) as alma, browse(web, OFFICE) as stranger:
        mail = await ask(web, alma, ALMA)
        wrong = [await stranger.post("/anmelden/code", data={"code": "x"}, headers=OWN_SITE) for _ in range(2)]
        assert [answer.status_code for answer in wrong] == [410, 429]
        assert (await ask_for(stranger, "somebody@example.net")).status_code == 429
        again = await ask_for(alma, await address_of(web, ALMA))
        assert (again.status_code, again.headers["location"]) == (303, "/anmelden/code")
        answer = await alma.post("/anmelden/code", data={"code": mail.code}, headers=OWN_SITE)
        assert answer.status_code == 303
        assert (await alma.get("/ideen")).status_code == 200


async def test_a_session_that_asks_too_often_is_told_so_and_another_one_is_not(web: Web) -> None:
    most = LIMITS[Limited.STEP_UP].most
    async with browse(web) as desk, browse(web) as phone:
        await sign_in(web, desk, CARLA)
        await sign_in(web, phone, CARLA)
        found = [await desk.post("/anmelden/bestaetigen", data={}, headers=OWN_SITE) for _ in range(most + 1)]
        assert [answer.status_code for answer in found] == [303] * most + [429]
        assert "Sie haben hier gerade mehrmals um eine Mail gebeten" in words_of(found[-1].text)
        minutes = re.search(r"In etwa (\d+) Min\.", words_of(found[-1].text))
        assert minutes is not None
        assert 0 < int(minutes[1]) <= 10
        assert (await phone.post("/anmelden/bestaetigen", data={}, headers=OWN_SITE)).status_code == 303


async def test_who_is_signed_in_has_room_of_their_own(still_web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, Limited.FEEDBACK, Rate(1, AN_AGE))
    sent: dict[str, Any] = {"art": "idea", "text": "Danke!"}
    async with browse(still_web, "127.0.0.1") as stranger:
        assert [(await stranger.post("/rueckmeldung", data=sent)).status_code for _ in range(2)][1] == 429
    for client in (still_web.alma, still_web.ben):
        found = [(await client.post("/rueckmeldung", data=sent)).status_code for _ in range(2)]
        assert found[0] != 429
        assert found[1] == 429


async def test_a_new_installation_has_the_cast_of_limits() -> None:
    assert set(LIMITS) == set(Limited)
