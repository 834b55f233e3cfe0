"""Staff need more than the mail: an app or a passkey, once set up, and nothing opens before it is shown."""

import asyncio
import html
import re
import time

import httpx
import pyotp
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from api.runtime.rate_limiter import Rate
from api.sign_in.sessions import HALF_LASTS, MOST_WRONG_TRIES, Lacking
from api.use_cases import second_factor
from api.use_cases.second_factor import CODES, STEP_SECONDS, reset_second_factor
from api.web.cookies import SESSION
from api.web.rate_limits import LIMITS, Limited
from models.tables import Account, AuditEntry, Authenticator, RecoveryCode, SessionRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import AuditEvent, Role, SecondFactor, SignInMethod
from tests.api.conftest import AN_AGE, Web
from tests.api.device import Device
from tests.api.pages.conftest import OWN_SITE, form_with, words_of
from tests.api.sign_in.conftest import HOME
from tests.api.sign_in.test_passkeys import DEVICES, long_ago, make
from tests.api.test_permissions import read_table
from tests.api.web.test_request_checks import count_rows
from tests.breadth import is_tried
from tests.factories import ALMA, BEN, CARLA
from tests.staff import write_staff_invitation

SECOND = "/anmelden/zweiter-faktor"


async def half(web: Web, account_id: str, **session: object) -> httpx.AsyncClient:
    """Somebody has just come in by mail, in a new browser."""
    client = await web.sign_in(account_id, **({"method": SignInMethod.CODE, "second": None} | session))
    # As the application would have set it, so that a renewed one takes its place.
    secret = client.cookies[SESSION]
    client.cookies.clear()
    client.cookies.set(SESSION, secret, domain="localhost.local")
    return client


async def set_up(client: httpx.AsyncClient) -> tuple[pyotp.TOTP, list[str]]:
    """Set up an app; returns it, and the codes on paper."""
    begun = await client.post(f"{DEVICES}/app", data={}, headers=OWN_SITE)
    page = await client.get(begun.headers["location"])
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page.text)
    assert found is not None, page.text
    app = pyotp.TOTP(found[1].replace(" ", ""))
    assert "data:image/svg+xml" in page.text
    shown = await client.post(f"{DEVICES}/app/pruefen", data={"kennwort": app.now()}, headers=OWN_SITE)
    assert shown.status_code == 200, shown.text
    return app, re.findall(r'<code class="secret">([2-9A-Z]{4}-[2-9A-Z]{4})</code>', shown.text)


async def show(client: httpx.AsyncClient, typed: str, weiter: str = "") -> httpx.Response:
    return await client.post(SECOND, data={"kennwort": typed, "weiter": weiter}, headers=OWN_SITE)


async def forget_steps(web: Web) -> None:
    """As if time had gone on: a password counts once."""
    async with web.database.transaction() as session:
        await session.exec(update(Authenticator).values(last_step=0))


async def test_a_lead_without_one_is_led_to_set_it_up_before_anything_else(named_web: Web) -> None:
    web = named_web
    async with await half(web, CARLA) as carla:
        for path in ("/leitung", "/meine-daten", "/einstellungen", "/meine-daten/export.json"):
            refused = await carla.get(path)
            assert refused.status_code == 403, path
            assert "Noch ein Schritt" in words_of(refused.text)
        assert (await carla.get("/anmelden?weiter=/leitung")).headers["location"] == f"{DEVICES}?weiter=%2Fleitung"
        page = await carla.get(DEVICES)
        assert "Bitte sichern Sie Ihr Konto" in words_of(page.text)
        assert form_with(page.text, "/abmelden").action
        old = carla.cookies[SESSION]
        wrong = await carla.post(f"{DEVICES}/app/pruefen", data={"kennwort": "000000"}, headers=OWN_SITE)
        assert wrong.headers["location"] == DEVICES, "nothing is offered yet"
        _, codes = await set_up(carla)
        assert len(set(codes)) == CODES
        assert carla.cookies[SESSION] != old
        assert (await carla.get("/leitung")).status_code == 200
        # The codes are shown once, and the secret never again.
        page = await carla.get(DEVICES)
        assert not any(code in page.text for code in codes)
        assert (await carla.get(f"{DEVICES}/app")).headers["location"] == DEVICES
    async with web.database.session() as session:
        app = (await session.exec(select(Authenticator))).one()
        kept = (await session.exec(select(RecoveryCode.hash))).all()
    assert len(app.secret or "") > 60
    assert app.offered is None
    assert not {code.replace("-", "") for code in codes} & set(kept)


