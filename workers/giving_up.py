"""What becomes of a file whose job RQ does not try again: plain text, with the reason."""

import logging

from rq import Queue
from rq.exceptions import DeserializationError
from rq.job import Job, JobStatus
from sqlalchemy.exc import SQLAlchemyError

from snippets import poison, statistics
from snippets.colours import PLAIN, give_up
from snippets.lanes import PENDING
from snippets.lost_jobs import discard
from snippets.models import now
from snippets.notes import Note
from workers import jobs

log = logging.getLogger(__name__)


def give_up_on(job: Job, *, deadly: bool) -> None:
    """Leave the job's file as plain text; a `deadly` one took down its horse, or all its time, and is remembered."""
    if (file_id := _file_id(job)) is None:
        return
    try:
        note = Note.STOPPED if job.get_status(refresh=False) == JobStatus.STOPPED else Note.GAVE_UP
        file = give_up(jobs.sessions, file_id, note)
    except SQLAlchemyError as error:
        log.warning("file %d failed with the database away: it is tried again when that is back (%s)", file_id, error)
        discard(
            Queue(job.origin, connection=job.connection), job
        )  # the sweep then finds a file that nobody has in hand
        return
    if file:
        statistics.record(job.connection, job.origin, PLAIN, note, 0, now() - file.created_at)
    if file and deadly:
        poison.remember(job.connection, file.language, file.code)


def _file_id(job: Job) -> int | None:
    """Return the file that the job is for; None when it is none of ours."""
    try:
        ours = job.func_name in {lane.function for lane in PENDING}
        return job.args[0] if ours else None
    except DeserializationError:
        return None
