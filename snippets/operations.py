"""What an operator can do by a button of /ops, and the sentence that says what came of it."""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from redis import Redis
from rq import suspension
from rq.command import send_stop_job_command
from rq.exceptions import InvalidJobOperation, NoSuchJobError

from snippets import breaker, requeueing
from snippets.queue import enqueue_offer
from snippets.queue_state import QUEUES

DAY = 86400  # seconds
OUTCOMES = {
    "stopped": "The job has been told to stop: its file is left as plain text.",
    "not-running": "That job is not running any more.",
    "requeued": "The job has been requeued.",
    "not-failed": "That job is not among the failed ones any more.",
    "requeueing": "The jobs are being requeued, some at a time.",
    "suspended": "The workers finish the job that they have, take up to one more, and then wait.",
    "resumed": "The workers take jobs again.",
    "closed": "The breaker is closed: the highlighter is called again.",
    "not-open": "The breaker was closed already.",
    "it-was-sent": "The message counts as sent, and nothing is kept of it.",
    "send-again": "The message is sent again, as soon as a worker on mail has taken it.",
    "not-uncertain": "That message is not uncertain any more: somebody may have been faster.",
    "tried-again": "The file is highlighted anew.",
    "offered": "What fell back within the last day is offered to the highlighter again, on bulk.",
}
NOTHING = frozenset({"not-running", "not-failed", "not-open"})  # the words of OUTCOMES after which all is as it was


class Operation(NamedTuple):
    """What a button does: given Redis and the fields that it names, it returns a word of OUTCOMES."""

    run: Callable[..., str]
    fields: tuple[str, ...] = ()


def operate(redis: Redis, name: str, form: Mapping[str, str]) -> str:
    """Run an operation of OPERATIONS; return a word of OUTCOMES. Raises KeyError for a bad field, RedisError."""
    operation = OPERATIONS[name]
    values = {field: form[field] for field in operation.fields}
    if values.get("queue", QUEUES[0]) not in QUEUES:
        raise KeyError("queue")
    return operation.run(redis, **values)


def _stop(redis: Redis, job: str) -> str:
    try:
        send_stop_job_command(redis, job)
    except (NoSuchJobError, InvalidJobOperation, ValueError):  # the last: no id that a job can have
        return "not-running"
    return "stopped"


def _requeue(redis: Redis, queue: str, job: str) -> str:
    return "requeued" if requeueing.requeue(redis, queue, job) else "not-failed"


def _requeue_all(redis: Redis, queue: str, exception: str) -> str:
    requeueing.requeue_all(redis, queue, exception)
    return "requeueing"


def _suspend(redis: Redis) -> str:
    suspension.suspend(redis)
    return "suspended"


def _resume(redis: Redis) -> str:
    suspension.resume(redis)
    return "resumed"


def _close_breaker(redis: Redis) -> str:
    return "closed" if breaker.close(redis) else "not-open"


def _rehighlight(redis: Redis) -> str:
    enqueue_offer(redis, time.time() - DAY)
    return "offered"


OPERATIONS = {
    "stop": Operation(_stop, ("job",)),
    "requeue": Operation(_requeue, ("queue", "job")),
    "requeue-all": Operation(_requeue_all, ("queue", "exception")),
    "suspend": Operation(_suspend),
    "resume": Operation(_resume),
    "close-breaker": Operation(_close_breaker),
    "rehighlight": Operation(_rehighlight),
}
