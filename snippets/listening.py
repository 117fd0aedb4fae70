"""Hearing which snippets have changed, and knowing whether anything was missed."""

import fcntl
import logging
import select
import termios
import threading
import time
from array import array
from collections.abc import Callable
from typing import Any

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.retry import Retry

from snippets.announcements import CHANNEL

log = logging.getLogger(__name__)

LEASE = 2.0  # seconds after a sign of life for which nothing can have been missed
EVERY = 0.5  # seconds between two questions for one, which are asked one at a time
LOOK = 0.001  # seconds until it is seen that the line is cut
TIMEOUT = 1.0  # seconds


class Changes:
    """What was announced, for one thread that asks before it shows what it kept.

    A question takes a microsecond. What Redis has sent by then is heard first, wherever it was announced; and it is
    known whether anything can have been missed, for Redis has to answer a PING every LEASE seconds.
    """

    def __init__(self, url: str, heard: Callable[[str], None], lost: Callable[[], None]) -> None:
        """Connect at the first question. `heard` is called with each id; `lost` when some may have been missed."""
        once = Retry(NoBackoff(), 0)  # a line that is mended in silence has missed something
        self._redis = Redis.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, decode_responses=True, retry=once
        )
        self._heard, self._lost = heard, lost
        self._line: PubSub | None = None
        self._poll = select.poll()
        self._descriptor = -1
        self._waiting = array("i", bytes(2048))  # how many bytes wait: see _has_come
        self._alive_at = self._asked_at = self._looked_at = self._since = 0.0
        self._connecting: threading.Thread | None = None

    def are_known(self, at: float) -> bool:
        """Whether all that has been announced was told to `heard`; never waits. `at` is now, by time.monotonic()."""
        if self._line is None:
            self._connect(at)
            return False
        try:
            if self._has_come() or at - self._looked_at > LOOK:
                self._look(self._line, at)
        except (RedisError, OSError, ValueError) as error:
            log.warning("no page is kept until Redis is back: %s", error)
            self.close()
            return False
        if at - self._alive_at > LEASE:
            self._lost()  # nobody has asked for a while, or Redis is frozen
            return False
        return True

    def were_known(self, since: float) -> bool:
        """Whether all that was announced from then on, by time.monotonic(), was told to `heard`; never waits."""
        return self.are_known(time.monotonic()) and self._since < since

    def close(self) -> None:
        """Listen no more, until the next question."""
        line, self._line = self._line, None
        if line:
            self._poll = select.poll()
            line.close()
            self._lost()

    def _has_come(self) -> bool:
        """Whether Redis has sent anything; a line that was cut is not seen.

        With a buffer of more than 1,024 bytes `fcntl.ioctl` of CPython 3.11 keeps the interpreter's lock, which poll()
        gives up: at each page another thread would take it, and to get it back costs more than to ask.
        """
        fcntl.ioctl(self._descriptor, termios.FIONREAD, self._waiting, True)
        return self._waiting[0] > 0

    def _look(self, line: PubSub, at: float) -> None:
        """Hear what Redis has sent, and ask it for a sign of life when one is due."""
        self._looked_at = at
        while self._poll.poll(0):
            while message := line.get_message(timeout=0):
                if message["type"] == "message":
                    self._heard(message["data"])
                else:  # the answer to PING, however long it lay there
                    self._alive_at = self._asked_at
        if self._alive_at == self._asked_at and at - self._asked_at > EVERY:
            self._asked_at = at
            line.ping()

    def _connect(self, at: float) -> None:
        """Subscribe in a thread of its own: no request waits for that."""
        if self._connecting is None and at - self._asked_at > EVERY:
            self._asked_at = at
            self._connecting = threading.Thread(target=self._subscribe, name="changes", daemon=True)
            self._connecting.start()

    def _subscribe(self) -> None:
        line: PubSub = self._redis.pubsub()  # type: ignore[no-untyped-call]
        began = time.monotonic()
        try:
            line.subscribe(CHANNEL)
            if line.get_message(timeout=TIMEOUT) is None:
                raise TimeoutError("no answer")
        except (RedisError, OSError) as error:
            log.debug("not subscribed: %s", error)
            line.close()
        else:
            self._descriptor = _socket(line).fileno()
            self._poll.register(self._descriptor, select.POLLIN)
            self._alive_at = self._asked_at = began
            self._since = time.monotonic()
            self._line = line
        finally:
            self._connecting = None


def _socket(line: PubSub) -> Any:
    """Return what there is to listen to: redis-py's own way to ask whether anything came takes much longer."""
    return line.connection._sock  # type: ignore[attr-defined]  # noqa: SLF001
