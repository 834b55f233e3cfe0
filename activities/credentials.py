"""Credentials, taken together: what lets somebody in, or acts in their name, and what becomes of it.

One table says it for every kind. A change of who somebody is, an erasure and a restore all work by it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Delete, Update, delete, false, func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.tables import (
    AccessToken,
    Account,
    AddressChange,
    Authenticator,
    CalendarAddress,
    Challenge,
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
from models.tables.draft import Draft


class Fate(StrEnum):
    """What becomes of a proof."""

    KEPT = "kept"
    DELETED = "deleted"
    REVOKED = "revoked"
    """It stays as a record."""
    OVER = "over"
    """It is shown as over, so that whoever is still wanted is asked again, and no link leads to it."""


class Moment(StrEnum):
    """What makes proofs end."""

    CHANGED = "changed"
    """Another address, another role, blocked, gone, signed out everywhere."""
    ERASED = "erased"
    RESTORED = "restored"
    """The data are those of a backup: what was ended or used since it was made must not come back with it."""


@dataclass(frozen=True)
class Kind:
    """A table that proves somebody, and its fate at each moment."""

    table: Any
    theirs: Callable[[str], ColumnElement[bool]]
    """Which rows are of an account."""
    changed: Fate
    erased: Fate
    restored: Fate

    def fate_at(self, moment: Moment) -> Fate:
        fate: Fate = getattr(self, moment)
        return fate


def _of(table: Any) -> Callable[[str], ColumnElement[bool]]:
    def theirs(account_id: str) -> ColumnElement[bool]:
        return col(table.account_id) == account_id

    return theirs


def _to(table: Any) -> Callable[[str], ColumnElement[bool]]:
    def theirs(account_id: str) -> ColumnElement[bool]:
        address = select(Account.email).where(Account.id == account_id).scalar_subquery()
        return col(table.email) == address

    return theirs


def _of_their_drafts(account_id: str) -> ColumnElement[bool]:
    return col(DraftLink.draft_id).in_(select(Draft.id).where(Draft.account_id == account_id))


def _of_nobody(_account_id: str) -> ColumnElement[bool]:
    return false()


KEPT, DELETED, REVOKED, OVER = Fate.KEPT, Fate.DELETED, Fate.REVOKED, Fate.OVER

KINDS: tuple[Kind, ...] = (
    #                                                        changed  erased   restored
    Kind(SessionRow, _of(SessionRow), DELETED, DELETED, DELETED),
    Kind(SignIn, _of(SignIn), DELETED, DELETED, DELETED),
    Kind(Challenge, _of(Challenge), DELETED, DELETED, DELETED),
    # It opens nothing, and holds words that the one who comes in with another proof may not have written.
    Kind(KeptForm, _of(KeptForm), DELETED, DELETED, DELETED),
    Kind(CalendarAddress, _of(CalendarAddress), DELETED, DELETED, DELETED),
    Kind(AddressChange, _of(AddressChange), DELETED, DELETED, DELETED),
    Kind(DraftLink, _of_their_drafts, DELETED, DELETED, DELETED),
    Kind(AccessToken, _of(AccessToken), REVOKED, DELETED, REVOKED),
    # Whoever has it in their hand is the same person with another address or role. From a backup, one that was lost and
    # removed since would open everything again: mail does until there is a new one.
    Kind(Passkey, _of(Passkey), KEPT, DELETED, DELETED),
    # It opens nothing by itself. Taken away at a restore, the mail alone would open the accounts of the staff.
    Kind(Authenticator, _of(Authenticator), KEPT, DELETED, KEPT),
    # Those that were used since the backup would count again.
    Kind(RecoveryCode, _of(RecoveryCode), KEPT, DELETED, DELETED),
    # It asks an address, whoever has that. It may have been withdrawn or answered since a backup.
    Kind(Invitation, _to(Invitation), KEPT, DELETED, OVER),
    Kind(StaffInvitation, _to(StaffInvitation), KEPT, DELETED, OVER),
    # Where there is no lead yet, the start prints another one.
    Kind(SetUpLink, _of_nobody, KEPT, KEPT, DELETED),
)

NO_PROOF: dict[str, str] = {
    "audit_entry": "the digest of a network",
    "contribution": "the secret of its author, who has no account and may read and delete these words alone",
    "mail": "the digest of an address; the secret of a secret mail belongs to what it is about",
    "draft": "the browsers that may open a draft: it opens no account",
}
"""Tables with digests that prove nobody, and of what these are. A test asks for each new table with a secret."""


async def change_of_proof(session: AsyncSession, account_id: str, *, but_session: str | None = None) -> None:
    """End whatever was issued to somebody on an earlier proof. The one mechanism for whatever changes who somebody is
    here, or takes them out.

    `but_session` is the session in which they have just proved who they are. The caller commits.
    """
    await end_proofs(session, Moment.CHANGED, account_id, but_session=but_session)
    await session.exec(update(Account).where(col(Account.id) == account_id).values(proofs_from=utc_now()))


async def sign_everybody_out(session: AsyncSession) -> None:
    """After a restore: what was ended or revoked since the backup was made must not come back with it."""
    await end_proofs(session, Moment.RESTORED)
    await session.exec(update(Account).values(proofs_from=utc_now()))


async def end_proofs(
    session: AsyncSession, moment: Moment, account_id: str | None = None, *, but_session: str | None = None
) -> Counter[str]:
    """Do with the proofs of an account, or with all, what their kinds say; returns how many rows of which table."""
    counts = Counter[str]()
    for kind in KINDS:
        statement = _end(kind.table, kind.fate_at(moment))
        if statement is None:
            continue
        if account_id is not None:
            statement = statement.where(kind.theirs(account_id))
        if kind.table is SessionRow and but_session is not None:
            statement = statement.where(col(SessionRow.id) != but_session)
        done: Any = await session.exec(statement)
        counts[str(kind.table.__tablename__)] += done.rowcount
    return counts


def _end(table: Any, fate: Fate) -> Delete | Update | None:
    match fate:
        case Fate.KEPT:
            return None
        case Fate.DELETED:
            return delete(table)
        case Fate.REVOKED:
            return update(table).where(col(table.revoked_at).is_(None)).values(revoked_at=utc_now())
        case Fate.OVER:
            return update(table).values(hashes=[], expires_at=func.least(col(table.expires_at), utc_now()))
