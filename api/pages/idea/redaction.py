"""Taking a note away from the page of an idea: it is shown once more, then it has no words. Leads alone."""

from uuid import UUID

from fastapi import Response
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.upkeep.redaction import redact_place
from api.pages.kit.page import LeadPage
from api.pages.kit.rendering import see_other
from api.pages.kit.visitors import Member
from api.use_cases.audit import audit
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.messages.upkeep import Place
from models.queries.account_names import read_names
from models.tables import Note, StandingRow, TimelineEntry
from models.vocabulary import AuditEvent

router = page_router(prefix="/ideen/{idea_id}/notizen/{note_id}")


@router.get("/entfernen")
async def look(page: LeadPage, idea_id: UUID, note_id: UUID) -> Response:
    """What will go, in whole."""
    speaker = page.speaker
    async with page.services.database.reading() as session:
        note = await find_note(session, page.visitor, str(idea_id), str(note_id))
        names = await read_names(session, {note.author_id} if note.author_id else set())
    return page.render(
        "ideas/redact.html",
        note=note,
        author=speaker.name(names.get(note.author_id or "")),
        at=speaker.t.instant(note.created_at, speaker.zone),
    )


@router.post("/entfernen")
async def take_away(page: LeadPage, idea_id: UUID, note_id: UUID) -> Response:
    place = Place(name="note", key=str(note_id), idea_id=str(idea_id))
    async with page.services.database.transaction() as session:
        await find_note(session, page.visitor, str(idea_id), str(note_id))
        await redact_place(session, place, page.visitor.id)
        await audit(session, page.caller, AuditEvent.REDACTION, subject_id=place.key, kind=place.name)
    return see_other(f"/ideen/{idea_id}", meldung="note_redacted")


async def find_note(session: AsyncSession, member: Member, idea_id: str, note_id: str) -> Note:
    """One that was said in a step of the idea, and still has words. Nobody takes away what was said of their own idea.

    Raises ProblemError.
    """
    said = select(TimelineEntry.version).where(TimelineEntry.case_id == idea_id, TimelineEntry.note_id == note_id)
    note = await session.get(Note, note_id)
    if note is None or note.redacted_at is not None or (await session.exec(said.limit(1))).first() is None:
        raise ProblemError(404, "not_found")
    row = await session.get_one(StandingRow, idea_id)
    if member.id == row.owner_id or member.id in row.team:
        raise ProblemError(403, "forbidden")
    return note
