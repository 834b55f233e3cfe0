"""Who wants to be erased, and by when that has to be done."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.tables import Account, ErasureRequest, StandingRow, is_open_idea


@dataclass(frozen=True)
class ErasureLine:
    """One wish that is open. The address is what the command asks for."""

    account_id: str
    name: str
    email: str
    requested_at: datetime
    due_on: date
    open_ideas: int


async def list_erasure_requests(session: AsyncSession) -> list[ErasureLine]:
    """What is due first stands first. Whoever is erased has had their wish."""
    theirs = (
        select(func.count())
        .select_from(StandingRow)
        .where(col(StandingRow.owner_id) == col(Account.id), is_open_idea())
        .correlate(Account)
        .scalar_subquery()
    )
    found = await session.exec(
        select(Account, ErasureRequest, theirs)
        .join(ErasureRequest, col(ErasureRequest.account_id) == col(Account.id))
        .where(col(ErasureRequest.withdrawn_at).is_(None), col(Account.erased_at).is_(None))
        .order_by(col(ErasureRequest.due_on), col(ErasureRequest.requested_at))
    )
    return [
        ErasureLine(account.id, account.name, account.email, wish.requested_at, wish.due_on, int(count))
        for account, wish, count in found.all()
    ]
