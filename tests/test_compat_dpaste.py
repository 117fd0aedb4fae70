"""dpaste's two doors, as their clients knock on them."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from urllib3 import encode_multipart_formdata

from snippets.models import Snippet, now

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows are the same on both


@pytest.fixture
def program(app: Flask) -> FlaskClient:
    client = app.test_client(use_cookies=False)
    client.environ_base["HTTP_ACCEPT"] = "*/*"
    return client


def all_of(sessions) -> list[Snippet]:
    with sessions() as session:
        found = session.scalars(select(Snippet).order_by(Snippet.created_at)).all()
        assert all(each.files for each in found)  # loaded while they can be
        return list(found)


def test_the_address_comes_in_quotes_bare_or_in_json(program: FlaskClient):
    answers = [
        program.post("/api/", data={"content": "x\r\n", **more}) for more in ({}, {"format": "url"}, {"format": "?"})
    ]
    said = program.post("/api/", data={"content": "x\r\n", "format": "json", "lexer": "python"}).json

    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[0].text.startswith('"http://localhost/')
    assert answers[0].text.endswith('"')
    assert answers[1].text.endswith("\n")
    assert answers[2].text.startswith('"')
    assert (said["content"], said["lexer"]) == ("x\n", "python")
    assert program.get(f"{said['url']}/raw").text == "x\n"
    assert program.get(f"{answers[1].text.strip()}/raw").text == "x\n"


def test_a_multipart_form_and_an_uploaded_file_are_taken_too(program: FlaskClient, sessions):
    for content in ("x", ("a.rs", "x")):
        body, kind = encode_multipart_formdata({"content": content})
        assert program.post("/api/", data=body, content_type=kind).status_code == 200

    assert [each.files[0].language for each in all_of(sessions)] == ["text", "rust"]


def test_a_lexer_or_a_file_name_chooses_the_language(program: FlaskClient, sessions):
    for more in ({"lexer": "python3"}, {"lexer": "_markdown"}, {"lexer": "_code"}, {"filename": "x.go"}):
        program.post("/api/", data={"content": "x", **more})

    assert [each.files[0].language for each in all_of(sessions)] == ["python", "markdown", "text", "go"]


def test_it_lives_as_long_as_was_asked(program: FlaskClient, sessions):
    for expires in ("onetime", "3600", "604800", "2592000", "86000", "never", ""):
        assert program.post("/api/", data={"content": "x", "expires": expires}).status_code == 200

    once, *timed, never, unsaid = all_of(sessions)
    lives = [round((each.expires_at - now()).total_seconds(), -3) for each in timed]
    assert lives == [4000, 605000, 2592000, 86000]
    assert (once.burn, never.expires_at, unsaid.expires_at) == (True, None, None)


WRONG = [
    ({}, "No content given"),
    ({"content": ""}, "No content given"),
    ({"content": "x", "lexer": "klingon"}, "Valid lexers are: _code, _text"),
    ({"content": "x", "expires": "soon"}, "Valid values are: onetime, 3600, 604800, 2592000, never"),
    ({"content": "x", "expires": "²"}, "Valid values"),
    ({"content": "a\0"}, "NUL"),
    ({"content": "x", "filename": "a\nb"}, "control character"),
    ({"content": "x" * (2**20 + 1)}, "at most 1 MiB"),
    ({"content": b"ab\xff"}, "byte 0xff at offset 2"),
]


def test_what_cannot_be_shared_is_refused_with_what_can(program: FlaskClient, sessions):
    for form, reason in WRONG:
        answer = program.post("/api/", data=form)

        assert (answer.status_code, answer.mimetype) == (400, "text/plain"), reason
        assert reason in answer.text
    assert all_of(sessions) == []


def test_the_second_door_answers_201_and_the_text_is_there_with_txt(program: FlaskClient, sessions):
    form = {"content": "x", "syntax": "go", "title": "Ten", "poster": "somebody", "expiry_days": "30"}

    answer = program.post("/api/v2/", data=form)

    [stored] = all_of(sessions)
    assert (answer.status_code, answer.text) == (201, f"{answer.location}\n")
    assert program.get(f"{answer.location}.txt").text == "x"
    assert (stored.title, stored.files[0].language) == ("Ten", "go")
    assert 29 < (stored.expires_at - now()).total_seconds() / 86400 <= 30
    for days in ("0", "-1", "many", "²", "9" * 5000):
        assert program.post("/api/v2/", data=form | {"expiry_days": days}).status_code == 400
    assert program.post("/api/v2/", data=form | {"syntax": "klingon"}).status_code == 400


def test_both_doors_open_without_their_last_slash(program: FlaskClient):
    assert [program.post(path, data={"content": "x"}).status_code for path in ("/api", "/api/v2")] == [200, 201]
