"""Whatever proved somebody ends with who they were; and the account of who was blocked is opened by nothing."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from activities.credentials import sign_everybody_out
from activities.mails.links import Question, Refused
from activities.staff_changes import retire_coach
from activities.upkeep.anonymise import erase_rows
from api.use_cases.audit import OPERATOR
from api.use_cases.calendar_feed import renew_calendar
from api.use_cases.check_in_replies import links_of
from api.use_cases.invitations import Fate
from api.use_cases.staff.changes import change_person
from api.use_cases.team import find_invited
from models.secrets import hash_secret, new_secret
from models.tables import Account, AddressChange, MailRow, SignIn
from models.tables.columns import new_id, utc_now
from models.vocabulary import NoticeGroup, PersonChangeKind, Role, SignInMethod
from tests.api.conftest import Web, open_client
from tests.api.device import Device
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.api.sign_in.conftest import HOME
from tests.api.sign_in.test_passkeys import ask, make, use
from tests.factories import ALMA, BEN, CARLA, write_idea
from tests.teams import write_invitation

CALENDAR = "/kalender/{}.ics"


async def prove(web: Web) -> dict[str, Any]:
    """Everything that proves Ben."""
    device, link, invitation = Device(HOME), new_secret(), new_secret()
    await make(web.ben, device)
    async with web.database.transaction() as session:
        soon = utc_now() + timedelta(minutes=5)
        session.add(SignIn(account_id=BEN, browser_hash="b", link_hash=hash_secret(link), expires_at=soon))
    idea = await write_idea(web.database, owner_id=CARLA)
    invitation = await write_invitation(web.database, idea, "ben@example.org")
    links = links_of(web.services)
    return {
        "device": device,
        "link": f"/anmelden/link/{link}",
        "calendar": CALENDAR.format(await renew_calendar(web.services, BEN)),
        "invitation": invitation,
        "answer": links.answer(Question(new_id(), BEN, await write_idea(web.database), 1)).removeprefix(HOME),
        "way": links.way(BEN, "arbeit").removeprefix(HOME),
        "unsubscribe": links.unsubscribe(Refused(BEN, NoticeGroup.NEWS)).removeprefix(HOME),
    }


async def answers(client: httpx.AsyncClient, path: str) -> bool:
    """Whether a link in a mail still counts as an answer: it is told as outdated then, since nothing was asked."""
    page = await client.get(path)
    return page.status_code != 404 and "Dieser Link ist abgelaufen" not in words_of(page.text)


async def opens(web: Web, proofs: dict[str, Any]) -> dict[str, bool]:
    """Which of them still opens something."""
    async with open_client(web.app) as browser, open_client(web.app) as other:

        async def gets(path: str, client: httpx.AsyncClient = other) -> bool:
            return (await client.get(path)).status_code < 400

        async with web.database.session() as session:
            invited = await find_invited(session, proofs["invitation"])
        return {
            "session": await gets("/mitteilungen", web.ben),
            "token": await gets("/api/v1/me", web.ben),
            "passkey": (await use(browser, proofs["device"].sign(await ask(browser)))).status_code == 303,
            "link": await gets(proofs["link"]),
            "calendar": await gets(proofs["calendar"]),
            "invitation": invited is not None and invited.fate is Fate.OPEN,
            "answer": await answers(other, proofs["answer"]),
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
        await session.exec(update(Account).where(col(Account.id) == BEN).values(blocked_at=utc_now()))
    after = await opens(web, proofs)
    assert {name for name, still in after.items() if still} == {"unsubscribe"}
    assert (await web.nobody.get(proofs["way"])).headers["location"] == "/arbeit", "as for a link that has expired"


async def _give_role(web: Web) -> None:
    kind = PersonChangeKind.ROLE_GIVEN
    await change_person(web.services, OPERATOR, BEN, kind, role=Role.LEAD, confirmed=True)


async def _take_role(web: Web) -> None:
    kind = PersonChangeKind.ROLE_TAKEN
    await change_person(web.services, OPERATOR, BEN, kind, role=Role.COACH, confirmed=True)


async def _block(web: Web) -> None:
    await change_person(web.services, OPERATOR, BEN, PersonChangeKind.BLOCKED, confirmed=True)


async def _sign_out(web: Web) -> None:
    await change_person(web.services, OPERATOR, BEN, PersonChangeKind.SIGNED_OUT, confirmed=True)


async def _sign_out_everywhere(web: Web) -> None:
    async with await web.sign_in(BEN) as elsewhere:
        assert (await elsewhere.post("/abmelden/ueberall", data={}, headers=OWN_SITE)).status_code == 303


async def _change_address(web: Web) -> None:
    secret, soon = new_secret(), utc_now() + timedelta(hours=1)
    async with await web.sign_in(BEN) as elsewhere:
        async with web.database.transaction() as session:
            session.add(
                AddressChange(account_id=BEN, email="neu@example.org", hash=hash_secret(secret), expires_at=soon)
            )
        done = await elsewhere.post(f"/meine-daten/adresse/{secret}", data={}, headers=OWN_SITE)
        assert done.status_code < 400, done.text


async def _depart(web: Web) -> None:
    async with web.database.transaction() as session:
        await retire_coach(session, BEN)


async def _erase(web: Web) -> None:
    async with web.database.transaction() as session:
        await erase_rows(session, await session.get_one(Account, BEN))


async def _restore(web: Web) -> None:
    async with web.database.transaction() as session:
        await sign_everybody_out(session)


STAYS = {"passkey", "invitation", "unsubscribe"}
"""What is in one's hand, what asks an address and not a person, and the wish for no more mail."""


