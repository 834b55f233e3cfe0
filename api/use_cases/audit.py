"""The audit log as requests write it: who, in which session, from which network, with which outcome."""

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from activities.audit import DONE, write_audit
from api.use_cases.secret_mails import digest_network
from api.runtime.services import Services
from api.web.cookies import session_of, token_of
from models.vocabulary import AuditEvent


async def audit(
    session: AsyncSession,
    services: Services,
    request: Request,
    event: AuditEvent,
    outcome: str = DONE,
    *,
    account_id: str | None = None,
    subject_id: str | None = None,
    **facts: Any,
) -> None:
    """Append an event that a request has caused. In the transaction of what it tells; the caller commits."""
    row, token = session_of(request), token_of(request)
    by = row.account_id if row is not None else token.account_id if token is not None else None
    if token is not None:
        facts["token"] = token.id
    await write_audit(
        session,
        event,
        outcome,
        account_id=account_id or by,
        session_id=row.id if row is not None else None,
        network_hash=digest_network(services, request),
        subject_id=subject_id,
        **facts,
    )
