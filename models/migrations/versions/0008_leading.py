"""saved views, what is done in bulk, the usual pace, and what the engine tries again"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "state_pace",
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.Column("median", sa.Interval(), nullable=False),
        sa.Column("slow", sa.Interval(), nullable=False),
        sa.Column("measured_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("stage", "state"),
    )
    op.create_table(
        "engine_trouble",
        sa.Column("workflow_id", sa.String(length=120), nullable=False),
        sa.Column("activity", sa.String(length=60), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("workflow_id", "activity"),
    )
    op.create_index(op.f("ix_engine_trouble_last_at"), "engine_trouble", ["last_at"])
    op.create_table(
        "saved_view",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("board", sa.Boolean(), nullable=False),
        sa.Column("filters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reach", sa.String(length=8), nullable=False),
        sa.Column("office", sa.String(length=40), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("deleted_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_saved_view_owner_id"), "saved_view", ["owner_id"])
    op.create_table(
        "default_view",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("view_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["view_id"], ["saved_view.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_index(op.f("ix_default_view_view_id"), "default_view", ["view_id"])
    op.create_table(
        "bulk_run",
        sa.Column("id", ID, nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("checked_at", INSTANT, nullable=True),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_bulk_run_created", "bulk_run", ["created_at"])
    op.create_table(
        "bulk_item",
        sa.Column("run_id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("coach_id", ID, nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("expected_version", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=True),
        sa.Column("code", sa.String(length=20), nullable=True),
        sa.Column("field", sa.String(length=20), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["bulk_run.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "idea_id"),
    )
    op.create_index(op.f("ix_bulk_item_idea_id"), "bulk_item", ["idea_id"])
    # Who stays longest in a state is found beside the usual pace of that state.
    order = ["stage", "state", "entered_at", "idea_id"]
    op.create_index("ix_standing_pace", "standing", order, postgresql_where=sa.text("outcome IS NULL"))


def downgrade() -> None:
    op.drop_index("ix_standing_pace", table_name="standing")
    for table in ("bulk_item", "bulk_run", "default_view", "saved_view", "engine_trouble", "state_pace"):
        op.drop_table(table)
