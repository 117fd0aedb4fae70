"""Run the migrations on the database of the settings, or on the engine that a test hands over."""

from alembic import context

from snippets import mail_models, operator_models  # noqa: F401 — they describe tables as well
from snippets.database import connect
from snippets.models import Base
from snippets.settings import Settings


def run() -> None:
    url = context.config.attributes.get("database_url") or Settings.from_env().database_url
    engine = connect(url).kw["bind"]
    with engine.connect() as connection:
        context.configure(connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
