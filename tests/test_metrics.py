"""`/metrics`: its door, its format, and figures that are right for all processes together."""

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue, Worker

from app import create_app
from snippets import breaker, request_counts, statistics
from snippets.exposition import Family, exposition
from snippets.redis_client import connect
from snippets.request_counts import KEY, RequestCounts
from snippets.settings import Settings
from snippets.timing import Timing

from processes import environment, serving, wait_until
from servers import Valkey

Work = Callable[..., None]
TOKEN = "a token for the tests"
PASSWORD = "correct horse battery"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
LINE = re.compile(r'([a-z_:]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[\d.]+(?:e[+-]\d+)?|\+Inf|NaN)')


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, metrics_token=TOKEN)


def scrape(client: FlaskClient) -> dict[str, float]:
    answer = client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200, answer.text
    return parsed(answer.text)


def parsed(text: str) -> dict[str, float]:
    """Read the format strictly: every line is a comment or a sample, no sample comes twice, and each has its type."""
    assert text.endswith("\n")
    samples, types = {}, {}
    for line in text.splitlines():
        if line.startswith("#"):
            what, name, told = line[2:].split(" ", 2)
            if what == "TYPE":
                assert name not in types
                types[name] = told
            continue
        name, labels, value = LINE.fullmatch(line).groups()
        assert re.sub("_(bucket|sum|count)$", "", name) in types or name in types
        assert name + (labels or "") not in samples
        samples[name + (labels or "")] = float(value)
    return samples


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """A site whose counts do not arrive in the next test."""
    yield app
    app.extensions["snippets"].counts.flush()


def test_without_a_password_and_a_token_there_are_no_metrics_and_nothing_is_counted(
    settings: Settings, redis: Redis, monkeypatch
):
    monkeypatch.setattr(request_counts, "EVERY", 0.01)
    client = create_app(replace(settings, metrics_token=None)).test_client()

    assert client.get("/metrics", headers=BEARER).status_code == 404
    assert client.get("/metrics", auth=("admin", "None")).status_code == 404
    time.sleep(0.1)
    assert not redis.exists(KEY)


@pytest.mark.parametrize("given", [None, "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer None", "Bearer é"])
def test_a_wrong_token_is_refused(client: FlaskClient, given: str | None):
    assert client.get("/metrics", headers={"Authorization": given} if given else {}).status_code == 401


def test_the_token_opens_the_metrics_alone_and_no_password_does_when_none_is_set(client: FlaskClient):
    assert client.get("/metrics", headers=BEARER).status_code == 200
    assert client.get("/metrics", auth=("admin", "None")).status_code == 401
    assert client.get("/ops", headers=BEARER).status_code == 404
    assert client.get("/rq/", headers=BEARER).status_code == 404


def test_the_password_opens_the_metrics_and_the_token_no_other_door(settings: Settings):
    app = create_app(replace(settings, dashboard_password=PASSWORD))
    client = app.test_client()

    assert client.get("/metrics", auth=("admin", PASSWORD)).status_code == 200
    assert client.get("/ops", headers=BEARER).status_code == 401
    assert client.get("/rq/", headers=BEARER).status_code == 401
    app.extensions["snippets"].counts.flush()


def test_where_there_is_no_token_none_opens_the_metrics(settings: Settings):
    client = create_app(replace(settings, dashboard_password=PASSWORD, metrics_token=None)).test_client()

    for given in ("Bearer None", "Bearer ", "Bearer"):
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 401


def test_guessing_the_token_closes_the_door_to_the_right_one_too(client: FlaskClient):
    for _ in range(10):
        client.get("/metrics", headers={"Authorization": "Bearer wrong"})

    assert client.get("/metrics", headers=BEARER).status_code == 429


def test_the_answer_is_of_the_format_and_kept_by_nobody(client: FlaskClient):
    answer = client.get("/metrics", headers=BEARER)

    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"


