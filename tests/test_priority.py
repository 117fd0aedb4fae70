"""`flask snippets first`: a snippet whose jobs wait behind others is next."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue

from snippets.lanes import AGAIN
from snippets.queue import enqueue_once

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # it is the queues that differ


def paste(client: FlaskClient, *codes: str) -> str:
    return client.post("/", data={"code": list(codes), "language": ["python"] * len(codes)}).location[1:]


def first(app: Flask, snippet_id: str) -> str:
    return app.test_cli_runner().invoke(args=["snippets", "first", "--", snippet_id]).output


def test_its_jobs_go_before_all_others_in_their_order_and_stay_the_same_jobs(
    app: Flask, client: FlaskClient, redis: Redis
):
    paste(client, "a")
    hurried = paste(client, "b", "c")
    paste(client, "d")
    queue = Queue("snippets", connection=redis)

    assert first(app, hurried) == "2 jobs moved to the front\n"

    assert queue.job_ids == ["highlight-2", "highlight-3", "highlight-1", "highlight-4"]
    assert len(queue.jobs) == 4


def test_a_file_that_waits_for_better_colours_is_next_on_bulk(app: Flask, client: FlaskClient, redis: Redis):
    snippets = [paste(client, "a"), paste(client, "b")]
    redis.flushall()
    enqueue_once(redis, AGAIN, [1, 2])

    assert first(app, snippets[1]) == "1 job moved to the front\n"

    assert Queue("bulk", connection=redis).job_ids == ["again-2", "again-1"]


def test_what_waits_nowhere_is_put_nowhere(app: Flask, client: FlaskClient, redis: Redis):
    snippet = paste(client, "a")
    redis.flushall()

    assert first(app, snippet) == "Error: no job of it waits\n"
    assert first(app, "unknown") == "Error: no job of it waits\n"
    assert redis.keys("rq:queue:*") == []
