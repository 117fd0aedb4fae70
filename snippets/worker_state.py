"""The workers that give signs of life, and what they are doing. Nothing is changed by looking."""

from dataclasses import dataclass
from datetime import UTC, datetime

from redis import Redis
from rq import Queue, worker_registration
from rq.executions import WORKER_EXECUTIONS_KEY_TEMPLATE
from rq.suspension import is_suspended
from rq.utils import utcparse
from rq.worker import BaseWorker

from snippets.lanes import SNIPPETS


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One worker, as its hash in Redis has it."""

    name: str
    host: str
    pid: int
    queues: list[str]
    state: str  # idle, busy, suspended
    memory_mb: float | None  # of it and its horse, in MiB; None: RQ's own worker does not say
    job_id: str | None
    heartbeat: float  # seconds since its last sign of life
    site_version: str | None  # of our code; None: RQ's own worker does not say
    rq_version: str | None


def worker_states(redis: Redis) -> list[WorkerState]:
    """Return the living workers, those of the queue on which people wait first. Raises RedisError."""
    names = [key.rpartition(":")[2] for key in worker_registration.get_keys(None, redis)]
    with redis.pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.hgetall(f"{BaseWorker.redis_worker_namespace_prefix}{name}")
            pipeline.smembers(WORKER_EXECUTIONS_KEY_TEMPLATE.format(name))
        found = pipeline.execute()
    states = [
        _state(name, fields, executions)
        for name, fields, executions in zip(names, found[::2], found[1::2], strict=True)
        if b"last_heartbeat" in fields
    ]
    return sorted(states, key=lambda worker: (SNIPPETS not in worker.queues, worker.host, worker.pid))


def count_workers(redis: Redis, queue: str | None = None) -> int:
    """Return how many workers give signs of life, those of one queue or all. Raises RedisError when Redis is away.

    RQ's own count takes in the dead until a worker cleans up after them.
    """
    keys = worker_registration.get_keys(Queue(queue, connection=redis) if queue else None, redis)
    return int(redis.exists(*keys)) if keys else 0


def are_suspended(redis: Redis) -> bool:
    """Whether the workers are told to take no job. Raises RedisError."""
    return bool(is_suspended(redis))


def _state(name: str, fields: dict[bytes, bytes], executions: set[bytes]) -> WorkerState:
    has = {field.decode(): value.decode() for field, value in fields.items()}
    heartbeat = (datetime.now(UTC) - utcparse(has["last_heartbeat"])).total_seconds()
    memory = float(has["memory_mb"]) if "memory_mb" in has else None
    return WorkerState(
        name=name,
        host=has.get("hostname", ""),
        pid=int(has.get("pid", 0)),
        queues=has.get("queues", "").split(","),
        state=has.get("state", "?"),
        memory_mb=memory,
        job_id=min(executions).decode().rpartition(":")[0] if executions else None,
        heartbeat=max(0.0, heartbeat),
        site_version=has.get("site_version"),
        rq_version=has.get("version"),
    )
