"""RQ's worker with a horse that is kept: what `RQ_WORKER_CLASS=workers.worker.SnippetWorker` makes of `rq worker`."""

import random
import signal
import time
from datetime import UTC, datetime
from typing import Any

from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.executions import Execution
from rq.job import Job
from rq.timeouts import HorseMonitorTimeoutException

from snippets.lanes import UNHURRIED
from workers.deadline import Deadline
from workers.horse import Horse
from workers.jobs import settings
from workers.memory import memory_mb, rss_mb
from workers.recovery import RecoveringWorker

TOO_FAT = 2  # times WORKER_MAX_RSS_MB: a horse of that is killed at work, a lighter one only gets no other job
REST = 10  # seconds without a job after which a horse is 35 MB for nothing
GRACE = 5  # seconds past its time after which a job is killed: it sits in a C call that no alarm reaches


class SnippetWorker(RecoveringWorker):
    """Forks once for many jobs and hands each over a socket; everything else is RQ's own code.

    Dequeueing, heartbeats, commands, retries and what follows a horse's death run in the parent, as ever.
    """

    death_penalty_class = Deadline
    _kept: Horse | None = None
    _order: tuple[Any, ...] = ()
    _hopeless = False  # the horse had to be killed for what its job did: it would do so again
    _killed = False  # the horse was killed on purpose: its job is not another's to do

    def bootstrap(self, *args: Any, **kwargs: Any) -> None:
        """Fork before RQ starts its thread: the child then has no lock that a thread held.

        Where nobody waits for a job, its horse may come with the first.
        """
        if self._is_waited_for():
            self._kept = self._horse()
        super().bootstrap(*args, **kwargs)

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        """Order the job from the horse; from a new one when it is spent, or died idle."""
        execution = next(iter(self.executions.values()))  # RQ has just prepared it
        self._order = job.id, queue.name, execution.id, execution.created_at.timestamp()
        self._hopeless = self._killed = False
        self._ends = time.monotonic() + job.timeout + GRACE if job.timeout and job.timeout > 0 else float("inf")
        if self._kept and self._is_spent(self._kept):
            self._dismiss()
        try:
            self._give_order()
        except OSError:
            self._dismiss()
            self._give_order()

    def _give_order(self) -> None:
        self._kept = self._kept or self._horse()
        self._horse_pid = self._kept.pid
        self._kept.order(*self._order)

    def wait_for_horse(self) -> tuple[int | None, int | None, Any]:
        """Wait until the job is done or its horse dead, as RQ's own does, which waits for the death alone.

        A horse that died before it took the job is replaced.

        Raises HorseMonitorTimeoutException each `job_monitoring_interval`, for the heartbeats.
        """
        horse = self._kept
        if horse is None:
            return None, None, None
        left = self._ends - time.monotonic()
        if not horse.answers(min(left, self.job_monitoring_interval)):
            fat = rss_mb(horse.pid)
            if left > self.job_monitoring_interval and fat <= TOO_FAT * settings.worker_max_rss_mb:
                raise HorseMonitorTimeoutException
            self._hopeless = True
            self.log.error("Worker %s: killed horse %s, too slow or too fat (%.0f MiB)", self.name, horse.pid, fat)
            self.kill_horse()
            return self._dismiss()
        try:
            return (horse.pid, 0, None) if horse.is_done() else self._dismiss()
        except ConnectionError:
            death = self._dismiss()
            if self._killed or left < 0:
                return death
        self._give_order()
        raise HorseMonitorTimeoutException  # a sign of life, and on

    def kill_horse(self, *how: Any) -> None:
        """Kill it as RQ does, for good."""
        self._killed = True
        super().kill_horse(*how)

    def handle_work_horse_killed(self, job: Job, *how: Any) -> None:
        """Not try again what had to be killed for its time or its memory."""
        super().handle_work_horse_killed(job, *how)
        if self._hopeless:
            self._spare(job)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Give a sign of life, and send home a horse that has rested for long where nobody waits for a job."""
        super().heartbeat(timeout, pipeline)
        if self._is_waited_for() or self.horse_pid or self._is_horse:
            return
        if self._kept and self._kept.rested() > REST:
            self._dismiss()

    def _is_waited_for(self) -> bool:
        return not UNHURRIED.issuperset(self.queue_names())

    def setup_work_horse_signals(self) -> None:
        """Leave the horse's end to its parent: a process manager may signal both, and the job is to be ended."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def teardown(self) -> None:
        """Let the horse go as well; one that is at work ends its job and leaves by itself, as RQ's own would."""
        if not self.horse_pid:
            self._dismiss()
        super().teardown()

    def _weight(self) -> float:
        """Count the horse while it rests as well."""
        return super()._weight() + (memory_mb(self._kept.pid) if self._kept and not self.horse_pid else 0)

    def _horse(self) -> Horse:
        return Horse(self._perform)

    def _dismiss(self) -> tuple[int | None, int | None, Any]:
        if self._kept is None:
            return None, None, None
        horse, self._kept = self._kept, None
        return horse.leave()

    def _is_spent(self, horse: Horse) -> bool:
        return horse.jobs >= settings.worker_max_jobs or horse.megabytes > settings.worker_max_rss_mb

    def _perform(self, job_id: str, queue_name: str, execution_id: str, created_at: float) -> None:
        """Do one job, in the horse."""
        if not self._is_horse:
            random.seed()
            self.setup_work_horse_signals()
            self._is_horse = True
        queue = next(queue for queue in self.queues if queue.name == queue_name)
        try:
            job = self.job_class.fetch(job_id, connection=self.connection, serializer=self.serializer)
        except NoSuchJobError:
            self.log.warning("Worker %s: job %s was deleted before it began", self.name, job_id)
            return
        execution = Execution(execution_id, job_id, self.connection, self.name)
        execution.created_at = datetime.fromtimestamp(created_at, UTC)
        execution._job = job  # noqa: SLF001 — as RQ's own spawned horse does
        self.perform_job(job, queue, execution)
