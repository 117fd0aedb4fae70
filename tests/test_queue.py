"""The two lanes of a pending file: enqueued once, found again, brought back, forgotten."""

from collections.abc import Callable

import pytest
from redis import Redis, RedisError
from rq import Queue, Worker
from rq.job import Job, JobStatus

from snippets import lost_jobs as queues
from snippets.lanes import HIGHLIGHT, SLOW, Lane
from snippets.pending_jobs import forget, look_up, revive
from snippets.queue import enqueue_highlight, enqueue_once

LANES = pytest.mark.parametrize("lane", [HIGHLIGHT, SLOW], ids=lambda lane: lane.name)


@pytest.fixture
def served(redis: Redis) -> Worker:
    """A worker that listens on bulk."""
    worker = Worker([Queue("bulk", connection=redis)], connection=redis)
    worker.register_birth()
    return worker


def queued(redis: Redis, queue: str) -> list[str]:
    return Queue(queue, connection=redis).job_ids


def enqueued(redis: Redis, lane: Lane, status: JobStatus = JobStatus.QUEUED) -> Job:
    """A job for file 7, which has left its queue unless it is queued."""
    enqueue_once(redis, lane, [7])
    job = Job.fetch(lane.job_id(7), connection=redis)
    if status != JobStatus.QUEUED:
        redis.delete(Queue(lane.queue, connection=redis).key)
        job.set_status(status)
    if status == JobStatus.STARTED:
        worker = Worker([Queue(lane.queue, connection=redis)], connection=redis)
        worker.register_birth()
        redis.hset(job.key, "worker_name", worker.name)
    return job


def test_many_files_are_enqueued_in_their_order_with_what_is_said_of_them(redis: Redis):
    assert enqueue_highlight(redis, range(1, 101), request_id="r1")

    assert queued(redis, "snippets") == [f"highlight-{file_id}" for file_id in range(1, 101)]
    jobs = [Job.fetch(job_id, connection=redis) for job_id in queued(redis, "snippets")]
    assert [job.args for job in jobs] == [(file_id,) for file_id in range(1, 101)]
    assert all(job.meta == {"request_id": "r1"} for job in jobs)


def test_files_that_are_enqueued_already_do_not_keep_the_others_from_it(redis: Redis):
    enqueue_highlight(redis, [2, 3])

    enqueue_once(redis, HIGHLIGHT, [1, 2, 3, 4])

    assert queued(redis, "snippets") == ["highlight-2", "highlight-3", "highlight-1", "highlight-4"]


def test_no_files_are_no_failure(redis: Redis):
    assert enqueue_highlight(redis, [])
    assert queued(redis, "snippets") == []


def test_a_job_that_was_lost_is_replaced(redis: Redis):
    enqueue_highlight(redis, [1, 2])
    redis.delete("rq:queue:snippets")

    enqueue_once(redis, HIGHLIGHT, [2])

    assert queued(redis, "snippets") == ["highlight-2"]


def test_a_file_without_a_job_is_revived_for_those_who_wait(redis: Redis):
    assert revive(redis, [7, 8]) == []

    assert queued(redis, "snippets") == ["highlight-7", "highlight-8"]


@LANES
@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.STARTED])
def test_a_file_that_either_lane_has_in_hand_is_left_there(redis: Redis, served, lane: Lane, status: JobStatus):
    enqueued(redis, lane, status)
    before = queued(redis, "snippets"), queued(redis, "bulk")

    assert revive(redis, [7]) == []

    assert (queued(redis, "snippets"), queued(redis, "bulk")) == before
    assert look_up(redis, 7)[:2] == (lane, status)


@LANES
def test_a_file_whose_job_ended_well_without_colours_is_enqueued_again(redis: Redis, served, lane: Lane):
    enqueued(redis, lane, JobStatus.FINISHED)

    assert revive(redis, [7]) == []

    assert queued(redis, "snippets") == ["highlight-7"]
    assert look_up(redis, 7) == (HIGHLIGHT, JobStatus.QUEUED, 0)


@LANES
def test_a_lost_job_that_another_deletes_at_the_same_time_is_enqueued_again(
    redis: Redis, served, lane: Lane, monkeypatch: pytest.MonkeyPatch
):
    def is_lost(queue: Queue, job: Job) -> bool:
        redis.delete(job.key)
        return True

    enqueued(redis, lane, JobStatus.FINISHED)
    monkeypatch.setattr(queues, "is_lost", is_lost)

    assert revive(redis, [7]) == []

    assert queued(redis, "snippets") == ["highlight-7"]


@LANES
@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.STOPPED])
def test_a_file_that_rq_gave_up_on_either_lane_is_named_and_not_tried_again(
    redis: Redis, lane: Lane, status: JobStatus
):
    enqueued(redis, lane, status)

    assert revive(redis, [6, 7, 8]) == [7]

    assert queued(redis, "snippets") == ["highlight-6", "highlight-8"]


def test_a_slow_file_that_nobody_is_there_for_goes_back_to_those_who_wait(redis: Redis):
    enqueued(redis, SLOW)

    assert revive(redis, [7]) == []

    assert (queued(redis, "snippets"), queued(redis, "bulk")) == (["highlight-7"], [])
    assert not Job.exists("slow-7", connection=redis)


@LANES
def test_a_look_tells_the_lane_the_status_and_how_many_stand_before_it(redis: Redis, lane: Lane):
    enqueued(redis, lane)
    redis.lpush(Queue(lane.queue, connection=redis).key, "first", "second")

    assert look_up(redis, 7) == (lane, JobStatus.QUEUED, 2)


@LANES
@pytest.mark.parametrize("status", [JobStatus.STARTED, JobStatus.SCHEDULED, JobStatus.FAILED])
def test_a_job_that_has_left_its_queue_has_no_place(redis: Redis, lane: Lane, status: JobStatus):
    enqueued(redis, lane, status)

    assert look_up(redis, 7) == (lane, status, None)


def test_a_slow_job_is_what_counts_beside_the_one_that_handed_over_to_it(redis: Redis):
    enqueued(redis, HIGHLIGHT, JobStatus.FINISHED)
    enqueued(redis, SLOW)

    assert look_up(redis, 7) == (SLOW, JobStatus.QUEUED, 0)


def test_a_file_without_a_job_is_found_in_no_queue(redis: Redis):
    enqueue_highlight(redis, [8])

    assert look_up(redis, 7) == (HIGHLIGHT, None, None)


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.FAILED, JobStatus.FINISHED])
def test_what_is_left_of_both_jobs_is_forgotten_and_no_other_files(redis: Redis, status: JobStatus):
    for lane in (HIGHLIGHT, SLOW):
        enqueued(redis, lane, status)
    enqueue_highlight(redis, [8])

    forget(redis, 7)

    assert look_up(redis, 7) == (HIGHLIGHT, None, None)
    assert (queued(redis, "snippets"), queued(redis, "bulk")) == (["highlight-8"], [])
    assert redis.keys("rq:job:*") == [b"rq:job:highlight-8"]


def test_forgetting_a_file_that_has_no_job_is_no_failure(redis: Redis):
    forget(redis, 7)

    assert redis.keys("*") == []


@pytest.mark.parametrize("ask", [lambda redis: revive(redis, [7]), lambda redis: look_up(redis, 7)])
def test_whoever_asks_a_redis_that_is_away_hears_so(away: Redis, ask: Callable[[Redis], object]):
    with pytest.raises(RedisError):
        ask(away)


def test_files_that_cannot_be_enqueued_are_no_failure_of_the_paste(away: Redis):
    assert not enqueue_highlight(away, [7])
