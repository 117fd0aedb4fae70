"""Requeue failed jobs: one at once, or all that failed of one exception, some at a time, by a job of their own.

RQ takes about three round trips for each: 20,000 in one request would hold up the web for a minute.
"""

import time
from dataclasses import dataclass

from redis import Redis
from rq import Queue
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job, JobStatus
from rq.utils import as_text

from snippets.failures import exceptions
from snippets.lanes import ENOUGH
from snippets.queue import enqueue_requeueing

LEFT = "snippets:requeue:left"  # the ids that are still to be looked at
ORDER = "snippets:requeue"  # what was asked for, and how far it has come
INSISTED = "insisted"  # in a job's meta: it is tried although its text took too long before
SOME = 20  # jobs at a time
PAUSE = 0.2  # seconds
REMEMBERED = 86400  # seconds after the last progress


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the last order has come: jobs looked at and requeued among `total` that had failed when it was given."""

    queue: str
    exception: str
    total: int
    done: int
    requeued: int


def requeue(redis: Redis, queue: str, job_id: str) -> bool:
    """Requeue one failed job; False when it has not failed, or is gone. Raises RedisError."""
    registry = Queue(queue, connection=redis).failed_job_registry
    try:
        if (job := Job.fetch(job_id, connection=redis)).get_status(refresh=False) == JobStatus.FAILED:
            job.meta[INSISTED] = True
            job.save_meta()  # type: ignore[no-untyped-call]
        registry.requeue(job_id)
    except NoSuchJobError:
        redis.zrem(registry.key, job_id)
        return False
    except (InvalidJobOperation, ValueError):  # the second: no id that a job can have
        return False
    return True


def requeue_all(redis: Redis, queue: str, exception: str) -> None:
    """Have all requeued that have failed of one exception until now; a new order takes an older one's place.

    What fails again meanwhile is left: it would go round for ever. Raises RedisError.
    """
    job_ids = Queue(queue, connection=redis).failed_job_registry.get_job_ids(cleanup=False)
    if not job_ids:
        return
    order: dict[str, str | int] = {"queue": queue, "exception": exception, "total": len(job_ids), "requeued": 0}
    with redis.pipeline() as pipeline:
        pipeline.delete(LEFT, ORDER)
        pipeline.rpush(LEFT, *job_ids)
        for field, value in order.items():
            pipeline.hset(ORDER, field, value)
        _keep(pipeline)
        pipeline.execute()
    enqueue_requeueing(redis)


def requeue_some(redis: Redis) -> bool:
    """Requeue what is to be requeued of the next SOME jobs; whether there are more. Raises RedisError.

    They are struck off the list once they have been seen to: after a crash they are looked at again, which is harmless.
    While the queue holds ENOUGH nothing is requeued, for those jobs would go before the visitors' who come now.
    """
    order = progress(redis)
    job_ids = [as_text(job_id) for job_id in redis.lrange(LEFT, 0, SOME - 1)]
    if order is None or not job_ids:
        return False
    if Queue(order.queue, connection=redis).count >= ENOUGH:
        time.sleep(PAUSE)
        return True
    kinds = [failure.kind for failure in exceptions(redis, job_ids)]
    wanted = [job_id for job_id, kind in zip(job_ids, kinds, strict=True) if kind == order.exception]
    requeued = sum(requeue(redis, order.queue, job_id) for job_id in wanted)
    with redis.pipeline() as pipeline:
        pipeline.ltrim(LEFT, len(job_ids), -1)
        pipeline.hincrby(ORDER, "requeued", requeued)
        _keep(pipeline)
        pipeline.llen(LEFT)
        return bool(pipeline.execute()[-1])


def progress(redis: Redis) -> Progress | None:
    """Return how far the last order has come; None when there was none lately. Raises RedisError."""
    with redis.pipeline() as pipeline:
        pipeline.hmget(ORDER, "queue", "exception", "total", "requeued")
        pipeline.llen(LEFT)
        (queue, exception, total, requeued), left = pipeline.execute()
    if total is None:
        return None
    return Progress(queue.decode(), exception.decode(), int(total), int(total) - left, int(requeued or 0))


def _keep(pipeline: Redis) -> None:
    for key in (LEFT, ORDER):
        pipeline.expire(key, REMEMBERED)
