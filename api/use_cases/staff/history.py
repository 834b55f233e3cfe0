"""The history of somebody who works here: a line for each change, and one in the audit log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.audit import DONE
from api.use_cases.audit import Caller, audit
from models.tables import PersonChange
from models.vocabulary import AuditEvent, PersonChangeKind

NO_FACTS: Mapping[str, Any] = {}


async def note_change(
    session: AsyncSession,
    caller: Caller,
    kind: PersonChangeKind,
    account_id: str | None,
    facts: Mapping[str, Any] = NO_FACTS,
    *,
    invitation_id: str | None = None,
    proposed_until: datetime | None = None,
) -> PersonChange:
    """A line in the history of a person and one in the audit log. With `proposed_until` it waits for a second lead."""
    change = PersonChange(
        account_id=account_id,
        invitation_id=invitation_id,
        by_id=caller.account_id,
        kind=kind,
        facts=dict(facts),
        status="proposed" if proposed_until is not None else "done",
        proposed_until=proposed_until,
    )
    session.add(change)
    await session.flush()
    await write_down(session, caller, change)
    return change


async def write_down(session: AsyncSession, caller: Caller, change: PersonChange) -> None:
    """What has become of a change, for the audit log."""
    outcome = DONE if change.status in ("done", "agreed") else change.status
    told: dict[str, Any] = {"kind": change.kind, "change": change.id, "told": change.facts}
    await audit(session, caller, AuditEvent.PERSON_CHANGED, outcome, subject_id=change.account_id, **told)
