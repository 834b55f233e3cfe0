"""who is in the team of an idea, and who was asked to"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("standing", sa.Column("team", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'")))
    teamed = sa.text("team <> '{}'::jsonb")
    op.create_index("ix_standing_team", "standing", ["team"], postgresql_using="gin", postgresql_where=teamed)
    op.create_table(
        "invitation",
        sa.Column("id", ID, nullable=False),
        sa.Column("idea_id", ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("share", sa.String(length=20), nullable=False),
        sa.Column("inviter_id", ID, nullable=True),
        sa.Column("hashes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        *(
            sa.Column(f"{done}_at", INSTANT, nullable=True)
            for done in ("reminded", "accepted", "declined", "withdrawn")
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["inviter_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    is_open = sa.text("accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL")
    op.create_index("uq_invitation", "invitation", ["idea_id", "email"], unique=True, postgresql_where=is_open)
    op.create_index("ix_invitation_hashes", "invitation", ["hashes"], postgresql_using="gin")
    for column in ("email", "expires_at"):
        op.create_index(op.f(f"ix_invitation_{column}"), "invitation", [column])


def downgrade() -> None:
    op.drop_table("invitation")
    op.drop_column("standing", "team")
