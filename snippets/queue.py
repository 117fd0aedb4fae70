"""The queues: the only place that knows RQ's options. The web names a job by its dotted string alone."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from redis import Redis, RedisError
from rq import Queue, Retry
from rq.exceptions import DuplicateJobError
from rq.job import Job, JobStatus

log = logging.getLogger(__name__)

SNIPPETS = "snippets"  # people are waiting
HIGHLIGHT = "workers.jobs.highlight_file"
JOB_TIMEOUT = 30  # seconds, more than all the ladder's deadlines together
RESULT_TTL = 30  # seconds for which a finished job can still be looked up
FAILURE_TTL = 7 * 86400  # seconds for which a failed one stays in the dashboard
PARKED = 15  # seconds past its hour after which a retry that no scheduler fetched is taken for parked


def highlight_job_id(file_id: int) -> str:
    """Return the one id that a file's job can have: enqueued twice, it still runs once."""
    return f"highlight-{file_id}"


def enqueue_highlight(redis: Redis, file_ids: Iterable[int], **meta: str) -> bool:
    """Enqueue the highlighting of files that are committed; False when Redis is away.

    Never raises for Redis' sake: a lost job costs colour and not the paste, and the sweep brings it back.
    """
    queue = Queue(SNIPPETS, connection=redis)
    try:
        for file_id in file_ids:
            _enqueue(queue, file_id, meta)
    except RedisError as error:
        log.warning("not enqueued, the sweep will: %s", error)
        return False
    return True


def _enqueue(queue: Queue, file_id: int, meta: dict[str, Any]) -> None:
    job_id = highlight_job_id(file_id)
    for _ in range(2):
        try:
            queue.enqueue_call(
                HIGHLIGHT,
                args=(file_id,),
                job_id=job_id,
                unique=True,
                timeout=JOB_TIMEOUT,
                result_ttl=RESULT_TTL,
                failure_ttl=FAILURE_TTL,
                retry=Retry(max=3, interval=[2, 10, 60]),
                description=f"highlight file {file_id}",
                meta=meta,
            )
        except DuplicateJobError:
            if not _forget_if_dead(queue, job_id):
                return
        else:
            return


def _forget_if_dead(queue: Queue, job_id: str) -> bool:
    """Delete a job that nobody will ever run although its row is pending; say whether its id is free now."""
    job = queue.fetch_job(job_id)
    if job is None:
        return True
    if not _is_dead(queue, job):
        return False
    job.delete()
    return True


def _is_dead(queue: Queue, job: Job) -> bool:
    """Whether the job has ended, is “queued” in no list, or waits for a scheduler that nobody runs."""
    status = job.get_status(refresh=False)
    if status == JobStatus.QUEUED:
        lists = (queue.key, queue.intermediate_queue_key)  # the second: taken by a worker, not yet started
        return all(queue.connection.lpos(each, job.id) is None for each in lists)
    if status == JobStatus.SCHEDULED:
        due = queue.connection.zscore(queue.scheduled_job_registry.key, job.id)
        return due is None or due < datetime.now(UTC).timestamp() - PARKED
    return status != JobStatus.STARTED


def look_up(redis: Redis, file_id: int) -> tuple[JobStatus | None, int | None]:
    """Return the status of a file's job and how many jobs stand before it; None for what is not there.

    Raises RedisError when Redis is away.
    """
    job = Job(highlight_job_id(file_id), connection=redis)
    with redis.pipeline(transaction=False) as pipeline:
        pipeline.hget(job.key, "status")
        pipeline.lpos(Queue(SNIPPETS, connection=redis).key, job.id)
        status, place = pipeline.execute()
    return status and JobStatus(status.decode()), place
