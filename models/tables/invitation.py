"""Somebody is asked by mail to come into the team of an idea. Written by `api/`, reminded and let go by upkeep."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from models.tables.columns import INSTANT, created_column, holds_address, id_column, instant, reference, texts, utc_now


class Invitation(SQLModel, table=True):
    """It is open until somebody has answered it, it was withdrawn, or its time is over."""

    __tablename__ = "invitation"
    __table_args__ = (
        Index(
            "uq_invitation",
            "idea_id",
            "email",
            unique=True,
            postgresql_where=text("accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL"),
        ),
        Index("ix_invitation_hashes", "hashes", postgresql_using="gin"),
        holds_address("invitation"),
    )

    id: str = id_column()
    idea_id: str = reference("idea.id")
    email: str = Field(max_length=254, index=True)
    """Canonical. Emptied as soon as somebody has joined: then they are known by their account."""
    share: str = Field(max_length=20)
    inviter_id: str | None = reference("account.id", nullable=True)
    hashes: list[str] = texts()
    """SHA-256 of the secrets in the letters that went out: the link in the first counts beside that in the reminder."""
    language: str = Field(default="de", max_length=8)
    created_at: datetime = created_column()
    asked_at: datetime = Field(default_factory=utc_now, sa_type=INSTANT, nullable=False)
    """When its owner has asked last."""
    expires_at: datetime = Field(sa_type=INSTANT, nullable=False, index=True)
    reminded_at: datetime | None = instant()
    accepted_at: datetime | None = instant()
    declined_at: datetime | None = instant()
    withdrawn_at: datetime | None = instant()
