"""The audit log: one line for each event that matters for safety. It holds ids, codes and counts, and no words."""

from typing import Any

import structlog
from sqlalchemy import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from models.tables import AuditEntry
from models.tables.columns import utc_now
from models.telemetry.metrics import AUDITED
from models.vocabulary import AuditEvent

DONE = "done"

log = structlog.get_logger()


async def write_audit(
    session: AsyncSession,
    event: AuditEvent,
    outcome: str = DONE,
    *,
    account_id: str | None = None,
    session_id: str | None = None,
    network_hash: str | None = None,
    subject_id: str | None = None,
    **facts: Any,
) -> None:
    """Append an event. In the transaction of what it tells, so that neither is there without the other.

    `outcome` is `done` or the code of a refusal; `facts` are codes, counts and ids.
    """
    entry = {
        "at": utc_now(),
        "event": event,
        "outcome": outcome,
        "account_id": account_id,
        "session_id": session_id,
        "network_hash": network_hash,
        "subject_id": subject_id,
        "facts": facts,
    }
    await session.exec(insert(AuditEntry).values(entry))
    AUDITED.labels(event, DONE if outcome == DONE else "refused").inc()
    log.info("audit", what=event, outcome=outcome, account=account_id, session=session_id, subject=subject_id)
