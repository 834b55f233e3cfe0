"""the first schema"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("office", sa.String(length=40), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "access_token",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index(op.f("ix_access_token_account_id"), "access_token", ["account_id"], unique=False)
    op.create_table(
        "coach_profile",
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("districts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("themes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("absent_from", sa.Date(), nullable=True),
        sa.Column("absent_until", sa.Date(), nullable=True),
        sa.Column("cover_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("leaves", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity >= 0", name="ck_capacity"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["cover_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_table(
        "idea",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("owner_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("solution", sa.String(), nullable=False),
        sa.Column("target_group", sa.String(), nullable=False),
        sa.Column("district", sa.String(length=20), nullable=True),
        sa.Column("themes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=True),
        sa.Column("source_ref", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "source_ref", name="uq_idea_source"),
    )
    op.create_index(op.f("ix_idea_owner_id"), "idea", ["owner_id"], unique=False)
    op.create_index(
        "ix_idea_words",
        "idea",
        [sa.literal_column("(title || ' ' || summary) gin_trgm_ops")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "mailbox_message",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_mailbox_message_account_id"), "mailbox_message", ["account_id"], unique=False)
    op.create_index(op.f("ix_mailbox_message_sent_at"), "mailbox_message", ["sent_at"], unique=False)
    op.create_table(
        "note",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("idea_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("author_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_note_idea_id"), "note", ["idea_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("idea_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("idea_id", "key", "account_id", name="uq_notice"),
    )
    op.create_index(op.f("ix_notice_account_id"), "notice", ["account_id"], unique=False)
    op.create_index(
        "ix_notice_waiting", "notice", ["idea_id"], unique=False, postgresql_where=sa.text("sent_at IS NULL")
    )
    op.create_table(
        "offer",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("idea_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("search", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("coach_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.String(length=20), nullable=True),
        sa.Column("note_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.ForeignKeyConstraint(["coach_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("idea_id", "search", "rank", name="uq_offer_rank"),
    )
    op.create_index("ix_offer_coach", "offer", ["coach_id", "status"], unique=False)
    op.create_index(op.f("ix_offer_idea_id"), "offer", ["idea_id"], unique=False)
    op.create_index("uq_offer_open", "offer", ["idea_id"], unique=True, postgresql_where=sa.text("status = 'open'"))
    op.create_table(
        "place",
        sa.Column("idea_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("coach_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("reserved_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["coach_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("idea_id", "coach_id"),
    )
    op.create_index(op.f("ix_place_coach_id"), "place", ["coach_id"], unique=False)
    op.create_table(
        "standing",
        sa.Column("idea_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("owner_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("coach_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("cover_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("partner", sa.String(length=40), nullable=True),
        sa.Column("holder_role", sa.String(length=20), nullable=True),
        sa.Column("holder_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("holder_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holder_until", sa.Date(), nullable=True),
        sa.Column("holder_why", sa.String(length=20), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_until", sa.Date(), nullable=True),
        sa.Column("chased_until", sa.Date(), nullable=True),
        sa.Column("search", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_entry_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rulebook_digest", sa.String(length=20), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("idea_id"),
    )
    op.create_index(op.f("ix_standing_coach_id"), "standing", ["coach_id"], unique=False)
    op.create_index(
        "ix_standing_due",
        "standing",
        ["holder_until", "idea_id"],
        unique=False,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index("ix_standing_holder", "standing", ["holder_id", "holder_until"], unique=False)
    op.create_index("ix_standing_last", "standing", ["last_entry_at", "idea_id"], unique=False)
    op.create_index(op.f("ix_standing_office"), "standing", ["office"], unique=False)
    op.create_index(op.f("ix_standing_owner_id"), "standing", ["owner_id"], unique=False)
    op.create_index("ix_standing_stage", "standing", ["stage", "state", "idea_id"], unique=False)
    op.create_index("ix_standing_submitted", "standing", ["submitted_at", "idea_id"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("idea_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("assignee", sa.String(length=20), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("added_version", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_task_idea_id"), "task", ["idea_id"], unique=False)
    op.create_table(
        "timeline_entry",
        sa.Column("idea_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("command_id", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("actor_role", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("from_stage", sa.String(length=20), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("holder_role", sa.String(length=20), nullable=True),
        sa.Column("holder_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("holder_until", sa.Date(), nullable=True),
        sa.Column("note_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("idea_id", "version"),
        sa.UniqueConstraint("idea_id", "command_id", name="uq_timeline_command"),
    )


def downgrade() -> None:
    op.drop_table("timeline_entry")
    op.drop_index(op.f("ix_task_idea_id"), table_name="task")
    op.drop_table("task")
    op.drop_index("ix_standing_submitted", table_name="standing")
    op.drop_index("ix_standing_stage", table_name="standing")
    op.drop_index(op.f("ix_standing_owner_id"), table_name="standing")
    op.drop_index(op.f("ix_standing_office"), table_name="standing")
    op.drop_index("ix_standing_last", table_name="standing")
    op.drop_index("ix_standing_holder", table_name="standing")
    op.drop_index("ix_standing_due", table_name="standing", postgresql_where=sa.text("outcome IS NULL"))
    op.drop_index(op.f("ix_standing_coach_id"), table_name="standing")
    op.drop_table("standing")
    op.drop_index(op.f("ix_place_coach_id"), table_name="place")
    op.drop_table("place")
    op.drop_index("uq_offer_open", table_name="offer", postgresql_where=sa.text("status = 'open'"))
    op.drop_index(op.f("ix_offer_idea_id"), table_name="offer")
    op.drop_index("ix_offer_coach", table_name="offer")
    op.drop_table("offer")
    op.drop_index("ix_notice_waiting", table_name="notice", postgresql_where=sa.text("sent_at IS NULL"))
    op.drop_index(op.f("ix_notice_account_id"), table_name="notice")
    op.drop_table("notice")
    op.drop_index(op.f("ix_note_idea_id"), table_name="note")
    op.drop_table("note")
    op.drop_index(op.f("ix_mailbox_message_sent_at"), table_name="mailbox_message")
    op.drop_index(op.f("ix_mailbox_message_account_id"), table_name="mailbox_message")
    op.drop_table("mailbox_message")
    op.drop_index("ix_idea_words", table_name="idea", postgresql_using="gin")
    op.drop_index(op.f("ix_idea_owner_id"), table_name="idea")
    op.drop_table("idea")
    op.drop_table("coach_profile")
    op.drop_index(op.f("ix_access_token_account_id"), table_name="access_token")
    op.drop_table("access_token")
    op.drop_table("account")
