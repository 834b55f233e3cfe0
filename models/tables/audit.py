"""The audit log: who did what that matters for safety, and what was refused. Append-only, without words."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.tables.columns import UUID_TYPE, created_column


class AuditEntry(SQLModel, table=True):
    """One security event. Written by `activities.audit`; a trigger refuses to change it, retention alone deletes it.

    References are plain ids: an entry outlives what it is about, and an erasure leaves it naming nobody.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_at", "at"), Index("ix_audit_account", "account_id", "at"))

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    at: datetime = created_column()
    event: str = Field(max_length=40)
    """See `AuditEvent`."""
    outcome: str = Field(max_length=20)
    """`done`, or why it was refused: a code, never a text."""
    account_id: str | None = Field(default=None, sa_type=UUID_TYPE)
    """Who did it, or as whom somebody tried; None for nobody known, and for the command line."""
    session_id: str | None = Field(default=None, sa_type=UUID_TYPE)
    network_hash: str | None = Field(default=None, max_length=64)
    """Keyed: whether two events came from one network can be seen, and not from which."""
    subject_id: str | None = Field(default=None, sa_type=UUID_TYPE)
    """Whom or what it was done to."""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    """Codes, counts, ids."""
