"""How the staff come and go: the first lead's link, invitations of staff, changes of roles and offices."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.tables.columns import (
    INSTANT,
    UUID_TYPE,
    created_column,
    id_column,
    instant,
    words_column,
)
from models.tables.invitation import MailedInvitation, invitation_rules


class SetUpLink(SQLModel, table=True):
    """The link with which an installation gets its first lead. It works once, for a day, as long as there is none."""

    __tablename__ = "set_up_link"

    id: str = id_column()
    hash: str = Field(unique=True, max_length=64)
    created_at: datetime = created_column()
    expires_at: datetime = Field(sa_type=INSTANT)
    used_at: datetime | None = instant()


class StaffInvitation(MailedInvitation, table=True):
    """Somebody is asked to work here as a coach or a lead."""

    __tablename__ = "staff_invitation"
    __table_args__ = invitation_rules("staff_invitation")

    name: str = words_column("", 200)
    """As the lead knows them; they may correct it when they come."""
    role: str = Field(max_length=20)
    office: str | None = Field(default=None, max_length=40)
    greeting: str = words_column("", 1000)
    """A few words of the lead, shown on the page that the link opens, not in the mail: the address is not proved."""


class PersonChange(SQLModel, table=True):
    """Who changed what of somebody among the staff, and when. One that needs a second lead waits for their word."""

    __tablename__ = "person_change"
    __table_args__ = (
        Index("ix_person_change", "account_id", "at"),
        Index("ix_person_change_open", "proposed_until", postgresql_where=text("status = 'proposed'")),
        Index("ix_person_change_invitation", "invitation_id"),
        CheckConstraint("account_id IS NOT NULL OR invitation_id IS NOT NULL", name="ck_person_change_about"),
    )

    id: str = id_column()
    account_id: str | None = Field(
        default=None, foreign_key="account.id", sa_type=UUID_TYPE, ondelete="CASCADE", nullable=True
    )
    """Whom it is about; None for who was invited and has not come yet."""
    invitation_id: str | None = Field(
        default=None, foreign_key="staff_invitation.id", sa_type=UUID_TYPE, ondelete="CASCADE", nullable=True
    )
    """With which they were asked."""
    by_id: str | None = Field(default=None, sa_type=UUID_TYPE)
    """Who did it; None for the command line. No reference: it stays when that person is erased."""
    kind: str = Field(max_length=20)
    """See `PersonChangeKind`."""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    """Roles, offices, dates. No words."""
    status: str = Field(default="done", max_length=10)
    """`done`, or where a second lead is asked: `proposed`, `agreed` (and done), `refused`, `withdrawn`."""
    at: datetime = created_column()
    proposed_until: datetime | None = instant()
    decided_by_id: str | None = Field(default=None, sa_type=UUID_TYPE)
    decided_at: datetime | None = instant()
