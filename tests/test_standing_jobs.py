"""Jobs that stand still because a worker died, or its clock is wrong, are noticed by whoever sweeps."""

import signal
import time
from datetime import timedelta

import pytest
from conftest import Work
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue, Worker, worker_registration
from rq.job import Job, JobStatus
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from snippets import sweep as sweeping
from snippets.models import File, Snippet, now
from snippets.pending_jobs import COMEBACKS
from snippets.sweep import sweep, sweep_on
from workers import maintenance
from workers.maintenance import SWEEP
from workers.recovery import GRACE, TTL, RecoveringWorker

BATCH = 50  # files: a tenth of the real one


@pytest.fixture
def queue(redis: Redis) -> Queue:
    return Queue("snippets", connection=redis)


@pytest.fixture
def job(client: FlaskClient, queue: Queue) -> Job:
    """The job of a file that has just been pasted."""
    client.post("/", data={"code": "x = 1", "language": "python"})
    return queue.jobs[0]


def pending_after_a_sweep(app: Flask, redis: Redis, work: Work) -> int:
    sessions = app.extensions["snippets"].sessions
    sweep(sessions, redis, timedelta())
    work()
    with sessions() as session:
        return session.scalar(select(func.count()).where(File.html.is_(None)))


def test_a_job_that_a_worker_took_and_never_began_is_lost_after_ten_seconds(app, redis, work: Work, queue, job: Job):
    redis.rpoplpush(queue.key, queue.intermediate_queue_key)

    assert pending_after_a_sweep(app, redis, work) == 1

    redis.expire(f"snippets:taken:{job.id}", 10)  # it was 20: ten seconds later
    assert pending_after_a_sweep(app, redis, work) == 0
    assert redis.llen(queue.intermediate_queue_key) == 0


@pytest.mark.parametrize(("alive", "left"), [(True, 1), (False, 0)], ids=["alive", "dead"])
def test_a_job_that_was_begun_is_lost_when_its_worker_is(app, redis, work: Work, queue, job: Job, alive, left):
    redis.rpop(queue.key)
    worker = Worker([queue], connection=redis)
    if alive:
        worker.register_birth()
    redis.hset(job.key, mapping={"status": JobStatus.STARTED, "worker_name": worker.name})
    redis.zadd(job.execution_registry.key, {"forgotten": time.time() + 3600})  # as that of a fast clock

    assert pending_after_a_sweep(app, redis, work) == left


def test_a_worker_signs_off_although_a_signal_cut_its_last_exchange(redis: Redis, redis_url: str):
    worker = RecoveringWorker([Queue("snippets", connection=Redis.from_url(redis_url))])
    worker.register_birth()
    cut = worker.connection.connection_pool.get_connection()
    cut.send_command("PING")  # and its answer is not read
    worker.connection.connection_pool.release(cut)

    worker.teardown()

    assert worker_registration.get_keys(connection=redis) == set()


@pytest.mark.parametrize(("seconds", "left"), [(60, 1), (3600, 0)])
def test_a_retry_is_lost_when_it_is_due_later_than_any_can_be(app, redis, work: Work, queue, job: Job, seconds, left):
    redis.rpop(queue.key)
    redis.hset(job.key, "status", JobStatus.SCHEDULED)
    redis.zadd(queue.scheduled_job_registry.key, {job.id: time.time() + seconds})

    assert pending_after_a_sweep(app, redis, work) == left


def add_files(sessions, count: int) -> None:
    with sessions.begin() as session:
        old = now() - timedelta(hours=1)
        files = [File(position=number, language="text", code="x", created_at=old) for number in range(1, count + 1)]
        session.add(Snippet(files=files))


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "BATCH", BATCH)


def commands(redis: Redis) -> int:
    return int(redis.info("stats")["total_commands_processed"])


def test_a_turn_at_sweeping_a_backlog_costs_two_exchanges_and_leaves_its_jobs_alone(app, redis, sessions, queue):
    add_files(sessions, 3 * BATCH)
    sweep(sessions, redis)
    jobs = queue.get_job_ids()
    before = commands(redis)

    turns = [sweep_on(sessions, redis) for _ in range(4)]

    assert turns == [0] * 4
    assert commands(redis) - before < 4 * (2 * BATCH + 10)  # two jobs a file, in one pipeline
    assert queue.get_job_ids() == jobs
    assert len(jobs) == 3 * BATCH


def test_turns_follow_each_other_through_all_files_and_begin_anew(app, redis, sessions, queue):
    add_files(sessions, BATCH + 1)

    turns = [sweep_on(sessions, redis) for _ in range(3)]

    assert turns == [BATCH, 1, 0]
    assert queue.count == BATCH + 1


def test_one_worker_at_a_time_sweeps(app, redis, sessions, work: Work, queue):
    add_files(sessions, 1)
    redis.set(SWEEP, "another worker")

    work()

    assert queue.count == 0
    with sessions() as session:
        assert session.scalar(select(func.count()).where(File.html.is_(None))) == 1


def test_a_file_that_is_lost_again_and_again_is_given_up(app, redis, sessions, queue):
    add_files(sessions, 1)
    for _ in range(COMEBACKS):
        sweep(sessions, redis)
        queue.delete()  # its jobs with it

    sweep(sessions, redis)

    assert queue.count == 0
    with sessions() as session:
        assert session.scalar(select(File.note)) == "gave-up"


def test_a_worker_that_dies_is_forgotten_as_soon_as_its_next_signs_of_life_are_overdue(redis: Redis):
    worker = RecoveringWorker(["snippets"], connection=redis)
    worker.register_birth()

    worker.heartbeat()

    assert 0 < redis.ttl(worker.key) <= TTL + GRACE == 28


@pytest.mark.parametrize("hours", [1, -1], ids=["fast", "slow"])
def test_a_worker_whose_clock_is_wrong_says_so_and_judges_nobody_by_it(redis, queue, caplog, monkeypatch, hours: int):
    worker = RecoveringWorker([queue], connection=redis)
    worker.register_birth()
    wrong = maintenance.now() + timedelta(hours=hours)
    monkeypatch.setattr(maintenance, "now", lambda: wrong)
    redis.zadd("rq:wip:snippets", {"highlight-1:living": time.time() + 10})
    redis.zadd(queue.scheduled_job_registry.key, {"highlight-2": time.time() + 10})

    worker.run_maintenance_tasks()

    assert f"3600 s {'ahead of' if hours > 0 else 'behind'} Redis'" in caplog.text
    assert redis.zcard("rq:wip:snippets") == redis.zcard(queue.scheduled_job_registry.key) == 1


def test_a_signal_that_comes_up_in_the_database_during_a_sweep_ends_the_worker_all_the_same(
    redis, work: Work, queue, job: Job, monkeypatch
):
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def fail(*_: object) -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:  # as psycopg does, whose own error then takes the place of RQ's
            raise OperationalError("SELECT", {}, Exception("cut"))

    monkeypatch.setattr(maintenance, "sweep_on", fail)
    redis.delete(SWEEP)
    try:
        work()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

    assert queue.job_ids == [job.id]
