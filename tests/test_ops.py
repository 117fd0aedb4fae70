"""The operators' page at /ops: its door, what it shows of real queues and real jobs, and its buttons."""

import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue, Retry, SimpleWorker, Worker
from rq.job import Job
from rq.suspension import is_suspended
from sqlalchemy import select, update

from app import create_app
from snippets import breaker, requeueing, statistics
from snippets.failures import failures
from snippets.models import File, Snippet, now
from snippets.operations import OPERATIONS
from snippets.ops_figures import duration
from snippets.queue_state import queue_state
from snippets.settings import ROOT, Settings
from snippets.worker_state import worker_states

from processes import wait_until

Work = Callable[..., None]
PASSWORD = "corréct horse:battery"
RIGHT = ("admin", PASSWORD)
WRONG = ("admin", "staple staple")
EVIL = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def database_url(migrated_sqlite, tmp_path) -> str:
    """One engine will do, but where a test says otherwise."""
    (tmp_path / "snippets.db").write_bytes(migrated_sqlite.read_bytes())
    return f"sqlite:///{tmp_path}/snippets.db"


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Settings:
    return Settings(
        database_url=database_url,
        redis_url=redis_url,
        secret_key="a key for the tests alone",
        create_limit=None,
        dashboard_password=PASSWORD,
    )


@pytest.fixture
def sessions(app: Flask):
    return app.extensions["snippets"].sessions


@pytest.fixture
def show(client: FlaskClient) -> Callable[[], str]:
    """The text of the page, without its markup."""

    def show() -> str:
        answer = client.get("/ops", auth=RIGHT)
        assert answer.status_code == 200, answer.text
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text))

    return show


@pytest.fixture
def press(client: FlaskClient) -> Callable[..., str]:
    """Press a button; return the sentence that comes of it."""

    def press(operation: str, **fields: str) -> str:
        answer = client.post(f"/ops/{operation}", data=fields, auth=RIGHT, headers=OURS)
        assert answer.status_code == 303, answer.text
        page = client.get(answer.location, auth=RIGHT).text
        return re.search(r'<p class="note" role="status">([^<]*)</p>', page)[1]

    return press


class DeafWorker(SimpleWorker):
    """RQ's own, but for the channel on which it takes commands: closing that one can last a second."""

    def subscribe(self):
        pass


def fail(redis: Redis, *calls: tuple, queue: str = "snippets") -> list[Job]:
    jobs = [Queue(queue, connection=redis).enqueue(*call) for call in calls]
    logging.disable(logging.CRITICAL)
    DeafWorker([queue], connection=redis).work(burst=True)
    logging.disable(logging.NOTSET)
    return jobs


# The door


def test_without_a_password_there_is_no_page(settings: Settings):
    client = create_app(replace(settings, dashboard_password=None)).test_client()

    assert client.get("/ops", auth=RIGHT).status_code == 404
    assert client.post("/ops/suspend", auth=RIGHT, headers=OURS).status_code == 404


@pytest.mark.parametrize(("method", "path"), [("GET", "/ops"), ("POST", "/ops/suspend"), ("POST", "/ops/unknown")])
def test_the_page_and_its_buttons_need_the_password(client: FlaskClient, redis: Redis, method: str, path: str):
    for auth in (None, WRONG):
        answer = client.open(path, method=method, auth=auth, headers=OURS)

        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="Queues", charset="UTF-8"'
    assert not is_suspended(redis)


def test_wrong_passwords_at_one_door_close_the_other(client: FlaskClient, monkeypatch):
    for path in ["/rq/", "/ops"] * 5:
        assert client.get(path, auth=WRONG).status_code == 401

    assert client.get("/ops", auth=RIGHT).status_code == 429
    assert client.get("/rq/", auth=RIGHT).status_code == 429


def test_one_count_holds_for_both_doors_while_redis_is_away(settings: Settings):
    client = create_app(replace(settings, redis_url="redis://127.0.0.1:1/0")).test_client()

    assert [client.get(path, auth=WRONG).status_code for path in ["/rq/", "/ops"] * 6] == [401] * 10 + [429] * 2


@pytest.mark.parametrize("operation", OPERATIONS)
def test_another_site_cannot_press_a_button(client: FlaskClient, redis: Redis, operation: str):
    assert client.post(f"/ops/{operation}", auth=RIGHT, headers=EVIL).status_code == 403
    assert not is_suspended(redis)


