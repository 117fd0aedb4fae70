"""A disk without room: what was saved is read, what is typed is kept, and room is all that it takes."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

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
    assert LONG in refused.text
    assert (read.text, up) == ("saved before", 200)
    assert client.post("/", data={"code": LONG}).status_code == 303
