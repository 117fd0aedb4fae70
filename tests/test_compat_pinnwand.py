"""pinnwand's doors, as steck, bpython and curl knock on them; and the address that deletes."""

from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from snippets.models import Snippet

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows are the same on both
FILES = [{"name": "a.py", "lexer": "python", "content": "x\r\n"}, {"lexer": "pycon", "content": ">>> 1\n1\n"}]


@pytest.fixture
def program(app: Flask) -> FlaskClient:
    client = app.test_client(use_cookies=False)
    client.environ_base["HTTP_ACCEPT"] = "*/*"
    return client


def count(sessions) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(Snippet))


def test_a_paste_is_read_again_as_it_was_shared(program: FlaskClient):
    answer = program.post("/api/v1/paste", json={"expiry": "1day", "files": FILES})

    assert (answer.status_code, sorted(answer.json)) == (200, ["link", "removal"])
    assert answer.headers["X-Expires"]
    slug = urlsplit(answer.json["link"]).path
    assert program.get(f"/api/v1/paste{slug}").json == {
        "files": [
            {"name": "a.py", "lexer": "python", "content": "x\n"},
            {"name": None, "lexer": "pycon", "content": ">>> 1\n1\n"},
        ]
    }


def test_the_lexers_and_expiries_on_offer_are_accepted(program: FlaskClient):
    lexers, expiries = program.get("/api/v1/lexer").json, program.get("/api/v1/expiry").json

    assert lexers["python"] == "Python"
    assert expiries["1day"] == "1 day, 0:00:00"
    for expiry in expiries:
        paste = {"expiry": expiry, "files": [{"lexer": "text", "content": "x"}]}
        assert program.post("/api/v1/paste", json=paste).status_code == 200, expiry


WRONG = [
    (b"{", "could not parse json body"),
    (b"[" * 100_000, "could not parse json body"),
    (b"9" * 5000, "could not parse json body"),
    (b'"\xff"', "byte 0xff at offset 1"),
    (b"[]", "must be a JSON object"),
    (b"{}", "files must be a list"),
    (b'{"files": []}', "files must be a list"),
    (b'{"files": {"a": 1}}', "files must be a list"),
    (b'{"files": ["x"]}', "must be a JSON object"),
    (b'{"files": [{"content": 1}]}', "content must be a string"),
    (b'{"files": [{"content": "x", "name": []}]}', "name must be a string"),
    (b'{"files": [{"content": "x", "lexer": "klingon"}]}', "invalid lexer"),
    (b'{"files": [{"content": "x", "lexer": "\\ud800"}]}', "invalid lexer"),
    (b'{"files": [{"content": "x", "name": "a\\u0007"}]}', "control character"),
    (b'{"files": [{"content": "\\ud800"}]}', "surrogate"),
    (b'{"files": [{"content": "\\u0000"}]}', "NUL"),
    (b'{"files": [{"content": ""}]}', "nothing to share"),
    (b'{"files": [{"content": "x"}], "expiry": "\\ud800"}', "after one of these"),
    (b'{"files": [{"content": "x"}], "expiry": 5}', "expiry must be a string"),
]


def test_what_is_wrong_is_said_in_its_own_form(program: FlaskClient, sessions):
    for body, message in WRONG:
        answer = program.post("/api/v1/paste", data=body, content_type="application/json")

        assert (answer.status_code, answer.json["state"], answer.json["code"]) == (400, "error", 400), body[:60]
        assert message in answer.json["message"]
    assert count(sessions) == 0


def test_too_much_is_refused_with_the_limit(program: FlaskClient, sessions):
    for files in ([{"content": "x"}] * 3000, [{"content": "x" * (2**20 + 1)}]):
        answer = program.post("/api/v1/paste", json={"expiry": "1day", "files": files})
        assert (answer.status_code, answer.json["code"]) == (413, 413)
        assert "at most" in answer.json["message"]
    assert count(sessions) == 0


