"""Somebody in the team is asked whether they take an idea over. Written by `api/`."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from models.tables.columns import INSTANT, created_column, id_column, instant, reference


class OwnerRequest(SQLModel, table=True):
    """It is open until they have answered it, it was withdrawn, or its time is over. An idea has one at a time."""

    __tablename__ = "owner_request"
    __table_args__ = (
        Index(
            "uq_owner_request",
            "idea_id",
            unique=True,
            postgresql_where=text("accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )

    id: str = id_column()
    idea_id: str = reference("idea.id", index=True)
    account_id: str = reference("account.id", index=True)
    """Who is asked."""
    asked_by: str | None = reference("account.id", nullable=True)
    """The owner, or a lead; None once they are erased."""
    created_at: datetime = created_column()
    expires_at: datetime = Field(sa_type=INSTANT, nullable=False)
    accepted_at: datetime | None = instant()
    declined_at: datetime | None = instant()
    withdrawn_at: datetime | None = instant()
