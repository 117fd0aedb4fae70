"""The worker of the Procfile: its kept horse, and every way in which RQ and an operator may end a job or a worker."""

import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import nursery
import psutil
import pytest
from redis import Redis
from rq import Queue, Retry, Worker
from rq.command import send_kill_horse_command, send_shutdown_command, send_stop_job_command
from rq.job import Job, JobStatus
from rq.suspension import resume, suspend
from rq.worker import WorkerStatus

from snippets.settings import ROOT

from processes import environment, wait_until

pytestmark = pytest.mark.drill
ENDED = {JobStatus.FINISHED, JobStatus.FAILED, JobStatus.STOPPED}


class Stable:
    """A queue of its own, and SnippetWorkers that serve it."""

    def __init__(self, redis: Redis, redis_url: str, folder: Path) -> None:
        self.queue = Queue("odd", connection=redis)
        self._url = redis_url
        self._folder = folder
        self.processes: list[nursery.Forked | subprocess.Popen[bytes]] = []

    def start(self, *options: str, **env: str) -> psutil.Process:
        """Start a worker and wait until it listens."""
        before = self.listening()
        env |= {
            "DATABASE_URL": f"sqlite:///{self._folder}/snippets.db",
            "ENV_FILE": "/dev/null",
            "REDIS_URL": self._url,
            "RQ_CONFIG": "workers.settings",
            "RQ_WORKER_CLASS": "workers.worker.SnippetWorker",
        }
        self.log = self._folder / f"worker{len(self.processes)}.log"
        process = nursery.rq(["worker", "odd", *options], environment(**env), self.log)
        self.processes.append(process)
        wait_until(lambda: self.listening() > before)
        return psutil.Process(process.pid)

    def listening(self) -> int:
        """How many workers wait for jobs; one that has only registered does not yet hear signals as RQ does."""
        return sum(worker.get_state() in {"idle", "busy"} for worker in Worker.all(queue=self.queue))

    def enqueue(self, name: str, *args, **options) -> Job:
        return self.queue.enqueue(f"odd_jobs.{name}", *args, **options)

    def run(self, name: str, *args, **options):
        """Have a job done, and return what it returned."""
        job = self.enqueue(name, *args, **options)
        ended(job)
        assert job.get_status() == JobStatus.FINISHED, job.latest_result()
        return job.return_value()

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
                process.kill()
            process.wait()


@pytest.fixture
def stable(redis: Redis, redis_url: str, tmp_path: Path) -> Iterator[Stable]:
    stable = Stable(redis, redis_url, tmp_path)
    yield stable
    stable.stop()


def ended(job: Job, patience: float = 15) -> JobStatus:
    wait_until(lambda: job.get_status() in ENDED, patience)
    return job.get_status()


def begun(job: Job) -> None:
    wait_until(lambda: job.get_status() == JobStatus.STARTED)


def taken(job: Job) -> None:
    """Wait until a worker has the job; that it has begun is its horse's to say."""
    wait_until(lambda: bool(job.get_executions()))


def horse_of(worker: psutil.Process) -> psutil.Process:
    (horse,) = worker.children()
    return horse


def test_one_horse_does_many_jobs_until_it_has_done_enough(stable: Stable):
    stable.start(WORKER_MAX_JOBS="3")

    horses = [stable.run("horse") for _ in range(7)]

    assert horses[0] == horses[1] == horses[2] != horses[3] == horses[4] == horses[5] != horses[6]


def test_a_horse_that_has_become_fat_is_replaced(stable: Stable):
    stable.start(WORKER_MAX_RSS_MB="200")
    lean = stable.run("horse")

    fat = stable.run("grow", 200)

    assert fat == lean != stable.run("horse")


def test_a_horse_that_becomes_far_too_fat_is_killed_at_work_and_its_job_not_done_again(stable: Stable):
    stable.start("--job-monitoring-interval", "1", WORKER_MAX_RSS_MB="150")
    horse = stable.run("horse")

    job = stable.enqueue("swell", 400, 30, retry=Retry(max=3))

    assert ended(job, 10) == JobStatus.FAILED
    job.refresh()
    assert job.number_of_retries is None
    assert stable.run("horse") != horse


