"""Enqueueing: the only place that knows RQ's options."""

import logging
from collections.abc import Iterable
from typing import Any

from redis import Redis, RedisError
from rq import Queue, Retry
from rq.exceptions import DuplicateJobError

from snippets.lanes import BULK, ENOUGH, HIGHLIGHT, PENDING, PREVIEW, SEND, SNIPPETS, Lane, Row
from snippets.lost_jobs import GIVEN_UP, RETRIES, discard, living
from snippets.worker_state import count_workers

log = logging.getLogger(__name__)

JOB_TIMEOUT = 30  # seconds, more than the ladder's two deadlines can be together
RESULT_TTL = 30  # seconds for which a finished job can still be looked up
PREVIEW_PAUSE = 60  # seconds between two looks at whether a picture is being drawn
FAILURE_TTL = 7 * 86400  # seconds for which a failed one stays in the dashboard


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


def enqueue_once(redis: Redis, lane: Lane, row_ids: Iterable[Row], **meta: str | None) -> int:
    """Enqueue jobs that may be there already, return how many were not. Raises RedisError.

    Those that live stay as they are, and so do pending files' that were given up; colours to be had again are worth
    another try.
    """
    return sum(_enqueue(redis, lane, row_id, meta) for row_id in row_ids)


def enqueue_if_idle(redis: Redis, lane: Lane, row_id: int | str, **meta: str | None) -> bool:
    """Enqueue what nobody waits for, unless its queue has ENOUGH to do: who waits would wait for it too.

    False where it is not enqueued by this. Raises RedisError.
    """
    if Queue(lane.queue, connection=redis).count >= ENOUGH:
        return False
    return enqueue_once(redis, lane, [row_id], **meta) > 0


def enqueue_preview(redis: Redis, snippet_id: str, *, is_served: bool | None = None) -> bool:
    """Enqueue the drawing of a snippet's picture; False where nobody serves bulk, or it has ENOUGH to do, or no Redis.

    `is_served` is for who has just asked.

    Never raises for Redis' sake: a missing picture is asked for again.
    """
    try:
        if is_served is False or (is_served is None and not count_workers(redis, BULK)):
            return False
        return enqueue_if_idle(redis, PREVIEW, snippet_id)
    except RedisError as error:
        log.warning("no picture enqueued: %s", error)
        return False


def enqueue_missing_preview(redis: Redis, snippet_id: str) -> bool:
    """Enqueue what somebody has asked for in vain, once in PREVIEW_PAUSE however often he asks. Never raises."""
    try:
        if not redis.set(f"snippets:preview:{snippet_id}", 1, nx=True, ex=PREVIEW_PAUSE):
            return False
    except RedisError:
        return False
    return enqueue_preview(redis, snippet_id)


def enqueue_message(redis: Redis, message_id: int, **meta: str | None) -> bool:
    """Enqueue the sending of a message that is committed; False when Redis is away: the sweep will. Never raises."""
    try:
        return enqueue_once(redis, SEND, [message_id], **meta) > 0
    except RedisError as error:
        log.warning("message %d not enqueued, the sweep will: %s", message_id, error)
        return False


def enqueue_offer(redis: Redis, since: float, after: int = 0) -> None:
    """Enqueue `workers.chores.offer_again`, behind all else that nobody waits for. Raises RedisError."""
    _enqueue_chore(redis, BULK, "workers.chores.offer_again", since, after)


def enqueue_requeueing(redis: Redis) -> None:
    """Enqueue `workers.chores.requeue_failed` where somebody serves: on bulk, else with the rest. Raises RedisError."""
    _enqueue_chore(redis, BULK if count_workers(redis, BULK) else SNIPPETS, "workers.chores.requeue_failed")


def _enqueue_chore(redis: Redis, queue: str, function: str, *args: float) -> None:
    Queue(queue, connection=redis).enqueue_call(
        function,
        args=args,
        timeout=JOB_TIMEOUT,
        result_ttl=RESULT_TTL,
        failure_ttl=FAILURE_TTL,
        retry=Retry(max=len(RETRIES), interval=RETRIES),
        description=function.rpartition(".")[2].replace("_", " "),
    )


def _options(lane: Lane, row_id: Row) -> dict[str, Any]:
    args = row_id if isinstance(row_id, tuple) else (row_id,)
    return {
        "func": lane.function,
        "args": args,
        "job_id": lane.job_id(row_id),
        "timeout": JOB_TIMEOUT,
        "result_ttl": RESULT_TTL,
        "failure_ttl": FAILURE_TTL,
        "retry": Retry(max=len(RETRIES), interval=RETRIES),
        "description": f"{lane.name} {lane.row} {' as '.join(map(str, args))}",
    }


def _enqueue(redis: Redis, lane: Lane, row_id: Row, meta: dict[str, Any]) -> bool:
    queue = Queue(lane.queue, connection=redis)
    for _ in range(2):
        try:
            queue.enqueue_call(**_options(lane, row_id), meta=meta, unique=True)
        except DuplicateJobError:
            status = living(redis, lane, row_id)
            if status in GIVEN_UP and lane not in PENDING and (job := queue.fetch_job(lane.job_id(row_id))):
                discard(queue, job)
            elif status:
                return False
        else:
            return True
    return False
