"""Connect to the database: SQLite as it should be set up, or PostgreSQL."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, TimeoutError  # noqa: A004
from sqlalchemy.orm import Session, sessionmaker

Sessions = sessionmaker[Session]
DATABASE_AWAY = (DBAPIError, TimeoutError)  # out of reach, locked, full, read-only, not migrated; no connection free
AWAY = "The database cannot be reached just now."
FULL = "The disk of this site is full: nothing can be saved until its operator makes room."
READ_ONLY = "The database of this site can only be read just now: nothing can be saved."
REASONS = {  # by PostgreSQL's code of an error, or by SQLite's
    "53100": FULL,
    sqlite3.SQLITE_FULL: FULL,
    "25006": READ_ONLY,
    sqlite3.SQLITE_READONLY: READ_ONLY,
}


def connect(url: str) -> Sessions:
    """Return a maker of sessions on `url`; nothing is opened before the first statement.

    A forked child opens connections of its own: two processes on one PostgreSQL socket read each other's answers.
    """
    engine = _sqlite(url) if url.startswith("sqlite") else _postgresql(url)
    os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))
    return sessionmaker(engine, expire_on_commit=False)


def reason(error: SQLAlchemyError) -> str:
    """Return a sentence for people on an error of DATABASE_AWAY."""
    found = getattr(error, "orig", None)
    code = getattr(found, "sqlstate", None) or getattr(found, "sqlite_errorcode", 0) & 0xFF  # above it are details
    return REASONS.get(code, AWAY)


def _postgresql(url: str) -> Engine:
    # The ping finds a connection that a restart or a firewall cut, before a visitor does.
    return create_engine(
        url, pool_pre_ping=True, pool_recycle=1800, hide_parameters=True, connect_args={"connect_timeout": 5}
    )


def _sqlite(url: str) -> Engine:
    # No log shows what people paste. The time-out is SQLite's wait for another writer.
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 5})
    event.listen(engine, "do_connect", _make_private)
    event.listen(engine, "connect", _set_pragmas)
    return engine


def _make_private(_dialect: Any, _record: Any, arguments: list[str], _options: Any) -> None:
    """Make a file that is not there yet, for nobody else to read: private snippets are in it, and in its log."""
    path = Path(arguments[0])
    if arguments[0].startswith("file:"):
        return  # which says for itself how it is to be opened
    with suppress(OSError):  # SQLite fails as well, and that is known everywhere as a database that is away
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")  # readers and the writer do not wait for each other
    cursor.execute("PRAGMA synchronous=FULL")  # a paste that was answered survives a power cut
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten with zeros
    cursor.close()
