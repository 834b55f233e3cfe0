"""Stories of Alma's that everybody reads, and what was begun elsewhere after them."""

from datetime import UTC, datetime
from typing import Any

from sqlmodel import col, select, update

from models.database import Database
from models.tables import Idea, PublishedStory, StandingRow
from models.workflow_ids import REPLICATION, case_id
from tests.factories import DORA, show_picture, write_idea, write_story
from tests.replications import begin

RECIPE = {
    "problem": "Niemand geht mit.",
    "steps": "Fragen\nLosgehen",
    "people": "Zwei je Haus",
    "money": "40 Euro im Monat",
    "went_wrong": "Die Plakate.",
    "easy_language": "Menschen helfen Menschen.",
}
OUTCOME = {"what": "Haushalte", "value": "140", "unit": "im Jahr", "as_of": "2026-05-31", "provenance": "counted"}


async def publish(
    database: Database,
    title: str,
    *,
    words: dict[str, str] | None = None,
    parts: dict[str, Any] | None = None,
    told: dict[str, Any] | None = None,
    picture: dict[str, str] | None = None,
    **idea: Any,
) -> str:
    """Returns the idea's id. `told`: columns of the published row; `picture`: what is said of one that it shows."""
    idea_id = await write_idea(database, title=title, summary="Nachbarn begleiten.", **idea)
    async with database.transaction() as session:
        document = await write_story(session, idea_id, state="published")
        document.words, document.parts = document.words | (words or {}), parts or {}
        if picture is not None:
            await show_picture(session, document, **picture)
        known = {"effort": (parts or {}).get("effort")} | (told or {})
        await session.exec(update(PublishedStory).where(col(PublishedStory.idea_id) == idea_id).values(**known))
    return idea_id


async def slug_of(database: Database, idea_id: str) -> str:
    async with database.session() as session:
        return (await session.exec(select(PublishedStory.slug).where(PublishedStory.idea_id == idea_id))).one()


async def take_down(database: Database, idea_id: str) -> None:
    async with database.transaction() as session:
        gone = update(PublishedStory).where(col(PublishedStory.idea_id) == idea_id)
        await session.exec(gone.values(taken_down_at=datetime.now(UTC), taken_down_by="owner"))


async def copy_elsewhere(database: Database, original_id: str) -> str:
    """Dora tries it; returns her idea."""
    idea_id = await write_idea(database, title="Dasselbe anderswo", owner_id=DORA)
    standing = begin(datetime.now(UTC), idea_id, original_id, DORA, asks=False).standing
    async with database.transaction() as session:
        (await session.get_one(Idea, idea_id)).after_id = original_id
        row = StandingRow(
            case_id=case_id(REPLICATION, idea_id),
            kind=REPLICATION,
            idea_id=idea_id,
            version=1,
            stage=REPLICATION,
            state=standing.state,
            owner_id=DORA,
            office=standing.office,
            entered_at=standing.entered_at,
            last_entry_at=standing.entered_at,
            snapshot=standing.model_dump(mode="json"),
        )
        session.add(row)
    return idea_id
