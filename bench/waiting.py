"""How long a job waits for an idle worker to begin it, and for another when its own dies."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import psutil
from redis import Redis
from rq import Queue, Retry, Worker
from rq.job import Job, JobStatus

from bench.jobs import PRELOADED, start
from bench.stack import Stack
from bench.table import Table, milliseconds, percentile

MANY = 100  # jobs
TIMES = 3  # deaths
PATIENCE = 60  # seconds
QUEUE = "bench"
SNIPPET_WORKER = "workers.worker.SnippetWorker"
COLUMNS = ("n", "p50 ms", "p99 ms")
NOTES = (
    "The wait: from the enqueueing to RQ's mark that the job began, the worker idle. The job is time.sleep.",
    "Recovery: from SIGKILL to the job's next beginning, by the same worker or another one that was idle beside it.",
)


def measure(site: Stack) -> Table:
    """Measure the wait under each worker, then the recoveries under ours."""
    with closing(Redis.from_url(site.redis_url)) as redis:
        queue = Queue(QUEUE, connection=redis)
        rows = [
            _row("wait for an idle SnippetWorker", _waits(site, queue, SNIPPET_WORKER)),
            _row("wait for an idle forking worker", _waits(site, queue, "rq.Worker")),
            _row("recovery from a horse's death", [_recovery(site, queue, _kill_horse) for _ in range(TIMES)]),
            _row("recovery from a machine's death", [_recovery(site, queue, _kill_both) for _ in range(TIMES)]),
        ]
    return Table("4. Waiting", COLUMNS, rows, NOTES)


def _row(what: str, seconds: list[float]) -> list[str]:
    return [what, str(len(seconds)), *(milliseconds(percentile(seconds, each)) for each in (50, 99))]


@contextmanager
def _workers(site: Stack, queue: Queue, worker_class: str, count: int = 1) -> Iterator[list[psutil.Process]]:
    command = PRELOADED.format(worker_class).replace("rq worker snippets", f"rq worker {QUEUE}")
    processes = [start(site, command) for _ in range(count)]
    try:
        _wait_until(lambda: Worker.count(queue=queue) >= count)
        yield [psutil.Process(process.pid) for process in processes]
    finally:
        for process in processes:
            for each in psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []:
                each.kill()
            process.kill()
            process.wait()
        queue.connection.flushdb()


def _waits(site: Stack, queue: Queue, worker_class: str) -> list[float]:
    with _workers(site, queue, worker_class):
        return [_wait(queue) for _ in range(MANY)]


def _wait(queue: Queue) -> float:
    job = queue.enqueue("time.sleep", 0)
    _wait_until(lambda: job.get_status() == JobStatus.FINISHED)
    return _begun(job) - job.enqueued_at.timestamp()  # type: ignore[union-attr]


def _recovery(site: Stack, queue: Queue, kill: Callable[[psutil.Process], None]) -> float:
    with _workers(site, queue, SNIPPET_WORKER, 2) as workers:
        job = queue.enqueue("time.sleep", 5, retry=Retry(max=3))
        _wait_until(lambda: job.get_status() == JobStatus.STARTED)
        first, name = _begun(job), job.worker_name
        pid = next(worker.pid for worker in Worker.all(connection=queue.connection) if worker.name == name)
        died = time.time()
        kill(next(process for process in workers if process.pid == pid))
        _wait_until(lambda: _begun(job) > first)
        return _begun(job) - died


def _kill_horse(worker: psutil.Process) -> None:
    for horse in worker.children():
        horse.kill()


def _kill_both(worker: psutil.Process) -> None:
    horses = worker.children()
    worker.kill()
    for horse in horses:
        horse.kill()


def _begun(job: Job) -> float:
    job.refresh()
    return job.started_at.timestamp() if job.started_at else 0.0


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("the workers do not do what is measured")
        time.sleep(0.002)
