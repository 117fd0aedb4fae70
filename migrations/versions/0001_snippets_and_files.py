"""Create snippets and their files."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PENDING = sa.text("html IS NULL")


def upgrade() -> None:
    op.create_table(
        "snippets",
        sa.Column("id", sa.String(11), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("visibility", sa.String(8), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("burn", sa.Boolean(), nullable=False),
        sa.Column("owner_hash", sa.String(64)),
        sa.Column("parent_id", sa.String(11)),
        sa.CheckConstraint("visibility IN ('public', 'unlisted', 'private')", name="ck_snippets_visibility"),
        sa.ForeignKeyConstraint(["parent_id"], ["snippets.id"], name="fk_snippets_parent_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_snippets"),
    )
    op.create_index("ix_snippets_expires_at", "snippets", ["expires_at"])
    op.create_index("ix_snippets_owner_hash", "snippets", ["owner_hash"])
    op.create_index("ix_snippets_parent_id", "snippets", ["parent_id"])
    op.create_table(
        "files",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("snippet_id", sa.String(11), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("language", sa.String(64), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("html", sa.Text()),
        sa.Column("engine", sa.String(16)),
        sa.Column("note", sa.String(64)),
        sa.Column("took_ms", sa.Integer()),
        sa.Column("highlighted_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["snippet_id"], ["snippets.id"], name="fk_files_snippet_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
        sa.UniqueConstraint("snippet_id", "revision", "position", name="uq_files_snippet_id_revision_position"),
        sqlite_autoincrement=True,  # an id given anew would meet the old file's job
    )
    op.create_index("ix_files_pending", "files", ["id"], postgresql_where=PENDING, sqlite_where=PENDING)


def downgrade() -> None:
    op.drop_table("files")
    op.drop_table("snippets")
