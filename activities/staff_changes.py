"""What changes people in the database: the lock under which it happens, and the line of history that it leaves."""

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.audit import write_audit
from activities.credentials import change_of_proof
from models.tables import Account, PersonChange
from models.vocabulary import AuditEvent, PersonChangeKind, Role

PEOPLE_LOCK = 0x1DEE_0001
"""PostgreSQL's advisory lock for whoever comes, goes or changes roles: one at a time, so leads are counted rightly."""


async def hold_people(session: AsyncSession) -> None:
    """Until the end of the transaction nobody else changes people."""
    await session.exec(text("SELECT pg_advisory_xact_lock(:lock)"), params={"lock": PEOPLE_LOCK})  # type: ignore[call-overload]


def take_role(account: Account, role: Role) -> None:
    """Who works here no more can still hand in ideas, as everybody can."""
    account.roles = [one for one in account.roles if one != role] or [str(Role.INNOVATOR)]


async def retire_coach(session: AsyncSession, account_id: str) -> None:
    """Who has left and has nothing more to do here is a coach no more."""
    await hold_people(session)
    account = await session.get(Account, account_id, with_for_update=True)
    if account is None or Role.COACH not in account.roles:
        return
    take_role(account, Role.COACH)
    await change_of_proof(session, account_id)
    change = PersonChange(
        account_id=account_id, kind=PersonChangeKind.ROLE_TAKEN, facts={"role": "coach", "left": True}
    )
    session.add_all([account, change])
    await write_audit(
        session,
        AuditEvent.PERSON_CHANGED,
        subject_id=account_id,
        kind=change.kind,
        change=change.id,
        told=change.facts,
    )
