"""What people are told, the mails in which they are told it, how they want it, and the local mailbox."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.tables.columns import (
    INSTANT,
    UUID_TYPE,
    created_column,
    holds_address,
    id_column,
    instant,
    reference,
    utc_now,
)
from models.vocabulary import MailState, Rhythm


class NoticeRow(SQLModel, table=True):
    """One notice to one person. Written with the step it tells of; the key makes a repeat change nothing."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("idea_id", "key", "account_id", name="uq_notice", postgresql_nulls_not_distinct=True),
        Index("ix_notice_new", "idea_id", postgresql_where=text("handed_over_at IS NULL")),
        Index("ix_notice_waiting", "account_id", postgresql_where=text("settled_at IS NULL")),
    )

    id: str = id_column()
    idea_id: str | None = Field(
        default=None, foreign_key="idea.id", sa_type=UUID_TYPE, ondelete="CASCADE", nullable=True
    )
    """None where it is about no single idea: a digest, a mail that failed."""
    key: str = Field(max_length=80)
    """The version, or the offer, that the notice is about."""
    account_id: str = reference("account.id", index=True)
    kind: str = Field(max_length=40)
    version: int | None = None
    """The version of the idea that it tells of, where it is about one."""
    created_at: datetime = created_column()
    not_before: datetime | None = instant()
    """Held back until then: the step it tells of can still be undone."""
    handed_over_at: datetime | None = instant()
    """When the courier told the inbox: of this notice, or of one that takes it along."""
    settled_at: datetime | None = instant()
    """When the inbox was done with it: it went into a mail, or needs none any more."""
    mail_id: str | None = Field(
        default=None, foreign_key="mail.id", sa_type=UUID_TYPE, ondelete="SET NULL", nullable=True, index=True
    )


class MailRow(SQLModel, table=True):
    """One mail with the notices that were gathered into it. Its words are written when it is sent, and kept nowhere."""

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_inbox", "account_id", postgresql_where=text("state IN ('waiting', 'handing_over')")),
        Index("ix_mail_undelivered", "changed_at", postgresql_where=text("state IN ('failed', 'uncertain')")),
    )

    id: str = Field(primary_key=True, sa_type=UUID_TYPE)
    """Its Message-ID too, also when it is sent again."""
    account_id: str = reference("account.id", index=True)
    """Whose inbox it comes from."""
    recipient_id: str = reference("account.id", index=True)
    """Whom it goes to: the same person, or their deputy."""
    state: str = Field(default=MailState.WAITING, max_length=12)
    attempts: int = 0
    """Counted on for ever: an attempt is known by its number, also after somebody had the mail sent again."""
    cause: str | None = Field(default=None, max_length=60)
    """Why the last attempt brought it nowhere: a short word or a reply code, never a server's text."""
    created_at: datetime = created_column()
    tried_since: datetime = created_column()
    """When its attempts began; a mail that is sent again has all its time anew."""
    changed_at: datetime = Field(default_factory=utc_now, sa_type=INSTANT, nullable=False)
    next_attempt_at: datetime | None = instant()
    sent_at: datetime | None = instant()


class NoticeSettings(SQLModel, table=True):
    """When somebody wants their mail, and who gets it while they are away. Who never chose has no row."""

    __tablename__ = "notice_settings"
    __table_args__ = (
        CheckConstraint("deputy_id <> account_id", name="ck_deputy_is_somebody_else"),
        CheckConstraint(
            "(deputy_id IS NULL) = (deputy_from IS NULL) AND (deputy_id IS NULL) = (deputy_until IS NULL)",
            name="ck_deputy_has_days",
        ),
    )

    account_id: str = reference("account.id", primary_key=True)
    turn: str = Field(default=Rhythm.AT_ONCE, max_length=8)
    news: str = Field(default=Rhythm.AT_ONCE, max_length=8)
    talk: str = Field(default=Rhythm.AT_ONCE, max_length=8)
    lead: str = Field(default=Rhythm.AT_ONCE, max_length=8)
    digest: str = Field(default=Rhythm.WEEKLY, max_length=8)
    deputy_id: str | None = Field(default=None, foreign_key="account.id", sa_type=UUID_TYPE, nullable=True)
    deputy_from: date | None = None
    deputy_until: date | None = None
    """The last day of the absence."""
    updated_at: datetime = Field(default_factory=utc_now, sa_type=INSTANT, nullable=False)


class MailboxMessage(SQLModel, table=True):
    """A mail in the local mailbox, which stands in for a mail server where none is configured."""

    __tablename__ = "mailbox_message"
    __table_args__ = (holds_address("mailbox_message", "recipient"),)

    id: str = id_column()
    """The mail's id: the same mail is never put into the box twice."""
    account_id: str | None = Field(
        default=None, foreign_key="account.id", sa_type=UUID_TYPE, index=True, nullable=True, ondelete="CASCADE"
    )
    """None for somebody who has no account."""
    recipient: str = Field(max_length=254)
    subject: str = Field(max_length=200)
    body: str
    html: str = ""
    attachments: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB, nullable=False)
    """Name, media type and content (base64) of each."""
    sent_at: datetime = Field(sa_type=INSTANT, index=True)
