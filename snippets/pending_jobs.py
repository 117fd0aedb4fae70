"""The jobs of files without colours: where they are, brought back when they are lost, forgotten when they failed."""

from collections.abc import Iterable

from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus

from snippets.lanes import HIGHLIGHT, PENDING, SLOW, Lane
from snippets.lost_jobs import GIVEN_UP, discard, living
from snippets.queue import enqueue_once


def look_up(redis: Redis, file_id: int) -> tuple[Lane, JobStatus | None, int | None]:
    """Return where a pending file's job is: its lane, its status, how many stand before it (None: none there).

    Raises RedisError when Redis is away.
    """
    with redis.pipeline(transaction=False) as pipeline:
        for lane in PENDING:
            job = Job(lane.job_id(file_id), connection=redis)
            pipeline.hget(job.key, "status")
            pipeline.lpos(Queue(lane.queue, connection=redis).key, job.id)
        status, place, slow_status, slow_place = pipeline.execute()
    if slow_status:
        return SLOW, JobStatus(slow_status.decode()), slow_place
    return HIGHLIGHT, status and JobStatus(status.decode()), place


def revive(redis: Redis, file_ids: Iterable[int]) -> list[int]:
    """Enqueue the pending files that nobody has in hand; return those that RQ has given up.

    Raises RedisError when Redis is away.
    """
    given_up = []
    for file_id in file_ids:
        statuses = {lane: living(redis, lane, file_id) for lane in PENDING}
        if set(GIVEN_UP) & set(statuses.values()):
            given_up.append(file_id)
        elif not any(statuses.values()):
            enqueue_once(redis, HIGHLIGHT, [file_id])
    return given_up


def forget(redis: Redis, file_id: int) -> None:
    """Delete what is left of a file's jobs, failed ones too, so that it can be enqueued anew."""
    for lane in PENDING:
        queue = Queue(lane.queue, connection=redis)
        if job := queue.fetch_job(lane.job_id(file_id)):
            discard(queue, job)
