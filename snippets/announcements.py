"""Which snippets have changed: every web process of every machine is told, so that none shows what it has kept."""

import logging
import threading
import time
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
    """Tell everybody that a snippet has changed.

    Never raises: while Redis is away, nobody trusts what he kept. One that answers questions and takes no announcement,
    as during a failover, is told as soon as it takes one; until then others show what they kept, for KEPT seconds.
    """
    if not _published(redis, snippet_id):
        threading.Thread(target=_announce_later, args=[redis, snippet_id], name="announcing", daemon=True).start()


def _announce_later(redis: Redis, snippet_id: str) -> None:
    """Go on trying: Redis may have failed this process and no other."""
    for _ in range(round(KEPT / EVERY)):
        time.sleep(EVERY)
        if _published(redis, snippet_id):
            return
    log.warning("a change of %s was not announced", snippet_id)


def _published(redis: Redis, snippet_id: str) -> bool:
    try:
        redis.publish(CHANNEL, snippet_id)
    except RedisError:
        return False
    return True
