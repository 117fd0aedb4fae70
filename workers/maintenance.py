"""What each worker does beside its jobs, every few seconds, for all of them."""

import logging

from rq import worker_registration
from rq.exceptions import StopRequested
from rq.registry import clean_registries
from rq.utils import now
from sqlalchemy.exc import SQLAlchemyError

from snippets.digest import tell_failures
from snippets.mail_sweep import sweep_mail
from snippets.purge import purge
from snippets.sweep import sweep_on
from workers import jobs
from workers.resigning import ResigningWorker
from workers.scheduling import enqueue_due

log = logging.getLogger(__name__)

MAINTENANCE = 4  # seconds between two rounds: less than RQ's wait for a job, or each second look would come too early
LOCK = 30  # seconds that a worker may hold a part of it if it dies over that
OFF = 5  # seconds that a clock may be wrong: less than a sign of life may be late
SWEEP = "snippets:sweep"  # one worker's turn


class MaintainingWorker(ResigningWorker):
    """A worker whose maintenance covers whatever may have been lost, and the scheduler's work.

    Without a scheduler RQ parks every retry for ever, and a process of its own would be one more to watch over.
    """

    _at_it = False

    def run_maintenance_tasks(self) -> None:
        """Do a round, and end the worker after it where a signal has asked for that meanwhile."""
        self._at_it = True
        try:
            self._maintain()
        finally:
            self._at_it = False
        if self._stop_requested:
            raise StopRequested

    def _shutdown(self) -> None:
        """Let the round end first: what RQ raises would come up in the database's driver, where it may be lost."""
        if self._at_it:
            self._stop_requested = True
        else:
            super()._shutdown()

    def _maintain(self) -> None:
        """Clean up after the dead, enqueue retries that are due and files that wait for nobody.

        By a wrong clock the living look dead and no retry is due: the first two are left to the other workers then,
        and the sweep, which goes by Redis' clock, sees to what there is of that where there are none.
        """
        self._register_again()
        if self._is_clock_right():
            self._clean()
            enqueue_due(self.queues, self.connection)
        self.last_cleaned_at = now()  # type: ignore[assignment]  # RQ declares it by its first value, None
        self._sweep()

    def _is_clock_right(self) -> bool:
        """Whether it goes with Redis', as far as it matters; say so when it does not."""
        seconds, micros = self.connection.time()
        ahead = now().timestamp() - seconds - micros / 1e6
        if abs(ahead) <= OFF:
            return True
        log.error("the clock of this machine is %.0f s %s Redis'", abs(ahead), "ahead of" if ahead > 0 else "behind")
        return False

    def _register_again(self) -> None:
        """Tell Redis who we are when it has forgotten: it was restarted empty, or took us for dead."""
        if self.connection.hexists(self.key, "birth"):
            return
        self.log.warning("Worker %s: Redis had forgotten it, registered again", self.name)
        with self.connection.pipeline() as pipeline:
            pipeline.hset(self.key, mapping=self.serialize())
            pipeline.expire(self.key, self.worker_ttl + 60)
            worker_registration.register(self, pipeline)
            pipeline.execute()

    def _clean(self) -> None:
        """Do what RQ's clean_registries does, under a lock that outlives its holder by seconds, not 15 minutes."""
        for queue in self.queues:
            if self.connection.set(queue.registry_cleaning_key, 1, nx=True, ex=LOCK):
                clean_registries(queue, self._exc_handlers)
                worker_registration.clean_worker_registry(queue)
                queue.intermediate_queue.cleanup(self, queue)
                queue.release_maintenance_lock()
            else:
                self.connection.expire(queue.registry_cleaning_key, LOCK, lt=True)  # one by RQ's own hands

    def _sweep(self) -> None:
        """Take this moment's turn at sweeping and purging, unless another worker has it."""
        if not self.connection.set(SWEEP, self.name, nx=True, ex=LOCK):
            return
        try:
            revived = sweep_on(jobs.sessions, self.connection)
            purge(jobs.sessions)
            sweep_mail(jobs.sessions, self.connection)
            tell_failures(jobs.sessions, self.connection, jobs.settings)
        except SQLAlchemyError as error:
            log.warning("not swept: %s", error)
        else:
            if revived:
                log.info("%s files waited for their colours in nobody's hands", revived)
        self.connection.expire(SWEEP, MAINTENANCE)
