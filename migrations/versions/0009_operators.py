"""Add the audit trail, blocked networks, where snippets came from; content may be blocked for good, listings kept."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NEW = sa.text("kept_at IS NULL")


def upgrade() -> None:
    # The tables in the order in which whoever pastes locks them: else each may wait for the other.
    with op.batch_alter_table("unwelcome") as batch:
        batch.alter_column("until", existing_type=sa.DateTime(timezone=True), nullable=True)
        batch.add_column(sa.Column("note", sa.Text()))
        batch.add_column(sa.Column("created_at", sa.DateTime(timezone=True)))
    op.create_table(
        "audit_trail",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("subject", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_audit_trail"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_trail_at", "audit_trail", ["at"])
    op.create_table(
        "origins",
        sa.Column("snippet_id", sa.String(11), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["snippet_id"], ["snippets.id"], name="fk_origins_snippet_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("snippet_id", name="pk_origins"),
    )
    op.create_index("ix_origins_at", "origins", ["at"])
    op.create_table(
        "blocked_networks",
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("note", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("network", name="pk_blocked_networks"),
    )
    op.add_column("listings", sa.Column("kept_at", sa.DateTime(timezone=True)))
    op.create_index("ix_listings_new", "listings", ["id"], sqlite_where=NEW, postgresql_where=NEW)


def downgrade() -> None:
    op.drop_index("ix_listings_new", "listings")
    op.drop_column("listings", "kept_at")
    op.execute("DELETE FROM unwelcome WHERE until IS NULL")
    with op.batch_alter_table("unwelcome") as batch:
        batch.drop_column("created_at")
        batch.drop_column("note")
        batch.alter_column("until", existing_type=sa.DateTime(timezone=True), nullable=False)
    op.drop_table("blocked_networks")
    op.drop_table("origins")
    op.drop_table("audit_trail")
