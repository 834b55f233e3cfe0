"""indexes for lists of many ideas"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OPEN = "outcome IS NULL"


def upgrade() -> None:
    op.drop_index("ix_standing_due", table_name="standing")
    op.drop_index("ix_standing_submitted", table_name="standing")
    op.create_index("ix_standing_due", "standing", ["holder_until", "idea_id"])
    newest_first = [sa.text("submitted_at DESC NULLS LAST"), sa.text("idea_id DESC")]
    op.create_index("ix_standing_submitted", "standing", newest_first)
    op.create_index("ix_standing_cover", "standing", ["cover_id"], postgresql_where=sa.text("cover_id IS NOT NULL"))
    partial = {
        "ix_standing_coached": (["coach_id"], f"{OPEN} AND coach_id IS NOT NULL"),
        "ix_standing_entered": (["entered_at", "idea_id"], OPEN),
        "ix_standing_silent": (["last_entry_at", "idea_id"], OPEN),
        "ix_standing_uncoached": (["holder_since", "idea_id"], f"{OPEN} AND coach_id IS NULL AND search IS NULL"),
        "ix_standing_ours": (["holder_since", "idea_id"], f"{OPEN} AND holder_role = 'lead'"),
        "ix_standing_chased": (["chased_until"], f"{OPEN} AND chased_until IS NOT NULL"),
    }
    for name, (columns, where) in partial.items():
        op.create_index(name, "standing", columns, postgresql_where=sa.text(where))


def downgrade() -> None:
    for name in ("chased", "ours", "uncoached", "silent", "entered", "coached", "cover", "submitted", "due"):
        op.drop_index(f"ix_standing_{name}", table_name="standing")
    op.create_index("ix_standing_due", "standing", ["holder_until", "idea_id"], postgresql_where=sa.text(OPEN))
    op.create_index("ix_standing_submitted", "standing", ["submitted_at", "idea_id"])
