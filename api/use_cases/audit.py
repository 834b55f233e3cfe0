"""The audit log as people cause its entries: who, in which session, from which network, with which outcome."""

from dataclasses import dataclass
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.audit import DONE, write_audit
from models.vocabulary import AuditEvent


@dataclass(frozen=True)
class Caller:
    """Who asks for something, as the audit log keeps it. `network_hash` is comparable and no address.

    The operator at the command line of the installation is nobody's account.
    """

    account_id: str | None = None
    session_id: str | None = None
    token_id: str | None = None
    network_hash: str | None = None


OPERATOR = Caller()


async def audit(
    session: AsyncSession,
    caller: Caller,
    event: AuditEvent,
    outcome: str = DONE,
    *,
    account_id: str | None = None,
    subject_id: str | None = None,
    **facts: Any,
) -> None:
    """Append an event. In the transaction of what it tells; the caller commits."""
    if caller.token_id is not None:
        facts["token"] = caller.token_id
    await write_audit(
        session,
        event,
        outcome,
        account_id=account_id or caller.account_id,
        session_id=caller.session_id,
        network_hash=caller.network_hash,
        subject_id=subject_id,
        **facts,
    )
