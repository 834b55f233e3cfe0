"""Another address is Alma's when she confirms it where she is signed in; nobody gets into anybody's account with it."""

import re

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from models.addresses import mask_address
from models.tables import Account, AddressChange, AuditEntry, MailboxMessage, SessionRow
from models.tables.columns import utc_now
from models.vocabulary import AuditEvent
from tests.api.conftest import Web, open_client, until
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.api.sign_in_mails import ask, sign_in
from tests.factories import ALMA, BEN, DORA

NEW = "alma@neu.example.org"


async def mails_to(web: Web, email: str) -> list[MailboxMessage]:
    async with web.database.session() as session:
        return list((await session.exec(select(MailboxMessage).where(MailboxMessage.recipient == email))).all())


async def link_to(web: Web, email: str) -> str:
    """The link in the mail to an address, as soon as it is there."""
    found: list[str] = []

    async def is_there() -> bool:
        bodies = [mail.body for mail in await mails_to(web, email)]
        found[:] = [path for body in bodies for path in re.findall(r"/meine-daten/adresse/\S+", body)]
        return bool(found)

    await until(is_there)
    return found[-1]


async def want(browser: httpx.AsyncClient, email: str) -> httpx.Response:
    return await browser.post("/meine-daten/adresse", data={"email": email}, headers=OWN_SITE, follow_redirects=True)


async def confirm(browser: httpx.AsyncClient, link: str) -> httpx.Response:
    return await browser.post(link, data={}, headers=OWN_SITE)


async def address_of(web: Web, account_id: str) -> str:
    async with web.database.session() as session:
        return (await session.get_one(Account, account_id)).email


async def test_alma_confirms_her_new_address_where_she_is_signed_in_and_what_was_proved_by_the_old_one_ends(
    web: Web,
) -> None:
    async with open_client(web.app) as desk, open_client(web.app) as phone, open_client(web.app) as late:
        await sign_in(web, desk, ALMA)
        await sign_in(web, phone, ALMA)
        await want(desk, "Alma@Neu.example.org")
        link = await link_to(web, NEW)
        under_way = await ask(web, late, ALMA)
        page = await desk.get(link)
        assert page.status_code == 200
        assert f"an {NEW}" in words_of(page.text)
        assert await address_of(web, ALMA) == "alma@example.org"
        assert (await confirm(desk, link)).status_code == 200
        assert await address_of(web, ALMA) == NEW
        assert (await desk.get("/meine-daten")).status_code == 200
        # A session elsewhere, a token, and a mail to the old address.
        assert (await phone.get("/meine-daten")).status_code == 401
        assert (await web.alma.get("/api/v1/me")).status_code == 401
        assert (await late.post(under_way.link, headers=OWN_SITE)).status_code == 410
        # The link works once.
        assert (await desk.get(link)).status_code == 410
        assert (await confirm(desk, link)).status_code == 410

    async def is_told() -> bool:
        return any(mail.subject == "Ihre Adresse wurde geändert" for mail in await mails_to(web, "alma@example.org"))

    await until(is_told)
    async with web.database.session() as session:
        assert (await session.get_one(Account, ALMA)).proved_at is not None
        told = (await session.exec(select(AuditEntry).where(AuditEntry.event == AuditEvent.ADDRESS_CHANGED))).one()
    assert (told.account_id, told.outcome, told.facts) == (ALMA, "done", {})


async def test_whoever_reads_the_mail_and_is_signed_in_nowhere_or_as_somebody_else_confirms_nothing(web: Web) -> None:
    async with open_client(web.app) as attacker, open_client(web.app) as nobody, open_client(web.app) as dora:
        await sign_in(web, attacker, ALMA)
        await sign_in(web, dora, DORA)
        await want(attacker, "opfer@example.net")
        (mail,) = await until_mails(web, "opfer@example.net")
        link = await link_to(web, "opfer@example.net")
        # The mail says whose account it is, so far as its owner knows it, and not one word that somebody typed.
        assert mask_address("alma@example.org") in mail.body
        assert "Alma" not in mail.body
        assert "alma@" not in mail.body
        page = await nobody.get(link)
        assert page.status_code == 200
        assert "Bitte melden Sie sich zuerst mit der bisherigen Adresse an" in words_of(page.text)
        assert f'href="/anmelden?weiter={link}"' in page.text.replace("%2F", "/")
        for other in (nobody, dora):
            refused = await confirm(other, link)
            assert refused.status_code == 403
            assert "opfer@example.net" not in refused.text
        assert await address_of(web, ALMA) == "alma@example.org"
        assert (await confirm(attacker, link)).status_code == 200


async def until_mails(web: Web, email: str) -> list[MailboxMessage]:
    async def have_come() -> bool:
        return bool(await mails_to(web, email))

    await until(have_come)
    return await mails_to(web, email)


@pytest.mark.parametrize("end", ["signed out", "signed out everywhere", "idle"])
async def test_a_wish_ends_with_the_session_that_had_it(web: Web, end: str) -> None:
    async with open_client(web.app) as stranger, open_client(web.app) as alma:
        await sign_in(web, stranger, ALMA)
        await want(stranger, NEW)
        link = await link_to(web, NEW)
        await sign_in(web, alma, ALMA)
        if end == "idle":
            long_ago = utc_now() - web.services.settings.session_idle
            async with web.database.transaction() as session:
                theirs = select(AddressChange.session_id).scalar_subquery()
                await session.exec(update(SessionRow).where(col(SessionRow.id) == theirs).values(seen_at=long_ago))
        else:
            path = "/abmelden" if end == "signed out" else "/abmelden/ueberall"
            await stranger.post(path, data={}, headers=OWN_SITE)
            if end == "signed out everywhere":
                await sign_in(web, alma, ALMA)
        assert (await alma.get(link)).status_code == 410
        assert (await confirm(alma, link)).status_code == 410
    assert await address_of(web, ALMA) == "alma@example.org"


async def test_an_address_that_somebody_gets_meanwhile_is_theirs(web: Web) -> None:
    async with open_client(web.app) as alma:
        await sign_in(web, alma, ALMA)
        await want(alma, NEW)
        link = await link_to(web, NEW)
        async with web.database.transaction() as session:
            await session.exec(update(Account).where(col(Account.id) == BEN).values(email=NEW))
        assert (await confirm(alma, link)).status_code == 410
    assert await address_of(web, ALMA) == "alma@example.org"


async def test_the_page_is_the_same_whether_an_address_is_free_or_has_an_account(web: Web) -> None:
    async with open_client(web.app) as alma:
        await sign_in(web, alma, ALMA)
        free, taken = await want(alma, "frei@example.org"), await want(alma, "dora@example.org")
        assert without_wishes(free.text) == without_wishes(taken.text)
        wrong = await want(alma, "nirgends")
        assert wrong.status_code == 422
    (to_dora,) = await until_mails(web, "dora@example.org")
    assert to_dora.subject == "Zwei Konten zusammenführen?"
    assert "haben Sie hier aber schon ein Konto" in " ".join(to_dora.body.split())
    (to_nobody,) = await until_mails(web, "frei@example.org")
    assert to_nobody.subject == "Ist das Ihre neue Adresse?"


def without_wishes(text: str) -> str:
    """Both are listed on the second page, with their number."""
    listed = r"Gewünschte Adressen.*?(?= Berichtigen)"
    return re.sub(listed, "", words_of(text))
