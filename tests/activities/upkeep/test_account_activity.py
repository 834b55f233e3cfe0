"""An account goes when nothing of theirs is there any more: told by every sign of use, and not by one table."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Column, Uuid
from sqlmodel import SQLModel, select

from activities.upkeep.account_activity import NO_SIGNS, SIGNS, is_in_use
from models.database import Database
from models.tables import (
    AccessToken,
    Account,
    AddressChange,
    Draft,
    ErasureRequest,
    Feedback,
    Invitation,
    NoticeSettings,
    OwnerRequest,
    PersonChange,
    SessionRow,
    SignIn,
    StaffInvitation,
)
from models.tables.columns import new_id
from models.vocabulary import Share
from tests.activities.upkeep.conftest import run_sql
from tests.activities.upkeep.test_retention import retain
from tests.factories import ALMA, BEN, CARLA, DORA, invite_cast, write_idea

NOW = datetime.now(UTC)
TOMORROW, YESTERDAY, LONG_AGO = (NOW + timedelta(days=days) for days in (1, -1, -500))

OTHER_IDS = {
    *("attachment.of_id", "audit_entry.session_id", "bulk_item.coach_id", "mail.subject_id"),
    *("notice.mail_id", "offer.note_id", "standing.duplicate_of", "timeline_entry.note_id"),
}
"""References without a foreign key that name no account, or whom another column names as well."""


def naming_columns() -> Iterator[str]:
    """Every column that may name an account: by its id, by its address, or in a map of ids."""
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if _names_somebody(column):
                yield f"{table.name}.{column.name}"


def _names_somebody(column: Column[Any]) -> bool:
    targets = {key.column.table.name for key in column.foreign_keys}
    if targets:
        return "account" in targets
    if column.name in ("email", "recipient", "team"):
        return True
    is_id = isinstance(column.type, Uuid) and not column.primary_key and column.name not in ("idea_id", "command_id")
    return is_id and f"{column.table.name}.{column.name}" not in OTHER_IDS


def test_of_every_column_that_names_somebody_it_is_said_whether_it_is_a_sign_of_use() -> None:
    assert sorted({*naming_columns()} - {*SIGNS, *NO_SIGNS}) == [], "a sign of use, or not, and why?"
    assert not {*SIGNS} & {*NO_SIGNS}
    known = {f"{table.name}.{column.name}" for table in SQLModel.metadata.sorted_tables for column in table.columns}
    assert {*SIGNS, *NO_SIGNS} <= known
    assert all(NO_SIGNS.values())


def things(account: Account, idea: str) -> dict[str, SQLModel]:
    """Something of each kind that keeps an account; `idea` is somebody else's."""
    mine, email = account.id, account.email
    return {
        "draft": Draft(account_id=mine, expires_at=TOMORROW),
        "draft by address": Draft(email=email, expires_at=TOMORROW),
        "session": SessionRow(hash="h", account_id=mine, method="link", expires_at=TOMORROW),
        "sign-in": SignIn(account_id=mine, browser_hash="h", expires_at=TOMORROW),
        "token": AccessToken(account_id=mine, hash="h", expires_at=TOMORROW),
        "invitation": Invitation(idea_id=idea, email=email, share=Share.OBSERVER, expires_at=TOMORROW),
        "staff invitation": StaffInvitation(email=email, role="coach", expires_at=TOMORROW),
        "another address": AddressChange(account_id=mine, email="neu@example.org", expires_at=TOMORROW),
        "wish to be erased": ErasureRequest(account_id=mine, due_on=date(2026, 12, 1)),
        "message": Feedback(kind="other", body="?", language="de", author_id=mine, due_on=date(2026, 12, 1)),
        "deputy": NoticeSettings(
            account_id=BEN, deputy_id=mine, deputy_from=date(2020, 1, 1), deputy_until=date(2100, 1, 1)
        ),
        "asked to take over": OwnerRequest(idea_id=idea, account_id=mine, asked_by=ALMA, expires_at=TOMORROW),
        "to become staff": PersonChange(account_id=mine, kind="role_added", status="proposed"),
    }


