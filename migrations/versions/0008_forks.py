"""An index of forks alone: by ANALYZE, one of every snippet tells nothing apart where hardly any is a fork."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

A_FORK = sa.text("parent_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_snippets_parent_id", "snippets")
    op.create_index("ix_snippets_parent_id", "snippets", ["parent_id"], sqlite_where=A_FORK, postgresql_where=A_FORK)


def downgrade() -> None:
    op.drop_index("ix_snippets_parent_id", "snippets")
    op.create_index("ix_snippets_parent_id", "snippets", ["parent_id"])