def test_requests_and_creates_are_counted(client: FlaskClient):
    client.post("/", data={"code": "x"})
    client.post("/", data=b"x", content_type="application/octet-stream")
    client.post("/", data={"code": ""})
    client.get("/")
    client.get("/AAAAAAAAAAA")

    found = scrape(client)

    assert found["snippets_created_total"] == 2
    counted = {name: value for name, value in found.items() if name.startswith("snippets_http_responses_total")}
    assert counted == {
        'snippets_http_responses_total{status="2xx"}': 2,
        'snippets_http_responses_total{status="3xx"}': 1,
        'snippets_http_responses_total{status="4xx"}': 2,
    }
    assert scrape(client)['snippets_http_responses_total{status="2xx"}'] == 3  # the first scrape


def test_what_is_refused_as_cross_site_is_counted_as_well(client: FlaskClient):
    client.post("/", data={"code": "x"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert scrape(client)['snippets_http_responses_total{status="4xx"}'] == 1


def test_colours_that_landed_are_counted_with_their_time_engine_and_reason(
    client: FlaskClient, redis: Redis, work: Work
):
    client.post("/", data={"code": "x = 1", "language": "python"})
    work()
    statistics.record(redis, "bulk", "http-tokens", "slow,down", 300, timedelta(seconds=3))

    found = scrape(client)

    assert found["snippets_time_to_colour_seconds_count"] == 2
    assert found['snippets_time_to_colour_seconds_bucket{le="+Inf"}'] == 2
    assert found['snippets_time_to_colour_seconds_bucket{le="2.048"}'] == 1
    assert found['snippets_time_to_colour_seconds_bucket{le="4.096"}'] == 2
    assert 3 < found["snippets_time_to_colour_seconds_sum"] < 8
    assert found['snippets_engine_seconds_sum{engine="http-tokens"}'] == 0.3
    assert found['snippets_files_coloured_total{engine="pygments"}'] == 1
    assert found['snippets_fallbacks_total{reason="slow"}'] == 1
    assert found['snippets_fallbacks_total{reason="down"}'] == 1


def test_the_totals_outlive_the_counts_of_the_day(client: FlaskClient, redis: Redis):
    statistics.record(redis, "snippets", "pygments", None, 10, timedelta(seconds=1))
    redis.delete(*redis.keys("snippets:statistics:*:*"))

    assert scrape(client)["snippets_time_to_colour_seconds_count"] == 1


@pytest.mark.usefixtures("highlighter_named")
def test_queues_rows_breaker_and_workers_are_gauged(client: FlaskClient, redis: Redis):
    client.post("/", data={"code": "x"})
    job = Queue("bulk", connection=redis).enqueue("operator.add", 1, 2)
    redis.hset(job.key, "enqueued_at", "2026-01-01T00:00:00.000000Z")
    worker = Worker(["snippets"], name="one", connection=redis)
    worker.register_birth()
    redis.hset(worker.key, "memory_mb", "100.5")

    found = scrape(client)

    assert found['snippets_queue_jobs{queue="snippets",state="waiting"}'] == 1
    assert found['snippets_queue_jobs{queue="bulk",state="failed"}'] == 0
    assert found['snippets_queue_oldest_seconds{queue="bulk"}'] > 3600
    assert (found["snippets_files_pending"], found["snippets_files_late"]) == (1, 0)
    assert (found["snippets_breaker_open"], found["snippets_workers"]) == (0, 1)
    served = {name: found[f'snippets_queue_workers{{queue="{name}"}}'] for name in ("snippets", "bulk", "mail")}
    assert served == {"snippets": 1, "bulk": 0, "mail": 0}
    memory = f'snippets_worker_memory_bytes{{host="{worker.hostname}",queues="snippets"}}'
    assert found[memory] == 100.5 * 2**20
    redis.set(breaker.OPEN, time.time())
    assert scrape(client)["snippets_breaker_open"] == 1


def test_labels_are_escaped_and_numbers_kept_whole():
    family = Family("a_total", "counter", "About.")
    family.add(12345678901234, label='"\\\n')

    assert exposition([family]).splitlines()[2:] == [r'a_total{label="\"\\\n"} 12345678901234']


def test_a_histogram_rises_to_its_count():
    family = Family("a_seconds", "histogram", "About.")
    family.add_timing(Timing({0: 1, 1: 2, 4: 3, 900: 4}, 5000))

    values = [value for suffix, _, value in family.samples if suffix == "_bucket"]

    assert values == [1, 6, *[6] * 16, 10]
    assert family.samples[-2:] == [("_sum", {}, 5.0), ("_count", {}, 10)]


def test_with_redis_away_the_metrics_are_a_503_in_one_sentence_and_pages_wait_for_nothing(settings: Settings):
    client = create_app(replace(settings, redis_url="redis://127.0.0.1:1/0")).test_client()

    answer = client.get("/metrics", headers=BEARER)

    assert (answer.status_code, answer.text) == (503, "The metrics cannot be read: Redis does not answer.\n")


# Counting over processes


@pytest.fixture
def frozen(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path)
    yield server
    server.stop()


@pytest.mark.drill
def test_a_count_takes_no_time_while_redis_is_frozen_and_is_not_lost(frozen: Valkey, monkeypatch):
    monkeypatch.setattr(request_counts, "EVERY", 0.05)
    counts = RequestCounts(connect(frozen.url, 0.2))
    frozen.process.send_signal(signal.SIGSTOP)
    counts.add("2xx")
    time.sleep(0.1)  # the thread waits for Redis now
    before = time.monotonic()

    for _ in range(1000):
        counts.add("2xx")

    assert time.monotonic() - before < 0.2
    time.sleep(0.5)  # and has given up
    frozen.process.send_signal(signal.SIGCONT)
    with Redis.from_url(frozen.url) as redis:
        wait_until(lambda: int(redis.hget(KEY, "2xx") or 0) >= 1001)


def test_the_thread_leaves_when_there_is_nothing_to_bring(redis: Redis, monkeypatch):
    monkeypatch.setattr(request_counts, "EVERY", 0.01)
    counts = RequestCounts(redis)

    def threads() -> int:
        return sum(thread.name == "request-counts" for thread in threading.enumerate())

    before = threads()
    for _ in range(10):
        counts.add("2xx")
    assert threads() <= before + 1

    wait_until(lambda: counts._thread is None and redis.hget(KEY, "2xx") == b"10")
    counts.add("2xx")
    wait_until(lambda: redis.hget(KEY, "2xx") == b"11")


def test_counts_from_many_threads_are_all_there(redis: Redis, monkeypatch):
    monkeypatch.setattr(request_counts, "EVERY", 0.001)
    counts = RequestCounts(redis)
    threads = [threading.Thread(target=lambda: [counts.add("2xx") for _ in range(2000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    wait_until(lambda: redis.hget(KEY, "2xx") == b"8000")


@pytest.mark.drill
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_two_web_processes_count_together_and_a_restart_loses_nothing(settings: Settings, tmp_path: Path):
    env = environment(
        DATABASE_URL=settings.database_url,
        ENV_FILE="/dev/null",
        METRICS_TOKEN=TOKEN,
        REDIS_URL=settings.redis_url,
        SECRET_KEY=settings.secret_key,
    )

    def web(name: str) -> AbstractContextManager[str]:
        return serving("app:serve", tmp_path / f"{name}.log", env)

    def pages(url: str) -> float:
        answer = requests.get(f"{url}/metrics", headers=BEARER, timeout=5)
        return parsed(answer.text).get('snippets_http_responses_total{status="4xx"}', 0)

    with web("one") as one, web("other") as other:
        for url in [one, other] * 20:
            requests.get(f"{url}/nothing", timeout=5)
        wait_until(lambda: pages(one) == 40)
        requests.get(f"{other}/nothing", timeout=5)

    with web("next") as url:
        assert pages(url) == 41
