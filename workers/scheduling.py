"""RQ's scheduler, one round at a time: a process of its own would be one more to watch over."""

from redis import Redis
from rq import Queue
from rq.scheduler import RQScheduler


def enqueue_due(queues: list[Queue], connection: Redis) -> None:
    """Enqueue the jobs whose time has come, unless another scheduler is at it. Raises RedisError."""
    scheduler = _Scheduler(queues, connection)
    if scheduler.acquire_locks():
        scheduler.enqueue_scheduled_jobs()
        scheduler.release_locks()


class _Scheduler(RQScheduler):
    """On the worker's own connection, whatever that is (TLS, Sentinel, a socket)."""

    def __init__(self, queues: list[Queue], connection: Redis) -> None:
        super().__init__(queues, connection=connection, logging_level="WARNING")  # or it reports each round
        self._connection = connection  # type: ignore[assignment]  # RQ declares it by its first value, None
