"""The terms on which a snippet is shared, as they are typed and as they are kept."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import create_app
from snippets.models import Snippet, now
from snippets.settings import Settings, SettingsError


def shared(client: FlaskClient, sessions, **fields: str) -> Snippet:
    answer = client.post("/", data={"code": "print(1)\n", **fields})
    assert answer.status_code == 303, answer.text
    with sessions() as session:
        return session.get_one(Snippet, answer.location.lstrip("/"))


@pytest.mark.parametrize(
    ("choice", "life"),
    [
        ("10m", timedelta(minutes=10)),
        ("1h", timedelta(hours=1)),
        ("1d", timedelta(days=1)),
        ("1w", timedelta(weeks=1)),
        ("30d", timedelta(days=30)),
        ("1y", timedelta(days=365)),
    ],
)
def test_a_snippet_expires_after_the_time_that_was_chosen(client, sessions, choice: str, life: timedelta):
    before = now()

    snippet = shared(client, sessions, expires=choice)

    assert before + life <= snippet.expires_at <= now() + life


def test_a_snippet_of_which_nothing_is_said_stays_unlisted_for_ever(client, sessions):
    snippet = shared(client, sessions)

    assert (snippet.visibility, snippet.expires_at, snippet.burn, snippet.password_hash, snippet.tags) == (
        "unlisted",
        None,
        False,
        None,
        "",
    )


def test_a_snippet_expires_at_the_end_of_the_day_that_was_named(client, sessions):
    snippet = shared(client, sessions, expires="date", expires_on="2099-12-31")

    assert snippet.expires_at == datetime(2099, 12, 31, 23, 59, 59, 999999, UTC)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"expires": "2 weeks"}, "It can expire after one of these: 10m, 1h, 1d, 1w, 30d, 1y, never, date."),
        ({"expires": "date", "expires_on": "31.12.2099"}, "must be given as year-month-day"),
        ({"expires": "date", "expires_on": "2001-01-01"}, "is over"),
        ({"expires": "date"}, "must be given as year-month-day"),
        ({"visibility": "secret"}, "one of public, unlisted, private"),
        ({"tags": "a b c d e f g h i j k"}, "That is 11 tags; a snippet has at most 10."),
        ({"tags": "<b>"}, "“&lt;b&gt;” is no tag"),
        ({"tags": ".."}, "“..” is no tag"),
        ({"password": "x" * 201}, "more than 200 characters"),
    ],
)
def test_a_term_that_cannot_be_kept_is_refused_with_all_that_was_typed(client, sessions, fields, sentence: str):
    answer = client.post("/", data={"code": "print(1)\n", "title": "Kept", "tags": "kept", **fields})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "print(1)" in answer.text
    assert 'value="Kept"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    with sessions() as session:
        assert session.scalars(select(Snippet)).all() == []


def test_tags_are_kept_in_lower_case_each_once_in_order(client, sessions):
    assert shared(client, sessions, tags="Web, c++ flask,WEB").tags == "c++ flask web"


def test_the_page_shows_tags_and_expiry(client):
    page = client.post("/", data={"code": "x", "tags": "web", "expires": "1w", "visibility": "public"}).location

    text = client.get(page).text

    assert "#web" in text
    assert "expires in 6 days" in text
    assert "<li>public</li>" in text


def test_the_longest_life_that_the_operator_allows_holds_for_every_way_of_choosing(settings, tmp_path):
    strict = Settings(
        database_url=settings.database_url,
        redis_url=settings.redis_url,
        secret_key="a key for tests",
        expiry_max="1w",
        expiry_default="1d",
    )
    app = create_app(strict)
    client, sessions = app.test_client(), app.extensions["snippets"].sessions

    snippet = shared(client, sessions)

    assert snippet.expires_at < now() + timedelta(days=1, minutes=1)
    assert client.post("/", data={"code": "x", "expires": "never"}).status_code == 422
    far = {"code": "x", "expires": "date", "expires_on": "2099-12-31"}
    assert "at most 1 week" in client.post("/", data=far).text
    assert 'value="30d"' not in client.get("/").text


def test_a_default_longer_than_the_longest_stops_the_start():
    with pytest.raises(SettingsError, match="EXPIRY_DEFAULT"):
        Settings.from_env({"EXPIRY_DEFAULT": "never", "EXPIRY_MAX": "1d"})

    assert Settings.from_env({"EXPIRY_MAX": "1d"}).expiry_default == "1d"
