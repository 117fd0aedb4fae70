"""How long colours take and how often they fall back: counted in Redis once for each file, read as an hour or a day.

A count is a hash whose fields add up, so that counts are merged by adding them. Each file is counted thrice: in its
minute, in its quarter of an hour, and in the totals that never go back. A day read from minutes would be 1,440 hashes
and 140 ms of the web's only thread; 96 quarters are 10.
"""

import logging
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from redis import Redis, RedisError
from redis.commands.core import Script

from snippets.timing import Timing, bucket_of

log = logging.getLogger(__name__)

Count = Counter[str]  # by field: `kind:name` or `kind:name:bucket`, see _fields
TOTALS = "snippets:statistics:totals"
COLOUR = "colour:all"  # the time from saved to coloured, as a series; an engine's own is `engine:` and its name

# One command in place of twenty. KEYS: a step of each window, the totals; ARGV: the windows' lives, fields and numbers.
_ADD = """
for at, key in ipairs(KEYS) do
  for i = #KEYS, #ARGV, 2 do redis.call('HINCRBY', key, ARGV[i], ARGV[i + 1]) end
  if at < #KEYS then redis.call('EXPIRE', key, ARGV[at]) end
end
"""


@dataclass(frozen=True, slots=True)
class Window:
    """The time up to now in so many equal steps, which begin at full minutes or quarters of an hour UTC."""

    seconds: int  # of a step
    steps: int

    def key(self, step: int) -> str:
        """Return where a step is counted; steps are numbered from the Unix epoch."""
        return f"snippets:statistics:{self.seconds}:{step}"


HOUR = Window(60, 60)
DAY = Window(900, 96)


def record(
    redis: Redis, queue: str, engine: str, note: str | None, took_ms: int, waited: timedelta | None = None
) -> None:
    """Count a file whose colours have landed: one round trip, and never an error for Redis' sake.

    `note` is as in the row; `waited` is the time since the file was saved, None when nobody waited for it.
    """
    fields = _fields(queue, engine, note, took_ms, waited)
    now = int(time.time())
    keys = [window.key(now // window.seconds) for window in (HOUR, DAY)]
    lives = [window.seconds * (window.steps + 1) for window in (HOUR, DAY)]
    try:
        Script(redis, _ADD)([*keys, TOTALS], [*lives, *(each for field in fields.items() for each in field)])
    except RedisError as error:
        log.warning("not counted: %s", error)


def read(redis: Redis, window: Window) -> list[Count]:
    """Return the counts of each step of a window, the oldest first; the last is still going on. Raises RedisError."""
    last = int(time.time()) // window.seconds
    with redis.pipeline(transaction=False) as pipeline:
        for step in range(last - window.steps + 1, last + 1):
            pipeline.hgetall(window.key(step))
        return [_count(found) for found in pipeline.execute()]


def totals(redis: Redis) -> Count:
    """Return the counts of all time: they only ever grow. Raises RedisError."""
    return _count(redis.hgetall(TOTALS))


def merge(counts: list[Count]) -> Count:
    """Return the sum of counts."""
    merged: Count = Counter()
    for count in counts:
        merged.update(count)
    return merged


def timing(count: Count, series: str) -> Timing:
    """Return the histogram of a series, COLOUR or `engine:…`, empty if there is none."""
    fields = {
        field.removeprefix(f"{series}:"): number for field, number in count.items() if field.startswith(f"{series}:")
    }
    total = fields.pop("ms", 0)
    return Timing({int(bucket): number for bucket, number in fields.items()}, total)


def named(count: Count, kind: str) -> dict[str, int]:
    """Return what was counted of a kind (queue, engine, note) by name, the most frequent first."""
    found: Count = Counter()
    for field, number in count.items():
        what, name, *rest = field.split(":")
        if what == kind and rest != ["ms"]:
            found[name] += number
    return dict(found.most_common())


def _fields(queue: str, engine: str, note: str | None, took_ms: int, waited: timedelta | None) -> Count:
    fields = Counter({f"queue:{queue}": 1, **_timed(f"engine:{engine}", took_ms)})
    if waited is not None:
        fields.update(_timed(COLOUR, round(waited / timedelta(milliseconds=1))))
    if note:
        fields.update(f"note:{word}" for word in note.split(","))
    return fields


def _timed(series: str, milliseconds: int) -> dict[str, int]:
    return {f"{series}:{bucket_of(milliseconds)}": 1, f"{series}:ms": max(0, milliseconds)}


def _count(found: Any) -> Count:
    return Counter({field.decode(): int(number) for field, number in found.items()})
