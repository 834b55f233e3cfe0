"""inboxes and mails"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("recipient_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=60), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["recipient_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_mail_account_id"), "mail", ["account_id"], unique=False)
    op.create_index(op.f("ix_mail_recipient_id"), "mail", ["recipient_id"], unique=False)
    op.create_index(
        "ix_mail_inbox",
        "mail",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'handing_over')"),
    )
    op.create_index(
        "ix_mail_undelivered",
        "mail",
        ["changed_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('failed', 'uncertain')"),
    )
    op.create_table(
        "notice_settings",
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("turn", sa.String(length=8), nullable=False),
        sa.Column("news", sa.String(length=8), nullable=False),
        sa.Column("lead", sa.String(length=8), nullable=False),
        sa.Column("digest", sa.String(length=8), nullable=False),
        sa.Column("deputy_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("deputy_from", sa.Date(), nullable=True),
        sa.Column("deputy_until", sa.Date(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("deputy_id <> account_id", name="ck_deputy_is_somebody_else"),
        sa.CheckConstraint(
            "(deputy_id IS NULL) = (deputy_from IS NULL) AND (deputy_id IS NULL) = (deputy_until IS NULL)",
            name="ck_deputy_has_days",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["deputy_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.add_column("mailbox_message", sa.Column("html", sa.String(), nullable=False, server_default=""))
    op.add_column(
        "mailbox_message",
        sa.Column("attachments", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="[]"),
    )
    op.alter_column("mailbox_message", "html", server_default=None)
    op.alter_column("mailbox_message", "attachments", server_default=None)

    op.drop_index("ix_notice_waiting", table_name="notice", postgresql_where=sa.text("sent_at IS NULL"))
    op.drop_constraint("uq_notice", "notice", type_="unique")
    op.create_unique_constraint(
        "uq_notice", "notice", ["idea_id", "key", "account_id"], postgresql_nulls_not_distinct=True
    )
    op.alter_column("notice", "idea_id", nullable=True)
    op.alter_column("notice", "kind", type_=sa.String(length=40))
    op.add_column("notice", sa.Column("version", sa.Integer(), nullable=True))
    op.add_column("notice", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("notice", "sent_at", new_column_name="handed_over_at")
    op.add_column("notice", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notice", sa.Column("mail_id", sa.Uuid(as_uuid=False), nullable=True))
    op.create_foreign_key("notice_mail_id_fkey", "notice", "mail", ["mail_id"], ["id"], ondelete="SET NULL")
    op.create_index(op.f("ix_notice_mail_id"), "notice", ["mail_id"], unique=False)
    op.create_index(
        "ix_notice_new", "notice", ["idea_id"], unique=False, postgresql_where=sa.text("handed_over_at IS NULL")
    )
    op.create_index(
        "ix_notice_waiting", "notice", ["account_id"], unique=False, postgresql_where=sa.text("settled_at IS NULL")
    )
    # What went out before there were inboxes is done with; it was one mail a notice.
    op.execute("UPDATE notice SET settled_at = handed_over_at, version = substring(key FROM '^v([0-9]+)$')::int")


def downgrade() -> None:
    op.execute("DELETE FROM notice WHERE idea_id IS NULL OR length(kind) > 20")
    # A notice that is with its inbox, and in no mail yet, would be told by the courier of before.
    op.execute("UPDATE notice SET handed_over_at = settled_at")
    op.drop_index("ix_notice_waiting", table_name="notice", postgresql_where=sa.text("settled_at IS NULL"))
    op.drop_index("ix_notice_new", table_name="notice", postgresql_where=sa.text("handed_over_at IS NULL"))
    op.drop_index(op.f("ix_notice_mail_id"), table_name="notice")
    op.drop_constraint("notice_mail_id_fkey", "notice", type_="foreignkey")
    for column in ("mail_id", "settled_at", "not_before", "version"):
        op.drop_column("notice", column)
    op.alter_column("notice", "handed_over_at", new_column_name="sent_at")
    op.alter_column("notice", "kind", type_=sa.String(length=20))
    op.alter_column("notice", "idea_id", nullable=False)
    op.drop_constraint("uq_notice", "notice", type_="unique")
    op.create_unique_constraint("uq_notice", "notice", ["idea_id", "key", "account_id"])
    op.create_index(
        "ix_notice_waiting", "notice", ["idea_id"], unique=False, postgresql_where=sa.text("sent_at IS NULL")
    )
    for column in ("attachments", "html"):
        op.drop_column("mailbox_message", column)
    op.drop_table("notice_settings")
    op.drop_table("mail")