GOES_ON = {
    Lacking.SECOND: {SECOND},
    Lacking.SET_UP: {
        SECOND,
        DEVICES,
        f"{DEVICES}/app",
        f"{DEVICES}/app/pruefen",
        f"{DEVICES}/passkeys",
        f"{DEVICES}/passkeys/aufgabe",
    },
}
"""The only pages that are open half of the way, beside those that are open to nobody as well."""


@pytest.mark.parametrize("lacking", Lacking)
async def test_half_of_the_way_every_page_and_every_route_is_closed(named_web: Web, lacking: Lacking) -> None:
    """Each route that asks who it is, as the table of rights says: a lead is nobody until the factor is shown."""
    web, table = named_web, read_table()
    if lacking is Lacking.SECOND:
        async with await half(web, CARLA) as first:
            await set_up(first)
    async with await half(web, CARLA) as carla:
        del carla.headers["authorization"]
        before = await count_rows(web.database)
        closed = [route for route, cells in table.items() if cells["nobody"] == "401" and cells["system"] != "yes"]
        assert len(closed) > 120
        for route in closed:
            method, _, template = route.partition(" ")
            if template in GOES_ON[lacking] or not is_tried(f"{lacking} {route}", 4):
                continue
            path = re.sub(r"\{\w+\}", new_id(), template)
            answer = await carla.request(method, path, data={} if method == "POST" else None, headers=OWN_SITE)
            assert answer.status_code == (401 if template.startswith("/api/") else 403), (route, answer.status_code)
            if not template.startswith("/api/"):
                assert "Noch ein Schritt" in words_of(answer.text), route
    assert await count_rows(web.database) == before


async def test_afterwards_the_mail_alone_opens_nothing_and_a_password_counts_once(named_web: Web) -> None:
    web = named_web
    async with await half(web, CARLA) as first:
        app, codes = await set_up(first)
    async with await half(web, CARLA) as carla, await half(web, CARLA) as thief:
        assert (await carla.get("/leitung")).status_code == 403
        assert (await carla.get(DEVICES)).status_code == 403, "no second app from half of the way"
        assert (await carla.post(f"{DEVICES}/app", data={}, headers=OWN_SITE)).status_code == 403
        page = await carla.get(f"{SECOND}?weiter=/leitung")
        assert "Noch ein Schritt" in words_of(page.text)
        for wrong in ("", "000000", app.at(time.time() - 5 * STEP_SECONDS), "ABCD-EFGH", "١٢٣٤٥٦"):
            assert (await show(thief, wrong)).status_code == 422
        password = app.at(time.time() + STEP_SECONDS)
        came = await show(carla, f" {password[:3]} {password[3:]}", "/leitung")
        assert (came.status_code, came.headers["location"]) == (303, "/leitung")
        assert (await carla.get("/leitung")).status_code == 200
    async with await half(web, CARLA) as again:
        assert (await show(again, password)).status_code == 422, "it was used"
        assert (await show(again, codes[0].lower())).status_code == 303
        assert (await again.get("/leitung")).status_code == 200
    async with await half(web, CARLA) as again:
        assert (await show(again, codes[0])).status_code == 422, "it was used"
        assert "Noch 9 unbenutzte Codes" in words_of((await (await web.sign_in(CARLA)).get(DEVICES)).text)


