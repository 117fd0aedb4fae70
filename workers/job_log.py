"""One line in the log for each job of a file: what became of it, and how long it took and waited."""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, NamedTuple, ParamSpec

from rq import get_current_job

from snippets.lanes import Lane
from snippets.logs import fields, request_id

log = logging.getLogger(__name__)
More = ParamSpec("More")


class Outcome(NamedTuple):
    """Who coloured the file, if anybody did, and why nobody or nobody better did: words, never code."""

    engine: str | None = None
    note: str | None = None


NOTHING = Outcome(note="nothing-to-do")  # the file is deleted, or another job was faster
MOVED = Outcome(note="moved-to-bulk")


def logged(
    lane: Lane,
) -> Callable[[Callable[Concatenate[int, More], Outcome]], Callable[Concatenate[int, More], None]]:
    """Make a job of a function of a file's id: it logs one line, also when it raises, and returns nothing to RQ.

    What is logged inside carries the request's id, and so does what RQ then says of a job that raised: under the
    stock worker the id is therefore left in place; ours takes it away when the job has ended.
    """

    def decorate(function: Callable[Concatenate[int, More], Outcome]) -> Callable[Concatenate[int, More], None]:
        @wraps(function)
        def job(file_id: int, /, *more: More.args, **named: More.kwargs) -> None:
            waited, request = _origin()
            request_id.set(request)
            began, outcome = time.perf_counter(), Outcome()
            try:
                outcome = function(file_id, *more, **named)
            except BaseException as error:
                outcome = Outcome(note=type(error).__name__)  # its message may quote the code
                raise
            finally:
                ms = _milliseconds(time.perf_counter() - began)
                line = fields(job=lane.name, file=file_id, **outcome._asdict(), ms=ms, waited_ms=waited)
                log.info("done", extra=line)

        return job

    return decorate


def _origin() -> tuple[float | None, str | None]:
    """Return how many milliseconds the present job was queued, and the id of the request that asked for it."""
    job = get_current_job()
    if job is None:
        return None, None
    queued, begun = job.enqueued_at, job.started_at
    waited = _milliseconds((begun - queued).total_seconds()) if queued and begun else None
    return waited, job.meta.get("request_id")


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)
