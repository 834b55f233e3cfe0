"""Mails on their way to people, and the local mailbox."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.tables.columns import INSTANT, UUID_TYPE, created_column, holds_address, id_column, instant, utc_now
from models.vocabulary import MailChannel, MailState


def _account() -> Any:
    """Somebody whose mails go with them; None for an address that is nobody's account."""
    return Field(
        default=None, foreign_key="account.id", sa_type=UUID_TYPE, index=True, nullable=True, ondelete="CASCADE"
    )


class MailRow(SQLModel, table=True):
    """One mail: with the notices that were gathered into it, or a secret mail. Its words are written when it is sent,
    and kept nowhere."""

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint(
            "CASE WHEN secret_kind IS NULL THEN account_id IS NOT NULL AND recipient_id IS NOT NULL"
            " ELSE address_hash IS NOT NULL AND expires_at IS NOT NULL END",
            name="ck_mail_sort",
        ),
        holds_address("mail"),
        Index("ix_mail_inbox", "account_id", postgresql_where=text("state IN ('waiting', 'handing_over')")),
        Index("ix_mail_undelivered", "changed_at", postgresql_where=text("state IN ('failed', 'uncertain')")),
        Index("ix_mail_subject", "subject_id", postgresql_where=text("subject_id IS NOT NULL")),
        Index("ix_mail_to", "address_hash", "created_at", postgresql_where=text("address_hash IS NOT NULL")),
        Index("ix_mail_letter", "sent_at", postgresql_where=text("channel = 'letter'")),
        Index("ix_mail_to_pass_on", "sent_at", postgresql_where=text("channel = 'letter' AND passed_on_at IS NULL")),
        Index("ix_mail_unproved", "created_at", postgresql_where=text("to_unproved")),
    )

    id: str = id_column()
    """Its Message-ID too, also when it is sent again."""
    account_id: str | None = _account()
    """Whose inbox it comes from, or whose secret mail it is."""
    recipient_id: str | None = _account()
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

    channel: str = Field(default=MailChannel.MAIL, max_length=8)
    """How it reaches its reader: at their own address, or passed on by whoever reads the address for them."""
    passed_on_at: datetime | None = instant()
    passed_on_by: str | None = Field(default=None, sa_type=UUID_TYPE)
    """Who has passed it on. No reference: it stays when that person is erased."""

    # -- of secret mails alone --

    secret_kind: str | None = Field(default=None, max_length=20)
    """Who writes it, see `SecretMailKind`; None for a mail of notices."""
    email: str = Field(default="", max_length=254)
    """Emptied when the mail is done with."""
    address_hash: str | None = Field(default=None, max_length=64)
    """Keyed: how many mails went to one address can be counted, and the address is not in it."""
    network_hash: str | None = Field(default=None, max_length=64)
    """Keyed: where it was asked for; None where nobody asked."""
    to_unproved: bool = False
    """Nobody had proved the address when it was written."""
    subject_id: str | None = Field(default=None, sa_type=UUID_TYPE)
    """What it is about; its kind knows which table that is in."""
    language: str = Field(default="", max_length=8)
    """A mail of notices speaks the language of its reader."""
    expires_at: datetime | None = instant(index=True)
    """Its secret is of no use after that, and so is the mail."""


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
