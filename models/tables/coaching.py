"""Coaches, the offers made to them, and the places they have."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.tables.columns import UUID_TYPE, created_column, instant, reference, texts, words_column


class CoachProfile(SQLModel, table=True):
    """What a coach can do and when. Written by `api/`; its row is the lock under which places are given."""

    __tablename__ = "coach_profile"
    __table_args__ = (CheckConstraint("capacity >= 0", name="ck_capacity"),)

    account_id: str = reference("account.id", primary_key=True)
    districts: list[str] = texts()
    themes: list[str] = texts()
    languages: list[str] = texts()
    capacity: int = 5
    about: str = words_column("")
    """What they say of themselves to those whom they coach."""
    absent_from: date | None = None
    absent_until: date | None = None
    """The last day of the absence."""
    cover_id: str | None = reference("account.id", nullable=True)
    left_on: date | None = None
    successor_id: str | None = reference("account.id", nullable=True)
    """Who takes their ideas over on that day; nobody: each is searched for."""
    introduced_at: datetime | None = instant()
    """When they went through the first steps of a coach."""
    leaves: int = 0
    """Counts absences and departures, and their ends; the number of one is part of its workflow's id."""
    absence_n: int | None = None
    departure_n: int | None = None
    """The numbers that count. A workflow with another one was called off, and does nothing."""


class Place(SQLModel, table=True):
    """A place of a coach that an idea takes.

    Given by the `coaching` activities under the lock of the coach's profile: at first reserved until a time, then
    confirmed by `record` when the idea has the coach. A reservation that nobody confirms lapses by itself.
    """

    __tablename__ = "place"

    idea_id: str = reference("idea.id", primary_key=True)
    coach_id: str = reference("account.id", primary_key=True, index=True)
    reserved_until: datetime | None = instant()
    """None once confirmed."""


class Offer(SQLModel, table=True):
    """An idea offered to a coach. Written by the `coaching` activities."""

    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("idea_id", "search", "rank", name="uq_offer_rank"),
        Index("ix_offer_coach", "coach_id", "status"),
        Index("uq_offer_open", "idea_id", unique=True, postgresql_where=text("status = 'open'")),
    )

    id: str = Field(primary_key=True, sa_type=UUID_TYPE)
    idea_id: str = reference("idea.id", index=True)
    search: int
    rank: int
    coach_id: str = reference("account.id")
    status: str = Field(default="open", max_length=12)
    reasons: list[str] = texts()
    expires_on: date
    """The last day on which it can be accepted."""
    offered_at: datetime = created_column()
    answered_at: datetime | None = instant()
    decline_reason: str | None = Field(default=None, max_length=20)
    note_id: str | None = Field(default=None, sa_type=UUID_TYPE)
