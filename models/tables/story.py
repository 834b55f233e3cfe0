"""The story of an idea as it is published: with what a lead has changed of it, and whether its owner still agrees."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.tables.columns import UUID_TYPE, instant, reference, words_column


class StoryRow(SQLModel, table=True):
    """Written once a lead has changed the owner's words, and when the owner agrees: what is public is what they saw.

    As long as there is no row, or a later story was handed in, the owner's own words count.
    """

    __tablename__ = "story"

    idea_id: str = reference("idea.id", primary_key=True)
    note_id: str | None = Field(default=None, sa_type=UUID_TYPE)
    """The story that was handed in, from which this one was made. No reference: notes can go before."""
    title: str = words_column(longest=200)
    teaser: str = words_column("")
    text: str = words_column("")
    name: str = words_column("", 200)
    """Stands under it; empty where the owner does not want that."""
    edited_by: str | None = Field(default=None, sa_type=UUID_TYPE)
    """Which lead has changed it. No reference: it stays when that person is erased."""
    edited_at: datetime | None = instant()
    agreed_at: datetime | None = instant()
    withdrawn_at: datetime | None = instant()
    """Since then nobody reads it any more: its owner has withdrawn their consent."""
