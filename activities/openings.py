"""An idea on its way that is shown to everybody is shown no longer than that."""

from collections.abc import Sequence

from sqlalchemy import delete
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from models.messages.cases import Entry
from models.messages.idea import Standing
from models.tables import Opening


async def end_opening(session: AsyncSession, standing: Standing, _entries: Sequence[Entry] = ()) -> None:
    """The path is over, or somebody else has the idea. Who reopens it is asked anew."""
    await session.exec(delete(Opening).where(col(Opening.idea_id) == standing.idea_id))
