"""API keys: what each is good for, and a site on which nobody shares without one."""

import dataclasses
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from snippets.models import ApiKey, File, Snippet, hash_secret

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows are the same on both
SECRET = "a-secret-of-a-program"


@pytest.fixture
def program(app: Flask) -> FlaskClient:
    """A client without the browser's cookie."""
    return app.test_client(use_cookies=False)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def key(app: Flask, name: str, *scopes: str) -> str:
    options = [word for scope in scopes for word in ("--scope", scope)]
    return app.test_cli_runner().invoke(args=["snippets", "key", "new", name, *options]).output.strip()


def share(client: FlaskClient, secret: str, **fields: str) -> str:
    return client.post("/", data={"code": "x = 1\n", **fields}, headers=bearer(secret)).location


@pytest.mark.parametrize("headers", [bearer(SECRET), {"Authorization": f"token {SECRET}"}, {"X-Token": SECRET}])
def test_whoever_presents_the_secret_owns_what_was_shared_with_it(program: FlaskClient, headers):
    address = share(program, SECRET, visibility="private")

    assert program.get(address).status_code == 404
    assert program.get(address, headers=headers).status_code == 200
    assert program.get(address, headers=bearer(SECRET + "x")).status_code == 404


def test_a_secret_that_can_be_guessed_owns_nothing(app: Flask, program: FlaskClient):
    share(program, "short")

    with app.extensions["snippets"].sessions() as session:
        assert session.scalar(select(Snippet.owner_hash)) != hash_secret("short")


def test_a_key_is_shown_once_and_stored_as_its_digest(app: Flask):
    made = key(app, "bot")

    assert re.fullmatch(r"key_[\w-]{43}", made)
    with app.extensions["snippets"].sessions() as session:
        stored = session.scalars(select(ApiKey)).one()
    assert (stored.digest, stored.name, stored.scopes) == (hash_secret(made), "bot", "read write")


def test_a_key_for_reading_reads_what_was_shared_with_it_and_changes_nothing(app: Flask, program: FlaskClient):
    made = key(app, "reader", "read")

    answer = program.post("/", data={"code": "x"}, headers=bearer(made))

    assert answer.status_code == 403
    assert "for reading only" in answer.text


def test_a_key_for_writing_shares_and_reads_nothing(app: Flask, program: FlaskClient):
    made = key(app, "writer", "write")
    address = share(program, made, visibility="private")

    for path in (address, f"{address}/raw", f"/api/v1/snippets{address}", "/api/v1/snippets?owner=me", "/mine"):
        answer = program.get(path, headers=bearer(made))
        assert answer.status_code == 403
        assert "for writing only" in answer.text


def test_a_secret_that_can_be_guessed_is_refused_at_every_door_of_programs(app: Flask, program: FlaskClient):
    one = {"files": [{"code": "x"}]}

    for path, body in {
        "/": {"data": b"x = 1"},
        "/documents": {"data": b"x"},
        "/api/": {"data": {"content": "x"}},
        "/api/v1/paste": {"json": {"files": [{"content": "x"}]}},
        "/api/v1/snippets": {"json": one},
    }.items():
        assert program.post(path, headers=bearer("short"), **body).status_code == 401
    assert program.post("/", json=one, headers=bearer("short")).status_code == 401
    with app.extensions["snippets"].sessions() as session:
        assert session.scalars(select(Snippet)).all() == []


def test_an_administrators_key_owns_everything(app: Flask, program: FlaskClient):
    address = share(program, SECRET, visibility="private")

    assert program.post(f"{address}/delete", headers=bearer(key(app, "root", "admin"))).status_code == 303
    assert program.get(address).status_code == 410


def test_a_revoked_key_is_refused_and_so_is_one_that_never_was(app: Flask, program: FlaskClient):
    made = key(app, "bot")
    assert program.get("/", headers=bearer(made)).status_code == 200

    app.test_cli_runner().invoke(args=["snippets", "key", "revoke", "bot"])

    for each in (made, "key_that-never-was-handed-out"):
        assert program.get("/", headers=bearer(each)).status_code == 401
    assert "bot\tread write\trevoked" in app.test_cli_runner().invoke(args=["snippets", "key", "list"]).output


