"""An idea in its owner's words, and the words that belong to its steps. Written by `api/`."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.messages.idea import LONGEST_TASK
from models.tables.columns import (
    JSONB_OR_NULL,
    UUID_TYPE,
    created_column,
    id_column,
    instant,
    reference,
    texts,
    words_column,
)

LONGEST_REFERENCE = 20


class Idea(SQLModel, table=True):
    """What was handed in."""

    __tablename__ = "idea"
    __table_args__ = (
        UniqueConstraint("source", "source_ref", name="uq_idea_source"),
        Index("ix_idea_district", "district"),
        Index("ix_idea_after", "after_id", postgresql_where=text("after_id IS NOT NULL")),
    )

    id: str = id_column()
    owner_id: str = Field(foreign_key="account.id", sa_type=UUID_TYPE, index=True)
    title: str = words_column(longest=200)
    summary: str = words_column("")
    problem: str = words_column("")
    solution: str = words_column("")
    target_group: str = words_column("")
    organisation: str = words_column("", 200)
    """On whose behalf it is handed in; empty where somebody speaks for themselves."""
    district: str | None = Field(default=None, max_length=20)
    themes: list[str] = texts()
    language: str = Field(default="de", max_length=8)
    office: str = Field(max_length=40)
    office_by_hand: bool = False
    """A lead has chosen it; otherwise it follows the district."""
    reference: str | None = Field(default=None, max_length=LONGEST_REFERENCE, unique=True)
    """Its short number, see `models.reference_numbers`; None until its path has begun."""
    source: str | None = Field(default=None, max_length=80)
    """Where an imported idea comes from; with `source_ref` it is imported once."""
    source_ref: str | None = Field(default=None, max_length=200)
    written_on: date | None = None
    """The day on which it was written, where it comes from elsewhere and that is known."""
    after_id: str | None = Field(default=None, foreign_key="idea.id", sa_type=UUID_TYPE, ondelete="SET NULL")
    """The idea whose story has given rise to it."""
    created_at: datetime = created_column()
    updated_at: datetime = created_column()
    read_at: datetime | None = instant()
    """Since then somebody has begun to read it, and it says what it says: noted once, however often it is looked at."""
    changes: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB, nullable=False)
    """Who has changed which of its words since it was handed in: `at`, `by`, `fields`, the latest last."""
    taken_in: dict[str, Any] | None = Field(default=None, sa_type=JSONB_OR_NULL)
    """Of an idea that somebody has told a coach or a lead: who wrote it down (`by`), in which `way` it came, on which
    day they heard the consent (`heard_on`), and whether the office reads the address for the person (`held`)."""
    erased_at: datetime | None = instant()
    """Since then the idea has no words and no owner with a name; its path can still be counted."""


class ReferenceYear(SQLModel, table=True):
    """The last number that was given in a year."""

    __tablename__ = "reference_year"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int


class Note(SQLModel, table=True):
    """Free text that belongs to a step: a reason, a question, an answer, a story, an internal note.

    Its id derives from the command's, so that a repeated command finds the same note.
    """

    __tablename__ = "note"

    id: str = Field(primary_key=True, sa_type=UUID_TYPE)
    idea_id: str = reference("idea.id", index=True)
    author_id: str | None = reference("account.id", nullable=True)
    event: str = Field(max_length=40)
    internal: bool = False
    """Seen by coaches and leads only."""
    body: str = words_column()
    created_at: datetime = created_column()
    redacted_at: datetime | None = instant()
    """Since then it has no words any more; that there were some stays."""
    redacted_by: str | None = Field(default=None, sa_type=UUID_TYPE)
    """Which lead took them away; None for the command line. No reference: it stays when that person is erased."""


class Task(SQLModel, table=True):
    """Something to do, as the plan in force has it; its words come from the note of that plan.

    A question is one as well: its words are those of the message that asks, so it has no title.
    """

    __tablename__ = "task"

    id: str = Field(primary_key=True, sa_type=UUID_TYPE)
    idea_id: str = reference("idea.id", index=True)
    title: str = words_column(longest=LONGEST_TASK)
    asks: bool = False
    internal: bool = False
    """A question among coaches and leads."""
    assignee: str | None = Field(default=None, max_length=20)
    due: date | None = None
    number: int = 0
    """Counted from 0 among those that are open: in the order of the plan."""
    done_at: datetime | None = instant()
    created_at: datetime = created_column()
