"""haste's door, as its clients knock on it."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from urllib3 import encode_multipart_formdata

from snippets.models import Snippet

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows are the same on both
SECRET = "a-secret-of-a-program"


def count(sessions) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(Snippet))


def test_a_document_is_the_whole_body_whatever_its_type_says(client: FlaskClient):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json", ""):
        answer = client.post("/documents", data=b'code=1&"x"', content_type=kind)

        assert (answer.status_code, list(answer.json)) == (200, ["key"])
        assert client.get(f"/raw/{answer.json['key']}").text == 'code=1&"x"'
        assert answer.headers["X-Token"]


def test_a_document_is_the_field_data_of_a_multipart_form(client: FlaskClient):
    body, kind = encode_multipart_formdata({"other": "y", "data": "x\r\n"})

    key = client.post("/documents", data=body, content_type=kind).json["key"]

    assert client.get(f"/documents/{key}").json == {"data": "x\n", "key": key}


def test_a_key_ends_at_its_first_dot(client: FlaskClient):
    key = client.post("/documents", data=b"x").json["key"]

    for name in (key, f"{key}.py", f"{key}.tar.gz"):
        assert client.get(f"/documents/{name}").json == {"data": "x", "key": key}
        assert client.get(f"/raw/{name}").text == "x"
        assert client.get(f"/{name}").mimetype == "text/html"
        assert [client.head(f"/{each}/{name}").status_code for each in ("documents", "raw")] == [200, 200]
    assert client.get(f"/raw/{key}").content_type == "text/plain; charset=utf-8"


def test_what_is_not_there_is_said_in_its_own_words(client: FlaskClient):
    shared = client.post("/", data=b"x", content_type="text/plain", headers={"X-Token": SECRET})
    client.delete(shared.location, headers={"X-Token": SECRET})
    gone = shared.location[-11:]

    for key in ("aaaaaaaaaaa", "short", "é" * 11, "a%00aaaaaaaaa", gone, f"{gone}.py", ".", ".py"):
        for answer in (client.get(f"/documents/{key}"), client.get(f"/raw/{key}")):
            assert (answer.status_code, answer.json) == (404, {"message": "Document not found."})


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"x" * (2**20 + 1), 400, "Document exceeds maximum length."),
        (b"x" * (8 * 2**20), 400, "Document exceeds maximum length."),
        (b"", 422, "nothing to share"),
        (b"ab\xff", 422, "byte 0xff at offset 2"),
        (b"a\0", 422, "NUL"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(value),
)
def test_what_cannot_be_shared_is_refused_with_a_message(
    client: FlaskClient, sessions, body, status: int, message: str
):
    answer = client.post("/documents", data=body)

    assert answer.status_code == status
    assert message in answer.json["message"]
    assert count(sessions) == 0


def test_what_is_closed_stays_closed_and_is_not_burnt(client: FlaskClient, app):
    stranger = app.test_client()
    pages = {
        name: client.post("/", data={"code": "x", **fields}).location
        for name, fields in {
            "private": {"visibility": "private"},
            "locked": {"password": "open"},
            "burn": {"burn": "1"},
        }.items()
    }

    for door in ("/raw", "/documents"):
        assert [stranger.get(f"{door}{page}").status_code for page in pages.values()] == [404, 403, 403]
    assert "POST to" in stranger.get(f"/raw{pages['burn']}").json["message"]
    assert stranger.get(f"/raw{pages['locked']}", headers={"X-Password": "open"}).text == "x"


def test_a_key_that_a_program_brings_owns_the_document(client: FlaskClient):
    bearer = {"Authorization": f"Bearer {SECRET}"}
    answer = client.post("/documents", data=b"x", headers=bearer)

    assert "X-Token" not in answer.headers
    assert client.delete(f"/{answer.json['key']}", headers=bearer).status_code == 200
    assert client.post("/documents", data=b"x", headers={"X-Token": "short"}).json["message"].startswith("The secret")
