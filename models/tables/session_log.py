"""What coaches have talked about with the people behind an idea: when, how, and for how long. Written by `api/`."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from models.tables.columns import created_column, id_column, instant, reference, words_column

LONGEST_MINUTES = 24 * 60


class SessionLogRow(SQLModel, table=True):
    """One session, which coaches and leads see and innovators do not. Minutes stay as evidence, the note does not."""

    __tablename__ = "session_log"
    __table_args__ = (
        CheckConstraint(f"minutes BETWEEN 1 AND {LONGEST_MINUTES}", name="ck_session_minutes"),
        Index("ix_session_log_coach", "coach_id", "day"),
    )

    id: str = id_column()
    idea_id: str = reference("idea.id", index=True)
    coach_id: str = reference("account.id")
    day: date
    minutes: int
    kind: str = Field(max_length=12)
    note: str = words_column("")
    version: int = 1
    """Grows with each correction, so that two of them do not overwrite each other."""
    created_at: datetime = created_column()
    removed_at: datetime | None = instant()
    """Since then it counts no more; for some days it can be brought back."""
