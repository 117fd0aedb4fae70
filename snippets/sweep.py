"""Bring back what the queue lost. Idempotent: run it as often as you like, from anywhere."""

from datetime import timedelta

from redis import Redis
from sqlalchemy import select

from snippets.database import Sessions
from snippets.models import File, now
from snippets.queue import enqueue_highlight

PATIENCE = timedelta(seconds=30)  # a younger file is most likely in good hands
BATCH = 500


def sweep(sessions: Sessions, redis: Redis, older_than: timedelta = PATIENCE) -> int | None:
    """Enqueue every file still pending after `older_than`; return how many, or None when Redis is away.

    A file whose job is alive keeps that one job.
    """
    swept, last = 0, 0
    while batch := _pending(sessions, last, older_than):
        if not enqueue_highlight(redis, batch):
            return None
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
