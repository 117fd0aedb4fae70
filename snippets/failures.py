"""The failed jobs, grouped by what they failed of. Nothing is changed by looking."""

import re
import zlib
from base64 import b64decode
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from redis import Redis
from rq import Queue
from rq.results import Result

LOOKED_AT = 500  # failed jobs of a queue: a page is not to wait for a hundred thousand
LONGEST = 160  # characters of a message
TRACEBACK = "Traceback (most recent call last):"


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed jobs of one queue that ended in the same kind of exception, the newest first."""

    queue: str
    exception: str
    message: str  # of the newest
    jobs: list[str]


class Failure(NamedTuple):
    """How a job ended last, and when, by Redis' clock; None where that is not known any more."""

    kind: str
    message: str
    at: datetime | None


def failures(redis: Redis, name: str, since: datetime | None = None) -> list[Failures]:
    """Return the groups among the LOOKED_AT newest failed jobs of a queue, the largest first. Raises RedisError.

    With `since` those alone that failed after that.
    """
    registry = Queue(name, connection=redis).failed_job_registry
    job_ids = registry.get_job_ids(0, LOOKED_AT - 1, desc=True, cleanup=False)
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for job_id, failure in zip(job_ids, exceptions(redis, job_ids), strict=True):
        if since is None or (failure.at and failure.at >= since):
            groups[failure.kind].append((job_id, failure.message))
    made = [Failures(name, kind, jobs[0][1], [job_id for job_id, _ in jobs]) for kind, jobs in groups.items()]
    return sorted(made, key=lambda group: -len(group.jobs))


def exceptions(redis: Redis, job_ids: list[str]) -> list[Failure]:
    """Return of which exception each job ended last. Raises RedisError."""
    with redis.pipeline(transaction=False) as pipeline:
        for job_id in job_ids:
            pipeline.xrevrange(Result.get_key(job_id), "+", "-", count=1)  # type: ignore[no-untyped-call]
        return [_failure(*results[0]) if results else _failure(b"", {}) for results in pipeline.execute()]


def _failure(entry: bytes, result: dict[bytes, bytes]) -> Failure:
    """Read an entry of a job's stream of results, whose id begins with its time in milliseconds."""
    at = datetime.fromtimestamp(int(entry.partition(b"-")[0]) / 1000, UTC) if entry else None
    return Failure(*_exception(result), at)


def _exception(result: dict[bytes, bytes]) -> tuple[str, str]:
    """Read the line that ends a traceback, or what RQ says where the job was killed or lost and there is none."""
    packed = result.get(b"exc_string")
    told = zlib.decompress(b64decode(packed)).decode(errors="replace").strip() if packed else ""
    lines = told.rpartition(TRACEBACK)[2].strip("\n").splitlines()
    line = next((line for line in lines if line and not line[0].isspace()), "")  # those of the stack are indented
    if TRACEBACK in told:
        kind, _, message = line.partition(": ")
        return kind.rpartition(".")[2], message[:LONGEST]
    if lost := re.search(r"due to (\w+)", line):
        return lost[1], "its worker was lost"
    return line.partition(";")[0][:LONGEST] or "unknown", line[:LONGEST]
