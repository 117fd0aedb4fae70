"""A sick highlighter is left alone by all workers, told from a difficult text, and offered what it missed."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from conftest import Work
from redis import Redis
from rq import Queue, Worker
from sqlalchemy import select, update

import workers.chores
import workers.jobs
import workers.patience
from snippets.breaker import ASKED, EVERY, PROBE, Breaker, open_since
from snippets.models import File
from snippets.notes import Note
from snippets.settings import Settings

from hostile import Hostile
from servers import Valkey

THREE = Settings(breaker_failures=3, highlighter_url="http://127.0.0.1:1")


@pytest.fixture
def breaker(redis: Redis) -> Breaker:
    return Breaker(redis, THREE)


def offered(redis: Redis) -> list[float]:
    """When the breaker had opened, each time that the service was offered what it missed since."""
    return [
        job.args[0] for job in Queue("bulk", connection=redis).jobs if job.func_name == "workers.chores.offer_again"
    ]


def opened(breaker: Breaker) -> Breaker:
    for _ in range(3):
        breaker.failed(Note.UNREACHABLE)
    return breaker


def test_it_opens_after_so_many_failures_in_a_row(breaker: Breaker):
    breaker.failed(Note.UNREACHABLE)
    breaker.failed(Note.SLOW)
    assert breaker.allows()

    breaker.failed(Note.STATUS)

    assert [breaker.allows() for _ in range(3)] == [True, False, False], "one probe, and then nobody"


def test_a_success_forgets_the_failures(redis: Redis, breaker: Breaker):
    breaker.failed(Note.UNREACHABLE)
    breaker.failed(Note.UNREACHABLE)
    breaker.succeeded()
    breaker.failed(Note.UNREACHABLE)

    assert [breaker.allows() for _ in range(3)] == [True, True, True]
    assert offered(redis) == []


def test_a_call_that_succeeds_between_failures_forgets_them(breaker: Breaker):
    for _ in range(2):
        breaker.failed(Note.SLOW)
    assert breaker.allows()
    breaker.succeeded()

    for _ in range(2):
        breaker.failed(Note.SLOW)

    assert all(breaker.allows(probe=False) for _ in range(2)), "never three in a row"


def test_the_time_for_failures_begins_with_the_first(redis: Redis, breaker: Breaker):
    breaker.failed(Note.UNREACHABLE)
    redis.expire("snippets:breaker:failures", 10)  # as if 20 s had passed

    breaker.failed(Note.UNREACHABLE)

    assert 0 < redis.ttl("snippets:breaker:failures") <= 10


def test_failures_that_lie_apart_do_not_add_up(redis: Redis, breaker: Breaker):
    breaker.failed(Note.UNREACHABLE)
    breaker.failed(Note.UNREACHABLE)
    assert 0 < redis.ttl("snippets:breaker:failures") <= 30
    redis.delete("snippets:breaker:failures")  # as 30 s do
    breaker.failed(Note.UNREACHABLE)

    assert all(breaker.allows() for _ in range(3))


@pytest.mark.parametrize("note", [Note.ALTERED, Note.GARBLED, Note.SPANS, Note.LARGE])
def test_what_speaks_of_one_text_alone_does_not_count(breaker: Breaker, note: Note):
    for _ in range(10):
        breaker.failed(note)

    assert all(breaker.allows() for _ in range(3))


def test_all_workers_share_it(redis: Redis, breaker: Breaker):
    opened(breaker)
    other = Breaker(redis, THREE)

    assert (other.allows(), breaker.allows()) == (True, False)


def test_there_is_one_probe_in_five_seconds(redis: Redis, breaker: Breaker):
    opened(breaker).allows()
    assert EVERY - 1 <= redis.ttl(PROBE) <= EVERY + 1

    redis.delete(PROBE)  # as 5 s do

    assert (breaker.allows(), breaker.allows()) == (True, False)


def test_who_has_no_time_does_not_probe_and_one_asks_another_to(redis: Redis, breaker: Breaker):
    opened(breaker)

    assert not breaker.allows(probe=False)
    assert [breaker.wants_probe() for _ in range(3)] == [True, False, False]
    assert 0 < redis.ttl(ASKED) <= EVERY + 1
    assert breaker.allows(), "the probe is still to be had"


@pytest.mark.parametrize("deadline", [0.1, 4, 12])
def test_there_is_one_probe_at_a_time_however_long_it_may_take(redis: Redis, deadline: float):
    breaker = opened(Breaker(redis, replace(THREE, highlighter_deadline=deadline)))

    assert breaker.allows()

    assert redis.ttl(PROBE) > deadline + 1


def test_the_one_who_closes_it_offers_what_was_missed_since_it_opened(redis: Redis, breaker: Breaker):
    opened(breaker)

    breaker.succeeded()
    breaker.succeeded()

    assert offered(redis) == [pytest.approx(time.time(), abs=5)]
    assert all(breaker.allows() for _ in range(3))


def test_a_redis_that_is_full_loses_no_offer(own_valkey: Valkey):
    with closing(Redis.from_url(own_valkey.url)) as redis:
        breaker = opened(Breaker(redis, THREE))
        redis.config_set("maxmemory", 1)

        breaker.succeeded()
        assert open_since(redis, THREE) is not None

        redis.config_set("maxmemory", 0)
        breaker.succeeded()
        assert (open_since(redis, THREE), len(offered(redis))) == (None, 1)


def test_zero_turns_it_off(redis: Redis):
    breaker = Breaker(redis, Settings(breaker_failures=0))

    for _ in range(100):
        breaker.failed(Note.UNREACHABLE)

    assert all(breaker.allows() for _ in range(3))
    assert redis.keys("*") == []


def test_with_redis_away_the_work_is_done_here(away: Redis):
    breaker = Breaker(away, THREE)

    breaker.failed(Note.UNREACHABLE)
    breaker.succeeded()

    assert not breaker.allows()


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    with Hostile() as server:
        yield server


@pytest.mark.drill
def test_a_highlighter_that_comes_back_is_offered_what_it_missed(
    app, client, redis: Redis, settings: Settings, work: Work, hostile: Hostile, monkeypatch
):
    def use(behaviour: str) -> None:
        chosen = replace(hostile.settings(behaviour), database_url=settings.database_url, breaker_failures=2)
        monkeypatch.setattr(workers.jobs, "settings", chosen)

    def paste() -> None:
        client.post("/", data={"code": "if 1: pass\n", "language": "python"})
        work()

    def engines() -> list[tuple[str, str | None]]:
        with app.extensions["snippets"].sessions() as session:
            return [(file.engine, file.note) for file in session.scalars(select(File).order_by(File.id))]

    Worker([Queue("bulk", connection=redis)], connection=redis).register_birth()
    use("honest")
    paste()
    use("refuses")
    monkeypatch.setattr(workers.chores, "OFFERED", 2)
    for _ in range(4):
        paste()
        redis.set(PROBE, 1)  # nobody's turn to try
    down = [("pygments", "unreachable")] * 2 + [("pygments", "down")] * 2
    assert engines() == [("http-pygments", None), *down]
    with app.extensions["snippets"].sessions.begin() as session:
        session.execute(update(File).where(File.id == 5).values(note="unreachable,pygments-slow", engine="plain"))

    use("honest")
    redis.delete(PROBE)
    paste()
    work("bulk")

    assert engines() == [("http-pygments", None)] * 6


@pytest.mark.drill
def test_a_highlighter_that_hangs_is_waited_for_on_bulk(
    app, client, redis: Redis, settings: Settings, work: Work, hostile: Hostile, monkeypatch
):
    slow = replace(hostile.settings("honest-but-slow"), database_url=settings.database_url, highlighter_deadline=3)
    monkeypatch.setattr(workers.jobs, "settings", slow)
    monkeypatch.setattr(workers.patience, "USUAL", 0.1)
    Worker([Queue("bulk", connection=redis)], connection=redis).register_birth()
    client.post("/", data={"code": "if 1: pass\n", "language": "python"})

    def file() -> File:
        with app.extensions["snippets"].sessions() as session:
            return session.scalars(select(File)).one()

    began = time.monotonic()
    work()
    assert time.monotonic() - began < 1
    assert (file().engine, file().note) == ("pygments", "slow")

    work("bulk")
    assert (file().engine, file().note) == ("http-pygments", None)


def test_better_colours_are_not_replaced_by_worse(
    app, client, redis: Redis, settings: Settings, work: Work, hostile: Hostile, monkeypatch
):
    honest = replace(hostile.settings("honest"), database_url=settings.database_url)
    monkeypatch.setattr(workers.jobs, "settings", honest)
    client.post("/", data={"code": "if 1: pass\n", "language": "python"})
    work()
    monkeypatch.setattr(workers.jobs, "settings", replace(honest, highlighter_url="http://127.0.0.1:1"))

    Queue("bulk", connection=redis).enqueue("workers.jobs.highlight_again", 1)
    work("bulk")

    with app.extensions["snippets"].sessions() as session:
        assert session.scalars(select(File)).one().engine == "http-pygments"
