"""Asking to be signed in, and the proof: a link or a code from a mail.

For an address that nobody here has, everything is done as for one that somebody has, to the same answer and in the same
time; the mail goes to nobody then. So nobody learns here who takes part.
"""

import hmac
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from activities.audit import DONE
from activities.secret_mails.posting import Order, write_secret_mail
from activities.secret_mails.sign_in import LASTS, hash_code
from api.runtime.services import Services
from api.use_cases.audit import audit
from api.use_cases.secret_mails import start_secret_mail
from api.web.request_caller import caller_of, digest_network
from models.addresses import canonical_address
from models.secrets import hash_secret, read_code
from models.tables import Account, AuditEntry, SignIn, can_come_in, is_staff
from models.tables.columns import utc_now
from models.vocabulary import AuditEvent, SecretMailKind

MOST_WRONG_CODES = 5
"""After so many the sign-in is dead, its link too: eight letters out of 32 are not guessed in five tries."""


class Proof(NamedTuple):
    """Somebody has shown that they read the mail to this address."""

    account: Account
    next_path: str | None


class Verdict(StrEnum):
    """What becomes of a code that is not the right one."""

    WRONG = "wrong"
    DEAD = "dead"


def opens_by_mail(services: Services, account: Account) -> bool:
    """Whether anything but the staff's provider opens this account."""
    return not (is_staff(account) and services.settings.staff_need_provider)


async def ask(
    request: Request,
    services: Services,
    email: str,
    browser: str,
    next_path: str | None,
    language: str,
    *,
    is_here: bool = False,
) -> None:
    """Send a mail with a link and a code. Raises EngineAway.

    `is_here`: its owner asks, in a session that is open. They get it however often others have asked; and so does who
    asks from where its owner has signed in before, or strangers everywhere could keep all mails away for a day.
    """
    email = canonical_address(email)
    async with services.database.transaction() as session:
        known = select(Account).where(Account.email == email, can_come_in())
        account = (await session.exec(known)).one_or_none()
        asked = SignIn(
            account_id=account.id if account else None,
            browser_hash=hash_secret(browser),
            next_path=next_path,
            expires_at=utc_now() + LASTS,
        )
        session.add(asked)
        await audit(session, caller_of(services, request), AuditEvent.SIGN_IN_ASKED, account_id=asked.account_id)
        is_known_here = await _has_come_from_here(session, services, request, asked.account_id)
        at_provider = account is not None and not opens_by_mail(services, account)
        mail = await write_secret_mail(
            session,
            services.signing_key,
            Order(
                SecretMailKind.SIGN_IN_ELSEWHERE if at_provider else SecretMailKind.SIGN_IN,
                email,
                account_id=asked.account_id,
                subject_id=asked.id,
                language=account.language if account else language,
                network=digest_network(services, request),
                is_own=is_here or is_known_here,
                to_nobody=account is None,
            ),
        )
    await start_secret_mail(services, mail)


async def _has_come_from_here(
    session: AsyncSession, services: Services, request: Request, account_id: str | None
) -> bool:
    """Whether somebody has signed in from this network before, as the audit log keeps it. Asked for strangers too."""
    theirs = select(AuditEntry.id).where(
        AuditEntry.account_id == account_id,
        AuditEntry.event == AuditEvent.SIGN_IN,
        AuditEntry.outcome == DONE,
        AuditEntry.network_hash == digest_network(services, request),
    )
    return (await session.exec(theirs.limit(1))).first() is not None


async def find_link(services: Services, token: str) -> Proof | None:
    """Whom a link would sign in, without using it; None where it is not valid, or not any more."""
    async with services.database.session() as session:
        there = select(SignIn).where(SignIn.link_hash == hash_secret(token), *_is_open())
        asked = (await session.exec(there)).one_or_none()
        return await _prove(services, session, asked)


async def use_link(services: Services, token: str) -> Proof | None:
    """Use a link, once; None where it is not valid, or not any more."""
    async with services.database.transaction() as session:
        used = update(SignIn).where(col(SignIn.link_hash) == hash_secret(token), *_is_open()).values(used_at=utc_now())
        asked_id = (await session.exec(used.returning(col(SignIn.id)))).scalar_one_or_none()
        asked = await session.get(SignIn, asked_id) if asked_id else None
        return await _settle(services, session, asked)


async def was_asked_here(services: Services, token: str, browser: str | None) -> bool:
    """Whether a link was asked for in this very browser. No program that looks through mails is that."""
    theirs = (SignIn.link_hash == hash_secret(token), SignIn.browser_hash == hash_secret(browser or ""))
    async with services.database.session() as session:
        return (await session.exec(select(SignIn.id).where(*theirs, *_is_open()))).first() is not None


async def has_asked(services: Services, browser: str | None) -> bool:
    """Whether this browser waits for a code."""
    async with services.database.session() as session:
        return await _find_asked(session, browser) is not None


async def use_code(services: Services, browser: str | None, typed: str) -> Proof | Verdict:
    """Try a code in the browser that asked for it."""
    async with services.database.transaction() as session:
        asked = await _find_asked(session, browser)
        if asked is None:
            return Verdict.DEAD
        digest = hash_code(services.signing_key, asked, read_code(typed) or "")
        if asked.code_hash is not None and hmac.compare_digest(asked.code_hash, digest):
            asked.used_at = utc_now()
            return await _settle(services, session, asked) or Verdict.DEAD
        asked.wrong_codes += 1
        return Verdict.DEAD if asked.wrong_codes >= MOST_WRONG_CODES else Verdict.WRONG


async def _find_asked(session: AsyncSession, browser: str | None) -> SignIn | None:
    """What this browser has asked for last."""
    if browser is None:
        return None
    theirs = select(SignIn).where(SignIn.browser_hash == hash_secret(browser), *_is_open())
    latest = theirs.order_by(col(SignIn.created_at).desc()).limit(1).with_for_update()
    return (await session.exec(latest)).one_or_none()


async def _settle(services: Services, session: AsyncSession, asked: SignIn | None) -> Proof | None:
    """Who has proved who they are needs no other mail that is still on its way."""
    proof = await _prove(services, session, asked)
    if proof is not None:
        others = update(SignIn).where(col(SignIn.account_id) == proof.account.id, col(SignIn.used_at).is_(None))
        await session.exec(others.values(used_at=utc_now()))
    return proof


async def _prove(services: Services, session: AsyncSession, asked: SignIn | None) -> Proof | None:
    account = await session.get(Account, asked.account_id) if asked is not None and asked.account_id else None
    if asked is None or account is None or not account.can_come_in or not opens_by_mail(services, account):
        return None
    return Proof(account, asked.next_path)


def _is_open() -> tuple[ColumnElement[bool], ...]:
    return (
        col(SignIn.by_mail).is_(True),
        col(SignIn.used_at).is_(None),
        col(SignIn.expires_at) > utc_now(),
        col(SignIn.wrong_codes) < MOST_WRONG_CODES,
    )