async def test_after_five_wrong_tries_the_sign_in_ends_and_nobody_else_is_the_worse_for_it(named_web: Web) -> None:
    web = named_web
    async with await half(web, CARLA) as first:
        app, _ = await set_up(first)
    async with await half(web, CARLA) as thief, await half(web, CARLA) as carla:
        many = await asyncio.gather(*(show(thief, "000000") for _ in range(MOST_WRONG_TRIES + 3)))
        assert sorted(answer.status_code for answer in many)[:MOST_WRONG_TRIES].count(422) <= MOST_WRONG_TRIES
        assert sum(answer.status_code == 422 for answer in many) == MOST_WRONG_TRIES
        assert (await show(thief, app.at(time.time() + STEP_SECONDS))).status_code in (401, 410)
        assert (await thief.get("/leitung")).status_code == 401
        assert (await show(carla, app.at(time.time() + STEP_SECONDS))).status_code == 303
    async with web.database.session() as session:
        those = select(AuditEntry.outcome).where(AuditEntry.event == AuditEvent.SECOND_FACTOR)
        outcomes = (await session.exec(those)).all()
    assert sorted(outcomes) == ["done", "done", *["wrong"] * MOST_WRONG_TRIES]


async def test_an_account_has_only_so_many_tries_a_day(named_web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, Limited.SECOND_FACTOR, Rate(2, AN_AGE))
    async with await half(named_web, CARLA) as first:
        await set_up(first)
    statuses = []
    for _ in range(3):
        async with await half(named_web, CARLA) as carla:
            statuses.append((await show(carla, "000000")).status_code)
    assert statuses == [422, 422, 429]


async def test_half_of_the_way_is_forgotten_after_a_while(named_web: Web) -> None:
    async with await half(named_web, CARLA) as carla:
        async with named_web.database.transaction() as session:
            await session.exec(update(SessionRow).values(proved_at=utc_now() - HALF_LASTS))
        assert (await carla.get(DEVICES)).status_code == 401


@pytest.mark.parametrize("method", [SignInMethod.OIDC, SignInMethod.PASSKEY])
async def test_a_provider_and_a_passkey_need_nothing_beside_them(named_web: Web, method: SignInMethod) -> None:
    async with await half(named_web, CARLA, method=method) as carla:
        assert (await carla.get("/leitung")).status_code == 200


async def test_whoever_hands_in_ideas_needs_none_and_may_wish_for_one(named_web: Web) -> None:
    web = named_web
    async with await half(web, ALMA) as alma:
        assert (await alma.get("/ideen")).status_code == 200
        await make(alma, Device(HOME))
    async with await half(web, ALMA) as alma:
        assert (await alma.get("/ideen")).status_code == 200, "a passkey is a comfort"
        await set_up(alma)
    async with await half(web, ALMA) as alma:
        assert (await alma.get("/ideen")).status_code == 403
        await forget_steps(web)
    alma = await web.sign_in(ALMA, second=SecondFactor.TOTP)
    assert (await alma.post(f"{DEVICES}/app/entfernen", data={}, headers=OWN_SITE)).status_code == 303
    async with await half(web, ALMA) as alma:
        assert (await alma.get("/ideen")).status_code == 200


async def test_staff_keep_their_last_one_and_change_their_app_without_a_gap(named_web: Web) -> None:
    web = named_web
    async with await half(web, BEN) as ben:
        old, _ = await set_up(ben)
        kept = await ben.post(f"{DEVICES}/app/entfernen", data={}, headers=OWN_SITE)
        assert kept.headers["location"].endswith("meldung=last_factor")
        await ben.post(f"{DEVICES}/app", data={}, headers=OWN_SITE)
        async with await half(web, BEN) as elsewhere:
            assert (await show(elsewhere, old.at(time.time() + STEP_SECONDS))).status_code == 303
        new, codes = await set_up(ben)
        await forget_steps(web)
        async with await half(web, BEN) as elsewhere:
            assert (await show(elsewhere, old.now())).status_code == 422
            assert (await show(elsewhere, new.now())).status_code == 303
        sheet = await ben.post(f"{DEVICES}/codes", data={}, headers=OWN_SITE)
        assert codes[0] not in html.unescape(sheet.text)
        async with await half(web, BEN) as elsewhere:
            assert (await show(elsewhere, codes[0])).status_code == 422, "a new sheet makes the old one void"


