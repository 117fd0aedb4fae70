"""The database: there, writable, set up as it should be, and at the revision that this code was written for."""

from sqlalchemy import Connection, text

from snippets.doctor.finding import Finding, ill, unseen, well
from snippets.expected_schema import RELEASE, newest, revision

INDEX = "CREATE INDEX CONCURRENTLY ix_listings_content ON listings USING gin (content gin_trgm_ops)"  # as of 0004
OLDEST = {"sqlite": (3, 34), "postgresql": (13,)}  # the first: trigrams; the second: what is still supported


def reachable(connection: Connection) -> Finding:
    """Say which engine answers, and whether it is new enough."""
    dialect = connection.dialect
    version = dialect.server_version_info or ()
    said = f"{dialect.name} {'.'.join(map(str, version))} answers."
    if version < (oldest := OLDEST[dialect.name]):
        wanted = ".".join(map(str, oldest))
        return ill("database", f"{said} It is too old.", f"Upgrade it to {wanted} or later.")
    return well("database", said)


def migrated(connection: Connection) -> Finding:
    """Look whether the database is at the revision of this code."""
    at, head = revision(connection), newest()
    if at == head:
        return well("migrations", f"The database is at {head}, the last.")
    if at is None:
        return ill("migrations", "The database has no tables of ours.", RELEASE)
    if at > head:
        said = f"The database is at {at}, this code at {head}: it runs, and is older than the database."
        return ill("migrations", said, "Deploy the code that made that revision, or a later one.")
    return ill("migrations", f"The database is at {at}, this code at {head}.", RELEASE)


def writable(connection: Connection) -> Finding:
    """Look whether a row can be written; nothing of it stays. Raises SQLAlchemyError where not."""
    if revision(connection) is None:
        return unseen("writing", "There is no table yet.")
    connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
    connection.rollback()
    return well("writing", "Rows can be written.")


def set_up(connection: Connection) -> Finding:
    """Look for what each engine needs: SQLite its write-ahead log, PostgreSQL the extension that searches."""
    if connection.dialect.name == "sqlite":
        mode = connection.scalar(text("PRAGMA journal_mode"))
        if mode != "wal":
            mend = "Put the database on a local disk: file systems of a network have no write-ahead log."
            return ill("set-up", f"SQLite's journal is “{mode}”, so readers wait for the writer.", mend)
        return well("set-up", "SQLite writes ahead (WAL).")
    if connection.scalar(text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")) is None:
        mend = f"As the database's owner: CREATE EXTENSION pg_trgm; {INDEX};"
        return ill("set-up", "The extension pg_trgm is missing: every search reads all texts.", mend)
    is_migrated = revision(connection) is not None
    if is_migrated and connection.scalar(text("SELECT to_regclass('ix_listings_content')")) is None:
        return ill("set-up", "The index of the search is missing: every search reads all texts.", f"{INDEX};")
    return well("set-up", "PostgreSQL has pg_trgm, and the index of the search.")
