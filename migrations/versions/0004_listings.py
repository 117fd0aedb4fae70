"""Add listings, the labels they are filtered by, and the index in which they are searched.

SQLite: an FTS5 index of the trigrams without their places, kept by triggers, so that it holds no text. PostgreSQL:
pg_trgm's. What was made public before is listed by `flask snippets list`, as only the site knows how.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ADD = "INSERT INTO listings_search (rowid, content) VALUES (new.id, new.content)"
TAKE = "INSERT INTO listings_search (listings_search, rowid, content) VALUES ('delete', old.id, old.content)"
OPTIONS = "content='listings', content_rowid='id', tokenize='trigram case_sensitive 1', detail=none, columnsize=0"
SQLITE = (
    f"CREATE VIRTUAL TABLE listings_search USING fts5(content, {OPTIONS})",
    f"CREATE TRIGGER listings_search_insert AFTER INSERT ON listings BEGIN {ADD}; END",
    f"CREATE TRIGGER listings_search_delete AFTER DELETE ON listings BEGIN {TAKE}; END",
    f"CREATE TRIGGER listings_search_update AFTER UPDATE OF content ON listings BEGIN {TAKE}; {ADD}; END",
)
POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX ix_listings_content ON listings USING gin (content gin_trgm_ops)",
)


def upgrade() -> None:
    op.create_table(
        "listings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("snippet_id", sa.String(11), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_listings_file_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["snippet_id"], ["snippets.id"], name="fk_listings_snippet_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_listings"),
        sa.UniqueConstraint("file_id", name="uq_listings_file_id"),
        sa.UniqueConstraint("snippet_id", name="uq_listings_snippet_id"),
        sqlite_autoincrement=True,  # the newest has the highest, for ever
    )
    op.create_table(
        "listing_labels",
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("listing_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name="fk_listing_labels_listing_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("label", "listing_id", name="pk_listing_labels"),
    )
    op.create_index("ix_listing_labels_listing_id_label", "listing_labels", ["listing_id", "label"])
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE listings_search")
    op.drop_table("listing_labels")
    op.drop_table("listings")
