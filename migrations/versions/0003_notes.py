"""Index the files that fell back, so that offering them again does not read all the others."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NOTED = sa.text("note IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_files_noted", "files", ["id"], postgresql_where=NOTED, sqlite_where=NOTED)


def downgrade() -> None:
    op.drop_index("ix_files_noted", "files")