async def test_whoever_accepts_a_role_where_they_are_signed_in_goes_on_there_to_set_it_up(named_web: Web) -> None:
    """Their sessions end with what they were; the one in which they said yes begins anew, and half of the way."""
    web = named_web
    _, secret = await write_staff_invitation(web.database, "alma@example.org")
    async with await half(web, ALMA) as alma, await half(web, ALMA) as elsewhere:
        joined = await alma.post(f"/mitarbeit/{secret}", data={"antwort": "ja"}, headers=OWN_SITE)
        assert (joined.status_code, joined.headers["location"]) == (303, f"{DEVICES}?weiter=%2Ferste-schritte")
        assert (await alma.get("/arbeit")).status_code == 403
        await set_up(alma)
        assert (await alma.get("/arbeit")).status_code == 200
        assert (await elsewhere.get(DEVICES)).status_code == 401


async def test_a_role_that_is_given_asks_for_it_from_then_on(named_web: Web) -> None:
    async with await half(named_web, ALMA) as alma:
        assert (await alma.get("/ideen")).status_code == 200
        async with named_web.database.transaction() as session:
            await session.exec(update(Account).where(col(Account.id) == ALMA).values(roles=[str(Role.LEAD)]))
        assert (await alma.get("/ideen")).status_code == 403


async def test_an_app_steps_up_in_the_very_session(named_web: Web) -> None:
    web = named_web
    async with await half(web, CARLA) as carla:
        app, _ = await set_up(carla)
        async with web.database.transaction() as session:
            await session.exec(update(SessionRow).values(proved_at=long_ago(web)))
        assert (await carla.get("/gespraeche.csv")).status_code == 403
        old, way = carla.cookies[SESSION], "/anmelden/bestaetigen/app"
        assert (await carla.post(way, data={"kennwort": "000000"}, headers=OWN_SITE)).status_code == 422
        data = {"kennwort": app.at(time.time() + STEP_SECONDS), "weiter": "/gespraeche.csv"}
        assert (await carla.post(way, data=data, headers=OWN_SITE)).headers["location"] == "/gespraeche.csv"
        assert (await carla.get("/gespraeche.csv")).status_code == 200
        assert carla.cookies[SESSION] != old
        others = select(SessionRow.proved_at).where(SessionRow.account_id != CARLA)
        async with web.database.session() as session:
            assert all(utc_now() - at > web.services.settings.step_up_within for at in await session.exec(others))


async def test_whoever_has_lost_everything_begins_anew(named_web: Web) -> None:
    web = named_web
    async with await half(web, CARLA) as carla:
        _, codes = await set_up(carla)
        await make(carla, Device(HOME))
        async with web.database.transaction() as session:
            await reset_second_factor(session, await session.get_one(Account, CARLA))
        assert (await carla.get("/leitung")).status_code == 401
    async with await half(web, CARLA) as carla:
        assert "Bitte sichern Sie Ihr Konto" in words_of((await carla.get(DEVICES)).text)
        assert (await show(carla, codes[0])).headers["location"] == DEVICES


async def test_under_another_key_an_app_is_of_no_use(named_web: Web) -> None:
    async with await half(named_web, CARLA) as carla:
        app, _ = await set_up(carla)
    await forget_steps(named_web)
    async with named_web.database.transaction() as session:
        assert await second_factor.try_second(session, "another key of an installation", CARLA, app.now()) is None
        assert (
            await second_factor.try_second(session, named_web.services.signing_key, CARLA, app.now())
            == SecondFactor.TOTP
        )
