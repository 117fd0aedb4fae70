"""Housekeeping: what has expired is deleted, though nobody could read it any more, and old tombstones go."""

import logging
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, select, text

from snippets.database import Sessions
from snippets.gone import Reason, bury
from snippets.listings import scrub
from snippets.models import IdempotentCreate, Snippet, Tombstone, Unwelcome, now
from snippets.operator_models import AuditEntry, BlockedNetwork, Origin

log = logging.getLogger(__name__)

BATCH = 100
KEPT = timedelta(days=30)  # how long an operator can still look at what was taken down, and restore it
BRIEFLY = 200  # milliseconds
REPEATABLE = timedelta(days=1)  # how long a program may send the same create again
KNOWN = timedelta(days=30)  # how long an operator can still see from which network a snippet came
REMEMBERED = timedelta(days=365)  # how long an address says what became of its snippet, and the audit trail who did it


def purge(sessions: Sessions) -> int:
    """Delete what has expired or was taken down KEPT ago; return how many snippets that were. See purge_batches."""
    return sum(purge_batches(sessions))


def purge_batches(sessions: Sessions) -> Iterator[int]:
    """Do the same in batches of BATCH, and give the size of each once it is gone for good.

    Safe to run twice at once, and to leave off between two. On SQLite the text is gone from the file and its log as
    well; on PostgreSQL from the tables, whose space is overwritten after a vacuum.
    """
    purged = 0
    for reason, is_due in REASONS.items():
        while batch := _due(sessions, is_due()):
            with sessions.begin() as session:
                gone = sum(bury(session, each, reason, is_due()) for each in batch)
            purged += gone
            if not gone:
                break  # somebody else is at it
            yield gone
    _forget(sessions)
    if purged:
        empty_log(sessions)
        log.info("purged %d expired snippets", purged)


def due(sessions: Sessions) -> int:
    """Return how many snippets are to be purged now."""
    with sessions() as session:
        return sum(session.scalar(select(func.count(Snippet.id)).where(is_due())) or 0 for is_due in REASONS.values())


def _forget(sessions: Sessions) -> None:
    """Delete the rows about what is long past."""
    with sessions.begin() as session:
        session.execute(delete(IdempotentCreate).where(IdempotentCreate.created_at < now() - REPEATABLE))
        session.execute(delete(Tombstone).where(Tombstone.at < now() - REMEMBERED))
        session.execute(delete(AuditEntry).where(AuditEntry.at < now() - REMEMBERED))
        session.execute(delete(Unwelcome).where(Unwelcome.until < now()))
        session.execute(delete(BlockedNetwork).where(BlockedNetwork.until < now()))
        session.execute(delete(Origin).where(Origin.at < now() - KNOWN))
        scrub(session)


def _expired() -> ColumnElement[bool]:
    return Snippet.expires_at <= now()


def _kept_long_enough() -> ColumnElement[bool]:
    return Snippet.taken_down_at <= now() - KEPT


REASONS = {Reason.EXPIRED: _expired, Reason.TAKEN_DOWN: _kept_long_enough}


def _due(sessions: Sessions, is_due: ColumnElement[bool]) -> list[str]:
    with sessions() as session:
        return list(session.scalars(select(Snippet.id).where(is_due).limit(BATCH)))


def empty_log(sessions: Sessions) -> None:
    """Let nothing of what was deleted stay in SQLite's write-ahead log; a reader may keep it there until next time.

    Writers wait while this waits for readers: not for long, since a backup reads for minutes, and makes up for it.
    """
    with sessions() as session:
        if session.get_bind().dialect.name == "sqlite":
            wait = session.scalar(text("PRAGMA busy_timeout"))
            session.execute(text(f"PRAGMA busy_timeout={BRIEFLY}"))
            try:
                session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            finally:
                session.execute(text(f"PRAGMA busy_timeout={wait}"))
