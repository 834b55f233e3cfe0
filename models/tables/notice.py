"""What people are told, and the local mailbox."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.tables.columns import INSTANT, created_column, id_column, instant, reference


class NoticeRow(SQLModel, table=True):
    """One notice to one person. Written with the step it tells of; the key makes a repeat change nothing."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("idea_id", "key", "account_id", name="uq_notice"),
        Index("ix_notice_waiting", "idea_id", postgresql_where=text("sent_at IS NULL")),
    )

    id: str = id_column()
    idea_id: str = reference("idea.id")
    key: str = Field(max_length=80)
    """The version, or the offer, that the notice is about."""
    account_id: str = reference("account.id", index=True)
    kind: str = Field(max_length=20)
    created_at: datetime = created_column()
    sent_at: datetime | None = instant()


class MailboxMessage(SQLModel, table=True):
    """A mail in the local mailbox, which stands in for a mail server where none is configured."""

    __tablename__ = "mailbox_message"

    id: str = id_column()
    """The notice's id: the same notice is never put into the box twice."""
    account_id: str = reference("account.id", index=True)
    recipient: str = Field(max_length=254)
    subject: str = Field(max_length=200)
    body: str
    sent_at: datetime = Field(sa_type=INSTANT, index=True)
