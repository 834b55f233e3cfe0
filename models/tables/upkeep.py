"""What upkeep has found and done: drift between SQL and the workflows, retention, erasures. Nothing personal."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.tables.columns import INSTANT, UUID_TYPE, created_column, id_column, instant, reference


class DriftRun(SQLModel, table=True):
    """One comparison of SQL with the workflows. Without an end it is under way, or was cut off."""

    __tablename__ = "drift_run"

    id: str = id_column()
    started_at: datetime = Field(sa_type=INSTANT, index=True)
    finished_at: datetime | None = instant()
    partial: bool = False
    """One idea was looked at, not all of them."""
    fixing: bool = False
    checked: int = 0
    found: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    """Kind of drift → how often."""
    repaired: int = 0


class Drift(SQLModel, table=True):
    """One thing that SQL and a workflow tell differently. `subject` is the workflow's id."""

    __tablename__ = "drift"
    __table_args__ = (Index("uq_drift", "run_id", "subject", "kind", unique=True),)

    id: str = id_column()
    run_id: str = reference("drift_run.id")
    subject: str = Field(max_length=120)
    kind: str = Field(max_length=20)
    shown_version: int | None = None
    """What SQL shows; None where it knows no such idea."""
    engine_version: int | None = None
    """What the workflow knows; None where none answers."""
    repaired: bool = False
    found_at: datetime = created_column()


class RetentionRun(SQLModel, table=True):
    """What was deleted or pseudonymised because its time was over, or would have been."""

    __tablename__ = "retention_run"

    id: str = id_column()
    started_at: datetime = Field(sa_type=INSTANT, index=True)
    finished_at: datetime | None = instant()
    dry_run: bool = False
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    places: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB, nullable=False)
    """Where words of others may still name whom it has erased: see `models.messages.upkeep.Place`."""


class ErasureRow(SQLModel, table=True):
    """That somebody was erased, and when, so that a restored backup can be erased again. It names nobody.

    `account_id` is no reference: the row outlives everything that it is about.
    """

    __tablename__ = "erasure"

    id: str = id_column()
    account_id: str = Field(sa_type=UUID_TYPE, index=True)
    fingerprint: str = Field(max_length=64, index=True)
    """HMAC of the address, under the signing key."""
    erased_at: datetime = Field(sa_type=INSTANT)
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    places: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB, nullable=False)
    """Where words of others may still name them."""
