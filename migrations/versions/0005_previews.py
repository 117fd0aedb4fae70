"""Add the pictures of snippets that chats show beside their addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "previews",
        sa.Column("snippet_id", sa.String(11), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["snippet_id"], ["snippets.id"], name="fk_previews_snippet_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("snippet_id", name="pk_previews"),
    )


def downgrade() -> None:
    op.drop_table("previews")
