"""Erasing a person: their open cases are ended properly, their words and addresses go, the steps stay without a name.

What was erased is remembered by an HMAC, in SQL and in a file beside the backups, so that a restored backup can be
erased again.
"""

import asyncio
import hashlib
import hmac
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.audit import write_audit
from activities.staff_changes import hold_people
from activities.upkeep.anonymise import erase_person, hold_mails, lock_subject
from activities.upkeep.close_cases import CannotErase, refuse_last_lead
from models.database import Database, is_deadlock
from models.messages.upkeep import Erasure, ErasureCounts, Place
from models.queries.account_names import find_by_address
from models.tables import Account, ErasureRow
from models.tables.columns import new_id
from models.vocabulary import AuditEvent

LIST_NAME = "erasures.jsonl"
"""The list in the var folder. It is not part of a backup: it has to survive one."""

MAIL_LOOKS = 60
MAIL_PAUSE_SECONDS = 0.5
"""How often, and in which rhythm, to look whether a mail that is being handed over has arrived."""


async def find_account(session: AsyncSession, email: str) -> Account:
    """Raises CannotErase."""
    account = await find_by_address(session, email)
    if account is None:
        raise CannotErase("There is no account with this address. Erased accounts have none any more.")
    return account


async def erase(
    database: Database,
    account_id: str,
    key: str,
    erased_at: datetime,
    list_path: Path,
    *,
    replace_names: bool = False,
) -> tuple[ErasureCounts, list[Place]]:
    """Erase one account whose open cases have ended, and remember that: in the list first, then in SQL. Returns what
    went, and the places where others still name them.

    Raises CannotErase where a mail of theirs stays under way, and where nobody would be left to lead.
    """
    for _ in range(MAIL_LOOKS):
        with _giving_way():
            async with database.session() as session:
                await hold_people(session)
                account = await lock_subject(session, account_id)
                await refuse_last_lead(session, account)
                if await hold_mails(session, account_id):
                    fingerprint = fingerprint_of(account.email, key)
                    erasure = Erasure(account_id=account_id, fingerprint=fingerprint, erased_at=erased_at)
                    counts, places = await erase_person(session, account, replace_names=replace_names)
                    await remember_erasure(session, erasure, counts, places)
                    append_erasure(list_path, erasure)
                    await session.commit()
                    return counts, places
        await asyncio.sleep(MAIL_PAUSE_SECONDS)
    raise CannotErase("A mail to them, or about their ideas, is with the mail server just now. Run this again later.")


async def count_erasure(
    database: Database, account_id: str, *, replace_names: bool = False
) -> tuple[ErasureCounts, list[Place]]:
    """What an erasure would do, by doing it and taking it back."""
    while True:
        with _giving_way():
            async with database.session() as session:
                account = await session.get_one(Account, account_id)
                found = await erase_person(session, account, replace_names=replace_names)
                await session.rollback()
            return found


@contextmanager
def _giving_way() -> Iterator[None]:
    """Whoever prepares a mail to them meanwhile holds their account and wants their notices, and we the other way
    round. The mail goes first; nothing of ours has remained."""
    try:
        yield
    except OperationalError as error:
        if not is_deadlock(error):
            raise


async def remember_erasure(
    session: AsyncSession, erasure: Erasure, counts: ErasureCounts, places: Sequence[Place]
) -> None:
    values = {"id": new_id(), **erasure.model_dump(), "counts": counts.model_dump()}
    await session.exec(insert(ErasureRow).values({**values, "places": [place.model_dump() for place in places]}))
    await write_audit(session, AuditEvent.ERASURE, subject_id=erasure.account_id, places=len(places))


def fingerprint_of(email: str, key: str) -> str:
    """The HMAC by which a canonical address is found again; without the key it tells nothing."""
    return hmac.new(key.encode(), f"erasure/{email}".encode(), hashlib.sha256).hexdigest()


# -- after a restore -------------------------------------------------------------------------------------------


def append_erasure(path: Path, erasure: Erasure) -> None:
    """Note an erasure in the list outside the database, before it is committed: better once too often than lost."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
        file.write(erasure.model_dump_json() + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_erasures(path: Path) -> list[Erasure]:
    """The list outside the database; empty where there is none."""
    if not path.exists():
        return []
    return [Erasure.model_validate_json(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


async def list_erasures(session: AsyncSession) -> list[Erasure]:
    """What the database knows of erasures, the earliest first."""
    rows = (await session.exec(select(ErasureRow).order_by(col(ErasureRow.erased_at)))).all()
    return [Erasure(account_id=row.account_id, fingerprint=row.fingerprint, erased_at=row.erased_at) for row in rows]


async def replay_erasures(database: Database, key: str, erasures: Iterable[Erasure]) -> int:
    """Erase again whom a restored database has brought back; returns how many. Safe to repeat.

    `erasures` are those of the list and of the database as it was before the restore; those of the restored one are
    known already. Open cases that came back lose their words at once and are ended by the nightly retention.
    """
    count = 0
    async with database.transaction() as session:
        known = {erasure.account_id: erasure for erasure in await list_erasures(session)}
        there = (await session.exec(select(Account).where(col(Account.erased_at).is_(None)))).all()
        for erasure in {**{erasure.account_id: erasure for erasure in erasures}, **known}.values():
            counts, places = ErasureCounts(), list[Place]()
            for account in _find_returned(there, erasure, key):
                counts, places = await erase_person(session, account)
                count += 1
            if erasure.account_id not in known:
                await remember_erasure(session, erasure, counts, places)
            elif places:
                again = update(ErasureRow).where(col(ErasureRow.account_id) == erasure.account_id)
                await session.exec(again.values(places=[place.model_dump() for place in places]))
    return count


def _find_returned(there: Iterable[Account], erasure: Erasure, key: str) -> list[Account]:
    """By id, or by address where the account is older than its erasure: who came anew later is somebody else."""
    return [
        account
        for account in there
        if account.erased_at is None
        and account.created_at <= erasure.erased_at
        and (account.id == erasure.account_id or fingerprint_of(account.email, key) == erasure.fingerprint)
    ]
