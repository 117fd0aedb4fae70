"""Add reports of snippets, what was taken down, and what may not come back for a while."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TAKEN_DOWN = sa.text("taken_down_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("snippets", sa.Column("taken_down_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_snippets_taken_down_at",
        "snippets",
        ["taken_down_at"],
        postgresql_where=TAKEN_DOWN,
        sqlite_where=TAKEN_DOWN,
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("snippet_id", sa.String(11), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("address", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["snippet_id"], ["snippets.id"], name="fk_reports_snippet_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
    )
    op.create_index("ix_reports_snippet_id", "reports", ["snippet_id"])
    op.create_table(
        "unwelcome",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_unwelcome"),
    )


def downgrade() -> None:
    op.drop_table("unwelcome")
    op.drop_table("reports")
    op.drop_index("ix_snippets_taken_down_at", "snippets")
    op.drop_column("snippets", "taken_down_at")
