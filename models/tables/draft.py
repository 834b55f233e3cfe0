"""Ideas on their way in, and the links by which they are resumed elsewhere. Written by `api/`, let go by retention."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.tables.columns import (
    INSTANT,
    JSONB_OR_NULL,
    UUID_TYPE,
    PackedWords,
    created_column,
    holds_address,
    id_column,
    instant,
    reference,
    texts,
    utc_now,
    words_column,
)


class Draft(SQLModel, table=True):
    """What somebody has begun to hand in. It belongs to an account, or to the browsers that hold its secret."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("source", "source_ref", name="uq_draft_source"), holds_address("draft"))

    id: str = id_column()
    account_id: str | None = Field(
        default=None, foreign_key="account.id", sa_type=UUID_TYPE, ondelete="CASCADE", nullable=True, index=True
    )
    browsers: list[str] = texts()
    """SHA-256 of the secret in each browser that may open it."""
    words: dict[str, Any] = Field(default_factory=dict, sa_type=PackedWords, nullable=False)
    """As they were typed, checked only when they are sent; empty again once the idea's path has begun."""
    written_by: dict[str, str] = Field(default_factory=dict, sa_type=JSONB, nullable=False)
    """Field → the window that has written it last, so that no window is held up by what it has sent itself."""
    name: str = words_column("", 200)
    email: str | None = Field(default=None, max_length=254, index=True)
    """Canonical; None until somebody has told us a whole one."""
    language: str = Field(default="de", max_length=8)
    source: str | None = Field(default=None, max_length=80)
    """Where a draft comes from that nobody has typed here: a table, or a program. With `source_ref` it comes once. One
    with an address is its author's, whom a mail tells of it."""
    source_ref: str | None = Field(default=None, max_length=200)
    written_on: date | None = None
    """The day on which it was written there."""
    invited_at: datetime | None = instant()
    """When a mail went to the author of an imported one."""
    created_at: datetime = created_column()
    updated_at: datetime = Field(default_factory=utc_now, sa_type=INSTANT, nullable=False)
    expires_at: datetime = Field(sa_type=INSTANT, nullable=False, index=True)
    warned_at: datetime | None = instant()
    alike: dict[str, Any] | None = Field(default=None, sa_type=JSONB_OR_NULL)
    """How many ideas go in the same direction as its title, counted once for each title: `of` is the title's digest."""
    waits_since: datetime | None = instant(index=True)
    """Since then it is handed in, and waits until somebody has proved the address. Nobody here reads it before."""
    after_id: str | None = Field(default=None, foreign_key="idea.id", sa_type=UUID_TYPE, ondelete="SET NULL")
    taken_in: dict[str, Any] | None = Field(default=None, sa_type=JSONB_OR_NULL)
    """Both as of the idea that it becomes, see there."""
    idea_id: str | None = Field(
        default=None, foreign_key="idea.id", sa_type=UUID_TYPE, ondelete="CASCADE", nullable=True, index=True
    )
    """The idea that it has become, under the same id. From then on nobody changes it; until the idea's path has begun,
    nothing else tells of it."""
    sent_at: datetime | None = instant()
    """When the idea's path had begun, or an imported draft was thrown away."""


class DraftLink(SQLModel, table=True):
    """A link by which a draft is opened in another browser, once. Only the hash of its secret is kept."""

    __tablename__ = "draft_link"
    __table_args__ = (holds_address("draft_link"),)

    id: str = id_column()
    draft_id: str = reference("draft.id", index=True)
    email: str = Field(default="", max_length=254)
    """The address that it confirms, and hands the idea in; empty where it opens the draft to be written on."""
    hash: str | None = Field(default=None, unique=True, max_length=64)
    """None until the mail is written that carries it."""
    created_at: datetime = created_column()
    expires_at: datetime = Field(sa_type=INSTANT, nullable=False)
    used_at: datetime | None = instant()
