"""Whatever proves somebody is named in one table, and ends where that says so."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import SQLModel, col, select

from activities.credentials import KINDS, NO_PROOF, Fate, Moment, change_of_proof, end_proofs, sign_everybody_out
from activities.upkeep.anonymise import erase_rows
from models.database import Database
from models.tables import (
    AccessToken,
    Account,
    AddressChange,
    Authenticator,
    CalendarAddress,
    Challenge,
    Draft,
    DraftLink,
    Invitation,
    KeptForm,
    Passkey,
    RecoveryCode,
    SessionRow,
    SetUpLink,
    SignIn,
    StaffInvitation,
)
from models.tables.columns import utc_now
from tests.factories import ALMA, BEN, DORA, invite_cast, write_idea

SECRET = frozenset({"hash", "hashes", "secret", "challenge", "public_key", "browsers", "offered"})
"""What the columns of a secret are called, or of its digest; others end in `_hash`."""


def tables_with_secrets() -> set[str]:
    return {
        table.name
        for table in SQLModel.metadata.tables.values()
        if any(column.name in SECRET or column.name.endswith("_hash") for column in table.columns)
    }


def test_every_table_with_a_secret_says_what_becomes_of_it() -> None:
    named = {str(kind.table.__tablename__) for kind in KINDS}
    assert not named & set(NO_PROOF)
    assert tables_with_secrets() == named | set(NO_PROOF)


def test_no_proof_outlives_an_erasure_and_what_comes_back_with_a_backup_is_little() -> None:
    kept = {moment: {kind.table for kind in KINDS if kind.fate_at(moment) is Fate.KEPT} for moment in Moment}
    assert kept[Moment.ERASED] == {SetUpLink}
    assert kept[Moment.RESTORED] == {Authenticator}
    assert kept[Moment.CHANGED] == {Passkey, Authenticator, RecoveryCode, Invitation, StaffInvitation, SetUpLink}


async def furnish(database: Database, account_id: str, email: str) -> None:
    """One proof of each kind, of one person."""
    later, idea = utc_now() + timedelta(days=1), await write_idea(database)
    of: dict[str, Any] = {"account_id": account_id}
    secret: dict[str, Any] = {"expires_at": later, "hash": account_id}
    async with database.transaction() as session:
        draft = Draft(**of, expires_at=later)
        session.add_all(
            [
                draft,
                SessionRow(**of, **secret, method="code"),
                SignIn(**of, browser_hash="b", link_hash=account_id, expires_at=later),
                Challenge(**of, browser_hash="b", challenge=b"c", expires_at=later),
                KeptForm(**of, **secret, sealed=b"s"),
                CalendarAddress(**of, hash=account_id),
                AddressChange(**of, email=f"new.{email}", **secret),
                AccessToken(**of, **secret),
                Passkey(**of, credential_id=account_id.encode(), public_key=b"p"),
                Authenticator(**of, secret="s", confirmed_at=utc_now()),
                RecoveryCode(**of, hash=account_id),
                Invitation(idea_id=idea, email=email, share="observer", hashes=[account_id], expires_at=later),
                StaffInvitation(email=email, role="coach", hashes=[account_id], expires_at=later),
            ]
        )
        await session.flush()
        session.add(DraftLink(draft_id=draft.id, **secret))


async def count(database: Database, account_id: str, email: str) -> dict[str, int]:
    """How many proofs of each kind still open something."""
    found = {}
    async with database.session() as session:
        for kind in KINDS:
            table = kind.table
            of_them = kind.theirs(account_id) if table is not SetUpLink else col(SetUpLink.id).is_not(None)
            if table in (Invitation, StaffInvitation):
                of_them = (col(table.hashes).contains([account_id])) & (col(table.expires_at) > utc_now())
            if table is AccessToken:
                of_them &= col(AccessToken.revoked_at).is_(None)
            found[str(table.__tablename__)] = len((await session.exec(select(table).where(of_them))).all())
    return found


async def _change(database: Database) -> None:
    async with database.transaction() as session:
        await change_of_proof(session, BEN)


async def _erase(database: Database) -> None:
    async with database.transaction() as session:
        await erase_rows(session, await session.get_one(Account, BEN))


async def _restore(database: Database) -> None:
    async with database.transaction() as session:
        await sign_everybody_out(session)


@pytest.mark.parametrize(
    ("moment", "end"), [(Moment.CHANGED, _change), (Moment.ERASED, _erase), (Moment.RESTORED, _restore)]
)
async def test_each_kind_ends_as_the_table_says_and_nobody_elses_does(
    database: Database, moment: Moment, end: Callable[[Database], Awaitable[None]]
) -> None:
    await invite_cast(database)
    people = {BEN: "ben@example.org", DORA: "dora@example.org"}
    for account_id, email in people.items():
        await furnish(database, account_id, email)
    before = {account_id: await count(database, account_id, email) for account_id, email in people.items()}
    assert {name for name, rows in before[BEN].items() if not rows} == {"set_up_link"}
    await end(database)
    after = {account_id: await count(database, account_id, email) for account_id, email in people.items()}
    fates = {str(kind.table.__tablename__): kind.fate_at(moment) for kind in KINDS}
    assert after[BEN] == {name: rows if fates[name] is Fate.KEPT else 0 for name, rows in before[BEN].items()}
    assert after[DORA] == (after[BEN] if moment is Moment.RESTORED else before[DORA])


async def test_the_session_in_which_it_was_proved_goes_on(database: Database) -> None:
    await invite_cast(database)
    async with database.transaction() as session:
        here, there = (
            SessionRow(account_id=ALMA, hash=name, method="code", expires_at=utc_now() + timedelta(hours=1))
            for name in ("here", "there")
        )
        session.add_all([here, there])
        await session.flush()
        await change_of_proof(session, ALMA, but_session=here.id)
        assert (await session.exec(select(SessionRow.hash))).all() == ["here"]
        assert (await session.get_one(Account, ALMA)).proofs_from is not None
        assert (await end_proofs(session, Moment.CHANGED, ALMA))["session"] == 1
