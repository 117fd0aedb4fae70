"""Bring back what the queue lost. Idempotent: run it as often as you like, from anywhere."""

import logging
from datetime import timedelta

from redis import Redis, RedisError
from sqlalchemy import select

from snippets import statistics
from snippets.colours import PLAIN, give_up
from snippets.database import Sessions
from snippets.lanes import SNIPPETS
from snippets.models import File, now
from snippets.notes import Note
from snippets.pending_jobs import revive

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=30)  # a younger file is most likely in good hands
BATCH = 500


def sweep(sessions: Sessions, redis: Redis, older_than: timedelta = PATIENCE) -> int | None:
    """See that every file still pending after `older_than` is in somebody's hands; return how many there are.

    A file whose job is alive keeps that one job; one that RQ has given up is left as plain text. None: Redis is away.
    """
    swept, last = 0, 0
    while batch := _pending(sessions, last, older_than):
        try:
            given_up = revive(redis, batch)
        except RedisError as error:
            log.warning("not swept: %s", error)
            return None
        for file_id in given_up:
            log.error("file %d is left plain: RQ had given it up, and no worker of ours was there", file_id)
            if file := give_up(sessions, file_id, Note.GAVE_UP):
                statistics.record(redis, SNIPPETS, PLAIN, Note.GAVE_UP, 0, now() - file.created_at)
        swept, last = swept + len(batch), batch[-1]
    return swept


def _pending(sessions: Sessions, after: int, older_than: timedelta) -> list[int]:
    query = (
        select(File.id)
        .where(File.html.is_(None), File.id > after, File.created_at < now() - older_than)
        .order_by(File.id)
        .limit(BATCH)
    )
    with sessions() as session:
        return list(session.scalars(query))
