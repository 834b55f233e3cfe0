"""What people write over a longer time and hand in, version by version: concept and story. Written by `api/`."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.tables.columns import PackedWords, created_column, id_column, instant, reference
from models.vocabulary import DocumentKind


class Document(SQLModel, table=True):
    """One version of a concept or a story. Once handed in it never changes; the one that is not yet is the draft."""

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("idea_id", "kind", "version", name="uq_document"),)

    id: str = id_column()
    idea_id: str = reference("idea.id")
    kind: str = Field(default=DocumentKind.CONCEPT, max_length=20)
    version: int
    words: dict[str, str] = Field(default_factory=dict, sa_type=PackedWords, nullable=False)
    """Guided field → what it says, see `ConceptField` and `StoryField`."""
    parts: dict[str, Any] = Field(default_factory=dict, sa_type=PackedWords, nullable=False)
    """Of a story: see `models.messages.story.StoryParts`."""
    written_by: dict[str, str] = Field(default_factory=dict, sa_type=JSONB, nullable=False)
    """Field → the window that has written it last, see `api.use_cases.three_way_merge`."""
    digest: str = Field(default="", max_length=64)
    """Of what was handed in."""
    author_id: str | None = reference("account.id", nullable=True)
    """Who has written into it last."""
    created_at: datetime = created_column()
    updated_at: datetime = created_column()
    handed_in_at: datetime | None = instant()
