"""The migrations make exactly what the models describe, on both engines."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from snippets.database import connect
from snippets.models import Base


def is_described(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out what each engine searches with, which no model can describe."""
    return not (kind == "table" and str(name).startswith("listings_search")) and name != "ix_listings_content"


def test_the_migrated_database_is_the_one_that_the_models_describe(database_url: str):
    engine = connect(database_url).kw["bind"]

    with engine.connect() as connection:
        options = {"compare_type": True, "include_name": is_described}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()

    assert differences == []
