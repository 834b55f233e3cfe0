"""What is on its way in, counted: nobody reads it before its address is confirmed."""

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.tables import Draft
from models.tables.columns import utc_now


async def count_unconfirmed(session: AsyncSession) -> int:
    waiting = (col(Draft.waits_since).is_not(None), Draft.expires_at > utc_now())
    return (await session.exec(select(func.count(col(Draft.id))).where(*waiting))).one()
