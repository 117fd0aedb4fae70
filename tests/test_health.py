"""/up: whether the site can serve, and which of its parts are there."""

import socket

from flask.testing import FlaskClient

from app import create_app
from snippets.settings import Settings


def test_it_is_up_while_the_database_answers_and_names_its_parts(client: FlaskClient):
    answer = client.get("/up")

    assert answer.status_code == 200
    assert answer.json == {"ok": True, "database": True, "redis": True, "workers": 0, "highlighter": None}


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
