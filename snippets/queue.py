"""The queues: the only place that knows RQ's options. The web names a job by its dotted string alone."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from redis import Redis, RedisError
from rq import Queue, Retry, worker_registration
from rq.exceptions import DuplicateJobError
from rq.job import Job, JobStatus

from snippets.lost_jobs import GIVEN_UP, RETRIES, discard, is_lost

log = logging.getLogger(__name__)

SNIPPETS = "snippets"  # people are waiting
BULK = "bulk"  # what takes long, and what nobody waits for
JOB_TIMEOUT = 30  # seconds, more than the ladder's two deadlines can be together
RESULT_TTL = 30  # seconds for which a finished job can still be looked up
FAILURE_TTL = 7 * 86400  # seconds for which a failed one stays in the dashboard


@dataclass(frozen=True, slots=True)
class Lane:
    """A kind of job for a file, of which one at a time can exist: enqueued twice, it still runs once."""

    name: str
    queue: str
    function: str
    at_front: bool = False

    def job_id(self, file_id: int) -> str:
        """Return the one id that this job of the file can have."""
        return f"{self.name}-{file_id}"


HIGHLIGHT = Lane("highlight", SNIPPETS, "workers.jobs.highlight_file")
SLOW = Lane("slow", BULK, "workers.jobs.highlight_slowly", at_front=True)  # the visitor is still waiting
AGAIN = Lane("again", BULK, "workers.jobs.highlight_again")
PENDING = (HIGHLIGHT, SLOW)  # the lanes of files without colours


def enqueue_highlight(redis: Redis, file_ids: Iterable[int], **meta: str | None) -> bool:
    """Enqueue the highlighting of new files that are committed, in one exchange; False when Redis is away.

    Never raises for Redis' sake: a lost job costs colour and not the paste, and the sweep brings it back.
    """
    queue = Queue(SNIPPETS, connection=redis)
    try:
        with redis.pipeline() as pipeline:
            for file_id in file_ids:
                queue.enqueue_call(**_options(HIGHLIGHT, file_id), meta=meta, pipeline=pipeline)
            pipeline.execute()
    except RedisError as error:
        log.warning("not enqueued, the sweep will: %s", error)
        return False
    return True


def enqueue_once(redis: Redis, lane: Lane, file_ids: Iterable[int], **meta: str | None) -> None:
    """Enqueue jobs that may be there already: those that live stay as they are. Raises RedisError."""
    for file_id in file_ids:
        _enqueue(redis, lane, file_id, meta)


def revive(redis: Redis, file_ids: Iterable[int]) -> list[int]:
    """Enqueue the pending files that nobody has in hand; return those that RQ has given up.

    Raises RedisError when Redis is away.
    """
    given_up = []
    for file_id in file_ids:
        statuses = {lane: _living(redis, lane, file_id) for lane in PENDING}
        if set(GIVEN_UP) & set(statuses.values()):
            given_up.append(file_id)
        elif not any(statuses.values()):
            enqueue_once(redis, HIGHLIGHT, [file_id])
    return given_up


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


def enqueue_offer(redis: Redis, since: float, after: int = 0) -> None:
    """Enqueue `workers.jobs.offer_again`, behind all else that nobody waits for. Raises RedisError."""
    Queue(BULK, connection=redis).enqueue_call(
        "workers.jobs.offer_again",
        args=(since, after),
        timeout=JOB_TIMEOUT,
        result_ttl=RESULT_TTL,
        failure_ttl=FAILURE_TTL,
        description="offer the highlighter what it missed",
    )


def depth(redis: Redis, queue: str) -> int:
    """Return how many jobs wait there. Raises RedisError when Redis is away."""
    return Queue(queue, connection=redis).count


def enqueue_requeueing(redis: Redis) -> None:
    """Enqueue `workers.jobs.requeue_failed` where somebody serves: on bulk, else with the rest. Raises RedisError."""
    Queue(BULK if count_workers(redis, BULK) else SNIPPETS, connection=redis).enqueue_call(
        "workers.jobs.requeue_failed",
        timeout=JOB_TIMEOUT,
        result_ttl=RESULT_TTL,
        failure_ttl=FAILURE_TTL,
        description="requeue failed jobs",
    )


def count_workers(redis: Redis, queue: str | None = None) -> int:
    """Return how many workers give signs of life, those of one queue or all. Raises RedisError when Redis is away.

    RQ's own count takes in the dead until a worker cleans up after them.
    """
    keys = worker_registration.get_keys(Queue(queue, connection=redis) if queue else None, redis)
    return int(redis.exists(*keys)) if keys else 0


def forget(redis: Redis, file_id: int) -> None:
    """Delete what is left of a file's jobs, failed ones too, so that it can be enqueued anew."""
    for lane in PENDING:
        queue = Queue(lane.queue, connection=redis)
        if job := queue.fetch_job(lane.job_id(file_id)):
            discard(queue, job)


def _options(lane: Lane, file_id: int) -> dict[str, Any]:
    return {
        "func": lane.function,
        "args": (file_id,),
        "job_id": lane.job_id(file_id),
        "at_front": lane.at_front,
        "timeout": JOB_TIMEOUT,
        "result_ttl": RESULT_TTL,
        "failure_ttl": FAILURE_TTL,
        "retry": Retry(max=len(RETRIES), interval=RETRIES),
        "description": f"{lane.name} file {file_id}",
    }


def _enqueue(redis: Redis, lane: Lane, file_id: int, meta: dict[str, Any]) -> None:
    for _ in range(2):
        try:
            Queue(lane.queue, connection=redis).enqueue_call(**_options(lane, file_id), meta=meta, unique=True)
        except DuplicateJobError:
            if _living(redis, lane, file_id):
                return
        else:
            return


def _living(redis: Redis, lane: Lane, file_id: int) -> JobStatus | None:
    """Return the status of a job that will yet run, or that RQ has given up; one that never will is deleted."""
    queue = Queue(lane.queue, connection=redis)
    job = queue.fetch_job(lane.job_id(file_id))
    if job is None:
        return None
    status = job.get_status(refresh=False)
    is_deserted = lane is SLOW and status not in GIVEN_UP and not count_workers(redis, BULK)
    if is_deserted or is_lost(queue, job):
        discard(queue, job)
        return None
    return status