@pytest.mark.parametrize(
    ("change", "stays"),
    [
        (_give_role, STAYS),
        (_take_role, STAYS),
        (_sign_out, STAYS),
        (_sign_out_everywhere, STAYS),
        (_change_address, STAYS),
        (_depart, STAYS),
        (_block, {"unsubscribe"}),
        (_erase, {"unsubscribe"}),
        (_restore, {"unsubscribe"}),
    ],
)
async def test_whatever_changes_who_somebody_is_ends_what_was_issued_before(
    named_web: Web, change: Callable[[Web], Awaitable[None]], stays: set[str]
) -> None:
    proofs = await prove(named_web)
    before = await opens(named_web, proofs)
    assert all(before.values()), before
    await change(named_web)
    after = await opens(named_web, proofs)
    assert {name for name, still in after.items() if still} == stays


@pytest.mark.parametrize("email", ["alma@example.org", "niemand@example.net"])
async def test_asking_to_be_signed_in_looks_the_same_as_for_an_unknown_address(named_web: Web, email: str) -> None:
    web = named_web
    async with web.database.transaction() as session:
        await session.exec(update(Account).where(col(Account.id) == ALMA).values(blocked_at=utc_now()))
    async with open_client(web.app) as browser:
        answer = await browser.post("/anmelden", data={"email": email}, headers=OWN_SITE)
        assert (answer.status_code, answer.headers["location"]) == (303, "/anmelden/code")
    async with web.database.session() as session:
        mail = (await session.exec(select(MailRow))).one()
    assert (mail.email, mail.account_id) == ("", None)


async def test_with_a_provider_alone_no_mail_and_no_passkey_opens_an_account_of_staff(named_web: Web) -> None:
    web, device = named_web, Device(HOME)
    await make(web.carla, device)
    oidc = {"oidc_issuer": "https://idp.example.org", "oidc_client_id": "x", "oidc_client_secret": "y"}
    changed = web.services.settings.model_copy(update={"staff_sign_in": "provider", **oidc})
    object.__setattr__(web.services, "settings", changed)
    for method in set(SignInMethod) - {SignInMethod.OIDC, SignInMethod.DEMO}:
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
        kinds = dict((await session.exec(select(MailRow.email, MailRow.secret_kind))).all())
    assert kinds == {"carla@example.org": "at_provider", "alma@example.org": "sign_in"}
