"""Redis: what it keeps over a restart, what it throws away when it is full, and how full it is."""

from collections.abc import Iterator
from typing import Any

from redis import Redis

from snippets.doctor.finding import Finding, ill, well
from snippets.human import size

FULL = 0.9  # of what it may hold


def redis_parts(redis: Redis) -> Iterator[Finding]:
    """Look at all that Redis tells of itself. Raises RedisError when it is away."""
    told = redis.info()
    yield well("redis", f"{told.get('server_name', 'redis')} {told['redis_version']} answers.")
    yield _persistence(told)
    yield _eviction(told)
    yield _memory(told)


def _persistence(told: dict[str, Any]) -> Finding:
    if not told["aof_enabled"]:
        mend = "Set appendonly yes in its configuration (CONFIG SET appendonly yes does so until it restarts)."
        return ill("persistence", "Redis has no append-only file: a restart forgets what is queued and counted.", mend)
    if told.get("aof_last_write_status") != "ok":
        return ill("persistence", "Redis could not write its append-only file.", "Look at its log and its disk.")
    return well("persistence", "Redis writes its append-only file.")


def _eviction(told: dict[str, Any]) -> Finding:
    policy = told.get("maxmemory_policy", "unknown")
    if policy == "noeviction":
        return well("eviction", "A full Redis refuses and forgets nothing.")
    mend = "Set maxmemory-policy noeviction in its configuration: jobs are no cache."
    return ill("eviction", f"A full Redis throws jobs away: its policy is {policy}.", mend)


def _memory(told: dict[str, Any]) -> Finding:
    used, most = told["used_memory"], told.get("maxmemory") or told.get("total_system_memory", 0)
    if most and used > FULL * most:
        mend = "Give it more (maxmemory), or look at /rq for failed jobs that nobody needs."
        return ill("memory", f"Redis holds {size(used)} of the {size(most)} that it may.", mend)
    return well("memory", f"Redis holds {size(used)}.")
