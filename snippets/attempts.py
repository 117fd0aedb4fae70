"""What a client may do only so often: counted in Redis for all processes together, and in this one's memory."""

import math
import time
from contextlib import suppress
from functools import cached_property
from ipaddress import IPv6Address, ip_network
from weakref import WeakKeyDictionary

from limits import parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import ConnectionPool, Redis, RedisError

from snippets.networks import parse as parse_address


class Attempts:
    """Allow each client so many attempts (`most`, as in "10/minute"): those that the caller says count.

    Memory counts always, and Redis, when it answers, what memory lets through: an attacker gains nothing while it is
    away, except that each web process then counts by itself. Nothing is raised and no call waits longer than `redis`
    does (see redis_client).
    """

    def __init__(self, redis: Redis, name: str, most: str = "10/minute") -> None:
        """Count under `name`, so that two doors do not share a count; nothing is opened yet."""
        self._name = name
        self._most = parse(most)
        self._none_since = 0.0  # time.monotonic() from which none is in the window here
        self._shared = MovingWindowRateLimiter(_storage(redis))

    @cached_property
    def _here(self) -> MovingWindowRateLimiter:
        # Not before somebody is counted: MemoryStorage starts a thread when it is made.
        return MovingWindowRateLimiter(MemoryStorage())

    def wait(self, address: str) -> int:
        """Return the seconds for which this client must not try again; 0 when it may."""
        wait = self.wait_here(address)
        if not wait:
            try:
                wait = self._wait(self._shared, _client(address))
            except RedisError:
                return 0
        return wait

    def take(self, address: str) -> int:
        """Count an attempt and return 0, or the seconds to wait where it would be one too many, also of a crowd's."""
        if wait := self.wait(address):
            return wait
        return 0 if self.count(address) else max(1, self.wait(address))

    def wait_here(self, address: str) -> int:
        """Return what `wait` would by this process' own count: no round trip, for what happens at every request."""
        if time.monotonic() > self._none_since:
            return 0
        return self._wait(self._here, _client(address))

    def standing(self, address: str) -> tuple[int, int, int, int]:
        """Return how many attempts in how many seconds, how many are left by the stricter count, and until when."""
        client = _client(address)
        stats = self._here.get_window_stats(self._most, self._name, client)
        with suppress(RedisError):
            shared = self._shared.get_window_stats(self._most, self._name, client)
            stats = min(stats, shared, key=lambda each: each.remaining)
        reset = max(0, math.ceil(stats.reset_time - time.time()))
        return self._most.amount, self._most.get_expiry(), stats.remaining, reset

    def count(self, address: str) -> bool:
        """Count an attempt of this client; False, by either count, where somebody was faster and it is one too many."""
        client = _client(address)
        is_within = self._here.hit(self._most, self._name, client)
        self._none_since = time.monotonic() + self._most.get_expiry()
        try:  # in Redis only what this process lets through: the place there may be somebody else's
            return is_within and self._shared.hit(self._most, self._name, client)
        except RedisError:
            return is_within

    def _wait(self, limiter: MovingWindowRateLimiter, client: str) -> int:
        stats = limiter.get_window_stats(self._most, self._name, client)
        return 0 if stats.remaining > 0 else max(1, math.ceil(stats.reset_time - time.time()))


_storages: WeakKeyDictionary[ConnectionPool, RedisStorage] = WeakKeyDictionary()


def _storage(redis: Redis) -> RedisStorage:
    """Return the one storage of a Redis: it holds scripts, and knows the count of each name."""
    pool = redis.connection_pool
    if pool not in _storages:
        _storages[pool] = RedisStorage("redis://", connection_pool=pool)  # the pool alone says where it is
    return _storages[pool]


def _client(address: str) -> str:
    """Return what one client cannot change at will: an IPv4 address, the first half of an IPv6 one."""
    found = parse_address(address)
    if found is None:
        return address  # over a Unix socket there is none, and all clients are one
    return str(ip_network((int(found), 64), strict=False) if isinstance(found, IPv6Address) else found)
