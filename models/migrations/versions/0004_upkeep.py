"""upkeep"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drift_run",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("fixing", sa.Boolean(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("found", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("repaired", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_drift_run_started_at"), "drift_run", ["started_at"], unique=False)
    op.create_table(
        "drift",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("run_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("shown_version", sa.Integer(), nullable=True),
        sa.Column("engine_version", sa.Integer(), nullable=True),
        sa.Column("repaired", sa.Boolean(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["drift_run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("uq_drift", "drift", ["run_id", "subject", "kind"], unique=True)
    op.create_table(
        "retention_run",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_retention_run_started_at"), "retention_run", ["started_at"], unique=False)
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_erasure_account_id"), "erasure", ["account_id"], unique=False)
    op.create_index(op.f("ix_erasure_fingerprint"), "erasure", ["fingerprint"], unique=False)
    op.add_column("account", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("idea", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    for timeline in ("timeline_entry", "campaign_entry"):
        op.add_column(timeline, sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    # From here on every step keeps its snapshot; what has happened before gets the latest one there is.
    op.execute(
        "UPDATE timeline_entry SET snapshot = standing.snapshot FROM standing "
        "WHERE standing.idea_id = timeline_entry.idea_id AND standing.version = timeline_entry.version"
    )


def downgrade() -> None:
    for table in ("timeline_entry", "campaign_entry"):
        op.drop_column(table, "snapshot")
    for table in ("idea", "account"):
        op.drop_column(table, "erased_at")
    for table in ("erasure", "retention_run", "drift", "drift_run"):
        op.drop_table(table)