def test_what_is_not_there_is_said_in_its_own_form(program: FlaskClient):
    for key in ("aaaaaaaaaaa", "W5", "%00"):
        answer = program.get(f"/api/v1/paste/{key}")
        assert (answer.status_code, answer.json["code"]) == (404, 404)
    assert program.get("/api/v1/paste").status_code == 405


def test_the_removal_address_asks_whoever_opens_it_and_deletes_at_its_button_only(
    program: FlaskClient, client: FlaskClient
):
    told = program.post("/api/v1/paste", json={"expiry": "1day", "files": FILES}).json
    path = told["removal"].removeprefix("http://localhost")

    for _ in range(2):
        asked = client.get(path)
        assert client.head(path).status_code == 200
        assert (asked.status_code, asked.headers["Cache-Control"]) == (200, "no-store")
        assert '<form class="row" method="post">' in asked.text
    assert client.get(told["link"]).status_code == 200

    removed = client.post(path)

    assert (removed.status_code, removed.location) == (303, "/")
    assert client.get(told["link"]).status_code == 410
    assert client.get(path).status_code == client.post(path).status_code == 410


def test_curl_removes_by_the_address_too_and_a_program_is_told_in_text(program: FlaskClient):
    told = program.post("/api/v1/paste", json={"expiry": "1day", "files": FILES}).json

    assert program.post(told["removal"]).text == "Deleted.\n"
    assert program.get(told["link"]).status_code == 410


def test_a_removal_address_of_another_snippet_or_of_ones_own_making_is_none(program: FlaskClient, sessions):
    links = [program.post("/api/v1/paste", json={"expiry": "1day", "files": FILES}).json["removal"] for _ in range(2)]
    (first, key), (second, _) = (link.split("?") for link in links)

    for address in (f"{second}?{key}", first, f"{first}?key=", f"{first}?key=%ff%00é", f"{first}?{key}x"):
        assert program.get(address).status_code == program.post(address).status_code == 404
    assert count(sessions) == 2


def test_another_sites_page_removes_nothing(client: FlaskClient, sessions):
    removal = client.post("/api/v1/paste", json={"expiry": "1day", "files": FILES}).json["removal"]

    assert client.post(removal, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert count(sessions) == 1


def test_whoever_may_remove_need_not_know_the_password(app: Flask, program: FlaskClient):
    secret = {"X-Token": "a-secret-of-a-program"}
    told = program.post("/api/v1/paste", json={"expiry": "1day", "files": FILES[:1]}, headers=secret).json
    change = {"code": "x\n", "revision": "1", "password": "open"}
    assert program.post(f"{told['link']}/edit", data=change, headers=secret).status_code == 303

    assert program.get(told["link"]).status_code == 403
    assert program.get(told["removal"]).status_code == 200
    assert program.post(told["removal"]).status_code == 200


def test_curls_own_door_answers_with_three_addresses(program: FlaskClient):
    answer = program.post("/curl", data={"raw": "x\n", "lexer": "python", "expiry": "1week"})

    paste, raw, removal = (line.split() for line in answer.text.splitlines())
    assert answer.text.startswith("Paste URL:   http://localhost/")
    assert (raw[:2], removal[:2]) == (["Raw", "URL:"], ["Removal", "URL:"])
    assert program.get(raw[2]).text == "x\n"
    assert "Python" in program.get(paste[2], headers={"Accept": "text/html"}).text
    assert program.post(removal[2]).text == "Deleted.\n"


def test_curls_own_door_names_the_field_that_is_wrong(program: FlaskClient, sessions):
    for field, value in {"raw": "", "lexer": "klingon", "expiry": "soon"}.items():
        answer = program.post("/curl", data={"raw": "x", field: value})
        assert (answer.status_code, answer.text) == (400, f"Invalid `{field}` supplied.\n")
    assert count(sessions) == 0
