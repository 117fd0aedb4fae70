"""Jobs that RQ still knows and nobody will ever run."""

from contextlib import suppress

from redis import Redis
from rq import Queue, Worker
from rq.exceptions import InvalidJobOperation
from rq.job import Job, JobStatus

from snippets.lanes import BULK, SLOW, Lane, Row
from snippets.worker_state import count_workers

RETRIES = [2, 10, 60]  # seconds before each
PARKED = 15  # seconds past its hour after which a retry that no scheduler fetched is taken for parked
TAKEN = 10  # seconds after which a job that a worker took and did not begin is taken for dropped
GIVEN_UP = (JobStatus.FAILED, JobStatus.STOPPED)


def living(redis: Redis, lane: Lane, row_id: Row) -> JobStatus | None:
    """Return the status of a job that will yet run, or that RQ has given up; one that never will is deleted."""
    queue = Queue(lane.queue, connection=redis)
    job = queue.fetch_job(lane.job_id(row_id))
    if job is None:
        return None
    status = job.get_status(refresh=False)
    is_deserted = lane is SLOW and status not in GIVEN_UP and not count_workers(redis, BULK)
    if is_deserted or is_lost(queue, job):
        discard(queue, job)
        return None
    return status


def is_lost(queue: Queue, job: Job) -> bool:
    """Whether the job has ended well, or stands still: nobody has it in a list, at work, or to come.

    Redis' clock decides, for one of a worker's may be wrong: a retry that is due later than any is put
    off was scheduled by such. One that failed is not lost: it has been given up. Raises RedisError.
    """
    status = job.get_status(refresh=False)
    if status == JobStatus.QUEUED:
        if queue.connection.lpos(queue.key, job.id) is not None:
            return False
        if queue.connection.lpos(queue.intermediate_queue_key, job.id) is not None:
            return _is_dropped(queue, job)
        return _is_still_queued(job)
    if status == JobStatus.SCHEDULED:
        now = queue.connection.time()[0]
        due = queue.connection.zscore(queue.scheduled_job_registry.key, job.id)
        return due is None or not now - PARKED <= due <= now + max(RETRIES) + PARKED
    if status == JobStatus.STARTED:
        return not queue.connection.exists(f"{Worker.redis_worker_namespace_prefix}{job.worker_name}")
    return status not in GIVEN_UP


def discard(queue: Queue, job: Job) -> None:
    """Delete a job and every trace of it; one that another deletes at the same time is no failure. Raises RedisError.

    RQ's own `delete` fails on a job whose execution Redis has forgotten, as it does when a worker died over it; and RQ
    would take a new job of this id for one in the list of those taken.
    """
    for execution in job.execution_registry.get_execution_ids():
        queue.connection.zrem(queue.started_job_registry.key, f"{job.id}:{execution}")
    queue.connection.delete(job.execution_registry.key)
    queue.connection.lrem(queue.intermediate_queue_key, 0, job.id)
    with suppress(InvalidJobOperation):
        job.delete()


def _is_still_queued(job: Job) -> bool:
    """Whether it was not begun between the looks; one that another deleted meanwhile is lost as well."""
    try:
        return job.get_status() == JobStatus.QUEUED
    except InvalidJobOperation:
        return True


def _is_dropped(queue: Queue, job: Job) -> bool:
    """Whether a job that a worker has taken and not begun was seen like that TAKEN seconds ago."""
    seen = f"snippets:taken:{job.id}"
    if queue.connection.set(seen, 1, nx=True, ex=2 * TAKEN):
        return False
    return int(queue.connection.ttl(seen)) <= TAKEN
