"""Which revision of the tables this code was written for, and at which the database is.

Revisions are numbers in the order in which they were made, and each leaves what the code before it needs (expand, then
contract): so code runs on a newer database, and not on an older one. Alembic itself would cost each web process 10 MiB.
"""

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from snippets.database import Sessions
from snippets.settings import ROOT

RELEASE = "Run the release first: alembic upgrade head."


class SchemaError(Exception):
    """The database is older than this code; the message says so, and what to do."""


def newest() -> str:
    """Return the revision of this code."""
    return max(path.name.partition("_")[0] for path in (ROOT / "migrations/versions").glob("[0-9]*.py"))


def revision(connection: Connection) -> str | None:
    """Return the revision of the database; None: it has no tables of ours."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def refuse_older(sessions: Sessions, *, may_be_empty: bool = False) -> None:
    """Raise SchemaError where the database is older than this code.

    One that is away is no older: it is asked again by whoever needs it. `may_be_empty`: nor is one without tables.
    """
    try:
        with sessions() as session:
            at = revision(session.connection())
    except DBAPIError:
        return
    if not may_be_empty if at is None else at < newest():
        where = f"is at {at}" if at else "has no tables of ours"
        raise SchemaError(f"The database {where}, and this code is for {newest()}. {RELEASE}")