OVER: dict[str, str] = {
    "session": "UPDATE session SET expires_at = :past",
    "sign-in": "UPDATE sign_in SET expires_at = :past",
    "token": "UPDATE access_token SET revoked_at = :past",
    "invitation": "UPDATE invitation SET declined_at = :past",
    "staff invitation": "UPDATE staff_invitation SET expires_at = :past",
    "another address": "UPDATE address_change SET used_at = :past",
    "wish to be erased": "UPDATE erasure_request SET withdrawn_at = :past",
    "message": "UPDATE feedback SET answered_at = :past",
    "deputy": "UPDATE notice_settings SET deputy_until = CAST(:past AS timestamptz)::date",
    "asked to take over": "UPDATE owner_request SET withdrawn_at = :past",
    "to become staff": "UPDATE person_change SET status = 'refused', decided_at = :past",
}
"""How each comes to its end."""


async def uses(database: Database, account_id: str) -> bool:
    async with database.session() as session:
        found = select(Account.id).where(is_in_use(NOW - timedelta(days=365)), Account.id == account_id)
        return (await session.exec(found)).first() is not None


async def settle(database: Database) -> Account:
    """Dora came long ago, and has left nothing here."""
    await invite_cast(database)
    for column in ("created_at", "signed_in_at", "proved_at"):
        await run_sql(database, f"UPDATE account SET {column} = :at WHERE id = :id", at=LONG_AGO, id=DORA)
    async with database.session() as session:
        return await session.get_one(Account, DORA)


@pytest.mark.parametrize("kind", sorted(things(Account(id=DORA, email="dora@example.org", name=""), new_id())))
async def test_each_sign_of_use_keeps_an_account_for_as_long_as_it_lasts(database: Database, kind: str) -> None:
    dora = await settle(database)
    assert not await uses(database, DORA)
    idea = await write_idea(database)
    async with database.transaction() as session:
        session.add(things(dora, idea)[kind])
    assert await uses(database, DORA)
    if kind in OVER:
        await run_sql(database, OVER[kind], past=YESTERDAY)
        assert not await uses(database, DORA)


@pytest.mark.parametrize("column", ["created_at", "signed_in_at", "proved_at"])
async def test_whoever_came_lately_is_no_stranger(database: Database, column: str) -> None:
    await settle(database)
    await run_sql(database, f"UPDATE account SET {column} = :at WHERE id = :id", at=YESTERDAY, id=DORA)
    assert await uses(database, DORA)


@pytest.mark.parametrize("part", ["owner_id", "coach_id", "cover_id", "team"])
async def test_whoever_has_to_do_with_an_idea_stays(database: Database, part: str) -> None:
    await settle(database)
    idea = await write_idea(database)
    value = f"jsonb_build_object('{DORA}', 'observer')" if part == "team" else f"'{DORA}'"
    await run_sql(database, f"UPDATE standing SET {part} = {value} WHERE idea_id = :idea", idea=idea)
    assert await uses(database, DORA)


async def test_staff_are_never_unused(database: Database) -> None:
    await invite_cast(database)
    await run_sql(database, "UPDATE account SET created_at = :at", at=LONG_AGO)
    assert [await uses(database, who) for who in (BEN, CARLA)] == [True, True]


async def test_what_somebody_begins_on_the_night_of_their_last_old_idea_stays_with_them(database: Database) -> None:
    """The night lets go of the idea and looks for unused accounts: the draft of the same day is a use."""
    await settle(database)
    await run_sql(database, "UPDATE account SET created_at = :at WHERE id = :id", at=LONG_AGO, id=ALMA)
    for who in (ALMA, DORA):
        idea = await write_idea(database, owner_id=who)
        await run_sql(
            database,
            "UPDATE standing SET version = 3, outcome = 'declined', state = 'declined', ended_at = :at,"
            " holder_id = NULL, snapshot = '{}' WHERE idea_id = :idea",
            at=LONG_AGO,
            idea=idea,
        )
    draft = Draft(id=new_id(), account_id=ALMA, words={"title": "Neu"}, expires_at=NOW + timedelta(days=90))
    async with database.transaction() as session:
        session.add(draft)
    counts = await retain(database, now=NOW)
    assert (counts.ideas_pseudonymised, counts.accounts_erased, counts.drafts_deleted) == (2, 1, 0)
    async with database.session() as session:
        assert (await session.get_one(Account, ALMA)).erased_at is None
        assert (await session.get_one(Account, DORA)).erased_at is not None, "nothing of hers was left"
        assert (await session.exec(select(Draft))).one().account_id == ALMA
