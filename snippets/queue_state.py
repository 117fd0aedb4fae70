"""What waits in the queues at this moment, and since when. Nothing is changed by looking."""

from dataclasses import dataclass
from datetime import UTC, datetime

from redis import Redis
from rq import Queue
from rq.job import Job
from rq.utils import utcparse

from snippets.lanes import BULK, MAIL, SNIPPETS

QUEUES = (SNIPPETS, BULK, MAIL)
LOOKED_AT = 500  # jobs of a queue: a page is not to wait for a hundred thousand
RETRIES = 20  # shown


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue: how many jobs wait, the oldest one's seconds since it was enqueued, and RQ's registries by name."""

    name: str
    depth: int
    oldest: float | None  # of the first LOOKED_AT; None: it is empty
    registries: dict[str, int]  # started, scheduled, deferred, failed


@dataclass(frozen=True, slots=True)
class Retry:
    """A job that is to be tried again, at `due`."""

    job_id: str
    queue: str
    due: datetime


def queue_state(redis: Redis, name: str) -> QueueState:
    """Return one queue's figures. Raises RedisError when Redis is away."""
    queue = Queue(name, connection=redis)
    registries = {
        "started": queue.started_job_registry,
        "scheduled": queue.scheduled_job_registry,
        "deferred": queue.deferred_job_registry,
        "failed": queue.failed_job_registry,
    }
    with redis.pipeline(transaction=False) as pipeline:
        pipeline.llen(queue.key)
        pipeline.lrange(queue.key, 0, LOOKED_AT - 1)
        for registry in registries.values():
            pipeline.zcard(registry.key)
        depth, job_ids, *counts = pipeline.execute()
    return QueueState(name, depth, _oldest(redis, job_ids), dict(zip(registries, counts, strict=True)))


def retries(redis: Redis) -> tuple[int, list[Retry]]:
    """Return how many jobs wait for another try, and the RETRIES that are due first. Raises RedisError."""
    keys = {name: Queue(name, connection=redis).scheduled_job_registry.key for name in QUEUES}
    with redis.pipeline(transaction=False) as pipeline:
        for key in keys.values():
            pipeline.zcard(key)
            pipeline.zrange(key, 0, RETRIES - 1, withscores=True)
        found = pipeline.execute()
    waiting = [
        Retry(job_id.decode(), name, datetime.fromtimestamp(score, UTC))
        for name, jobs in zip(keys, found[1::2], strict=True)
        for job_id, score in jobs
    ]
    return sum(found[::2]), sorted(waiting, key=lambda retry: retry.due)[:RETRIES]


def _oldest(redis: Redis, job_ids: list[bytes]) -> float | None:
    """Return the greatest age in seconds: those put at the front are younger than those behind them."""
    with redis.pipeline(transaction=False) as pipeline:
        for job_id in job_ids:
            pipeline.hget(Job(job_id.decode(), connection=redis).key, "enqueued_at")
        since = [utcparse(found.decode()) for found in pipeline.execute() if found]
    return (datetime.now(UTC) - min(since)).total_seconds() if since else None
