"""coaches by name, without a look at everybody"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_account_coach", "account", ["name", "id"], postgresql_where=sa.text("roles @> '{coach}'"))


def downgrade() -> None:
    op.drop_index("ix_account_coach", table_name="account")