def test_looking_changes_nothing_and_a_button_is_no_link(client: FlaskClient, redis: Redis):
    def kept() -> dict[bytes, bytes]:
        own = (b"LIMITS", b"snippets:requests")  # of the door, and of every request
        return {key: redis.dump(key) for key in redis.keys("*") if not key.startswith(own)}

    fail(redis, ("operator.truediv", 1, 0))
    before = kept()

    client.get("/ops", auth=RIGHT)

    assert kept() == before
    assert client.get("/ops/suspend", auth=RIGHT).status_code == 405


def test_the_page_is_kept_by_nobody_and_carries_the_sites_own_policy(client: FlaskClient):
    answer = client.get("/ops", auth=RIGHT)

    assert answer.headers["Cache-Control"] == "no-store"
    assert "script-src 'self'; style-src 'self'" in answer.headers["Content-Security-Policy"]
    assert " style=" not in answer.text
    assert "<style" not in answer.text
    assert not re.search(r"<script(?![^>]* src=)", answer.text)


@pytest.mark.parametrize("operation", [None, "suspend"])
def test_with_redis_away_the_page_says_so_in_one_sentence(settings: Settings, operation: str | None):
    client = create_app(replace(settings, redis_url="redis://127.0.0.1:1/0")).test_client()
    before = time.monotonic()

    path = f"/ops/{operation}" if operation else "/ops"
    answer = client.open(path, method="POST" if operation else "GET", auth=RIGHT, headers=OURS)

    assert answer.status_code == 503
    assert "The queues cannot be shown: Redis does not answer." in answer.text
    assert time.monotonic() - before < 1


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("unknown", {}, 404),
        ("stop", {}, 400),
        ("requeue", {"job": "x"}, 400),
        ("requeue", {"job": "x", "queue": "../x"}, 400),
        ("requeue-all", {"queue": "snippets"}, 400),
    ],
)
def test_a_button_that_is_none_is_refused(client: FlaskClient, path: str, fields: dict, status: int):
    assert client.post(f"/ops/{path}", data=fields, auth=RIGHT, headers=OURS).status_code == status


# What it shows


def test_an_empty_site_says_that_there_is_nothing(show):
    page = show()

    assert "Files without colours 0 " in page
    assert "No worker gives signs of life" in page
    assert "Failures None." in page
    assert "Fallbacks None in the last day." in page