@pytest.mark.parametrize("scopes", [["read"], ["read", "write"]])
def test_no_browser_takes_a_key_and_outlives_it_with_more_than_it_is_good_for(app: Flask, client, program, scopes):
    made = key(app, "bot", *scopes)
    with app.extensions["snippets"].sessions.begin() as session:
        files = [File(position=1, language="text", code="x")]
        session.add(Snippet(owner_hash=hash_secret(made), visibility="private", files=files))
        session.flush()
        address = f"/{files[0].snippet_id}"
    assert program.get(address, headers=bearer(made)).status_code == 200

    refused = client.post("/mine/take", data={"code": made})

    assert refused.status_code == 422
    assert "That is an API key" in refused.text
    client.set_cookie("owner", app.extensions["snippets"].owners._signed([made]))
    for answer in (client.get(address), client.post(f"{address}/delete")):
        assert answer.status_code == 404


def test_where_keys_are_required_nobody_shares_without_one_and_what_was_typed_stays(app: Flask, program: FlaskClient):
    found = app.extensions["snippets"]
    closed = dataclasses.replace(found.settings, require_api_key=True)
    app.extensions["snippets"] = dataclasses.replace(found, settings=closed)

    refused = program.post("/", data={"code": "precious"}, headers=bearer(SECRET))

    assert refused.status_code == 401
    assert "need an API key" in refused.text
    assert "precious" in refused.text
    assert program.post("/", data={"code": "x"}, headers=bearer(key(app, "bot"))).status_code == 303


def test_where_keys_are_required_every_door_refuses_in_its_own_words(app: Flask, program: FlaskClient):
    found = app.extensions["snippets"]
    closed = dataclasses.replace(found.settings, require_api_key=True)
    one = {"files": [{"code": "x"}]}
    fork = f"/api/v1/snippets{share(program, SECRET)}/fork"
    app.extensions["snippets"] = dataclasses.replace(found, settings=closed)

    for path, body, mimetype in (
        ("/", {"data": b"x = 1"}, "text/plain"),
        ("/", {"json": one}, "application/problem+json"),
        ("/documents", {"data": b"x"}, "application/json"),
        ("/api/", {"data": {"content": "x"}}, "text/plain"),
        ("/api/v2/", {"data": {"content": "x"}}, "text/plain"),
        ("/api/v1/paste", {"json": {"files": [{"content": "x"}]}}, "application/json"),
        ("/curl", {"data": {"raw": "x"}}, "text/plain"),
        ("/api/v1/snippets", {"json": one}, "application/problem+json"),
        (fork, {"json": {}}, "application/problem+json"),
    ):
        for secret in ({}, bearer(SECRET)):
            answer = program.post(path, headers={"Idempotency-Key": "k" * 16, **secret}, **body)
            assert (answer.status_code, answer.mimetype) == (401, mimetype)
            assert "need an API key" in answer.text
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert "X-Token" not in answer.headers
    assert program.put("/a.py", data=b"x").status_code == 401
    with found.sessions() as session:
        assert len(session.scalars(select(Snippet)).all()) == 1


def test_the_password_of_a_snippet_is_given_in_a_header_and_tried_only_so_often(program: FlaskClient):
    address = share(program, SECRET, password="open sesame") + "/raw"

    assert program.get(address, headers={"X-Password": "open sesame"}).text == "x = 1\n"
    tries = [program.get(address, headers={"X-Password": "wrong"}).status_code for _ in range(10)]
    assert tries == [403] * 9 + [429]


def test_a_password_beyond_ascii_is_given_as_rfc_8187_writes_it(program: FlaskClient):
    address = share(program, SECRET, password="pässwört 密") + "/raw"

    assert program.get(address, headers={"X-Password": "utf-8''p%C3%A4ssw%C3%B6rt%20%E5%AF%86"}).text == "x = 1\n"
    assert program.get(address, headers={"X-Password": "p%C3%A4ssw%C3%B6rt%20%E5%AF%86"}).status_code == 403
    assert program.get(address, headers={"X-Password": "UTF-8''%ff%00"}).status_code == 403
