"""Which snippets have changed: every web process of every machine is told, so that none shows what it has kept."""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from redis import Redis, RedisError
from sqlalchemy import event
from sqlalchemy.orm import Session

from snippets.database import Sessions

log = logging.getLogger(__name__)

CHANNEL = "snippets:changed"
MARK = "changed snippets"  # in a session's info
KEPT = 10  # seconds for which what is shown of a snippet may be kept
EVERY = 0.5  # seconds between two tries


def mark(session: Session, snippet_id: str) -> None:
    """Note that a transaction changes what is shown of a snippet, to be told once it is committed."""
    session.info.setdefault(MARK, set()).add(snippet_id)


def hear_own(sessions: Sessions, heard: Callable[[str], None]) -> None:
    """Have `heard` called with what a commit of these sessions changes, whether or not Redis lets others know."""

    @event.listens_for(sessions, "after_commit", insert=True)
    def hear(session: Session) -> None:
        for snippet_id in session.info.get(MARK, ()):
            heard(snippet_id)


def announce_marked(sessions: Sessions, redis: Redis) -> None:
    """Have every commit of these sessions announce what was marked in it, before whoever committed goes on."""

    @event.listens_for(sessions, "after_commit")
    def announce_all(session: Session) -> None:
        for snippet_id in session.info.pop(MARK, ()):
            announce(redis, snippet_id)

    @event.listens_for(sessions, "after_soft_rollback")
    def forget(session: Session, _previous: Any) -> None:
        session.info.pop(MARK, None)


def announce(redis: Redis, snippet_id: str) -> None:
    """Tell everybody that a snippet has changed; waits for a Redis that does not answer once, and then for none.

    Never raises: a millisecond after Redis has gone, nobody trusts what he kept. One that answers questions and takes
    no announcement, as during a failover, is told as soon as it takes one; until then others show what they kept, for
    KEPT seconds.
    """
    if _later.is_busy or not _published(redis, snippet_id):
        _later.add(redis, snippet_id)


class _Later:
    """What Redis did not take, told again by one thread: Redis may have failed this process and no other."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Redis, str, float]] = deque()  # with when nobody has kept anything of it any more
        self._lock, self._more = threading.Lock(), threading.Event()
        self._telling = False

    @property
    def is_busy(self) -> bool:
        """Whether something is still to be told."""
        return self._telling

    def add(self, redis: Redis, snippet_id: str) -> None:
        """Tell that as well."""
        with self._lock:
            self._waiting.append((redis, snippet_id, time.monotonic() + KEPT))
            begins, self._telling = not self._telling, True
        self._more.set()
        if begins:
            threading.Thread(target=self._tell, name="announcing", daemon=True).start()

    def _tell(self) -> None:
        missed = 0
        while next_one := self._next():
            redis, snippet_id, until = next_one
            if time.monotonic() > until:
                missed += 1
            elif not _published(redis, snippet_id):
                self._more.clear()
                self._more.wait(EVERY)
                continue
            self._waiting.popleft()
        if missed:
            log.warning("changes of %d snippets were not announced", missed)

    def _next(self) -> tuple[Redis, str, float] | None:
        with self._lock:
            self._telling = bool(self._waiting)
            return self._waiting[0] if self._waiting else None


_later = _Later()
os.register_at_fork(after_in_child=_later.__init__)  # type: ignore[misc]  # no thread lives on in a forked child


def _published(redis: Redis, snippet_id: str) -> bool:
    try:
        redis.publish(CHANNEL, snippet_id)
    except RedisError:
        return False
    return True
