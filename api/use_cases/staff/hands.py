"""Whose hand changes somebody, and what is written down of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from activities.audit import DONE, write_audit
from api.use_cases.audit import audit
from api.runtime.services import Services
from models.tables import PersonChange
from models.vocabulary import AuditEvent, PersonChangeKind

NO_FACTS: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Hand:
    """A lead at a page, or the operator at the command line of the installation, who is nobody's account."""

    account_id: str | None = None
    request: Request | None = None


OPERATOR = Hand()


async def note_change(
    session: AsyncSession,
    services: Services,
    hand: Hand,
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
        by_id=hand.account_id,
        kind=kind,
        facts=dict(facts),
        status="proposed" if proposed_until is not None else "done",
        proposed_until=proposed_until,
    )
    session.add(change)
    await session.flush()
    await write_down(session, services, hand, change)
    return change


async def write_down(session: AsyncSession, services: Services, hand: Hand, change: PersonChange) -> None:
    """What has become of a change, for the audit log."""
    outcome = DONE if change.status in ("done", "agreed") else change.status
    told: dict[str, Any] = {"kind": change.kind, "change": change.id, "told": change.facts}
    told |= {"account_id": hand.account_id, "subject_id": change.account_id}
    if hand.request is not None:
        await audit(session, services, hand.request, AuditEvent.PERSON_CHANGED, outcome, **told)
    else:
        await write_audit(session, AuditEvent.PERSON_CHANGED, outcome, **told)
