"""Nothing opens the account of somebody who was blocked, whatever proved them; and it looks as if nobody had it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from activities.mails.links import Question, Refused
from api.answers import links_of
from api.calendar import renew_calendar
from api.team import find_invited
from models.secrets import hash_secret, new_secret
from models.tables import Account, LetterRow, SignIn
from models.tables.columns import new_id, utc_now
from models.vocabulary import NoticeGroup, SignInMethod
from tests.api.conftest import Web, open_client
from tests.api.device import Device
from tests.api.pages.conftest import OWN_SITE
from tests.api.sign_in.conftest import HOME
from tests.api.sign_in.test_passkeys import ask, make, use
from tests.factories import ALMA, CARLA, write_idea
from tests.teams import write_invitation

CALENDAR = "/kalender/{}.ics"


async def prove(web: Web) -> dict[str, Any]:
    """Everything that proves Alma."""
    device, link, invitation = Device(HOME), new_secret(), new_secret()
    await make(web.alma, device)
    async with web.database.transaction() as session:
        soon = utc_now() + timedelta(minutes=5)
        session.add(SignIn(account_id=ALMA, browser_hash="b", link_hash=hash_secret(link), expires_at=soon))
    idea = await write_idea(web.database, owner_id=CARLA)
    invitation = await write_invitation(web.database, idea, "alma@example.org")
    links = links_of(web.services)
    return {
        "device": device,
        "link": f"/anmelden/link/{link}",
        "calendar": CALENDAR.format(await renew_calendar(web.services, ALMA)),
        "invitation": invitation,
        "answer": links.answer(Question(new_id(), ALMA, await write_idea(web.database), 1)).removeprefix(HOME),
        "way": links.way(ALMA, "ideen").removeprefix(HOME),
        "unsubscribe": links.unsubscribe(Refused(ALMA, NoticeGroup.NEWS)).removeprefix(HOME),
    }


async def opens(web: Web, proofs: dict[str, Any]) -> dict[str, bool]:
    """Which of them still opens something."""
    async with open_client(web.app) as browser, open_client(web.app) as other:

        async def gets(path: str, client: httpx.AsyncClient = other) -> bool:
            return (await client.get(path)).status_code < 400

        async with web.database.session() as session:
            invited = await find_invited(session, proofs["invitation"])
        return {
            "session": await gets("/ideen", web.alma),
            "token": await gets("/api/v1/me", web.alma),
            "passkey": (await use(browser, proofs["device"].sign(await ask(browser)))).status_code == 303,
            "link": await gets(proofs["link"]),
            "calendar": await gets(proofs["calendar"]),
            "invitation": invited is not None,
            "answer": (await other.get(proofs["answer"])).status_code != 404,
            "way": (await other.get(proofs["way"])).status_code == 200,
            "unsubscribe": await gets(proofs["unsubscribe"]),
        }


async def test_nothing_of_a_blocked_person_opens_anything_and_they_may_still_unsubscribe(named_web: Web) -> None:
    web = named_web
    proofs = await prove(web)
    before = await opens(web, proofs)
    assert all(before.values()), before
    async with web.database.transaction() as session:
        # As it stands, without ending anything: each look-up refuses by itself.
        await session.exec(update(Account).where(col(Account.id) == ALMA).values(blocked_at=utc_now()))
    after = await opens(web, proofs)
    assert {name for name, still in after.items() if still} == {"unsubscribe"}
    assert (await web.nobody.get(proofs["way"])).headers["location"] == "/ideen", "as for a link that has expired"


@pytest.mark.parametrize("email", ["alma@example.org", "niemand@example.net"])
async def test_asking_to_be_signed_in_looks_the_same_as_for_an_unknown_address(named_web: Web, email: str) -> None:
    web = named_web
    async with web.database.transaction() as session:
        await session.exec(update(Account).where(col(Account.id) == ALMA).values(blocked_at=utc_now()))
    async with open_client(web.app) as browser:
        answer = await browser.post("/anmelden", data={"email": email}, headers=OWN_SITE)
        assert (answer.status_code, answer.headers["location"]) == (303, "/anmelden/code")
    async with web.database.session() as session:
        letter = (await session.exec(select(LetterRow))).one()
    assert (letter.email, letter.account_id) == ("", None)


async def test_with_a_provider_alone_no_mail_and_no_passkey_opens_an_account_of_staff(named_web: Web) -> None:
    web, device = named_web, Device(HOME)
    await make(web.carla, device)
    oidc = {"oidc_issuer": "https://idp.example.org", "oidc_client_id": "x", "oidc_client_secret": "y"}
    changed = web.services.settings.model_copy(update={"staff_sign_in": "provider", **oidc})
    object.__setattr__(web.services, "settings", changed)
    for method in (SignInMethod.CODE, SignInMethod.LINK, SignInMethod.PASSKEY, SignInMethod.INVITED):
        async with await web.sign_in(CARLA, method=method) as carla:
            assert (await carla.get("/leitung")).status_code == 401, method
    async with await web.sign_in(CARLA, method=SignInMethod.OIDC, second=None) as carla:
        assert (await carla.get("/leitung")).status_code == 200
        step_up = (await carla.get("/anmelden/bestaetigen")).text
        assert "/anmelden/dienst" in step_up
        assert 'action="/anmelden/bestaetigen"' not in step_up
        assert (await carla.post("/anmelden/bestaetigen", data={}, headers=OWN_SITE)).status_code == 403
    async with open_client(web.app) as browser:
        assert (await use(browser, device.sign(await ask(browser)))).status_code == 403
        for email in ("carla@example.org", "alma@example.org"):
            answer = await browser.post("/anmelden", data={"email": email}, headers=OWN_SITE)
            assert (answer.status_code, answer.headers["location"]) == (303, "/anmelden/code")
    async with web.database.session() as session:
        kinds = dict((await session.exec(select(LetterRow.email, LetterRow.kind))).all())
    assert kinds == {"carla@example.org": "at_provider", "alma@example.org": "sign_in"}
