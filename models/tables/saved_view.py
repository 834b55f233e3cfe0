"""Filters of the lead's list under a name, for oneself or for others, and the one that somebody begins with."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.tables.columns import created_column, id_column, instant, reference, words_column
from models.vocabulary import ViewReach


class SavedView(SQLModel, table=True):
    """One view. A deleted one stays for a while, so that it can be brought back."""

    __tablename__ = "saved_view"

    id: str = id_column()
    owner_id: str = reference("account.id", index=True)
    name: str = words_column(longest=80)
    board: bool = False
    """Shown as a board, not as a list."""
    filters: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    """The filters as they stand in the address."""
    reach: str = Field(default=ViewReach.OWN, max_length=8)
    office: str | None = Field(default=None, max_length=40)
    """Whose leads see it, where it is shared with an office."""
    created_at: datetime = created_column()
    deleted_at: datetime | None = instant()


class DefaultView(SQLModel, table=True):
    """The view with which a lead's list begins."""

    __tablename__ = "default_view"

    account_id: str = reference("account.id", primary_key=True)
    view_id: str = reference("saved_view.id", index=True)