def test_a_job_that_swallows_exceptions_ends_at_its_time_and_the_horse_goes_on(stable: Stable):
    worker = stable.start()
    horse = horse_of(worker).pid

    job = stable.enqueue("swallow", 30, job_timeout=1, retry=Retry(max=3))

    assert ended(job, 4) == JobStatus.FAILED
    job.refresh()
    assert job.number_of_retries is None, "it would take as long again"
    assert "JobOvertime" in job.latest_result().exc_string
    assert stable.run("horse") == horse


def test_a_job_that_sits_in_a_c_call_is_killed_past_its_time(stable: Stable):
    worker = stable.start()
    horse = horse_of(worker).pid

    job = stable.enqueue("compute", 10**9, job_timeout=1, retry=Retry(max=3))

    assert ended(job, 10) == JobStatus.FAILED
    job.refresh()
    assert job.number_of_retries is None
    assert "signal 9" in job.latest_result().exc_string
    assert stable.run("horse") != horse


def test_a_horse_that_is_killed_at_work_is_replaced_and_its_job_done_again(stable: Stable, tmp_path: Path):
    stable.start()

    assert stable.run("die_once", str(tmp_path / "tried"), retry=Retry(max=1)) == "survived"


def test_a_horse_that_is_killed_while_idle_costs_nothing(stable: Stable):
    worker = stable.start()
    horse_of(worker).kill()

    job = stable.enqueue("horse")

    assert ended(job, 3) == JobStatus.FINISHED
    assert job.retries_left is None


def test_a_horse_that_dies_before_it_took_its_job_costs_nothing(stable: Stable):
    worker = stable.start()
    horse = horse_of(worker)
    horse.suspend()
    job = stable.enqueue("horse")
    taken(job)

    horse.kill()

    assert ended(job) == JobStatus.FINISHED
    assert job.return_value() != horse.pid


def test_a_horse_that_is_killed_by_command_before_it_took_its_job_is_not_replaced_for_it(stable: Stable, redis: Redis):
    worker = stable.start()
    horse_of(worker).suspend()
    job = stable.enqueue("horse")
    taken(job)

    (rq_worker,) = Worker.all(connection=redis)
    send_kill_horse_command(redis, rq_worker.name)

    assert ended(job) == JobStatus.FAILED
    assert stable.run("sleep", 0) == "slept"


def test_retries_and_jobs_for_a_later_hour_are_begun_without_a_scheduler_of_its_own(stable: Stable, tmp_path: Path):
    stable.start()
    later = stable.queue.enqueue_in(timedelta(seconds=2), "odd_jobs.horse")
    assert later.get_status() == JobStatus.SCHEDULED

    assert stable.run("die_once", str(tmp_path / "tried"), retry=Retry(max=1, interval=1)) == "survived"

    assert ended(later, 10) == JobStatus.FINISHED
    later.refresh()
    assert later.started_at - later.created_at >= timedelta(seconds=2)


def test_a_job_is_stopped_by_rqs_command_and_the_next_one_is_done(stable: Stable, redis: Redis):
    stable.start()
    job = stable.enqueue("sleep", 30, retry=Retry(max=3))
    begun(job)

    send_stop_job_command(redis, job.id)

    assert ended(job, 3) == JobStatus.STOPPED
    assert stable.run("sleep", 0) == "slept"


def test_a_horse_is_killed_by_rqs_command_and_the_next_job_is_done(stable: Stable, redis: Redis):
    stable.start()
    job = stable.enqueue("sleep", 30)
    begun(job)

    send_kill_horse_command(redis, Worker.all(connection=redis)[0].name)

    assert ended(job, 3) == JobStatus.FAILED
    assert stable.run("sleep", 0) == "slept"


def test_a_suspended_worker_takes_up_work_when_it_is_resumed(stable: Stable, redis: Redis):
    stable.start()
    wait_until(lambda: Worker.all(connection=redis)[0].get_state() == WorkerStatus.IDLE)
    suspend(redis)
    stable.run("horse")  # the one that a worker does who is waiting for a job already
    wait_until(lambda: Worker.all(connection=redis)[0].get_state() == WorkerStatus.SUSPENDED)
    job = stable.enqueue("horse")
    time.sleep(1)
    assert job.get_status() == JobStatus.QUEUED

    resume(redis)

    assert ended(job, 5) == JobStatus.FINISHED


