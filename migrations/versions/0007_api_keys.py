"""Keys for programs, and what they call their creates."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("digest", name="pk_api_keys"),
        sa.UniqueConstraint("name", name="uq_api_keys_name"),
    )
    op.create_table(
        "idempotent_creates",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("body", sa.String(64), nullable=False),
        sa.Column("snippet_id", sa.String(11), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["snippet_id"], ["snippets.id"], name="fk_idempotent_creates_snippet_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_idempotent_creates"),
    )
    op.create_index("ix_idempotent_creates_snippet_id", "idempotent_creates", ["snippet_id"])
    op.create_index("ix_idempotent_creates_created_at", "idempotent_creates", ["created_at"])


def downgrade() -> None:
    op.drop_table("idempotent_creates")
    op.drop_table("api_keys")
