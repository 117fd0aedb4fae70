"""What is counted when colours land, and what an hour and a day of it say."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

import workers.jobs
from snippets import statistics
from snippets.settings import Settings
from snippets.statistics import COLOUR, DAY, HOUR, TOTALS, Window, merge, named, read, record, timing, totals
from snippets.sweep import sweep
from snippets.timing import STEPS

Work = Callable[..., None]
NOON = 1_767_268_800  # 1 January 2026, 12:00 UTC


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    def at(seconds: float) -> None:
        monkeypatch.setattr(statistics.time, "time", lambda: seconds)

    at(NOON)
    return at


def land(redis: Redis, waited: int = 40, took: int = 12, engine: str = "pygments", note: str | None = None) -> None:
    record(redis, "snippets", engine, note, took, timedelta(milliseconds=waited))


def test_a_paste_that_is_coloured_is_counted_once_with_its_engine_its_queue_and_its_wait(
    client: FlaskClient, redis: Redis, work: Work
):
    client.post("/", data={"code": "x = 1", "language": "python"})
    work()

    for count in (merge(read(redis, HOUR)), merge(read(redis, DAY)), totals(redis)):
        assert named(count, "engine") == {"pygments": 1}
        assert named(count, "queue") == {"snippets": 1}
        assert named(count, "note") == {}
        assert timing(count, COLOUR).count == 1
        assert 1 <= timing(count, COLOUR).total_ms < 5000


def test_a_job_that_finds_the_colours_there_counts_nothing(client: FlaskClient, redis: Redis, work: Work, monkeypatch):
    client.post("/", data={"code": "x = 1", "language": "python"})
    monkeypatch.setattr(workers.jobs, "land", lambda *a: False)
    work()

    assert totals(redis) == {}


def test_each_reason_for_falling_back_is_counted(
    client: FlaskClient, redis: Redis, work: Work, settings: Settings, monkeypatch
):
    monkeypatch.setattr(workers.jobs, "settings", replace(settings, highlighter_url="http://127.0.0.1:1"))
    client.post("/", data={"code": "x = 1", "language": "python"})
    work()

    assert named(totals(redis), "note") == {"unreachable": 1}


def test_a_file_that_is_given_up_is_counted_too(client: FlaskClient, redis: Redis, work: Work, monkeypatch):
    client.post("/", data={"code": "x = 1", "language": "python"})
    redis.hset(redis.keys("rq:job:highlight-*")[0], "retries_left", 0)
    monkeypatch.setattr(workers.jobs, "highlight", lambda *a, **k: 1 / 0)
    work()

    assert named(totals(redis), "note") == {"gave-up": 1}
    assert named(totals(redis), "engine") == {"plain": 1}


def test_a_file_that_the_sweep_gives_up_is_counted_as_well(
    app: Flask, client: FlaskClient, redis: Redis, work: Work, monkeypatch
):
    client.post("/", data={"code": "x = 1", "language": "python"})
    redis.hset(redis.keys("rq:job:highlight-*")[0], "retries_left", 0)
    monkeypatch.setattr(workers.jobs, "highlight", lambda *a, **k: 1 / 0)
    monkeypatch.setattr("workers.resigning.give_up_on", lambda *a, **k: None)
    work()

    sweep(app.extensions["snippets"].sessions, redis, timedelta())

    assert named(totals(redis), "note") == {"gave-up": 1}


def test_the_median_and_the_95th_percentile_are_right_within_a_fifth(redis: Redis, at):
    for waited in range(1, 1001):
        land(redis, waited)

    waits = timing(merge(read(redis, HOUR)), COLOUR)

    assert (waits.count, waits.total_ms) == (1000, 500_500)
    assert waits.quantile(0.5) == pytest.approx(500, rel=0.19)
    assert waits.quantile(0.95) == pytest.approx(950, rel=0.19)
    assert waits.quantile(1) == pytest.approx(1000, rel=0.19)


@pytest.mark.parametrize("milliseconds", [0, 1, 2, 3, 16, 17, 999, 86_400_000])
def test_a_bucket_holds_what_its_bounds_say(redis: Redis, at, milliseconds: int):
    land(redis, milliseconds)

    (bucket,) = timing(totals(redis), COLOUR).buckets

    assert milliseconds <= 2 ** (bucket / STEPS) * 1.000001
    assert bucket == 0 or milliseconds > 2 ** ((bucket - 1) / STEPS)


def test_where_nothing_was_counted_there_is_no_median(redis: Redis):
    assert timing(Counter(), COLOUR).quantile(0.5) is None
    assert merge(read(redis, DAY)) == {}


def test_engines_whose_names_begin_alike_are_not_mixed(redis: Redis, at):
    land(redis, took=10, engine="http-hl")
    land(redis, took=1000, engine="http-hljs")

    assert timing(totals(redis), "engine:http-hl").total_ms == 10


@pytest.mark.parametrize("window", [HOUR, DAY], ids=["hour", "day"])
def test_a_window_has_what_happened_within_it_at_its_place(redis: Redis, at, window: Window):
    length = window.seconds * window.steps
    for seconds in (-length, window.seconds - length, -1, 0):
        at(NOON + seconds)
        land(redis)

    counted = [timing(count, COLOUR).count for count in read(redis, window)]

    assert counted == [1, *[0] * (window.steps - 3), 1, 1]


@pytest.mark.parametrize("window", [HOUR, DAY], ids=["hour", "day"])
def test_what_is_too_old_to_be_read_is_forgotten_and_the_totals_are_not(redis: Redis, window: Window):
    land(redis)

    (key,) = redis.keys(f"snippets:statistics:{window.seconds}:*")
    length = window.seconds * window.steps
    assert length < redis.ttl(key) <= length + window.seconds
    assert redis.ttl(TOTALS) == -1


def test_colours_that_are_only_bettered_say_nothing_of_the_wait(redis: Redis, at):
    record(redis, "bulk", "http-tokens", None, 7)

    assert timing(totals(redis), COLOUR).count == 0
    assert timing(totals(redis), "engine:http-tokens").total_ms == 7


def test_with_redis_away_nothing_is_counted_and_nothing_raised(away: Redis):
    land(away)
