"""Ideas on their way that their owners show to everybody, each in words of its own."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import created_column, id_column, instant, reference, words_column

LONGEST_TITLE, LONGEST_TEASER = 120, 600


class Opening(SQLModel, table=True):
    """What the public reads of an idea on its way, and nothing else of it. Its owner writes it, and ends it at any
    time; with the idea, or with another owner, it ends by itself."""

    __tablename__ = "opening"
    __table_args__ = (UniqueConstraint("idea_id", name="uq_opening"),)

    id: str = id_column()
    """Its address: that of the idea says nothing to anybody else."""
    idea_id: str = reference("idea.id")
    title: str = words_column(longest=LONGEST_TITLE)
    teaser: str = words_column()
    seeks: str = words_column()
    """Whom or what it looks for."""
    district: str | None = Field(default=None, max_length=20)
    """None where the place is not to be shown."""
    opened_by: str | None = reference("account.id", nullable=True)
    """Who has agreed. Another owner has not."""
    opened_at: datetime = created_column()
    taken_down_at: datetime | None = instant()
    """Since then nobody reads it any more: a lead has decided."""
    reason: str = words_column("")
    """Why; its owner is told."""
