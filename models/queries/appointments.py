"""The appointments of one idea, and what was written with them."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Text, bindparam, cast
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.messages.appointment import AppointmentStanding
from models.queries.paging import at_most
from models.tables import Note, StandingRow
from models.workflow_ids import APPOINTMENT

MOST_APPOINTMENTS = 100

WHERE, SAID = aliased(Note), aliased(Note)


@dataclass(frozen=True)
class AppointmentView:
    """One appointment, with where it takes place and why the latest times were turned down."""

    row: StandingRow
    where: str = ""
    said: str = ""

    @property
    def standing(self) -> AppointmentStanding:
        standing: AppointmentStanding = self.row.read()
        return standing


async def list_appointments(session: AsyncSession, idea_id: str) -> list[AppointmentView]:
    """All of an idea, the latest first, in one statement."""
    found = await session.exec(_of_idea(), params={"idea_id": idea_id})
    return [AppointmentView(row, where or "", said or "") for row, where, said in found.all()]


@cache
def _of_idea() -> Any:
    columns: list[Any] = [StandingRow, WHERE.body, SAID.body]
    statement: Any = select(*columns).where(StandingRow.idea_id == bindparam("idea_id"))
    statement = statement.where(StandingRow.kind == APPOINTMENT)
    return join_notes(statement).order_by(col(StandingRow.number).desc()).limit(at_most(MOST_APPOINTMENTS))


def join_notes(statement: Any) -> Any:
    """With the words of an appointment as WHERE and SAID; no other case names any under these names."""

    def note_of(note: Any, name: str) -> Any:
        snapshot: Any = col(StandingRow.snapshot)
        return cast(col(note.id), Text) == snapshot[name].astext

    return statement.outerjoin(WHERE, note_of(WHERE, "where_id")).outerjoin(SAID, note_of(SAID, "said_id"))
