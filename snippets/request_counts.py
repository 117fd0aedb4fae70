"""How many requests were answered and snippets created, by all web processes of all machines together."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable
from multiprocessing.util import Finalize
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from redis import Redis, RedisError

log = logging.getLogger(__name__)

KEY = "snippets:requests"
EVERY = 2.0  # seconds
CREATED = "created"


class RequestCounts:
    """Counts in memory; a thread that lives while there is something to add brings it to Redis every EVERY seconds.

    No request waits for Redis, none costs it a round trip, and the sum outlives the processes: shared memory would be
    one machine's, and begin anew with each deployment. A process that is killed takes up to EVERY seconds with it; a
    Redis that dies between adding and saying so is told twice.
    """

    def __init__(self, redis: Redis) -> None:
        """Start no thread before the first count, which comes after any fork."""
        self._redis = redis
        self._lock = threading.Lock()
        self._pending: Counter[str] = Counter()
        self._thread: threading.Thread | None = None
        Finalize(None, self.flush, exitpriority=1)  # atexit is not heard in granian's workers

    def add(self, name: str) -> None:
        """Count one; takes microseconds whatever Redis does."""
        with self._lock:
            self._pending[name] += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._bring, name="request-counts", daemon=True)
                self._thread.start()

    def flush(self) -> bool:
        """Bring to Redis what was counted; False when it is away, and all is kept for the next time."""
        with self._lock:
            taken, self._pending = self._pending, Counter()
        if not taken:
            return True
        try:
            with self._redis.pipeline() as pipeline:
                for name, number in taken.items():
                    pipeline.hincrby(KEY, name, number)
                pipeline.execute()
        except RedisError as error:
            log.debug("requests not counted yet: %s", error)
            with self._lock:
                self._pending.update(taken)
            return False
        return True

    def read(self) -> Counter[str]:
        """Return the sums of all processes, this one's up to now. Raises RedisError."""
        self.flush()
        found: Any = self._redis.hgetall(KEY)
        return Counter({name.decode(): int(number) for name, number in found.items()})

    def _bring(self) -> None:
        while True:
            time.sleep(EVERY)
            self.flush()
            with self._lock:
                if not self._pending:
                    self._thread = None
                    return


def counted(app: WSGIApplication, counts: RequestCounts) -> WSGIApplication:
    """Return the app with each of its answers counted by the class of its status, as `2xx`."""

    def counting(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            counts.add(f"{status[0]}xx")
            return start_response(status, headers, exc_info)

        return app(environ, start)

    return counting
