"""What happened in one case beside an idea, with the words that belong to it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.account_names import Named, Person, person
from models.tables import Note, TimelineEntry


@dataclass(frozen=True)
class CaseLine:
    """One version."""

    version: int
    at: datetime
    event: str
    actor_role: str
    actor: Person | None
    moved: bool
    """Whether it came to another state."""
    state: str
    note: str


async def read_case_lines(session: AsyncSession, case_id: str) -> list[CaseLine]:
    """All of it, the latest first."""
    actor = Named(col(TimelineEntry.actor_id))
    columns: list[Any] = [TimelineEntry, Note.body, actor.name]
    statement: Any = select(*columns).outerjoin(Note, col(Note.id) == col(TimelineEntry.note_id))
    statement = actor.join(statement).where(TimelineEntry.case_id == case_id)
    found = (await session.exec(statement.order_by(col(TimelineEntry.version).desc()))).all()
    return [
        CaseLine(
            version=entry.version,
            at=entry.at,
            event=entry.event,
            actor_role=entry.actor_role,
            actor=person(entry.actor_id, name),
            moved=entry.from_state != entry.state or entry.version == 1,
            state=entry.state,
            note=note or "",
        )
        for entry, note, name in found
    ]
