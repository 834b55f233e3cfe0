"""What was asked of an idea's owner."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.tables import Note, TimelineEntry


async def find_last_question(session: AsyncSession, idea_id: str) -> str | None:
    """The words with which the idea was last sent into clarification; None where none were written."""
    asked = (
        select(Note.body)
        .join(TimelineEntry, col(TimelineEntry.note_id) == col(Note.id))
        .where(TimelineEntry.case_id == idea_id, TimelineEntry.event == "request_clarification")
        .order_by(col(TimelineEntry.version).desc())
        .limit(1)
    )
    return (await session.exec(asked)).first()