def test_the_depth_of_each_queue_and_the_age_of_its_oldest_job_are_shown(redis: Redis, show):
    for queue, ages in (("snippets", (90, 5)), ("bulk", (7200, 3600))):
        for seconds in ages:
            job = Queue(queue, connection=redis).enqueue("operator.add", 1, 2)
            enqueued = (datetime.now(UTC) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            redis.hset(job.key, "enqueued_at", enqueued)

    assert "snippets 2 90 s 0.0 0 0 bulk 2 2 h 0.0 0 0" in show()


def test_a_job_put_at_the_front_does_not_hide_the_older_ones_behind_it(redis: Redis):
    queue = Queue("bulk", connection=redis)
    old = queue.enqueue("operator.add", 1, 2)
    redis.hset(old.key, "enqueued_at", "2026-01-01T00:00:00.000000Z")
    queue.enqueue("operator.add", 1, 2, at_front=True)

    assert queue_state(redis, "bulk").oldest > 3600
    assert queue_state(redis, "snippets").oldest is None


def test_the_times_and_the_fallbacks_of_the_hour_and_the_day_are_shown(redis: Redis, show, monkeypatch):
    for milliseconds in (40, 40, 40, 3000):
        waited = timedelta(milliseconds=milliseconds)
        statistics.record(redis, "snippets", "http-tokens", None, 10, waited)
    two_hours_ago = time.time() - 7200
    with monkeypatch.context() as patch:
        patch.setattr(statistics.time, "time", lambda: two_hours_ago)
        statistics.record(redis, "bulk", "pygments", "unreachable", 80, timedelta(seconds=1))

    page = show()

    assert re.search(r"Last hour .* Files coloured 4 – – Time to colour 4 \d\d ms [23]\.\d s http-tokens 4 ", page)
    assert re.search(r"Last day .* Files coloured 5 – – Time to colour 5 .* pygments 1 \d\d ms \d\d ms", page)
    assert "the highlighter could not be reached 0 1 " in page
    assert "snippets 0 – 0.7 0 0" in page


def test_the_plots_are_svg_of_this_server_with_words_for_who_cannot_see_them(client: FlaskClient, redis: Redis):
    statistics.record(redis, "snippets", "pygments", None, 12, timedelta(milliseconds=50))

    page = client.get("/ops", auth=RIGHT).text

    assert page.count('<svg class="plot"') == 6
    assert re.search(r'aria-label="Time to colour over the last hour: median \d\d ms, 95th percentile \d\d ms"', page)
    last = re.search(r'aria-label="Files coloured over the last hour[^"]*"><path class="bar-0" d="([^"]*)"', page)
    assert last[1] == "M59.1 32v-32.0h.8v32.0z"


def test_workers_are_shown_with_their_memory_and_their_heartbeat(redis: Redis, show):
    worker = Worker(["snippets"], name="one", connection=redis)
    worker.register_birth()
    redis.hset(worker.key, mapping={"memory_mb": "123.4", "state": "busy"})
    redis.sadd(worker.executions_key, "highlight-7:an-execution")

    page = show()

    assert re.search(rf"{worker.hostname} {worker.pid} snippets highlight-7 123 MiB \d+ ms ago Stop highlight-7", page)


def test_a_worker_that_has_died_is_not_shown(redis: Redis, show):
    worker = Worker(["snippets"], name="one", connection=redis)
    worker.register_birth()
    worker.register_death()

    assert "No worker gives signs of life" in show()


def test_rows_that_have_waited_too_long_and_expiries_that_are_overdue_are_shown(client, sessions, redis: Redis, show):
    for code in ("a", "b", "c"):
        client.post("/", data={"code": code})
    with sessions.begin() as session:
        session.execute(update(File).where(File.id == 1).values(created_at=now() - timedelta(minutes=5)))
        session.execute(update(Snippet).values(expires_at=now() - timedelta(hours=3)))

    page = show()

    assert "Files without colours 3 1 for over 30 s, the oldest for 5 min" in page
    assert "Expired and not yet purged overdue by 3 h" in page


def test_retries_are_shown_with_their_next_time(redis: Redis, show):
    job = Queue("snippets", connection=redis).enqueue("operator.truediv", 1, 0, retry=Retry(max=1, interval=60))
    logging.disable(logging.CRITICAL)
    DeafWorker(["snippets"], connection=redis).work(burst=True)
    logging.disable(logging.NOTSET)

    assert re.search(rf"Waiting for another try .* {job.id} snippets in (60|59) s", show())


def test_failures_are_grouped_by_their_exception(redis: Redis, show):
    fail(redis, ("operator.truediv", 1, 0), ("operator.truediv", 2, 0), ("builtins.int", "x"))
    fail(redis, ("operator.truediv", 1, 0), queue="bulk")

    groups = [(group.exception, len(group.jobs)) for group in failures(redis, "snippets")]

    assert groups == [("ZeroDivisionError", 2), ("ValueError", 1)]
    assert "ZeroDivisionError 2 on snippets division by zero" in show()
    assert "ZeroDivisionError 1 on bulk" in show()


@pytest.mark.parametrize(
    ("told", "kind", "message"),
    [
        (
            "Work-horse terminated unexpectedly; waitpid returned 9 (signal 9); ",
            "Work-horse terminated unexpectedly",
            "",
        ),
        ("Moved to FailedJobRegistry, due to AbandonedJobError, at 2026-01-01", "AbandonedJobError", "its worker"),
        (
            "Traceback (most recent call last):\n  File\nsqlalchemy.exc.DBAPIError: gone\n[SQL: x]\n(at: y)",
            "DBAPIError",
            "",
        ),
        (
            "Traceback (most recent call last):\n a\nOSError\n\nTraceback (most recent call last):\n b\nTypeError: <b>",
            "TypeError",
            "<b>",
        ),
        ("Traceback (most recent call last):\n  File\nKeyboardInterrupt", "KeyboardInterrupt", ""),
        ("", "unknown", ""),
    ],
)
def test_the_exception_is_found_in_whatever_rq_kept(redis: Redis, told: str, kind: str, message: str):
    job = Queue("snippets", connection=redis).enqueue("operator.add", 1, 2)
    job.failed_job_registry.add(job, ttl=60, exc_string=told)
    if told:
        from rq.results import Result

        Result.create_failure(job, 60, exc_string=told)

    (group,) = failures(redis, "snippets")

    assert group.exception == kind
    assert message in group.message


def test_a_message_that_holds_markup_is_shown_as_text(client: FlaskClient, redis: Redis):
    fail(redis, ("builtins.open", "<img src=x>"))  # a message about the machine, which is kept

    page = client.get("/ops", auth=RIGHT).text

    assert "&lt;img src=x&gt;" in page
    assert "<img" not in page


def test_the_page_refreshes_itself_when_it_is_asked_to_and_repeats_no_button(client: FlaskClient):
    assert "http-equiv" not in client.get("/ops", auth=RIGHT).text

    page = client.get("/ops?live=1&said=suspended", auth=RIGHT).text

    assert '<meta http-equiv="refresh" content="10;url=/ops?live=1">' in page


# Its buttons


def test_the_workers_are_suspended_and_resumed(redis: Redis, press, show):
    assert "wait" in press("suspend")
    assert is_suspended(redis)
    assert "0 suspended Resume" in show()

    assert "take jobs again" in press("resume")
    assert not is_suspended(redis)
    assert "0 taking jobs Suspend" in show()


@pytest.mark.usefixtures("highlighter_named")
def test_the_breaker_is_closed_and_what_fell_back_is_offered_again(redis: Redis, press, show):
    redis.set(breaker.OPEN, time.time() - 90)
    assert "left alone for 90 s Close the breaker" in show()

    assert "called again" in press("close-breaker")

    assert not redis.exists(breaker.OPEN)
    assert [job.func_name for job in Queue("bulk", connection=redis).jobs] == ["workers.chores.offer_again"]
    assert "closed already" in press("close-breaker")


def test_without_a_highlighter_nobody_is_said_to_leave_it_alone(redis: Redis, show):
    redis.set(breaker.OPEN, time.time() - 86_400)  # of a time when there was one

    assert "none, Pygments only" in show()


def test_what_fell_back_within_a_day_is_highlighted_again(redis: Redis, press):
    assert "offered to the highlighter again" in press("rehighlight")

    (job,) = Queue("bulk", connection=redis).jobs
    assert job.func_name == "workers.chores.offer_again"
    assert time.time() - job.args[0] == pytest.approx(86_400, abs=5)


def test_one_failed_job_is_requeued(redis: Redis, press):
    job, other = fail(redis, ("operator.truediv", 1, 0), ("operator.truediv", 1, 0))

    assert press("requeue", queue="snippets", job=job.id) == "The job has been requeued."

    queue = Queue("snippets", connection=redis)
    assert queue.job_ids == [job.id]
    assert queue.failed_job_registry.get_job_ids() == [other.id]


@pytest.mark.parametrize("job", ["unknown", "not a job id", "\0", ""])
def test_a_job_that_has_not_failed_is_not_requeued(redis: Redis, press, job: str):
    assert "not among the failed" in press("requeue", queue="snippets", job=job)
    assert Queue("snippets", connection=redis).count == 0


def test_a_failed_job_that_has_expired_is_taken_out_of_the_list(redis: Redis, press):
    (job,) = fail(redis, ("operator.truediv", 1, 0))
    redis.delete(job.key)

    assert "not among the failed" in press("requeue", queue="snippets", job=job.id)
    assert len(Queue("snippets", connection=redis).failed_job_registry) == 0


@pytest.mark.parametrize("job", ["unknown", "not a job id", ""])
def test_a_job_that_does_not_run_is_not_stopped(press, job: str):
    assert "not running" in press("stop", job=job)


def test_all_of_a_group_is_requeued_in_chunks_with_its_progress_shown(
    client, redis: Redis, work: Work, press, show, monkeypatch
):
    monkeypatch.setattr(requeueing, "SOME", 2)
    jobs = fail(redis, *[("operator.truediv", 1, 0)] * 5, ("builtins.int", "x"))
    snippets = Queue("snippets", connection=redis)

    assert "being requeued" in press("requeue-all", queue="snippets", exception="ZeroDivisionError")
    page = client.get("/ops", auth=RIGHT)
    assert '<meta http-equiv="refresh" content="2;url=/ops">' in page.text
    assert "0 of 6 failed jobs looked at, 0 requeued" in show()

    assert requeueing.requeue_some(redis)
    assert re.search("2 of 6 failed jobs looked at, [12] requeued", show())
    assert set(snippets.job_ids[1:]) < {job.id for job in jobs[:5]}

    logging.disable(logging.CRITICAL)
    work()
    logging.disable(logging.NOTSET)

    assert "Of the jobs that failed of ZeroDivisionError on snippets, 5 were requeued." in show()
    assert snippets.count == 0
    assert sorted(snippets.failed_job_registry.get_job_ids()) == sorted(job.id for job in jobs)  # they failed again
    assert Job.fetch(jobs[5].id, connection=redis).enqueued_at == jobs[5].enqueued_at  # the other kind was left


def test_nothing_is_requeued_while_visitors_wait(redis: Redis, press, monkeypatch):
    fail(redis, ("operator.truediv", 1, 0))
    press("requeue-all", queue="snippets", exception="ZeroDivisionError")
    queue = Queue("snippets", connection=redis)
    queue.empty()
    for _ in range(requeueing.ENOUGH):
        queue.enqueue("time.sleep", 0)
    monkeypatch.setattr(requeueing, "PAUSE", 0)

    assert requeueing.requeue_some(redis)
    assert queue.failed_job_registry.count == 1

    queue.empty()
    requeueing.requeue_some(redis)
    assert queue.failed_job_registry.count == 0


def test_an_operator_has_a_file_of_anybody_tried_again_that_was_left_plain(client, redis, sessions, show):
    page = client.post("/", data={"code": "x = 1", "name": "slow.py"}).location
    with sessions.begin() as session:
        session.execute(update(File).values(html="x", engine="plain", note="slow,pygments-slow"))
    Queue("snippets", connection=redis).empty()
    assert "slow.py the highlighter took too long; then Pygments took too long" in show()
    address = f"/ops/snippets{page}/files/1/again"

    assert client.post(address).status_code == 401
    assert client.post(address, auth=RIGHT, headers=EVIL).status_code == 403
    answer = client.post(address, auth=RIGHT)

    assert (answer.status_code, answer.location) == (303, "/ops?said=tried-again")
    assert len(Queue("snippets", connection=redis).job_ids) == 1
    with sessions() as session:
        assert session.scalar(select(File.html)) is None
    assert client.post(address, auth=RIGHT).status_code == 404


def test_requeueing_is_bulks_business_where_somebody_serves_it(redis: Redis, press):
    fail(redis, ("operator.truediv", 1, 0))
    Worker(["bulk"], connection=redis).register_birth()

    press("requeue-all", queue="snippets", exception="ZeroDivisionError")

    assert (Queue("snippets", connection=redis).count, Queue("bulk", connection=redis).count) == (0, 1)


@pytest.fixture
def worker_process(settings: Settings) -> Iterator[subprocess.Popen]:
    """Our worker in a process of its own, and RQ's command line before it."""
    env = {
        **os.environ,
        "ENV_FILE": "/dev/null",
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "PYTHONPATH": f"{ROOT}:{ROOT}/tests",
    }
    command = [sys.executable, "-m", "rq.cli", "worker", "-w", "workers.worker.SnippetWorker", "-u", settings.redis_url]
    process = subprocess.Popen([*command, "snippets"], cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
    yield process
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.drill
def test_a_running_job_is_stopped_and_the_page_shows_its_workers_memory(
    redis: Redis, press, show, worker_process, sessions
):
    job = Queue("snippets", connection=redis).enqueue("odd_jobs.sleep", 60)
    wait_until(lambda: f"Stop {job.id}" in show())
    assert re.search(r"[1-9]\d{1,2} MiB", show())

    assert "told to stop" in press("stop", job=job.id)

    wait_until(lambda: job.get_status() == "stopped")
    wait_until(lambda: f"Stop {job.id}" not in show())


@pytest.mark.drill
def test_a_workers_memory_is_its_own_and_its_horses(redis: Redis, worker_process):
    def told() -> float:
        return sum(worker.memory_mb or 0 for worker in worker_states(redis))

    wait_until(told)
    process = psutil.Process(worker_process.pid)

    def measured() -> float:
        return sum(each.memory_full_info().pss for each in (process, *process.children())) / 2**20

    assert len(process.children()) == 1
    wait_until(lambda: told() == pytest.approx(measured(), rel=0.1))  # what is shared changes hands: it is told anew


@pytest.mark.drill
def test_suspended_workers_stay_alive_and_take_jobs_once_resumed(redis: Redis, press, show, worker_process):
    wait_until(lambda: [worker.state for worker in worker_states(redis)] == ["idle"])
    assert "1 taking jobs" in show()
    press("suspend")
    queue = Queue("snippets", connection=redis)
    first = queue.enqueue("odd_jobs.horse")  # the one more that a blocked worker takes
    wait_until(lambda: first.is_finished)
    wait_until(lambda: "snippets suspended" in show())
    second = queue.enqueue("odd_jobs.horse")
    time.sleep(1.5)
    assert second.get_status() == "queued"
    assert "1 suspended Resume" in show()

    press("resume")

    wait_until(lambda: second.is_finished)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "–"),
        (0, "0 ms"),
        (0.0404, "40 ms"),
        (0.9994, "999 ms"),
        (0.99951, "1.0 s"),
        (2.5, "2.5 s"),
        (9.96, "10 s"),
        (119, "119 s"),
        (180, "3 min"),
        (7200, "2 h"),
        (3 * 86400, "3 days"),
    ],
)
def test_a_duration_is_said_shortly(seconds: float | None, said: str):
    assert duration(seconds) == said
