"""What a lead does with many cases at once: which step, for which cases, and what became of each."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.tables.columns import UUID_TYPE, created_column, id_column, instant, reference, words_column
from models.vocabulary import BulkStatus


class BulkRun(SQLModel, table=True):
    """One step for many cases. It is prepared and looked at first, and carried out once."""

    __tablename__ = "bulk_run"
    __table_args__ = (Index("ix_bulk_run_created", "created_at"),)

    id: str = id_column()
    created_by: str | None = reference("account.id", nullable=True)
    action: str = Field(max_length=12)
    fields: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    """Days, date, coach, outcome: whatever the step needs besides words."""
    reason: str = words_column("")
    """Empty once the run has ended: from then on each case has it as a note of its own, and it goes with its idea."""
    created_at: datetime = created_column()
    checked_at: datetime | None = instant()
    """When the preview was made that is carried out."""
    started_at: datetime | None = instant()
    finished_at: datetime | None = instant()


class BulkItem(SQLModel, table=True):
    """One case of a run. `expected_version` is the one that was looked at: what has moved on since is left alone."""

    __tablename__ = "bulk_item"

    run_id: str = reference("bulk_run.id", primary_key=True)
    case_id: str = Field(primary_key=True, sa_type=UUID_TYPE)
    idea_id: str = reference("idea.id", index=True)
    position: int
    coach_id: str | None = Field(default=None, sa_type=UUID_TYPE)
    """A coach of its own, where the ideas of one go to several."""
    note: str = words_column("")
    """Words of its own; empty once the run has ended."""
    expected_version: int | None = None
    status: str = Field(default=BulkStatus.WAITING, max_length=8)
    event: str | None = Field(default=None, max_length=40)
    code: str | None = Field(default=None, max_length=20)
    """Why it was refused."""
    field: str | None = Field(default=None, max_length=20)
    version: int | None = None
    """The case's version after the step."""
    at: datetime | None = instant()
