"""Jobs that RQ still knows and nobody will ever run."""

from datetime import UTC, datetime

from rq import Queue
from rq.exceptions import InvalidJobOperation
from rq.job import Job, JobStatus

PARKED = 15  # seconds past its hour after which a retry that no scheduler fetched is taken for parked
GIVEN_UP = (JobStatus.FAILED, JobStatus.STOPPED)


def is_lost(queue: Queue, job: Job) -> bool:
    """Whether the job has ended well, is “queued” in no list, or waits for a scheduler that nobody runs.

    One that failed is not lost: it has been given up. Raises RedisError.
    """
    status = job.get_status(refresh=False)
    if status == JobStatus.QUEUED:
        lists = (queue.key, queue.intermediate_queue_key)  # the second: taken by a worker, not yet started
        if any(queue.connection.lpos(each, job.id) is not None for each in lists):
            return False
        return _is_still_queued(job)
    if status == JobStatus.SCHEDULED:
        due = queue.connection.zscore(queue.scheduled_job_registry.key, job.id)
        return due is None or due < datetime.now(UTC).timestamp() - PARKED
    return status not in (JobStatus.STARTED, *GIVEN_UP)


def _is_still_queued(job: Job) -> bool:
    """Whether it was not begun between the two looks; one that another deleted meanwhile is lost as well."""
    try:
        return job.get_status() == JobStatus.QUEUED
    except InvalidJobOperation:
        return True
