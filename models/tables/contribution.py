"""What citizens add to stories, and what others report of it. Who wrote it has no account."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import created_column, holds_address, id_column, instant, reference, words_column

LONGEST_CONTRIBUTION = 2000
LONGEST_FIRST_NAME = 60


class Contribution(SQLModel, table=True):
    """The words of one contribution. Where it stands its case says, which begins when the address is proved."""

    __tablename__ = "contribution"
    __table_args__ = (UniqueConstraint("idea_id", "number", name="uq_contribution"), holds_address("contribution"))

    id: str = id_column()
    idea_id: str = reference("idea.id")
    number: int | None = None
    """Which case of the idea; None as long as nobody has proved the address."""
    sort: str = Field(max_length=20)
    body: str = words_column()
    """Empty once its author wants it gone, or its time is over."""
    name: str = words_column("", 60)
    """Stands beside it; empty where its author does not want that."""
    email: str = Field(max_length=254, index=True)
    language: str = Field(max_length=10)
    may_contact: bool = False
    """The team may see the address of what was passed on to it alone; of what it answers, once it has said yes, too."""
    hash: str | None = Field(default=None, max_length=64, unique=True)
    """Of the secret in the latest mail to its author."""
    told: str = Field(default="received", max_length=20)
    """Of which state its author knows."""
    created_at: datetime = created_column()
    expires_at: datetime = instant()
    """Then it goes, if the address is not proved."""
    taken_away_at: datetime | None = instant()
    """Since then nobody reads it any more, whatever its case says: a report was right."""


class ContributionReport(SQLModel, table=True):
    """What somebody holds against a contribution that is shown, and how a lead has decided on it."""

    __tablename__ = "contribution_report"
    __table_args__ = (holds_address("contribution_report"),)

    id: str = id_column()
    contribution_id: str = reference("contribution.id", index=True)
    reason: str = Field(max_length=20)
    body: str = words_column("")
    email: str = Field(default="", max_length=254, index=True)
    """Nobody has proved it. Empty where nobody asks for an answer."""
    language: str = Field(max_length=10)
    created_at: datetime = created_column()
    took_away: bool | None = None
    """None as long as it is not decided."""
    said: str = words_column("")
    """Why it was decided so."""
    decided_at: datetime | None = instant(index=True)
    decided_by: str | None = reference("account.id", nullable=True)
