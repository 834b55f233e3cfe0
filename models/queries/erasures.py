"""What erasures have left to be looked at: places where words of others may still name somebody. Nothing personal."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.messages.upkeep import Place
from models.tables import ErasureRow, Note, RetentionRun

MOST_SHOWN = 50

NOTHING = cast([], JSONB)


@dataclass(frozen=True)
class PlaceLeft:
    """One place, and when the erasure was that has found it."""

    at: datetime
    place: Place


async def list_places_left(session: AsyncSession) -> list[PlaceLeft]:
    """The latest first: of erasures by command and after a restore, and of the nightly ones. Without notes that have
    been taken away since."""
    found: dict[Place, datetime] = {}
    erased = select(ErasureRow.erased_at, ErasureRow.places).where(col(ErasureRow.places) != NOTHING)
    nightly = select(RetentionRun.started_at, RetentionRun.places).where(
        col(RetentionRun.places) != NOTHING, col(RetentionRun.dry_run).is_(False)
    )
    for statement in (erased, nightly):
        for at, places in (await session.exec(statement)).all():
            for one in places:
                place = Place.model_validate(one)
                found[place] = max(at, found.get(place, at))
    notes = [place.key for place in found if place.name == "note"]
    there = select(Note.id).where(col(Note.id).in_(notes), col(Note.redacted_at).is_(None))
    left = {*(await session.exec(there)).all()}
    lines = [PlaceLeft(at, place) for place, at in found.items() if place.name != "note" or place.key in left]
    return sorted(lines, key=lambda one: (one.at, str(one.place)), reverse=True)[:MOST_SHOWN]
