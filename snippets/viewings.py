"""Files in another language than their own, for who asked: coloured by a job, kept in Redis for a while, in no row.

Kept is where the colours change, and nothing of the text: that is in the file's row alone, and gone with it.
"""

import json
import zlib
from dataclasses import dataclass, replace

from redis import Redis, RedisError
from rq import Queue
from rq.job import Job, JobStatus

from snippets.colours import Colours
from snippets.lanes import BULK, VIEW, VIEW_NOW, VIEWS
from snippets.languages import LANGUAGES
from snippets.markup import Runs
from snippets.models import File
from snippets.queue import enqueue_once
from snippets.status import Status, finished, told
from snippets.worker_state import count_workers

KEPT = 600  # seconds
COMING = (JobStatus.QUEUED, JobStatus.STARTED, JobStatus.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Viewing:
    """A file in the language `alias`, and what is true of it at this moment."""

    alias: str
    status: Status
    runs: Runs | None  # over the file's code; None: still to come

    @property
    def is_pending(self) -> bool:
        """Whether it is still to come."""
        return self.runs is None


def ask(redis: Redis, file: File, alias: str, **meta: str | None) -> None:
    """Have a file highlighted in another language, unless it has been or is about to be. Raises RedisError."""
    if not redis.exists(_key(file.id, alias)):
        lane = VIEW if count_workers(redis, BULK) else VIEW_NOW
        enqueue_once(redis, lane, [(file.id, alias)], **meta)


def look(redis: Redis, file: File, alias: str | None) -> Viewing | None:
    """Return a file in another language; None where nobody has asked for it lately, or Redis is away."""
    language = LANGUAGES.get(alias or "")
    if language is None:
        return None
    try:
        with redis.pipeline() as pipeline:  # at one moment: the job ends after it has kept what it made
            pipeline.get(_key(file.id, language.alias))
            for lane in VIEWS:
                job = Job(lane.job_id((file.id, language.alias)), connection=redis)
                pipeline.hget(job.key, "status")
                pipeline.lpos(Queue(lane.queue, connection=redis).key, job.id)
            kept, *jobs = pipeline.execute()
    except RedisError:
        return None
    if kept:
        runs, *how = json.loads(zlib.decompress(kept))
        return Viewing(language.alias, _as(language.name, finished(*how)), [(css, length) for css, length in runs])
    for lane, status, place in zip(VIEWS, jobs[::2], jobs[1::2], strict=True):
        if status and (state := JobStatus(status.decode())) in COMING:
            return Viewing(language.alias, _as(language.name, told(lane, state, place)), None)
    return None


def keep(redis: Redis, file: File, alias: str, colours: Colours) -> None:
    """Keep a file's colours in another language for who asked. Raises RedisError."""
    made = json.dumps([list(colours.runs), colours.engine, colours.note, colours.took_ms])
    redis.set(_key(file.id, alias), zlib.compress(made.encode(), 1), ex=KEPT)


def _as(name: str, status: Status) -> Status:
    return replace(status, sentence=f"viewed as {name}: {status.sentence}")


def _key(file_id: int, alias: str) -> str:
    return f"snippets:view:{file_id}:{alias}"
