"""The audit log as leads read it: who did what that matters for safety, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.account_names import Named, Person, person
from models.queries.paging import at_most
from models.tables import Account, AuditEntry
from models.vocabulary import AuditEvent

DONE = "done"
SHOWN_OF_NETWORK = 6
"""Signs of a network's digest: enough to see that two events came from one, and nothing else."""


@dataclass(frozen=True)
class AuditFilter:
    """Which entries; None: all."""

    person: str | None = None
    """An account's id, or a part of a name, or an address."""
    event: AuditEvent | None = None
    refused: bool | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True)
class AuditLine:
    """One entry. `who` did it, `whom` it was done to, where that is somebody."""

    id: int
    at: datetime
    event: str
    outcome: str
    who: Person | None
    whom: Person | None
    network: str
    facts: dict[str, Any]


async def list_audit(
    session: AsyncSession, wanted: AuditFilter, *, after: int | None = None, limit: int = 100
) -> Sequence[AuditLine]:
    """The newest first. `after`: the id of the last entry that was seen."""
    who, whom = Named(col(AuditEntry.account_id)), Named(col(AuditEntry.subject_id))
    columns: list[Any] = [AuditEntry, who.name, whom.name, whom.account.id]
    statement: Any = whom.join(who.join(select(*columns).select_from(AuditEntry))).where(*_conditions(wanted))
    if after is not None:
        statement = statement.where(col(AuditEntry.id) < after)
    found = await session.exec(statement.order_by(col(AuditEntry.id).desc()).limit(at_most(limit)))
    return [_line(*row) for row in found.all()]


def _line(entry: AuditEntry, who: str | None, whom: str | None, whom_id: str | None) -> AuditLine:
    return AuditLine(
        id=entry.id or 0,
        at=entry.at,
        event=entry.event,
        outcome=entry.outcome,
        who=person(entry.account_id, who),
        whom=person(whom_id, whom),
        network=(entry.network_hash or "")[:SHOWN_OF_NETWORK],
        facts=entry.facts,
    )


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    entry = AuditEntry
    given = {
        "person": wanted.person is not None and _is_about(wanted.person),
        "event": wanted.event is not None and col(entry.event) == wanted.event,
        "refused": wanted.refused is not None
        and (col(entry.outcome) != DONE if wanted.refused else col(entry.outcome) == DONE),
        "since": wanted.since is not None and col(entry.at) >= wanted.since,
        "before": wanted.before is not None and col(entry.at) < wanted.before,
    }
    return [condition for condition in given.values() if not isinstance(condition, bool)]


def _is_about(someone: str) -> ColumnElement[bool]:
    """Done by them, or to them."""
    try:
        ids: Any = [str(UUID(someone))]
    except ValueError:
        named = col(Account.name).icontains(someone, autoescape=True)
        ids = select(Account.id).where(or_(named, col(Account.email) == someone.lower()))
    return or_(col(AuditEntry.account_id).in_(ids), col(AuditEntry.subject_id).in_(ids))
