"""An RQ worker that brings back what a dead one left within seconds, and itself after Redis has forgotten it."""

import logging
import os
import time
from typing import Any

from rq import Queue, worker_registration
from rq.executions import Execution
from rq.job import Job
from rq.registry import clean_registries
from rq.utils import now
from sqlalchemy.exc import SQLAlchemyError

from snippets.logs import on_behalf_of
from snippets.purge import purge
from snippets.sweep import sweep_on
from workers import jobs
from workers.memory import memory_mb
from workers.resigning import ResigningWorker
from workers.scheduling import enqueue_due

log = logging.getLogger(__name__)

# Seconds, and with them a dead machine's job is found after 20 s instead of RQ's 818. A job that was taken
# and never registered, which RQ looks at for a minute before it believes it, the sweep notices sooner.
HEARTBEAT = 5  # between two signs of life
GRACE = 8  # that a sign of life may be late
TTL = 20  # RQ waits for a job for 15 s less, and looks at its maintenance in between
MAINTENANCE = 4  # less than that wait, or each second look would come too early
LOCK = 30  # that a worker may hold the maintenance if it dies over it
SWEEP = "snippets:sweep"  # one worker's turn


class RecoveringWorker(ResigningWorker):
    """A worker whose maintenance takes place every five seconds and covers whatever may have been lost.

    It is also the scheduler: without one RQ parks every retry for ever, and a process of its own would be one more
    to watch over.
    """

    _weigh_at = 0.0  # time.monotonic()
    max_connection_wait_time = 5.0  # seconds between two tries to reach Redis

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what RQ's worker takes; longer intervals are cut to ours, for RQ's command line always names its own."""
        ours = {"worker_ttl": TTL, "job_monitoring_interval": HEARTBEAT, "maintenance_interval": MAINTENANCE}
        kwargs |= {name: min(kwargs.get(name) or seconds, seconds) for name, seconds in ours.items()}
        super().__init__(*args, **kwargs)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Do the job on behalf of the request that asked for it, as far as the log and the reports go."""
        with on_behalf_of(job.meta.get("request_id")):
            return super().perform_job(job, queue, execution)

    def monitor_work_horse(self, job: Job, *args: Any) -> None:
        """Watch over the horse, likewise on behalf of that request."""
        with on_behalf_of(job.meta.get("request_id")):
            super().monitor_work_horse(job, *args)

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """Return how long a job's sign of life counts; RQ gives it a minute more."""
        return int(self.job_monitoring_interval) + GRACE

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Give a sign of life that is forgotten as soon as the next is overdue; RQ's own counts for minutes."""
        super().heartbeat(TTL + GRACE, pipeline)
        if time.monotonic() >= self._weigh_at and not self._is_horse:
            (self.connection if pipeline is None else pipeline).hset(self.key, "memory_mb", f"{self._weight():.1f}")
            self._weigh_at = time.monotonic() + HEARTBEAT

    def _weight(self) -> float:
        """Return the MiB that this worker and its horse hold."""
        return memory_mb(os.getpid()) + (memory_mb(self.horse_pid) if self.horse_pid else 0)

    def teardown(self) -> None:
        """Sign off on a fresh connection: a signal may have cut an exchange on the old one, whose answer is to come."""
        if not self.is_horse:
            self.connection.connection_pool.disconnect(inuse_connections=False)
        super().teardown()

    def run_maintenance_tasks(self) -> None:
        """Clean up after the dead, enqueue retries that are due and files that wait for nobody."""
        self._register_again()
        self._clean()
        enqueue_due(self.queues, self.connection)
        self._sweep()

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
        self.last_cleaned_at = now()  # type: ignore[assignment]  # RQ declares it by its first value, None

    def _sweep(self) -> None:
        """Take this moment's turn at sweeping and purging, unless another worker has it."""
        if not self.connection.set(SWEEP, self.name, nx=True, ex=LOCK):
            return
        try:
            revived = sweep_on(jobs.sessions, self.connection)
            purge(jobs.sessions)
        except SQLAlchemyError as error:
            log.warning("not swept: %s", error)
        else:
            if revived:
                log.info("%s files waited for their colours in nobody's hands", revived)
        self.connection.expire(SWEEP, MAINTENANCE)
