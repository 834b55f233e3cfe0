"""An import in the browser: the file, what was chosen for it, how far it has come, its report. Written by `api/`."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.tables.columns import created_column, id_column, instant, reference


class ImportRun(SQLModel, table=True):
    """It is prepared and looked at first, and carried out once. The file goes when it is done, or after a day."""

    __tablename__ = "import_run"
    __table_args__ = (Index("ix_import_run_created", "created_at"),)

    id: str = id_column()
    created_by: str | None = reference("account.id", nullable=True)
    """Who sent the file, and owns the ideas of which the file names no author."""
    file_name: str = Field(max_length=200)
    source: str = Field(max_length=80)
    content: bytes | None = None
    """The file; None again once it is imported, or a day is over."""
    choices: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB, nullable=False)
    """How it is read, and which column is which."""
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB, nullable=False)
    """What the check has found, and what became of the rows."""
    report: bytes | None = None
    """A line for each remark, as a CSV; it goes with the run."""
    created_at: datetime = created_column()
    checked_at: datetime | None = instant()
    """When the preview was made that is carried out."""
    started_at: datetime | None = instant()
    alive_at: datetime | None = instant()
    """When a process was at it last: where that is long ago, another one goes on."""
    finished_at: datetime | None = instant()
