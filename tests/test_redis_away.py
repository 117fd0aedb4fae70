"""A paste never waits for Redis: stopped, frozen or black-holed, it is saved within a second and coloured later."""

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from sqlalchemy import select

import workers.jobs
from app import create_app
from snippets.database import connect
from snippets.models import File
from snippets.settings import Settings
from snippets.sweep import sweep

from servers import Valkey

pytestmark = pytest.mark.drill


@pytest.fixture
def black_hole() -> Iterator[str]:
    """The address of a port at which not even a connection comes about: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(server.getsockname())
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        for each in waiting:
            each.close()


def paste_in_time(settings: Settings, files: int = 3) -> tuple[str, str]:
    """Paste several files and read them back; return the page and its text, having checked the clock."""
    client = create_app(settings).test_client()
    started = time.monotonic()
    answer = client.post("/", data={"code": ["x = 1"] * files, "language": ["python"] * files})
    saved = time.monotonic() - started
    text = client.get(answer.location).text
    assert answer.status_code == 303
    assert saved < 1
    assert time.monotonic() - started < 2
    return answer.location, text


def test_a_stopped_redis(settings: Settings, own_valkey: Valkey):
    own_valkey.stop()

    _, text = paste_in_time(replace(settings, redis_url=own_valkey.url))

    assert "x = 1" in text
    assert "the queue is out of reach" in text


def test_a_black_holed_redis(settings: Settings, black_hole: str):
    _, text = paste_in_time(replace(settings, redis_url=black_hole))

    assert "x = 1" in text


def test_a_frozen_redis_and_the_colours_once_it_is_back(
    settings: Settings, own_valkey: Valkey, monkeypatch: pytest.MonkeyPatch
):
    frozen = replace(settings, redis_url=own_valkey.url)
    with closing(Redis.from_url(own_valkey.url)) as redis:
        redis.ping()
    own_valkey.process.send_signal(signal.SIGSTOP)

    _, text = paste_in_time(frozen)
    own_valkey.process.send_signal(signal.SIGCONT)

    assert "x = 1" in text
    assert [file.is_pending for file in coloured_after_a_sweep(frozen, monkeypatch)] == [False] * 3


def coloured_after_a_sweep(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[File]:
    sessions = connect(settings.database_url)
    monkeypatch.setattr(workers.jobs, "settings", settings)
    monkeypatch.setattr(workers.jobs, "sessions", sessions)
    with Redis.from_url(settings.redis_url) as redis:
        sweep(sessions, redis, timedelta())
        SimpleWorker([Queue("snippets", connection=redis)], connection=redis).work(burst=True, logging_level="ERROR")
    with sessions() as session:
        files = list(session.scalars(select(File)))
    sessions.kw["bind"].dispose()
    return files


def test_a_frozen_redis_costs_one_request_its_patience_and_not_every_request(settings: Settings, own_valkey: Valkey):
    client = create_app(replace(settings, redis_url=own_valkey.url)).test_client()
    page = client.post("/", data={"code": "x"}).location
    own_valkey.process.send_signal(signal.SIGSTOP)
    client.get(page)
    started = time.monotonic()

    for _ in range(10):
        assert client.get(page).status_code == 200

    assert time.monotonic() - started < settings.redis_timeout
    own_valkey.process.send_signal(signal.SIGCONT)
