"""Run the migrations on the database of the settings, or on the engine that a test hands over.

Sites go on serving meanwhile. On PostgreSQL a statement that waits for a lock makes all others wait behind it, so none
waits for longer than LOCK_TIMEOUT; what is not done yet is then tried again.
"""

import time

from alembic import context
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError

from snippets import mail_models, operator_models  # noqa: F401 — they describe tables as well
from snippets.database import connect
from snippets.expected_schema import newest, revision
from snippets.models import Base
from snippets.settings import Settings

LOCK_TIMEOUT = 800  # milliseconds; after 1,000 PostgreSQL looks for deadlocks, and would end a visitor's transaction
TRIES = 10
PAUSE = 3.0  # seconds between two, in which those who waited are served
NOT_AVAILABLE = "55P03"  # PostgreSQL's code for a lock that was not to be had


def run() -> None:
    url = context.config.attributes.get("database_url") or Settings.from_env().database_url
    engine = connect(url).kw["bind"]
    for left in reversed(range(TRIES)):
        try:
            migrate(engine)
            break
        except OperationalError as error:
            if not left or getattr(error.orig, "sqlstate", None) != NOT_AVAILABLE:
                raise
            context.config.print_stdout("Somebody holds a lock: trying again in %g s.", PAUSE)
            time.sleep(PAUSE)
    engine.dispose()


def migrate(engine: Engine) -> None:
    with engine.connect() as connection:
        if (at := revision(connection)) and at > newest():
            message = "The database is at %s, newer than this code's %s, which runs on it: nothing to do."
            context.config.print_stdout(message, at, newest())
            return
        connection.rollback()
        bound_locks(connection)
        begin_on_sqlite(connection)
        options = {"render_as_batch": True, "compare_type": True, "transaction_per_migration": True}
        context.configure(connection, target_metadata=Base.metadata, transactional_ddl=True, **options)
        with context.begin_transaction():
            context.run_migrations()


def begin_on_sqlite(connection: Connection) -> None:
    """Have each migration be done whole or not at all: Python's driver begins no transaction before a CREATE."""
    if connection.dialect.name == "sqlite":
        event.listen(connection, "begin", lambda begun: begun.exec_driver_sql("BEGIN IMMEDIATE"))


def bound_locks(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        most = context.config.attributes.get("lock_timeout", LOCK_TIMEOUT)
        connection.execute(text(f"SET lock_timeout = {most:d}"))
        connection.commit()


run()
