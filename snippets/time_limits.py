"""A limit on how long the database may work on what a visitor asks, on either engine."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.exceptions import ServiceUnavailable

STEP = 10_000  # of SQLite's virtual machine, some 0.1 ms, between two looks at the clock


class TookTooLong(ServiceUnavailable):
    """The time was over, and nothing was found out."""

    description = "The database took too long over that. Please try again in a minute."


@contextmanager
def at_most(session: Session, seconds: float) -> Iterator[None]:
    """End whatever the session does in this block once the time is over, and then raise TookTooLong."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        milliseconds = {"limit": f"{seconds * 1000:.0f}"}
        session.execute(text("SELECT set_config('statement_timeout', :limit, true)"), milliseconds)
        with _renamed("canceling statement"):
            yield
        return
    deadline = time.monotonic() + seconds
    sqlite = cast("sqlite3.Connection", connection.connection.driver_connection)
    sqlite.set_progress_handler(lambda: time.monotonic() > deadline, STEP)
    try:
        with _renamed("interrupted"):
            yield
    finally:
        sqlite.set_progress_handler(None, 0)


@contextmanager
def _renamed(told: str) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if told in str(error.orig):
            raise TookTooLong from error
        raise
