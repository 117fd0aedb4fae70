"""/up: whether the site can serve, and which of its parts are there."""

import socket
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue

from app import create_app
from snippets.breaker import OPEN
from snippets.settings import Settings
from workers import recovery
from workers.recovery import RecoveringWorker


def test_it_is_up_while_the_database_answers_and_names_its_parts(client: FlaskClient):
    answer = client.get("/up")

    assert answer.status_code == 200
    assert answer.json == {"ok": True, "database": True, "redis": True, "workers": 0, "highlighter": None}


def test_it_is_down_while_the_tables_are_not_there(redis_url: str, tmp_path: Path):
    bare = Settings(database_url=f"sqlite:///{tmp_path}/bare.db", redis_url=redis_url, secret_key="x" * 20)
    client = create_app(bare).test_client()

    assert (client.get("/up").status_code, client.get("/up").json["database"]) == (503, False)
    assert client.get("/").status_code == 200
    kept = client.post("/", data={"code": "keep me"})
    assert (kept.status_code, "keep me" in kept.text) == (503, True)


def test_a_worker_that_gives_no_sign_of_life_is_not_counted(client: FlaskClient, redis: Redis):
    worker = RecoveringWorker([Queue("snippets", connection=redis)], connection=redis)
    worker.register_birth()
    worker.heartbeat()
    assert client.get("/up").json["workers"] == 1
    assert redis.ttl(worker.key) <= 30

    redis.delete(worker.key)  # as that time does

    assert client.get("/up").json["workers"] == 0


def test_a_worker_says_each_second_that_it_lives_and_what_it_does(redis: Redis, monkeypatch: pytest.MonkeyPatch):
    at = [1000.0]
    monkeypatch.setattr(recovery, "time", SimpleNamespace(monotonic=lambda: at[0]))
    worker = RecoveringWorker([Queue("snippets", connection=redis)], connection=redis)
    worker.register_birth()
    worker.set_state("busy")
    worker.heartbeat()
    redis.delete(worker.key)  # as a Redis that was restarted empty

    said = []
    for at[0] in (1000.9, 1001.1):
        worker.heartbeat()
        said.append(redis.hget(worker.key, "state"))

    assert said == [None, b"busy"]


def test_a_highlighter_that_the_breaker_has_given_up_is_not_there(settings: Settings, redis: Redis):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        client = create_app(replace(settings, highlighter_url=url)).test_client()
        redis.set(OPEN, 1)

        assert client.get("/up").json["highlighter"] is False


def test_a_breaker_that_is_turned_off_hides_no_highlighter(settings: Settings, redis: Redis):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        client = create_app(replace(settings, highlighter_url=url, breaker_failures=0)).test_client()
        redis.set(OPEN, 1)  # of a time when it was on

        assert client.get("/up").json["highlighter"] is True


def test_a_highlighter_whose_name_no_host_can_have_is_not_there(settings: Settings):
    client = create_app(replace(settings, highlighter_url="http://a..b/")).test_client()

    assert client.get("/up").json["highlighter"] is False


def test_it_is_up_without_redis(settings: Settings):
    away = Settings(database_url=settings.database_url, redis_url="redis://127.0.0.1:1", secret_key=settings.secret_key)

    answer = create_app(away).test_client().get("/up")

    assert (answer.status_code, answer.json["redis"]) == (200, False)


def test_it_is_down_without_a_database(redis_url: str):
    lost = Settings(database_url="postgresql://127.0.0.1:1/none", redis_url=redis_url, secret_key="x" * 20)
    client = create_app(lost).test_client()

    assert (client.get("/up").status_code, client.get("/up").json["database"]) == (503, False)
    assert client.get("/aaaaaaaaaaa").status_code == 503
    assert "cannot be reached" in client.post("/", data={"code": "keep me"}).text


def test_it_says_whether_something_listens_at_the_highlighters_address(settings: Settings):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        given = Settings(
            database_url=settings.database_url,
            redis_url=settings.redis_url,
            secret_key=settings.secret_key,
            highlighter_url=url,
        )
        client = create_app(given).test_client()

        assert client.get("/up").json["highlighter"] is True

    assert client.get("/up").json["highlighter"] is False
