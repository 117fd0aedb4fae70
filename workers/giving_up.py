"""What becomes of a file whose job RQ does not try again: plain text, with the reason."""

import logging
from contextlib import suppress

from rq import Queue
from rq.exceptions import DeserializationError
from rq.job import Job, JobStatus
from sqlalchemy.exc import SQLAlchemyError

from snippets import poison, statistics
from snippets.colours import PLAIN, give_up
from snippets.lanes import PENDING, VIEW, Lane
from snippets.lost_jobs import discard
from snippets.models import now
from snippets.notes import Note
from workers import jobs, viewing

log = logging.getLogger(__name__)


def give_up_on(job: Job, *, deadly: bool) -> None:
    """Leave the job's file as plain text; a `deadly` one took down its horse, or all its time, and is remembered."""
    if deadly and _is_for(job, VIEW):
        with suppress(SQLAlchemyError):  # nothing hangs on it but the time of who asks again
            viewing.remember_poison(job)
    if not _is_for(job, *PENDING):
        return
    file_id = job.args[0]
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


def _is_for(job: Job, *lanes: Lane) -> bool:
    try:
        return bool(job.func_name in {lane.function for lane in lanes} and job.args)
    except DeserializationError:
        return False
