"""The web's connection to Redis: short waits, and none at all while Redis is known to be away."""

import time
from collections.abc import Callable
from typing import Any, Self, TypeVar

from redis import Redis, exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

AWAY = 2.0  # seconds for which a Redis that failed is taken for away

T = TypeVar("T")


class FailFast(Retry):
    """Try once, and for AWAY seconds after a failure not at all.

    A frozen Redis costs its whole time-out: without this every request of a web process would pay it in turn.
    """

    def __init__(self) -> None:
        """Start by trusting Redis."""
        super().__init__(NoBackoff(), 0)
        self._away_until = 0.0

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Stay one object: redis-py copies the policy for each connection, and they are to share what they learnt."""
        return self

    def call_with_retry(self, do: Callable[[], T], fail: Callable[..., Any], *args: Any, **kwargs: Any) -> T:
        """Run `do` once; raise ConnectionError at once while Redis is taken for away."""
        if time.monotonic() < self._away_until:
            raise exceptions.ConnectionError("Redis failed a moment ago")
        try:
            return super().call_with_retry(do, fail, *args, **kwargs)
        except (exceptions.ConnectionError, exceptions.TimeoutError):
            self._away_until = time.monotonic() + AWAY
            raise


def connect(url: str, timeout: float, *, insists: bool = False) -> Redis:
    """Return a connection on which nothing waits longer than `timeout` seconds; nothing is opened yet.

    One that `insists` asks each time anew, also a Redis that failed a moment ago.
    """
    retry = Retry(NoBackoff(), 0) if insists else FailFast()
    return Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=retry)
