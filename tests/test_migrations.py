"""The migrations make exactly what the models describe, on both engines."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from snippets.database import connect
from snippets.models import Base


def test_the_migrated_database_is_the_one_that_the_models_describe(database_url: str):
    engine = connect(database_url).kw["bind"]

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()

    assert differences == []
