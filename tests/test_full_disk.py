"""A disk without room: what was saved is read, what is typed is kept, and room is all that it takes."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from snippets.database import Sessions

LONG = "a line of code\n" * 5000
HTML = {"Accept": "text/html"}


@pytest.fixture
def room(app: Flask) -> dict[str, int]:
    """How many pages SQLite finds on the disk; it says of its own file what the system says of a full disk."""
    left = {"pages": 2**30}

    def bound(connection, *_):
        connection.execute(f"PRAGMA max_page_count = {left['pages']}")

    event.listen(app.extensions["snippets"].sessions.kw["bind"], "checkout", bound)
    return left


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_refuses_a_paste_keeps_its_text_and_needs_no_restart(client: FlaskClient, room: dict[str, int]):
    saved = client.post("/", data={"code": "saved before"}).location
    room["pages"] = 1  # which SQLite takes for as many as it has

    refused = client.post("/", data={"code": LONG}, headers=HTML)
    read = client.get(f"{saved}/raw")
    up = client.get("/up").status_code
    room["pages"] = 2**30

    assert (refused.status_code, "Your text is still here" in refused.text) == (503, True)
    assert "The disk of this site is full: nothing can be saved" in refused.text
    assert LONG in refused.text
    assert (read.text, up) == ("saved before", 200)
    assert client.post("/", data={"code": LONG}).status_code == 303


FAILS = """CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON snippets EXECUTE FUNCTION fail()"""


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_full_disk_of_postgresql_is_called_so_at_every_door(client: FlaskClient, sessions: Sessions):
    saved = client.post("/", data={"code": "saved before"}).location
    with sessions.begin() as session:
        session.execute(text(FAILS))
    try:
        doors = [
            client.post("/", data={"code": LONG}, headers=HTML),
            client.post("/", data=LONG, content_type="text/plain"),
            client.post("/api/v1/snippets", json={"files": [{"code": LONG}]}),
            client.post(f"{saved}/edit", data={"code": LONG, "revision": "1"}, headers=HTML),
        ]
    finally:
        with sessions.begin() as session:
            session.execute(text("DROP FUNCTION fail CASCADE"))

    assert [(each.status_code, "The disk of this site is full" in each.text) for each in doors] == [(503, True)] * 4
    assert client.get(f"{saved}/raw").text == "saved before"


@pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
def test_a_database_that_only_reads_is_called_so(app: Flask, client: FlaskClient, database_url: str):
    saved = client.post("/", data={"code": "saved before"}).location
    only_reads = "PRAGMA query_only = on" if "sqlite" in database_url else "SET transaction_read_only = on"

    def bound(connection, *_):
        connection.execute(only_reads)

    event.listen(app.extensions["snippets"].sessions.kw["bind"], "checkout", bound)
    refused = client.post("/", data={"code": LONG}, headers=HTML)
    deleted = client.post(f"{saved}/delete", headers=HTML)

    assert (refused.status_code, LONG in refused.text) == (503, True)
    assert "can only be read just now" in refused.text
    assert (deleted.status_code, "can only be read just now" in deleted.text) == (503, True)
