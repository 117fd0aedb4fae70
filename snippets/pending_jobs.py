"""The jobs of files without colours: where they are, brought back when they are lost, forgotten when they failed."""

from collections.abc import Iterable, Sequence

from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus

from snippets.lanes import BULK, HIGHLIGHT, PENDING, SLOW, Lane
from snippets.lost_jobs import GIVEN_UP, discard, living
from snippets.queue import enqueue_once
from snippets.worker_state import count_workers

COMEBACKS = 10  # times a day that a lost job is enqueued anew; then its file is given up
DAY = 86400  # seconds


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


def suspects(redis: Redis, file_ids: Sequence[int]) -> list[int]:
    """Return those of many pending files whose jobs are not plainly waiting in a queue: the ones to look into.

    Two round trips, however many there are. Raises RedisError when Redis is away.
    """
    waiting = {lane: _waiting(redis, lane.queue) for lane in PENDING}
    with redis.pipeline(transaction=False) as pipeline:
        for file_id in file_ids:
            for lane in PENDING:
                pipeline.hget(Job(lane.job_id(file_id), connection=redis).key, "status")
        statuses = iter(pipeline.execute())
    queued = JobStatus.QUEUED.encode()
    found = []
    for file_id in file_ids:
        jobs = [(lane.job_id(file_id) in waiting[lane], next(statuses)) for lane in PENDING]
        if not any(is_waiting and status == queued for is_waiting, status in jobs):
            found.append(file_id)
    return found


def _waiting(redis: Redis, queue: str) -> set[str]:
    """Return the ids of the jobs in a queue's list; where nobody serves bulk, nothing is in good hands there."""
    if queue == BULK and not count_workers(redis, BULK):
        return set()
    return set(Queue(queue, connection=redis).get_job_ids())


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
            if _has_come_back_too_often(redis, file_id):
                given_up.append(file_id)
            else:
                enqueue_once(redis, HIGHLIGHT, [file_id])
    return given_up


def _has_come_back_too_often(redis: Redis, file_id: int) -> bool:
    """Count that a file is brought back: a worker whose clock is wrong would have a failing job tried for ever."""
    with redis.pipeline() as pipeline:
        pipeline.incr(f"snippets:revived:{file_id}")
        pipeline.expire(f"snippets:revived:{file_id}", DAY, nx=True)
        return bool(pipeline.execute()[0] > COMEBACKS)


def forget(redis: Redis, file_id: int) -> None:
    """Delete what is left of a file's jobs, failed ones too, so that it can be enqueued anew."""
    for lane in PENDING:
        queue = Queue(lane.queue, connection=redis)
        if job := queue.fetch_job(lane.job_id(file_id)):
            discard(queue, job)
    redis.delete(f"snippets:revived:{file_id}")
