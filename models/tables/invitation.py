"""Somebody is asked by mail: into the team of an idea here, to work here in `people`. What both share comes first."""

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ColumnElement, Index, and_, text
from sqlmodel import Field, SQLModel, col

from models.secrets import hash_secret, new_secret
from models.tables.columns import INSTANT, created_column, holds_address, id_column, instant, reference, texts, utc_now

MOST_LINKS = 8
"""Of one invitation that count at once. A mail that is sent again, or tried again, brings a new one."""


class MailedInvitation(SQLModel):
    """An invitation by mail. It is open until somebody has answered it, it was withdrawn, or its time is over."""

    id: str = id_column()
    email: str = Field(max_length=254, index=True)
    """Canonical. Emptied as soon as they are known by an account, or the address is not needed any more."""
    inviter_id: str | None = reference("account.id", nullable=True)
    """None where the command line has invited."""
    hashes: list[str] = texts()
    """SHA-256 of the secrets in the mails that went out: the link in the first counts beside that in the reminder."""
    language: str = Field(default="de", max_length=8)
    created_at: datetime = created_column()
    asked_at: datetime = created_column()
    """When they were asked last."""
    expires_at: datetime = Field(sa_type=INSTANT, nullable=False, index=True)
    accepted_at: datetime | None = instant()
    declined_at: datetime | None = instant()
    withdrawn_at: datetime | None = instant()

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an answer."""
        return not any((self.accepted_at, self.declined_at, self.withdrawn_at)) and self.expires_at > utc_now()

    def ask_for(self, time: timedelta) -> None:
        """Its time begins anew."""
        self.asked_at = utc_now()
        self.expires_at = self.asked_at + time

    def withdraw(self) -> None:
        """Its links lead nowhere from now on, and its address is forgotten."""
        self.withdrawn_at, self.email = utc_now(), ""

    def new_link(self) -> str:
        """Another secret that counts; it is kept as its hash."""
        secret = new_secret()
        self.hashes = [*self.hashes, hash_secret(secret)][-MOST_LINKS:]
        return secret

    @classmethod
    def is_unanswered(cls) -> ColumnElement[bool]:
        """Nobody has answered it, and its time may be over."""
        return and_(col(cls.accepted_at).is_(None), col(cls.declined_at).is_(None), col(cls.withdrawn_at).is_(None))

    @classmethod
    def has_link(cls, secret: str) -> ColumnElement[bool]:
        return col(cls.hashes).contains([hash_secret(secret)])


def invitation_rules(table: str, *unique: str) -> tuple[Index | CheckConstraint, ...]:
    """One invitation waits for an address and what else is `unique`; links are found by their hash."""
    unanswered = text("accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL")
    return (
        Index(f"uq_{table}", *unique, "email", unique=True, postgresql_where=unanswered),
        Index(f"ix_{table}_hashes", "hashes", postgresql_using="gin"),
        holds_address(table),
    )


class Invitation(MailedInvitation, table=True):
    """Somebody is asked into the team of an idea. Written by `api/`, reminded and let go by upkeep."""

    __tablename__ = "invitation"
    __table_args__ = invitation_rules("invitation", "idea_id")

    idea_id: str = reference("idea.id")
    share: str = Field(max_length=20)
    reminded_at: datetime | None = instant()
