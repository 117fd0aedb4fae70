"""Which jobs nobody will ever run: RQ still knows them, and has them neither in a list nor in hand."""

import time
from datetime import timedelta

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus

from snippets.lost_jobs import PARKED, is_lost
from snippets.models import now


@pytest.fixture
def queue(redis: Redis) -> Queue:
    return Queue("snippets", connection=redis)


@pytest.fixture
def job(queue: Queue) -> Job:
    return queue.enqueue("time.sleep", 0, job_id="highlight-1")


def test_a_job_in_its_queue_is_not_lost(queue: Queue, job: Job):
    assert not is_lost(queue, job)


def test_a_job_that_a_worker_has_taken_and_not_yet_started_is_not_lost(redis: Redis, queue: Queue, job: Job):
    redis.delete(queue.key)
    redis.rpush(queue.intermediate_queue_key, job.id)

    assert not is_lost(queue, job)


def test_a_job_that_is_queued_in_no_list_is_lost(redis: Redis, queue: Queue, job: Job):
    redis.lrem(queue.key, 0, job.id)

    assert is_lost(queue, job)


def test_a_job_that_is_queued_in_the_list_of_another_queue_is_lost(redis: Redis, queue: Queue, job: Job):
    redis.rename(queue.key, Queue("bulk", connection=redis).key)

    assert is_lost(queue, job)


def test_a_job_that_was_begun_between_the_two_looks_is_not_lost(redis: Redis, queue: Queue, job: Job):
    found = queue.fetch_job(job.id)
    redis.lrem(queue.key, 0, job.id)
    job.set_status(JobStatus.STARTED)

    assert not is_lost(queue, found)


def test_a_job_that_another_deleted_between_the_two_looks_is_lost(queue: Queue, job: Job):
    found = queue.fetch_job(job.id)
    job.delete()

    assert is_lost(queue, found)


@pytest.mark.parametrize(
    ("seconds", "lost"),
    [(60, False), (0, False), (5 - PARKED, False), (-5 - PARKED, True)],
    ids=["in a minute", "now", "a moment overdue", "long overdue"],
)
def test_a_retry_is_lost_once_no_scheduler_has_fetched_it_for_a_while(queue: Queue, job: Job, seconds: int, lost: bool):
    job.set_status(JobStatus.SCHEDULED)
    queue.scheduled_job_registry.schedule(job, now() + timedelta(seconds=seconds))

    assert is_lost(queue, job) == lost


def test_a_retry_is_judged_by_the_clock_of_redis(queue: Queue, job: Job, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Redis, "time", lambda redis: (int(time.time()) + 3600, 0))  # ours is an hour slow
    job.set_status(JobStatus.SCHEDULED)
    queue.connection.zadd(queue.scheduled_job_registry.key, {job.id: time.time() + 3610})

    assert not is_lost(queue, job)


def test_a_retry_without_a_time_is_lost(queue: Queue, job: Job):
    job.set_status(JobStatus.SCHEDULED)

    assert is_lost(queue, job)


@pytest.mark.parametrize(
    ("status", "lost"),
    [
        (JobStatus.FAILED, False),  # given up
        (JobStatus.STOPPED, False),  # given up
        (JobStatus.FINISHED, True),
        (JobStatus.CANCELED, True),
    ],
)
def test_a_job_that_has_begun_is_lost_when_it_has_ended_well_and_left_its_file_pending(
    queue: Queue, job: Job, status: JobStatus, lost: bool
):
    queue.empty()
    job.save()
    job.set_status(status)

    assert is_lost(queue, job) == lost
