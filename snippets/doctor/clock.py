"""The clock of this machine, against those of Redis and of PostgreSQL: times of both are compared with its own."""

import time
from collections.abc import Callable

from redis import Redis
from sqlalchemy import Connection, text

from snippets.doctor.finding import Finding, ill, well

APART = 2.0  # seconds; an expiry is told to the second, and a wait of 10 s is late
MEND = "Let the machines keep time by NTP (timedatectl set-ntp true)."

Clock = Callable[[], float]


def against_redis(redis: Redis, clock: Clock = time.time) -> Finding:
    """Compare with Redis' clock. Raises RedisError when it is away."""
    before = clock()
    seconds, micros = redis.time()
    return _compared("Redis", before, seconds + micros / 1e6, clock())


def against_database(connection: Connection, clock: Clock = time.time) -> Finding:
    """Compare with PostgreSQL's clock; SQLite has none but this."""
    if connection.dialect.name == "sqlite":
        return well("clock, database", "SQLite has this machine's clock.")
    before = clock()
    theirs = connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())"))
    return _compared("the database", before, float(theirs or 0), clock())


def _compared(whose: str, before: float, theirs: float, after: float) -> Finding:
    """Judge a clock by the moment between asking and being answered."""
    part = f"clock, {whose.removeprefix('the ')}"
    ahead = max(0.0, before - theirs) or min(0.0, after - theirs)
    if abs(ahead) > APART:
        way = "ahead of" if ahead > 0 else "behind"
        return ill(part, f"This machine's clock is {abs(ahead):.0f} s {way} that of {whose}.", MEND)
    return well(part, f"This machine's clock is that of {whose}.")
