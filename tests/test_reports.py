"""Errors reach Sentry from web and worker, over a real wire, with the request's id and nothing that is anybody's."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from redis import Redis
from rq import Queue, Retry
from rq.job import Job, JobStatus

from snippets import __version__
from snippets.settings import ROOT

from processes import environment, serving, wait_until, work_off
from sentry_end import SentryEnd

pytestmark = pytest.mark.drill
CODE = "pasted_by_a_visitor = 1"
HUSH = {  # what must never be sent
    "code": CODE,
    "form": "pasted_by_a_visitor",
    "cookie": "cookies-are-secret",
    "token": "bearers-are-secret",
    "query": "queries-are-secret",
    "password": "database-password",
    "key": "a secret key for the tests",
}


@pytest.fixture
def sentry() -> Iterator[SentryEnd]:
    end = SentryEnd()
    yield end
    end.stop()


def assert_nothing_given_away(sentry: SentryEnd) -> None:
    assert [name for name, value in HUSH.items() if value.encode() in sentry.received] == []
    assert set(sentry.paths) == {"/api/1/envelope/"}  # SENTRY_SPOTLIGHT would have had them sent to another as well


def variables(sentry: SentryEnd, **more: str) -> dict[str, str]:
    given = {
        "DATABASE_URL": f"postgresql://snippets:{HUSH['password']}@127.0.0.1:1/snippets",  # nobody is there
        "ENV_FILE": "/dev/null",
        "PYTHONPATH": str(ROOT / "tests"),
        "SECRET_KEY": HUSH["key"],
        "SENTRY_DSN": sentry.dsn,
        "SENTRY_SPOTLIGHT": f"{sentry.dsn.removesuffix('/1').replace('public@', '')}/stream",
    }
    return environment(**(given | more))


@pytest.fixture
def broken_site(sentry: SentryEnd, redis_url: str, tmp_path: Path) -> Iterator[str]:
    with serving("broken_site:broken", tmp_path / "web.log", variables(sentry, REDIS_URL=redis_url)) as url:
        yield url


def test_an_error_in_the_web_is_reported_with_its_request_and_without_anything_of_the_visitors(
    sentry: SentryEnd, broken_site: str
):
    answer = requests.post(
        f"{broken_site}/?q={HUSH['query']}",
        data={"code": CODE, "language": "python"},
        headers={"Cookie": f"owner={HUSH['cookie']}", "Authorization": f"Bearer {HUSH['token']}"},
        timeout=10,
    )
    wait_until(lambda: len(sentry.events) >= 3)

    assert answer.status_code == 500
    ours, librarys, raised = sentry.events  # Flask logs the same error once more
    assert ours["logentry"] == {"message": "before it breaks: %s"}
    assert librarys["logentry"] == {"message": "an error that library logged"}
    assert [error["type"] for error in raised["exception"]["values"]] == ["ValueError", "RuntimeError"]
    assert raised["exception"]["values"][1]["stacktrace"]["frames"][-1]["function"] == "accept"
    assert raised["transaction"] == "pasting.create"
    assert ours["tags"] == librarys["tags"] == raised["tags"] == {"request": answer.headers["X-Request-ID"]}
    assert raised["release"] == __version__
    assert raised["sdk"]["integrations"] == ["atexit", "dedupe", "excepthook", "flask", "logging"]
    assert_nothing_given_away(sentry)


@pytest.fixture
def queue(redis: Redis) -> Queue:
    return Queue("odd", connection=redis)


def enqueue(queue: Queue, name: str, *args: object, **options: object) -> Job:
    return queue.enqueue(name, *args, meta={"request_id": f"request-{queue.count}"}, **options)


def said(event: dict) -> str:
    """Return what an event is about: the type of its last exception, or what was logged."""
    errors = event["exception"]["values"]
    return errors[-1]["type"] if errors else event["logentry"]["message"]


def summary(sentry: SentryEnd) -> list[tuple[str, dict]]:
    return [(said(event), event["tags"]) for event in sentry.events]


@pytest.mark.parametrize("worker_class", ["workers.worker.SnippetWorker", "rq.Worker"])
def test_errors_of_jobs_are_reported_with_the_request_that_asked_for_them(
    sentry: SentryEnd, queue: Queue, redis_url: str, worker_class: str
):
    enqueue(queue, "workers.jobs.highlight_file", 1)
    enqueue(queue, "workers.jobs.highlight_file", 2)

    work_off("odd", variables(sentry, REDIS_URL=redis_url), worker_class)

    assert summary(sentry) == [
        ("OperationalError", {"request": "request-0"}),
        ("OperationalError", {"request": "request-1"}),
    ]
    assert sentry.events[0]["transaction"] == "workers.jobs.highlight_file"
    assert_nothing_given_away(sentry)


def test_whatever_ends_a_job_is_reported_by_the_horse_that_lives_or_by_the_parent_of_one_that_does_not(
    sentry: SentryEnd, queue: Queue, redis_url: str
):
    enqueue(queue, "odd_jobs.fail", CODE)
    enqueue(queue, "odd_jobs.swallow", 30, job_timeout=1)
    enqueue(queue, "odd_jobs.die")
    enqueue(queue, "odd_jobs.fail", CODE)

    work_off("odd", variables(sentry, REDIS_URL=redis_url))

    assert summary(sentry) == [
        ("ValueError", {"request": "request-0"}),
        ("JobOvertime", {"request": "request-1"}),
        ("gave up %s: it took its horse down", {"request": "request-2"}),
        ("ValueError", {"request": "request-3"}),
    ]
    assert sentry.events[0]["exception"]["values"][0]["stacktrace"]["frames"][-1]["function"] == "fail"
    assert_nothing_given_away(sentry)


def test_a_job_that_is_tried_again_is_no_error_yet(
    sentry: SentryEnd, queue: Queue, redis: Redis, redis_url: str, tmp_path
):
    job = enqueue(queue, "odd_jobs.die_once", str(tmp_path / "tried"), retry=Retry(max=1))

    work_off("odd", variables(sentry, REDIS_URL=redis_url))

    assert job.get_status() == JobStatus.FINISHED
    assert sentry.events == []


def test_a_sentry_that_hangs_does_not_hold_up_the_jobs_that_follow(queue: Queue, redis_url: str):
    hanging = SentryEnd(hangs=True)
    enqueue(queue, "odd_jobs.die")
    jobs = [enqueue(queue, "odd_jobs.horse") for _ in range(5)]
    began = time.monotonic()

    work_off("odd", variables(hanging, REDIS_URL=redis_url))
    took = time.monotonic() - began
    done = [job.return_value() for job in jobs]
    hanging.stop()

    assert len(hanging.paths) == 1
    assert None not in done
    finished = [job.ended_at for job in (Job.fetch(job.id, queue.connection) for job in jobs)]
    assert (finished[-1] - finished[0]).total_seconds() < 1
    assert took < 15


def test_what_a_later_sdk_may_collect_does_not_pass_either():
    from snippets.reports import without_data  # here, for the tests of all else do without the SDK

    frame = {"function": "accept", "lineno": 1, "vars": {"code": CODE}}
    error = {"type": "ValueError", "value": CODE, "stacktrace": {"frames": [frame]}, "mechanism": {"data": CODE}}
    more = {
        name: {"anything": CODE} for name in ("request", "user", "breadcrumbs", "contexts", "extra", "modules", "new")
    }

    sent = without_data({"exception": {"values": [error]}, "transaction": "pasting.create", **more}, {})

    assert CODE not in str(sent)
    assert sent["transaction"] == "pasting.create"
    assert sent["exception"]["values"][0]["stacktrace"]["frames"] == [{"function": "accept", "lineno": 1}]


def test_an_error_that_ends_a_process_is_reported_before_the_end(sentry: SentryEnd, redis_url: str):
    script = f"import workers.settings; raise LookupError({CODE!r})"
    env = variables(sentry, REDIS_URL=redis_url)

    assert subprocess.call([ROOT / ".venv/bin/python", "-c", script], cwd=ROOT, env=env, stderr=subprocess.DEVNULL) == 1
    assert [said(event) for event in sentry.events] == ["LookupError"]
    assert_nothing_given_away(sentry)


def test_the_worker_reports_without_loading_flask(sentry: SentryEnd, redis_url: str):
    script = "import workers.settings, sys; sys.exit('flask' in sys.modules or 'sentry_sdk' not in sys.modules)"
    env = variables(sentry, REDIS_URL=redis_url)

    assert subprocess.call([ROOT / ".venv/bin/python", "-c", script], cwd=ROOT, env=env) == 0


def test_without_a_dsn_nothing_of_sentry_is_even_loaded(sentry: SentryEnd, redis_url: str):
    script = "import app, workers.settings, sys; app.create_app(); sys.exit('sentry_sdk' in sys.modules)"
    env = variables(sentry, REDIS_URL=redis_url, DATABASE_URL="", SENTRY_DSN="", SENTRY_DEBUG="1")

    assert subprocess.call([ROOT / ".venv/bin/python", "-c", script], cwd=ROOT, env=env) == 0
    assert sentry.paths == []