@pytest.mark.parametrize("how", ["command", "SIGTERM", "SIGINT", "SIGTERM to all"])
def test_a_worker_that_is_shut_down_ends_its_job_and_leaves_nothing_behind(stable: Stable, redis: Redis, how: str):
    worker = stable.start()
    horse = horse_of(worker)
    job = stable.enqueue("sleep", 1)
    begun(job)

    if how == "command":
        send_shutdown_command(redis, Worker.all(connection=redis)[0].name)
    else:
        for each in [worker, horse] if how.endswith("all") else [worker]:
            each.send_signal(signal.Signals[how.split(maxsplit=1)[0]])

    assert stable.processes[0].wait(5) == 0
    assert job.get_status() == JobStatus.FINISHED
    assert not horse.is_running()
    assert Worker.count(connection=redis) == 0


def test_an_idle_worker_leaves_at_once(stable: Stable):
    worker = stable.start()
    horse = horse_of(worker)

    worker.terminate()

    assert stable.processes[0].wait(3) == 0
    assert not horse.is_running()


def test_a_second_signal_takes_the_horse_down_as_well(stable: Stable):
    worker = stable.start()
    horse = horse_of(worker)
    begun(stable.enqueue("sleep", 60))

    worker.terminate()
    time.sleep(1.1)  # RQ takes a signal within the same second for the same one
    worker.terminate()
    stable.processes[0].wait(5)

    assert not horse.is_running()


def test_a_horse_whose_worker_was_killed_ends_its_job_and_leaves(stable: Stable):
    worker = stable.start()
    horse = horse_of(worker)
    job = stable.enqueue("sleep", 1)
    begun(job)

    worker.kill()

    assert ended(job, 5) == JobStatus.FINISHED
    wait_until(lambda: not horse.is_running() or horse.status() == psutil.STATUS_ZOMBIE, 3)


def test_what_a_dead_machine_left_runs_again_within_30_seconds(stable: Stable, redis: Redis):
    """Its job, and one that was taken and never registered: RQ waits a minute for that, 50 s of which are over."""
    worker = stable.start()
    job = stable.enqueue("sleep", 60, retry=Retry(max=1, interval=2))
    begun(job)
    horse = horse_of(worker)
    worker.kill()
    horse.kill()
    job.args = (0,)
    job.save()
    taken = stable.enqueue("sleep", 0, retry=Retry(max=1))
    redis.rpoplpush(stable.queue.key, stable.queue.intermediate_queue_key)
    redis.set(stable.queue.intermediate_queue.get_first_seen_key(taken.id), time.time() - 50)
    died = time.monotonic()

    stable.start()

    assert [ended(each, 30) for each in (job, taken)] == [JobStatus.FINISHED] * 2
    assert time.monotonic() - died < 30


def test_a_worker_that_redis_has_forgotten_registers_again(stable: Stable, redis: Redis):
    stable.start()
    stable.run("horse")

    redis.flushall()

    wait_until(lambda: Worker.count(connection=redis) == 1)
    assert Worker.all(connection=redis)[0].birth_date is not None
    assert stable.run("sleep", 0) == "slept"


def test_a_worker_that_died_over_the_maintenance_does_not_hold_it_up(stable: Stable, redis: Redis):
    redis.set(stable.queue.registry_cleaning_key, 1, ex=899)

    stable.start()

    wait_until(lambda: redis.ttl(stable.queue.registry_cleaning_key) <= 30)


def test_a_pool_of_them_shares_the_work(stable: Stable, redis_url: str, tmp_path: Path):
    pool = subprocess.Popen(
        [str(ROOT / ".venv/bin/rq"), "worker-pool", "odd", "--num-workers", "2"],
        cwd=ROOT,
        env=environment(
            DATABASE_URL=f"sqlite:///{tmp_path}/snippets.db",
            ENV_FILE="/dev/null",
            PYTHONPATH=str(ROOT / "tests"),
            REDIS_URL=redis_url,
            RQ_CONFIG="workers.settings",
            RQ_WORKER_CLASS="workers.worker.SnippetWorker",
        ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    stable.processes.append(pool)
    wait_until(lambda: Worker.count(queue=stable.queue) == 2)
    together = [stable.enqueue("sleep", 1) for _ in range(2)]

    assert {ended(job) for job in together} == {JobStatus.FINISHED}
    for job in together:
        job.refresh()
    assert together[0].worker_name != together[1].worker_name
    assert max(job.started_at for job in together) < min(job.ended_at for job in together), "one after the other"
    assert {stable.run("horse") for _ in range(4)} <= {
        each.pid for each in psutil.Process(pool.pid).children(recursive=True)
    }
    pool.terminate()
    assert pool.wait(10) == 0
