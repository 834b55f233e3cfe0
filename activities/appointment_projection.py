"""What SQL shows of appointments beside their standing: one that was held is a line of the session log."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.projection import FollowUps, Projection, entry_of
from models.messages.appointment import AppointmentStanding
from models.messages.cases import Entry
from models.tables import SessionLogRow, StandingRow, TimelineEntry
from models.tables.standing import acting_coach
from models.vocabulary import Role

HELD = "note_held"


class AppointmentProjection(Projection[AppointmentStanding]):
    """Appointments on PostgreSQL."""

    def follow_ups(self, standing: AppointmentStanding, entries: Sequence[Entry]) -> FollowUps:
        is_held = any(entry.event == HELD for entry in entries)
        return FollowUps(of_entries=[log_held_session] if is_held else [])

    async def follow_rebuilt(
        self, session: AsyncSession, standing: AppointmentStanding, rows: Sequence[TimelineEntry]
    ) -> None:
        await log_held_session(session, standing, [entry_of(row) for row in rows])


async def log_held_session(session: AsyncSession, standing: AppointmentStanding, entries: Sequence[Entry]) -> None:
    """One appointment, one line: it has the appointment's id, so that it is written once, whoever writes it again."""
    for entry in entries:
        if entry.event != HELD:
            continue
        row = insert(SessionLogRow).values(
            id=standing.case_id,
            idea_id=standing.idea_id,
            coach_id=await _find_coach(session, standing.idea_id, entry),
            day=date.fromisoformat(str(entry.facts["day"])),
            minutes=entry.facts["minutes"],
            kind=standing.place,
            note="",
            version=1,
            created_at=entry.at,
        )
        await session.exec(row.on_conflict_do_nothing())


async def _find_coach(session: AsyncSession, idea_id: str, entry: Entry) -> str | None:
    """Whoever has noted it; where a lead has, the coach for whom they did."""
    if entry.actor.role is Role.COACH:
        return entry.actor.account_id
    coach = await session.exec(select(acting_coach()).where(col(StandingRow.case_id) == idea_id))
    return coach.one_or_none() or entry.actor.account_id
