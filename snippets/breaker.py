"""A circuit breaker that all workers share through Redis: a sick highlighter does not cost every job its deadline."""

import logging
import math
import time

from redis import Redis, RedisError

from snippets.notes import Note
from snippets.queue import enqueue_offer
from snippets.settings import Settings

log = logging.getLogger(__name__)

FAILURES = "snippets:breaker:failures"  # in a row, among all workers
OPEN = "snippets:breaker:open"  # since when, in seconds of the Unix epoch; absent: closed
PROBE = "snippets:breaker:probe"  # whoever set it may try the service while the breaker is open
ASKED = "snippets:breaker:asked"  # a probe was asked for: not by everybody who has no time for one
EVERY = 5  # seconds from one probe to the next, at least
MARGIN = 2  # seconds from the end of one at its deadline to the next: so there is one at a time


def open_since(redis: Redis, settings: Settings) -> float | None:
    """Return the second of the Unix epoch since which the highlighter is left alone; None: it is not.

    Where there is none, or the breaker is turned off, what Redis remembers of earlier times says nothing. Raises
    RedisError.
    """
    if not (settings.highlighter_url and settings.breaker_failures):
        return None
    since = redis.get(OPEN)
    return None if since is None else float(since)


def close(redis: Redis) -> bool:
    """Have the highlighter called again, and offered what it missed; False when it is called already.

    Raises RedisError: then it is open still, or the offer is made twice, but never lost.
    """
    with redis.pipeline() as pipeline:
        pipeline.get(OPEN)
        pipeline.delete(FAILURES)
        since = pipeline.execute()[0]
    if since is None:
        return False
    enqueue_offer(redis, float(since))  # first: a Redis that is full refuses it, and still deletes
    redis.delete(OPEN, PROBE)
    return True


# What speaks of the service, not of one text that it could not do.
SERVICE = {Note.UNREACHABLE, Note.SLOW, Note.BROKEN, Note.STATUS, Note.REDIRECTED, Note.ENCODED}


class Breaker:
    """Opens after `breaker_failures` failures in a row within `breaker_seconds`, closes at the first success.

    No method raises: with Redis away nothing is known of the service, and the work is done here (`allows` is False).
    """

    def __init__(self, redis: Redis, settings: Settings) -> None:
        """Share what is known with everybody on the same Redis."""
        self._redis = redis
        self._is_well = False  # nothing had failed when it was asked
        self._most = settings.breaker_failures
        self._seconds = settings.breaker_seconds
        self._every = max(EVERY, math.ceil(settings.highlighter_deadline) + MARGIN)

    def allows(self, *, probe: bool = True) -> bool:
        """Whether the service may be called now; while open that is one probe at a time, by who has time for it.

        Whoever probes keeps the probe until its time is over, also when he gives up sooner.
        """
        if not self._most:
            return True
        try:
            self._is_well = not self._redis.exists(OPEN, FAILURES)
            if self._is_well or not self._redis.exists(OPEN):
                return True
            return probe and bool(self._redis.set(PROBE, 1, nx=True, ex=self._every))
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

    def wants_probe(self) -> bool:
        """Whether somebody with time should be asked to call the service now; True for one in as long as one takes."""
        try:
            return bool(self._redis.set(ASKED, 1, nx=True, ex=self._every))
        except RedisError:
            return False

    def succeeded(self) -> None:
        """Close it, and forget the failures; whoever closes it offers the service what it missed."""
        try:
            if self._most and not self._is_well and close(self._redis):
                log.warning("the highlighter is back")
        except RedisError as error:
            log.warning("a success was not counted: %s", error)
