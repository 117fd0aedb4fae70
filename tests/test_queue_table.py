"""`flask snippets queue`: the queues, the workers and the breaker in a terminal, on both databases."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue, Worker
from rq.suspension import suspend
from sqlalchemy import update

from app import create_app
from snippets import breaker
from snippets.models import File, Snippet, now
from snippets.settings import Settings


@pytest.fixture
def told(app: Flask) -> Callable[[], list[str]]:
    def told() -> list[str]:
        result = app.test_cli_runner().invoke(args=["snippets", "queue"])
        assert result.exit_code == 0, result.output
        return result.output.splitlines()

    return told


def test_an_empty_site_is_told_in_a_few_lines(told):
    assert told() == [
        "pending   0 files, 0 for over 30 s",
        "expired   none overdue",
        "breaker   closed",
        "workers   taking jobs",
        "",
        "QUEUE     WAITING  OLDEST  STARTED  SCHEDULED  DEFERRED  FAILED",
        "snippets  0        –       0        0          0         0",
        "bulk      0        –       0        0          0         0",
        "mail      0        –       0        0          0         0",
        "",
        "no worker gives signs of life",
    ]


@pytest.mark.usefixtures("highlighter_named")
def test_what_waits_is_told_with_its_age_and_so_are_workers_and_breaker(
    app: Flask, client: FlaskClient, redis: Redis, told
):
    for code in ("a", "b"):
        client.post("/", data={"code": code})
    with app.extensions["snippets"].sessions.begin() as session:
        session.execute(update(File).values(created_at=now() - timedelta(minutes=5)))
        session.execute(update(Snippet).values(expires_at=now() - timedelta(days=4)))
    job = Queue("bulk", connection=redis).enqueue("operator.add", 1, 2)
    redis.hset(job.key, "enqueued_at", "2026-01-01T00:00:00.000000Z")
    worker = Worker(["snippets"], connection=redis)
    worker.register_birth()
    redis.hset(worker.key, mapping={"memory_mb": "123.4", "state": "busy"})
    redis.sadd(worker.executions_key, "highlight-7:an-execution")
    redis.set(breaker.OPEN, time.time() - 90)
    suspend(redis)

    lines = told()

    assert lines[:4] == [
        "pending   2 files, 2 for over 30 s, the oldest for 5 min",
        "expired   overdue by 4 days",
        "breaker   open for 90 s",
        "workers   suspended",
    ]
    assert re.fullmatch(r"snippets  2  +\d+ ms +0 +0 +0 +0", lines[6])
    assert re.fullmatch(r"bulk      1  +\d+ days +0 +0 +0 +0", lines[7])
    assert re.fullmatch(rf"{worker.hostname} {worker.pid} +snippets +highlight-7 +123 MiB +\d+ ms ago", lines[11])


@pytest.mark.parametrize(
    ("away", "says"),
    [
        ({"redis_url": "redis://127.0.0.1:1/0"}, "Error: Redis does not answer.\n"),
        ({"database_url": "sqlite:////dev/null/x.db"}, "Error: The database does not answer.\n"),
    ],
)
def test_what_is_away_is_told_in_one_sentence(
    settings: Settings, away: dict, says: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Path, "mkdir", lambda *a, **k: None)

    result = create_app(replace(settings, **away)).test_cli_runner().invoke(args=["snippets", "queue"])

    assert (result.exit_code, result.output) == (1, says)
