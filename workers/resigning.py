"""An RQ worker that knows when to give a job up, and sees to its file then."""

import logging
from typing import Any

import rq.worker.base
from rq import Worker
from rq.job import Job

from snippets.lost_jobs import GIVEN_UP
from snippets.tracebacks import bare
from workers.deadline import JobOvertime
from workers.giving_up import give_up_on

log = logging.getLogger(__name__)

# RQ logs and keeps the whole traceback, whose messages might quote a paste, and leaves no other way to tell it less.
rq.worker.base.format_exc_info = bare  # type: ignore[attr-defined]


class ResigningWorker(Worker):
    """A worker that tries no second time what took all its time, and leaves no file pending that it has given up."""

    _deadly: str | None = None  # the failing job that took down its horse, or all its time

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Try a job that took all its time no second time: it would take as long again."""
        if exc_info[0] is JobOvertime:
            self._spare(job)
        super().handle_exception(job, *exc_info)

    def handle_work_horse_killed(self, job: Job, *how: Any) -> None:
        """Remember whose horse was killed, as above when it was for the time."""
        self._deadly = job.id
        super().handle_work_horse_killed(job, *how)

    def handle_job_failure(self, job: Job, *args: Any, **kwargs: Any) -> None:
        """Do what RQ does, and see to the file when it does not try again."""
        super().handle_job_failure(job, *args, **kwargs)
        if job.get_status(refresh=False) in GIVEN_UP:
            deadly = self._deadly == job.id
            if deadly and not self.is_horse:  # the horse had no time to report it
                log.error("gave up %s: it took its horse down", job.id)
            give_up_on(job, deadly=deadly)
        self._deadly = None

    def _spare(self, job: Job) -> None:
        """See to it that the failing job is not tried again."""
        job.retries_left = 0
        self._deadly = job.id
