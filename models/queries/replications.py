"""What became of a story elsewhere: for its page as counts and as far as people agreed, for both sides in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.account_names import Named, Person, person
from models.queries.paging import at_most
from models.queries.stories import is_public
from models.rules.replication import Transfer, count_transfer
from models.tables import Document, Idea, Note, PublishedStory, StandingRow, TimelineEntry
from models.vocabulary import StoryField
from models.workflow_ids import REPLICATION

MOST_COPIES = 500

TRIED = ("trying", "reporting", "closed")


@dataclass(frozen=True)
class PublicCopy:
    """An idea that came after a story, and whose own story everybody may read."""

    slug: str
    title: str
    district: str | None


@dataclass(frozen=True)
class Copies:
    """Where a story was tried. Of those without a story of their own, nothing is told but that there are some."""

    transfer: Transfer
    public: Sequence[PublicCopy] = ()

    @property
    def others(self) -> int:
        return max(0, self.transfer.tried - len(self.public))


@dataclass(frozen=True)
class ReplicationLine:
    """One version: what happened, by whom, and the words that belong to it."""

    version: int
    at: datetime
    event: str
    actor_role: str
    actor: Person | None
    moved: bool
    state: str
    note: str


async def read_copies(session: AsyncSession, idea_id: str) -> Copies:
    """Of the story of this idea, in one statement."""
    story = and_(col(PublishedStory.idea_id) == col(Idea.id), is_public())
    title = col(Document.words)[str(StoryField.TITLE)].astext
    columns: list[Any] = [StandingRow, PublishedStory.slug, PublishedStory.district, title]
    tried = select(*columns).join(Idea, col(Idea.id) == col(StandingRow.idea_id))
    tried = tried.outerjoin(PublishedStory, story).outerjoin(Document, col(Document.id) == PublishedStory.document_id)
    tried = tried.where(Idea.after_id == idea_id, StandingRow.kind == REPLICATION, col(StandingRow.state).in_(TRIED))
    found = (await session.exec(tried.order_by(col(Idea.created_at)).limit(at_most(MOST_COPIES)))).all()
    public = [PublicCopy(slug, title or "", district) for _, slug, district, title in found if slug]
    return Copies(count_transfer(row.read().carried for row, *_ in found), public)


async def find_story_of(session: AsyncSession, idea_id: str | None) -> tuple[str, str] | None:
    """Slug and title of the story of an idea, where everybody may read it."""
    if idea_id is None:
        return None
    told: Any = select(PublishedStory.slug, col(Document.words)[str(StoryField.TITLE)].astext)
    told = told.join(Document, col(Document.id) == col(PublishedStory.document_id))
    found = (await session.exec(told.where(PublishedStory.idea_id == idea_id, is_public()))).one_or_none()
    return (found[0], found[1] or "") if found is not None else None


async def read_trail_of(session: AsyncSession, case_id: str) -> list[ReplicationLine]:
    """All that happened, the latest first."""
    actor = Named(col(TimelineEntry.actor_id))
    columns: list[Any] = [TimelineEntry, Note.body, actor.name]
    statement: Any = select(*columns).outerjoin(Note, col(Note.id) == col(TimelineEntry.note_id))
    statement = actor.join(statement).where(TimelineEntry.case_id == case_id)
    found = (await session.exec(statement.order_by(col(TimelineEntry.version).desc()))).all()
    return [
        ReplicationLine(
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
