"""Mails as their readers find them in the local mailbox."""

import re
from typing import NamedTuple

import httpx
from sqlalchemy import update
from sqlmodel import col, select

from models.tables import Account, MailboxMessage, SessionRow
from models.vocabulary import SecondFactor
from tests.api.conftest import Web, until
from tests.api.pages.conftest import OWN_SITE


class Mail(NamedTuple):
    """The two ways that a mail offers."""

    link: str
    code: str
    message: MailboxMessage


async def ask(web: Web, browser: httpx.AsyncClient, account_id: str, **fields: str) -> Mail:
    """Ask for a mail in a browser, and wait until it is there."""
    before = len(await read_mails(web, account_id))
    async with web.database.session() as session:
        email = (await session.get_one(Account, account_id)).email
    answer = await browser.post("/anmelden", data={"email": email, **fields}, headers=OWN_SITE)
    assert (answer.status_code, answer.headers.get("location")) == (303, "/anmelden/code"), answer.text
    return await read_mail(web, account_id, before)


async def read_mail(web: Web, account_id: str, before: int = 0) -> Mail:
    """The newest mail to an account, as soon as it has more than it had before."""

    async def has_come() -> bool:
        return len(await read_mails(web, account_id)) > before

    await until(has_come)
    message = (await read_mails(web, account_id))[-1]
    link = re.search(r"http://\S+(/anmelden/link/\S+)", message.body)
    code = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", message.body)
    assert link is not None
    assert code is not None
    return Mail(link[1], code[0], message)


async def read_mails(web: Web, account_id: str) -> list[MailboxMessage]:
    async with web.database.session() as session:
        theirs = select(MailboxMessage).where(MailboxMessage.account_id == account_id)
        return list((await session.exec(theirs.order_by(col(MailboxMessage.sent_at)))).all())


async def sign_in(web: Web, browser: httpx.AsyncClient, account_id: str, **fields: str) -> httpx.Response:
    """The whole way by code, and past the second factor; returns the answer that lets somebody in."""
    mail = await ask(web, browser, account_id, **fields)
    answer = await browser.post("/anmelden/code", data={"code": mail.code}, headers=OWN_SITE)
    assert answer.status_code == 303, answer.text
    await show_second(web, account_id)
    return answer


async def show_second(web: Web, account_id: str) -> None:
    """As if somebody had shown their second factor wherever they are signed in; tests of it take the real way."""
    async with web.database.transaction() as session:
        theirs = update(SessionRow).where(col(SessionRow.account_id) == account_id)
        await session.exec(theirs.values(second=SecondFactor.TOTP))
