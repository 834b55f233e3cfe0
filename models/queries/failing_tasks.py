"""What the engine tries again and again, as the workers have written it down."""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.stuck_causes import STILL
from models.tables import EngineTrouble

MOST_SHOWN = 50


async def list_trouble(session: AsyncSession, now: datetime) -> list[EngineTrouble]:
    """What still fails, what fails longest first. What was not tried for an hour has ended somehow."""
    lately = select(EngineTrouble).where(col(EngineTrouble.last_at) > now - STILL)
    return list((await session.exec(lately.order_by(col(EngineTrouble.since)).limit(MOST_SHOWN))).all())
