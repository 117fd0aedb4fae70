"""Housekeeping: what has expired is deleted, though nobody could read it any more, and old tombstones go."""

import logging
from datetime import timedelta

from sqlalchemy import delete, select, text

from snippets.database import Sessions
from snippets.gone import Reason, bury
from snippets.models import Snippet, Tombstone, now

log = logging.getLogger(__name__)

BATCH = 100
REMEMBERED = timedelta(days=365)  # how long an address says what became of its snippet


def purge(sessions: Sessions) -> int:
    """Delete what has expired, in batches of BATCH; return how many snippets that were.

    Safe to run twice at once. On SQLite the text is gone from the file and its log as well; on PostgreSQL from the
    tables, whose space is overwritten after a vacuum.
    """
    purged = 0
    while batch := _expired(sessions):
        with sessions.begin() as session:
            gone = sum(bury(session, each, Reason.EXPIRED, Snippet.expires_at <= now()) for each in batch)
        purged += gone
        if not gone:
            break  # somebody else is at it
    with sessions.begin() as session:
        session.execute(delete(Tombstone).where(Tombstone.at < now() - REMEMBERED))
    if purged:
        _empty_log(sessions)
        log.info("purged %d expired snippets", purged)
    return purged


def _expired(sessions: Sessions) -> list[str]:
    query = select(Snippet.id).where(Snippet.expires_at <= now()).order_by(Snippet.expires_at).limit(BATCH)
    with sessions() as session:
        return list(session.scalars(query))


def _empty_log(sessions: Sessions) -> None:
    """Let nothing of what was deleted stay in SQLite's write-ahead log; a reader may keep it there until next time."""
    with sessions() as session:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
