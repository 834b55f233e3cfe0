"""What became of a story elsewhere: as counts, and as far as people agreed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.paging import at_most
from models.queries.stories import TRIED, is_public
from models.rules.replication import Transfer, count_transfer
from models.tables import Document, Idea, PublishedStory, StandingRow
from models.vocabulary import StoryField
from models.workflow_ids import REPLICATION

MOST_COPIES = 500


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
