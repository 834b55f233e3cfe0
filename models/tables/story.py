"""The stories that everybody may read: which revision of each, under which address, and with what beside its words."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.tables.columns import instant, reference, texts, words_column

LONGEST_SLUG = 80


class PublishedStory(SQLModel, table=True):
    """Written with the owner's consent. It alone says what the public sees, whatever becomes of the idea."""

    __tablename__ = "published_story"

    idea_id: str = reference("idea.id", primary_key=True)
    slug: str = Field(max_length=LONGEST_SLUG, unique=True)
    """Its readable address. Once public it never changes."""
    document_id: str = reference("document.id", index=True)
    """The revision that its owner has agreed to."""
    digest: str = Field(max_length=64)
    name: str = words_column("", 200)
    """Stands under it; empty where the owner does not want that."""
    contact: bool = False
    """Its owner wishes to be asked."""
    district: str | None = Field(default=None, max_length=20)
    """None where the place is not to be shown."""
    licence: str | None = Field(default=None, max_length=20)
    """Under which its owner lets others pass its texts on; None where they have granted none."""
    themes: list[str] = texts()
    effort: str | None = Field(default=None, max_length=20)
    published_at: datetime = instant(index=True)
    revised_at: datetime | None = instant()
    taken_down_at: datetime | None = instant()
    """Since then nobody reads it any more."""
    taken_down_by: str | None = Field(default=None, max_length=20)
    """`owner` or `lead`."""
    reason: str = words_column("")
    """Why a lead has taken it down; its owner is told."""


class GoneStory(SQLModel, table=True):
    """The address of a story whose words were erased. It is answered with 410, and given to no other story."""

    __tablename__ = "gone_story"

    digest: str = Field(primary_key=True, max_length=64)
    """SHA-256 of the slug: a title may name somebody, so the slug itself is not kept. Whoever knows the address learns
    no more from it than the answer says."""
    gone_at: datetime = instant()
