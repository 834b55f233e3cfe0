"""Files that people attach to an idea, to what they say, to a document. Written by `api/`."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.tables.columns import UUID_TYPE, created_column, reference, words_column
from models.tables.crowdfunding import BYTES


class Attachment(SQLModel, table=True):
    """One file, as it was kept once it was looked through. What it belongs to says who may have it.

    Its id derives from what it belongs to and what is in it: sent twice, it is one.
    """

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_of", "of_kind", "of_id"),)

    id: str = Field(primary_key=True, sa_type=UUID_TYPE)
    idea_id: str = reference("idea.id", index=True)
    of_kind: str = Field(max_length=12)
    of_id: str = Field(sa_type=UUID_TYPE)
    """Of the idea, the note or the document. No reference: notes are written beside it, and can go before."""
    name: str = words_column(longest=200)
    media_type: str = Field(max_length=100)
    size: int
    digest: str = Field(max_length=64)
    content: bytes = Field(sa_type=BYTES)
    uploaded_by: str | None = reference("account.id", nullable=True)
    created_at: datetime = created_column()
