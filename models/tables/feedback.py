"""What people write to us about the platform itself. Each has a day until which somebody answers."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from models.tables.columns import INSTANT, UUID_TYPE, created_column, holds_address, id_column, words_column


class Feedback(SQLModel, table=True):
    """One message. Written by `api/`; the words and the address go with their author, or when their time is over."""

    __tablename__ = "feedback"
    __table_args__ = (holds_address("feedback"),)

    id: str = id_column()
    kind: str = Field(max_length=20)
    body: str = words_column()
    email: str = Field(default="", max_length=254, index=True)
    """Where the answer goes; empty where nobody asks for one."""
    page: str = Field(default="", max_length=200)
    """The path of the page that it is about."""
    language: str = Field(max_length=10)
    author_id: str | None = Field(default=None, foreign_key="account.id", sa_type=UUID_TYPE, nullable=True, index=True)
    created_at: datetime = created_column()
    due_on: date = Field(index=True)
    taken_by: str | None = Field(default=None, foreign_key="account.id", sa_type=UUID_TYPE, nullable=True)
    answered_by: str | None = Field(default=None, foreign_key="account.id", sa_type=UUID_TYPE, nullable=True)
    answered_at: datetime | None = Field(default=None, sa_type=INSTANT, nullable=True, index=True)
