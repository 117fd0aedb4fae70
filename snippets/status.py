"""What is true of a file's colours at this moment, in a word for machines and a sentence for people."""

from dataclasses import dataclass
from datetime import timedelta

from redis import Redis, RedisError
from rq.job import JobStatus

from snippets.colours import PLAIN
from snippets.human import ordinal
from snippets.lanes import SLOW, Lane
from snippets.models import File, now
from snippets.notes import sentence
from snippets.open_rows import OpenFile
from snippets.pending_jobs import look_up, revive

LOST = timedelta(seconds=1)  # without a job: longer than the paste takes to enqueue it
LATE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Status:
    """`state` is one of waiting, queued, highlighting, highlighted, plain."""

    state: str
    sentence: str
    engine: str | None = None
    note: str | None = None
    took_ms: int | None = None


def status(file: File | OpenFile, redis: Redis) -> Status:
    """Return a file's status; only a pending one asks Redis, and one that is away is a status too.

    Whoever looks at a file that nobody has in hand has it enqueued again: see LOST and LATE.
    """
    if isinstance(file, File) and file.is_pending:
        return _pending(file, redis)
    return finished(file.engine, file.note, file.took_ms)


def _pending(file: File, redis: Redis) -> Status:
    try:
        lane, job, place = look_up(redis, file.id)
        if _is_neglected(job, now() - file.created_at):
            revive(redis, [file.id])
            lane, job, place = look_up(redis, file.id)
    except RedisError:
        return Status("waiting", "waiting for colours: the queue is out of reach, they come when it is back")
    return told(lane, job, place)


def told(lane: Lane, job: JobStatus | None, place: int | None) -> Status:
    """Return the status of a job in a lane, with so many before it."""
    if job == JobStatus.STARTED:
        return Status("highlighting", "highlighting")
    if job == JobStatus.QUEUED:
        where = "queued" if place is None else f"queued ({ordinal(place + 1)})"
        return Status("queued", where + (": it takes long, others go first" if lane is SLOW else ""))
    if job == JobStatus.SCHEDULED:
        return Status("queued", "queued for another try")
    return Status("waiting", "waiting to be queued again")


def _is_neglected(job: JobStatus | None, waited: timedelta) -> bool:
    """Whether there is no job, or one that should have begun by now; a living one survives being enqueued again."""
    return waited > LOST if job is None else waited > LATE and job != JobStatus.STARTED


def finished(engine: str | None, note: str | None, took_ms: int | None) -> Status:
    """Return the status of colours that have landed, or of plain text that stays."""
    reasons = "; then ".join(sentence(word) for word in note.split(",")) if note else ""
    if engine == PLAIN:
        state, said = "plain", "plain text"
    else:
        by = "Pygments" if engine == "pygments" else "the HTTP highlighter"
        state, said = "highlighted", f"highlighted by {by} in {took_ms} ms"
    return Status(state, said + (f": {reasons}" if reasons else ""), engine, reasons or None, took_ms)
