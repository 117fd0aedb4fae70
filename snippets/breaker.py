"""A circuit breaker that all workers share through Redis: a sick highlighter does not cost every job its deadline."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress

from redis import Redis, RedisError

from snippets.notes import Note
from snippets.settings import Settings

log = logging.getLogger(__name__)

FAILURES = "snippets:breaker:failures"  # in a row, among all workers
OPEN = "snippets:breaker:open"  # since when, in seconds of the Unix epoch; absent: closed
PROBE = "snippets:breaker:probe"  # whoever set it may try the service while the breaker is open
EVERY = 5  # seconds from one probe to the next, more than one takes: so there is one at a time


def is_open(redis: Redis) -> bool:
    """Whether the highlighter is being left alone now. Raises RedisError."""
    return bool(redis.exists(OPEN))


def open_since(redis: Redis) -> float | None:
    """Return the second of the Unix epoch since which it is left alone; None: it is not. Raises RedisError."""
    since = redis.get(OPEN)
    return None if since is None else float(since)


def close(redis: Redis) -> float | None:
    """Have the highlighter called again and its failures forgotten; return what `open_since` did. Raises RedisError."""
    with redis.pipeline() as pipeline:
        pipeline.getdel(OPEN)
        pipeline.delete(FAILURES, PROBE)
        since = pipeline.execute()[0]
    return None if since is None else float(since)


# What speaks of the service, not of one text that it could not do.
SERVICE = {Note.UNREACHABLE, Note.SLOW, Note.BROKEN, Note.STATUS, Note.REDIRECTED, Note.ENCODED}


class Breaker:
    """Opens after `breaker_failures` failures in a row within `breaker_seconds`, closes at the first success.

    No method raises: with Redis away nothing is known of the service, and the work is done here (`allows` is False).
    """

    def __init__(self, redis: Redis, settings: Settings, on_close: Callable[[float], None]) -> None:
        """Share what is known with everybody on the same Redis.

        `on_close` is called by the one who closes it, with the second of the Unix epoch at which it had opened.
        """
        self._redis = redis
        self._on_close = on_close
        self._most = settings.breaker_failures
        self._seconds = settings.breaker_seconds

    def allows(self) -> bool:
        """Whether the service may be called now; while open that is one probe each EVERY seconds."""
        if not self._most:
            return True
        try:
            return not self._redis.exists(OPEN) or bool(self._redis.set(PROBE, 1, nx=True, ex=EVERY))
        except RedisError:
            return False

    def failed(self, note: Note) -> None:
        """Count a failure of the service; open when it is one too many."""
        if not self._most or note not in SERVICE:
            return
        try:
            with self._redis.pipeline() as pipeline:
                pipeline.incr(FAILURES)
                pipeline.expire(FAILURES, self._seconds, nx=True)
                failures = pipeline.execute()[0]
            if failures >= self._most and self._redis.set(OPEN, time.time(), nx=True):
                log.warning("the highlighter failed %d times in a row: Pygments fills in", failures)
        except RedisError as error:
            log.warning("a failure was not counted: %s", error)

    def undecided(self) -> None:
        """Leave the probe to the next caller: this one had no time to wait for the answer."""
        with suppress(RedisError):
            self._redis.delete(PROBE)

    def succeeded(self) -> None:
        """Close it, and forget the failures."""
        if not self._most:
            return
        try:
            since = close(self._redis)
        except RedisError as error:
            log.warning("a success was not counted: %s", error)
            return
        if since is not None:
            log.warning("the highlighter is back")
            self._on_close(since)
