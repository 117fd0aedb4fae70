"""Bring back what the queue lost. Idempotent: run it as often as you like, from anywhere."""

import logging
from datetime import timedelta
from typing import NamedTuple

from redis import Redis, RedisError
from sqlalchemy import select

from snippets import statistics
from snippets.colours import PLAIN, give_up
from snippets.database import Sessions
from snippets.lanes import SNIPPETS
from snippets.models import File, now
from snippets.notes import Note
from snippets.pending_jobs import revive, suspects

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=30)  # a younger file is most likely in good hands
BATCH = 500
REACHED = "snippets:sweep:reached"  # the last file that was looked at


def sweep(sessions: Sessions, redis: Redis, older_than: timedelta = PATIENCE) -> int | None:
    """See that every file still pending after `older_than` is in somebody's hands; return how many there are.

    A file whose job is alive keeps that one job; one that RQ has given up is left as plain text. None: Redis is away.
    """
    swept, last = 0, 0
    while True:
        turn = sweep_some(sessions, redis, last, older_than)
        if turn is None:
            return None
        swept, last = swept + turn.swept, turn.last
        if not last:
            return swept


def sweep_on(sessions: Sessions, redis: Redis) -> int | None:
    """Sweep the next BATCH files, from where the last turn of any worker ended: a backlog takes nobody's time.

    Returns how many of them nobody had in hand; None: Redis is away.
    """
    turn = sweep_some(sessions, redis, int(redis.get(REACHED) or 0), PATIENCE)
    if turn is None:
        return None
    redis.set(REACHED, turn.last)
    return turn.revived


class Turn(NamedTuple):
    """What came of one batch: files looked at, those nobody had in hand, the last one (0: there are no more)."""

    swept: int
    revived: int
    last: int


def sweep_some(sessions: Sessions, redis: Redis, after: int, older_than: timedelta) -> Turn | None:
    """Sweep up to BATCH pending files after one; None: Redis is away."""
    batch = _pending(sessions, after, older_than)
    try:
        lost = suspects(redis, batch)
        given_up = revive(redis, lost)
    except RedisError as error:
        log.warning("not swept: %s", error)
        return None
    for file_id in given_up:
        log.error("file %d is left plain: RQ had given it up, and no worker of ours was there", file_id)
        if file := give_up(sessions, file_id, Note.GAVE_UP):
            statistics.record(redis, SNIPPETS, PLAIN, Note.GAVE_UP, 0, now() - file.created_at)
    return Turn(len(batch), len(lost), batch[-1] if len(batch) == BATCH else 0)


def _pending(sessions: Sessions, after: int, older_than: timedelta) -> list[int]:
    query = (
        select(File.id)
        .where(File.html.is_(None), File.id > after, File.created_at < now() - older_than)
        .order_by(File.id)
        .limit(BATCH)
    )
    with sessions() as session:
        return list(session.scalars(query))
