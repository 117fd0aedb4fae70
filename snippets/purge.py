"""Housekeeping: what has expired is deleted, though nobody could read it any more, and old tombstones go."""

import logging
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select, text

from snippets.database import Sessions
from snippets.gone import Reason, bury
from snippets.listings import scrub
from snippets.models import IdempotentCreate, Snippet, Tombstone, Unwelcome, now

log = logging.getLogger(__name__)

BATCH = 100
KEPT = timedelta(days=30)  # how long an operator can still look at what was taken down, and restore it
REPEATABLE = timedelta(days=1)  # how long a program may send the same create again
REMEMBERED = timedelta(days=365)  # how long an address says what became of its snippet


def purge(sessions: Sessions) -> int:
    """Delete what has expired or was taken down KEPT ago, in batches of BATCH; return how many snippets that were.

    Safe to run twice at once. On SQLite the text is gone from the file and its log as well; on PostgreSQL from the
    tables, whose space is overwritten after a vacuum.
    """
    purged = 0
    for reason, is_due in ((Reason.EXPIRED, _expired), (Reason.TAKEN_DOWN, _kept_long_enough)):
        while batch := _due(sessions, is_due()):
            with sessions.begin() as session:
                gone = sum(bury(session, each, reason, is_due()) for each in batch)
            purged += gone
            if not gone:
                break  # somebody else is at it
    with sessions.begin() as session:
        session.execute(delete(IdempotentCreate).where(IdempotentCreate.created_at < now() - REPEATABLE))
        session.execute(delete(Tombstone).where(Tombstone.at < now() - REMEMBERED))
        session.execute(delete(Unwelcome).where(Unwelcome.until < now()))
        scrub(session)
    if purged:
        _empty_log(sessions)
        log.info("purged %d expired snippets", purged)
    return purged


def _expired() -> ColumnElement[bool]:
    return Snippet.expires_at <= now()


def _kept_long_enough() -> ColumnElement[bool]:
    return Snippet.taken_down_at <= now() - KEPT


def _due(sessions: Sessions, is_due: ColumnElement[bool]) -> list[str]:
    with sessions() as session:
        return list(session.scalars(select(Snippet.id).where(is_due).limit(BATCH)))


def _empty_log(sessions: Sessions) -> None:
    """Let nothing of what was deleted stay in SQLite's write-ahead log; a reader may keep it there until next time."""
    with sessions() as session:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
