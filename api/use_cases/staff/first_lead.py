"""The first lead: a link that whoever has installed the platform sees on their screen, and nobody else.

It works once, for a day, and only as long as nobody leads. Until then the platform takes no ideas: nobody would read
them.
"""

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta

import structlog
from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.credentials import change_of_proof
from activities.staff_changes import hold_people
from api.runtime.services import Services
from api.use_cases.audit import Caller
from api.use_cases.staff.history import note_change
from models.queries.staff import find_leads
from models.secrets import hash_secret, new_secret
from models.tables import Account, SetUpLink
from models.tables.columns import new_id, utc_now
from models.vocabulary import PersonChangeKind, Role

LASTS = timedelta(days=1)
LOOK_AGAIN_SECONDS = 5

log = structlog.get_logger()


class NoSetUp(Exception):
    """The link leads nowhere: it was used or is too old, or somebody leads by now."""


class Unfit(Exception):
    """The account of this address was blocked: the first lead is somebody else."""


async def open_set_up(services: Services) -> str | None:
    """The address of a new link; None where somebody leads. Several may be open: each process that starts makes one."""
    secret = new_secret()
    async with services.database.transaction() as session:
        await hold_people(session)
        if await find_leads(session):
            return None
        await session.exec(delete(SetUpLink).where(col(SetUpLink.expires_at) <= utc_now()))
        session.add(SetUpLink(hash=hash_secret(secret), expires_at=utc_now() + LASTS))
    return f"{services.settings.base_url}/einrichten/{secret}"


async def announce_set_up(services: Services) -> None:
    """Print the link on standard output, as soon as the database answers; nothing where somebody leads."""
    while True:
        try:
            address = await open_set_up(services)
            break
        except Exception as error:
            log.info("no link for a first lead yet", error=type(error).__name__)
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
    if address is not None:
        sys.stdout.write(tell_set_up(address) + "\n")
        sys.stdout.flush()


def tell_set_up(address: str) -> str:
    return f"Nobody leads yet. Become the first lead here (works once, for 24 hours): {address}"


async def find_set_up(session: AsyncSession, secret: str) -> SetUpLink:
    """Look without using it. Raises NoSetUp."""
    those = select(SetUpLink).where(
        SetUpLink.hash == hash_secret(secret), col(SetUpLink.used_at).is_(None), SetUpLink.expires_at > utc_now()
    )
    link = (await session.exec(those)).one_or_none()
    if link is None or await find_leads(session):
        raise NoSetUp
    return link


async def become_first_lead(
    services: Services, secret: str, email: str, name: str, office: str | None, language: str, caller: Caller
) -> Account:
    """Make the first lead, of a new account or of the one that has the address. All links end with it.

    Two at once make one. Raises NoSetUp, Unfit.
    """
    async with services.database.transaction() as session:
        await hold_people(session)
        await find_set_up(session, secret)
        account = (await session.exec(select(Account).where(Account.email == email))).one_or_none()
        if account is None:
            account = Account(id=new_id(), email=email, name=name, language=language)
        elif account.blocked_at is not None:
            raise Unfit
        else:
            await change_of_proof(session, account.id)
        account.name, account.office = name, office
        account.roles = [*(role for role in account.roles if role != Role.LEAD), str(Role.LEAD)]
        session.add(account)
        await session.flush()
        await session.exec(delete(SetUpLink))
        facts = {"role": str(Role.LEAD), "office": office, "first": True}
        await note_change(session, replace(caller, account_id=account.id), PersonChangeKind.CAME, account.id, facts)
    return account
