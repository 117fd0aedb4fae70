"""Add the terms of sharing (password, tags), tombstones, and the index that lists an owner's snippets."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("snippets", sa.Column("password_hash", sa.Text()))
    op.add_column("snippets", sa.Column("tags", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_snippets_owner_hash_created_at_id", "snippets", ["owner_hash", "created_at", "id"])
    op.drop_index("ix_snippets_owner_hash", "snippets")
    op.create_table(
        "tombstones",
        sa.Column("id", sa.String(11), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tombstones"),
    )


def downgrade() -> None:
    op.drop_table("tombstones")
    op.create_index("ix_snippets_owner_hash", "snippets", ["owner_hash"])
    op.drop_index("ix_snippets_owner_hash_created_at_id", "snippets")
    op.drop_column("snippets", "tags")
    op.drop_column("snippets", "password_hash")
