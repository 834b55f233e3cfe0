"""First steps of a coach and of a lead: that somebody wants to see them no more."""

from sqlalchemy import update
from sqlmodel import col

from api.runtime.services import Services
from models.tables import Account
from models.tables.columns import utc_now


async def hide_first_steps(services: Services, account_id: str) -> None:
    """For good, on every device."""
    hidden = update(Account).where(col(Account.id) == account_id, col(Account.first_steps_over_at).is_(None))
    async with services.database.transaction() as session:
        await session.exec(hidden.values(first_steps_over_at=utc_now()))
