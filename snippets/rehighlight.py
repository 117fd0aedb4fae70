"""Which files have colours that might be better, and their way to the queue, gently and from where it was left."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from time import sleep

from redis import Redis
from rq import Queue
from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from snippets.database import Sessions
from snippets.lanes import AGAIN, BULK, ENOUGH
from snippets.models import File, Snippet, now
from snippets.notes import REMOTE_FAILURES
from snippets.queue import enqueue_once
from snippets.worker_state import count_workers

BATCH = 20  # files
PAUSE = 0.05  # seconds


class Unserved(Exception):
    """No worker takes jobs from bulk."""


def fell_back(since: datetime) -> ColumnElement[bool]:
    """Say which files the HTTP highlighter failed since a moment: their first reason is one of its failures."""
    reasons = (or_(File.note == word, File.note.startswith(f"{word},")) for word in REMOTE_FAILURES)
    return File.note.is_not(None) & File.html.is_not(None) & (File.highlighted_at >= since) & or_(*reasons)


def matching(
    *, engine: str | None, language: str | None, older_than: timedelta | None, visibility: str | None
) -> ColumnElement[bool]:
    """Say which files have colours and meet all that is given; `older_than` is the age of the colours."""
    wanted: list[ColumnElement[bool]] = [File.html.is_not(None)]
    if engine is not None:
        wanted.append(File.engine == engine)
    if language is not None:
        wanted.append(File.language == language)
    if older_than is not None:
        wanted.append(File.highlighted_at < now() - older_than)
    if visibility is not None:
        wanted.append(File.snippet.has(Snippet.visibility == visibility))
    return and_(*wanted)


def count(sessions: Sessions, which: ColumnElement[bool], after: int = 0) -> int:
    """Return how many such files there are after one."""
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(File).where(which, File.id > after)) or 0


def offer(sessions: Sessions, redis: Redis, which: ColumnElement[bool], after: int = 0) -> Iterator[tuple[int, int]]:
    """Enqueue such files on bulk, batch by batch; yield how many, and the last of them, once they are there.

    Waits while bulk has enough to do, so that Redis holds little and a stop costs little. Raises RedisError, and
    Unserved when it would wait for ever.
    """
    for batch in batches(sessions, which, BATCH, after):
        while Queue(BULK, connection=redis).count > ENOUGH:
            if not count_workers(redis, BULK):
                raise Unserved
            sleep(PAUSE)
        yield enqueue_once(redis, AGAIN, batch), batch[-1]


def batches(sessions: Sessions, which: ColumnElement[bool], size: int, after: int = 0) -> Iterator[list[int]]:
    """Yield the ids of such files in their order, from the first after `after`."""
    while batch := _batch(sessions, _query(which, size, after)):
        yield batch
        after = batch[-1]


def _query(which: ColumnElement[bool], size: int, after: int) -> Select[int]:
    return select(File.id).where(which, File.id > after).order_by(File.id).limit(size)


def _batch(sessions: Sessions, query: Select[int]) -> list[int]:
    with sessions() as session:
        return list(session.scalars(query))
