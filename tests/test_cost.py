"""What requests and jobs cost, in counts that are the same on a busy machine, so that nothing fails by chance."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import text

from bench import baseline, cost, exchanges
from bench.asking import Request, ask
from bench.baseline import Counts
from bench.client import form
from bench.exchanges import COMMANDS, COMMITS, STATEMENTS, TRIPS
from bench.paper import Paper
from bench.steps import Calls, Instructions
from snippets.database import Sessions
from snippets.front import Front
from snippets.listening import Changes
from snippets.page_cache import PageCache

WITHIN = 0.10
SLOW = 0.5  # seconds
MEANT = "If it is meant: python -m bench.cost, and commit tests/baseline.json"


@pytest.fixture(scope="module")
def counted() -> Counts:
    return cost.count()


@pytest.mark.drill
def test_reading_creating_and_colouring_ask_of_database_and_redis_exactly_what_they_did(counted: Counts):
    now, before = baseline.exact(counted), baseline.exact_before()

    off = {what: (before.get(what), counts) for what, counts in now.items() if counts != before.get(what)}
    assert not off, f"before and now: {off}. {MEANT}"
    assert before.keys() == now.keys()


@pytest.mark.drill
def test_reading_and_creating_take_as_many_steps_as_they_did(counted: Counts):
    now, before = baseline.steps(counted), baseline.steps_before()

    assert before is not None, (
        f"Python {baseline.version()} has other steps inside than those that were counted. With it, check out the"
        " commit that you trust, let python -m bench.cost count them there, and commit tests/baseline.json with yours"
    )
    assert before.keys() == now.keys()
    off = {(what, kind): (before[what][kind], steps) for what, counts in now.items() for kind, steps in counts.items()
           if abs(steps - before[what][kind]) > WITHIN * min(steps, before[what][kind])}  # fmt: skip
    assert not off, f"steps, before and now: {off}. {MEANT}"
    assert min(steps for counts in now.values() for steps in counts.values()) > 0


def test_the_page_on_performance_has_what_was_counted_last():
    every, page = json.loads(baseline.PAGE.read_text()), Paper().page.read_text()
    exact = every.pop(baseline.EXACT)

    assert any(baseline.table(exact, steps, python) in page for python, steps in every.items())


@pytest.fixture
def address(app: Flask, work: Callable[..., None]) -> str:
    """The path of a snippet that has its colours."""
    body, headers = form("x = 1\n" * 100)
    created = ask(Front(app, 2**20), Request("/", 303, "POST", headers, body))
    work()
    return dict(created.headers)["Location"]


@pytest.fixture
def asked(redis_url: str) -> Iterator[exchanges.Exchanges]:
    with exchanges.at(redis_url) as counting:
        yield counting


@pytest.mark.drill
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_kept_page_is_counted_as_kept_however_long_redis_takes_to_be_heard(
    app: Flask, address: str, redis_url: str, asked: exchanges.Exchanges, monkeypatch
):
    subscribe = Changes._subscribe
    monkeypatch.setattr(Changes, "_subscribe", lambda changes: (time.sleep(SLOW), subscribe(changes)))
    cache = PageCache(redis_url, 2**24)

    kept = cost.least(Front(app, 2**24, cache), Request(address), asked, kept=True)

    made = cost.least(Front(app, 2**24), Request(address), asked)
    assert (kept[STATEMENTS], made[STATEMENTS]) == (0, 1)
    assert kept["calls"] * 10 < made["calls"]
    cache._changes.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_page_that_is_never_kept_is_said_not_to_be_and_never_counted_as_one(
    app: Flask, address: str, asked: exchanges.Exchanges, monkeypatch
):
    monkeypatch.setattr(cost, "PATIENCE", 0.1)

    with pytest.raises(TimeoutError, match=f"{address}: of 9 answers 0 came from the page cache within 0 s"):
        cost.least(Front(app, 2**24), Request(address), asked, kept=True)


def test_commands_that_are_sent_together_are_one_round_trip(redis_url: str, asked: exchanges.Exchanges):
    with closing(Redis.from_url(redis_url)) as redis:
        redis.ping()  # connected

        with asked.during() as counts, redis.pipeline(transaction=False) as pipeline:
            pipeline.set("a", "*3\r\n").get("a").get("b").execute()

    assert counts == {STATEMENTS: 0, COMMITS: 0, TRIPS: 1, COMMANDS: 3}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_statements_and_commits_are_counted_in_forked_children_too(sessions: Sessions, asked: exchanges.Exchanges):
    with asked.during() as counts:
        with sessions.begin() as session:
            session.execute(text("SELECT 1"))
        if (child := os.fork()) == 0:
            with sessions() as session:
                session.execute(text("SELECT 2"))
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0

    assert counts == {STATEMENTS: 2, COMMITS: 1, TRIPS: 0, COMMANDS: 0}


def test_a_loop_is_seen_in_its_instructions_where_its_calls_are_the_same():
    def loop(times: int) -> None:
        for _ in range(times):
            pass

    counts = []
    for times in (10, 1000):
        meters = Calls(), Instructions()
        for meter in meters:
            with meter:
                loop(times)
        counts.append([meter.counted for meter in meters])

    (calls, few), (same, many) = counts
    assert calls == same
    assert many - few >= 990
