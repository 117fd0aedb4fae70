"""An RQ worker that brings back what a dead one left within seconds, and itself after Redis has forgotten it."""

import os
import time
from typing import Any

from rq import Queue
from rq.executions import Execution
from rq.job import Job

from snippets import __version__
from snippets.logs import on_behalf_of
from snippets.notices import ALIVE, READY, tell
from workers.maintenance import MAINTENANCE, MaintainingWorker
from workers.memory import memory_mb

# Seconds, and with them a dead machine's job is found after 20 s instead of RQ's 818. A job that was taken
# and never registered, which RQ looks at for a minute before it believes it, the sweep notices sooner.
HEARTBEAT = 5  # between two signs of life
BETWEEN = 1.0  # two signs of life, at least
GRACE = 8  # that a sign of life may be late
TTL = 20  # RQ waits for a job for 15 s less, and looks at its maintenance in between


class RecoveringWorker(MaintainingWorker):
    """A worker that gives a sign of life every five seconds, and looks after the others in between."""

    _beat_at = _weigh_at = 0.0  # time.monotonic()
    max_connection_wait_time = 5.0  # seconds between two tries to reach Redis

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what RQ's worker takes; longer intervals are cut to ours, for RQ's command line always names its own."""
        ours = {"worker_ttl": TTL, "job_monitoring_interval": HEARTBEAT, "maintenance_interval": MAINTENANCE}
        kwargs |= {name: min(kwargs.get(name) or seconds, seconds) for name, seconds in ours.items()}
        super().__init__(*args, **kwargs)

    def register_birth(self) -> None:
        """Tell whoever keeps us that jobs are taken from now on."""
        super().register_birth()
        tell(READY)

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
        """Give a sign of life that is forgotten as soon as the next is overdue; RQ's own counts for minutes.

        RQ gives four for each job, in three exchanges each: one a second is enough, in one.
        """
        if pipeline is not None:
            self._give_sign(pipeline)
        elif time.monotonic() >= self._beat_at:
            with self.connection.pipeline(transaction=False) as own:
                self._give_sign(own)
                own.hset(self.key, "state", self.get_state())  # Redis may have forgotten it
                own.execute()
            self._beat_at = time.monotonic() + BETWEEN

    def _give_sign(self, pipeline: Any) -> None:
        super().heartbeat(TTL + GRACE, pipeline)
        tell(ALIVE)
        if time.monotonic() >= self._weigh_at and not self._is_horse:
            told: dict[Any, Any] = {"memory_mb": f"{self._weight():.1f}", "site_version": __version__}
            pipeline.hset(self.key, mapping=told)
            self._weigh_at = time.monotonic() + HEARTBEAT

    def set_state(self, state: str, pipeline: Any = None) -> None:
        """Say what it does, once: RQ says so again before each job."""
        if pipeline is not None or state != self._state:
            super().set_state(state, pipeline)

    def _weight(self) -> float:
        """Return the MiB that this worker and its horse hold."""
        return memory_mb(os.getpid()) + (memory_mb(self.horse_pid) if self.horse_pid else 0)

    def teardown(self) -> None:
        """Sign off on a fresh connection: a signal may have cut an exchange on the old one, whose answer is to come."""
        if not self.is_horse:
            self.connection.connection_pool.disconnect(inuse_connections=False)
        super().teardown()
