"""What people ask of us about their own data: another address, and to be erased. Written by `api/`."""

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from models.tables.columns import INSTANT, UUID_TYPE, created_column, holds_address, id_column, instant, reference


class AddressChange(SQLModel, table=True):
    """Another address that somebody wants, until a link that was sent there proves that it is theirs."""

    __tablename__ = "address_change"
    __table_args__ = (holds_address("address_change"),)

    id: str = id_column()
    account_id: str = reference("account.id", index=True)
    session_id: str | None = Field(
        default=None, foreign_key="session.id", sa_type=UUID_TYPE, index=True, nullable=True, ondelete="CASCADE"
    )
    """Where it was asked for: it ends with that session."""
    email: str = Field(max_length=254)
    hash: str | None = Field(default=None, unique=True, max_length=64)
    """None until the mail is written that carries it."""
    created_at: datetime = created_column()
    expires_at: datetime = Field(sa_type=INSTANT, nullable=False)
    used_at: datetime | None = instant()


class ErasureRequest(SQLModel, table=True):
    """Somebody wants to be erased. It is open until they are, or until they have changed their mind."""

    __tablename__ = "erasure_request"
    __table_args__ = (
        Index("uq_erasure_request", "account_id", unique=True, postgresql_where=text("withdrawn_at IS NULL")),
    )

    id: str = id_column()
    account_id: str = reference("account.id", index=True)
    requested_at: datetime = created_column()
    due_on: date
    """The last day on which it may be done: GDPR Art. 12(3) gives one month."""
    withdrawn_at: datetime | None = instant()
