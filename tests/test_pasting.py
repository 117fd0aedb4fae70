"""Pasting: saved at once, refused clearly, never altered."""

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from urllib3 import encode_multipart_formdata

from app import create_app
from snippets.models import File, Snippet
from snippets.settings import Settings

MIB = 2**20
URLENCODED = "application/x-www-form-urlencoded"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows are not what takes long


def rows(app: Flask, model: type) -> int:
    with app.extensions["snippets"].sessions() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_a_paste_is_readable_at_once_and_coloured_once_a_worker_has_run(client: FlaskClient, work: Callable[[], None]):
    page = client.post("/", data={"code": "if x < 1:\n    pass\n", "language": "python"}).location

    assert "if x &lt; 1:" in client.get(page).text

    work()

    assert '<span class="k">if</span>' in client.get(page).text


def test_a_paste_answers_303_to_an_address_that_cannot_be_guessed(client: FlaskClient):
    answers = [client.post("/", data={"code": "x"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location != answers[1].location
    assert len(answers[0].location) == len("/") + 11


def test_several_files_keep_their_order_names_and_languages(client: FlaskClient):
    page = client.post(
        "/",
        data={
            "title": "Two files",
            "code": ["print(1)\n", "puts 2"],
            "name": ["one.py", "lib/two"],
            "language": ["", "Ruby"],
        },
    ).location

    text = client.get(page).text

    assert "Two files" in text
    assert text.index("one.py") < text.index("lib/two")
    assert "Python" in text
    assert "Ruby" in text
    assert client.get(f"{page}/raw/1").text == "print(1)\n"
    assert client.get(f"{page}/raw/2").text == "puts 2"
    assert client.get(f"{page}/raw").text == "print(1)\nputs 2"
    assert client.get(f"{page}/raw/3").status_code == 404


def test_an_editor_left_empty_is_no_file(client: FlaskClient):
    page = client.post("/", data={"code": ["", "x", ""], "name": ["", "a.txt", ""]}).location

    assert client.get(f"{page}/raw/1").text == "x"
    assert client.get(f"{page}/raw/2").status_code == 404


@pytest.mark.parametrize(
    "given", ["a\r\nb\rc\n", "\ufeffx = 1", "\n\n x\t\n\n", " ", "\n", "é🙂\u200d\u202eabc", "\x0c\x1b[0m", "\ufffd"]
)
@pytest.mark.parametrize("content_type", [URLENCODED, "multipart/form-data"])
def test_text_comes_back_as_it_was_but_for_its_line_ends(client: FlaskClient, given: str, content_type: str):
    page = client.post("/", data={"code": given}, content_type=content_type).location

    raw = client.get(f"{page}/raw")

    assert raw.data == given.replace("\r\n", "\n").replace("\r", "\n").encode()
    assert raw.content_type == "text/plain; charset=utf-8"
    assert raw.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in raw.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        ({"code": ""}, 422, "nothing to share"),
        ({}, 422, "nothing to share"),
        ({"code": "keep me\na\0b"}, 422, "Line 2 holds a NUL"),
        ({"code": "keep me", "language": "klingon"}, 422, "klingon"),
        ({"code": "keep me", "title": "t" * 201}, 422, "at most 200"),
        ({"code": "keep me", "title": "a\x07b"}, 422, "control character"),
        ({"code": "keep me", "title": "a\x9b31mb"}, 422, "control character"),
        ({"code": "keep me", "name": "n" * 256}, 422, "at most 255"),
        ({"code": ["keep me"] * 101}, 413, "at most 100"),
        ({"code": "keep me" + "x" * MIB}, 413, "at most 1 MiB (1,048,576 bytes)"),
        ({"code": ["keep me" + "x" * (MIB // 2)] * 2}, 413, "at most 1 MiB"),
    ],
    ids=lambda value: None if isinstance(value, dict) else str(value),
)
def test_a_refused_paste_says_why_and_keeps_the_text(
    app: Flask, client: FlaskClient, data: dict, status: int, reason: str
):
    answer = client.post("/", data=data)

    assert answer.status_code == status
    assert reason in answer.text
    assert ("keep me" in answer.text) == bool(data.get("code"))
    assert rows(app, Snippet) == 0


@pytest.mark.parametrize("broken", [b"%ED%A0%80", b"%FF"], ids=["lone surrogate", "not UTF-8"])
def test_a_form_that_is_not_utf8_is_refused_with_the_rest_kept(app: Flask, client: FlaskClient, broken: bytes):
    answer = client.post("/", data=b"title=kept&code=also+kept" + broken, content_type=URLENCODED)

    assert answer.status_code == 422
    assert "not UTF-8" in answer.text
    assert "also kept" in answer.text
    assert rows(app, Snippet) == 0


def test_a_multipart_field_that_is_not_utf8_is_refused_rather_than_repaired(app: Flask, client: FlaskClient):
    body = b'--b\r\nContent-Disposition: form-data; name="code"\r\n\r\nkept\xed\xa0\x80\r\n--b--\r\n'

    answer = client.post("/", data=body, content_type="multipart/form-data; boundary=b")

    assert answer.status_code == 422
    assert "not UTF-8" in answer.text
    assert "kept" in answer.text
    assert rows(app, Snippet) == 0


def test_an_uploaded_file_becomes_a_file_under_its_name(client: FlaskClient):
    page = client.post("/", data={"code": "", "upload": (BytesIO(b"fn main() {}\r\n"), "main.rs")}).location

    assert client.get(f"{page}/raw").text == "fn main() {}\n"
    assert "Rust" in client.get(page).text


def test_an_upload_that_is_no_text_is_refused_with_the_place_and_the_rest_kept(client: FlaskClient):
    answer = client.post("/", data={"code": "keep me", "upload": (BytesIO(b"ab\xff"), "photo.png")})

    assert answer.status_code == 422
    assert "photo.png" in answer.text
    assert "offset 2" in answer.text
    assert "keep me" in answer.text


@pytest.mark.drill
@on_sqlite
@pytest.mark.parametrize("encode", [lambda fields: (urlencode(fields), URLENCODED), encode_multipart_formdata])
def test_one_mebibyte_passes_as_a_form(client: FlaskClient, encode: Callable):
    code = "é" * (MIB // 2)  # in URL encoding six times as long as its characters
    body, content_type = encode({"code": code})

    page = client.post("/", data=body, content_type=content_type).location

    assert client.get(f"{page}/raw").text == code


def test_one_mebibyte_passes_as_the_bare_body_that_curl_sends(client: FlaskClient):
    code = "a = b & c\n" * (MIB // 10)

    answer = client.post("/", data=code.encode(), content_type=URLENCODED)

    assert answer.status_code == 201
    assert answer.text == f"{answer.location}\n"
    assert client.get(f"{answer.location}/raw").text == code


def test_the_name_in_the_query_chooses_the_language_of_a_bare_body(client: FlaskClient):
    page = client.post("/?filename=a.go", data=b"package a", content_type="text/plain").location

    assert "Go" in client.get(page).text
    assert "a.go" in client.get(page).text


def test_a_bare_body_that_is_refused_answers_with_one_line_of_text(client: FlaskClient):
    answer = client.post("/", data=b"a\0b", content_type="application/octet-stream")

    assert answer.status_code == 422
    assert answer.mimetype == "text/plain"
    assert "NUL" in answer.text


@on_sqlite
def test_a_body_over_every_limit_is_cut_off_with_the_limit(client: FlaskClient):
    answer = client.post("/", data={"code": "x" * (5 * MIB)})

    assert answer.status_code == 413
    assert "1 MiB" in answer.text


def test_without_javascript_a_button_adds_an_editor_and_another_removes_one(app: Flask, client: FlaskClient):
    more = client.post("/", data={"code": ["one", "two"], "add": "1"})
    fewer = client.post("/", data={"code": ["one", "two"], "remove": "1"})

    assert more.text.count("<textarea") == 3
    assert fewer.text.count("<textarea") == 1
    assert "two" in fewer.text
    assert rows(app, Snippet) == 0


def test_a_paste_from_another_sites_page_is_refused(app: Flask, client: FlaskClient):
    answer = client.post("/", data={"code": "x"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert rows(app, File) == 0


class Tags(HTMLParser):
    """Counts what an attack would have to add."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts_without_source = self.textareas = 0
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts_without_source += tag == "script" and "src" not in dict(attrs)
        self.textareas += tag == "textarea"
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def test_code_is_escaped_wherever_it_is_shown(client: FlaskClient):
    attack = '</textarea><script>alert(1)</script>"onload="x'
    page = client.post("/", data={"code": attack, "title": attack, "name": attack}).location

    shown = client.get(page).text
    again = client.post("/", data={"code": attack, "title": attack, "name": attack, "language": attack}).text

    tags = Tags()
    tags.feed(shown + again)
    assert tags.scripts_without_source == 0
    assert tags.handlers == []
    assert tags.textareas == 1


def test_the_limits_are_the_settings(settings: Settings):
    client = create_app(replace(settings, max_snippet_bytes=2048, max_files=3)).test_client()

    assert "2 KiB" in client.get("/about").text
    assert 'data-max-bytes="2048" data-max-files="3"' in client.get("/").text
    assert client.post("/", data={"code": "x" * 2049}).status_code == 413
    assert client.post("/", data={"code": ["x"] * 4}).status_code == 413
    assert client.post("/", data={"code": ["x" * 500] * 3}).status_code == 303


def test_a_name_says_its_language(client: FlaskClient):
    assert client.get("/languages?name=dir/x.PY").json == {"alias": "python", "name": "Python"}
    assert client.get("/languages?name=unknown").json == {"alias": None, "name": None}


@pytest.mark.parametrize(
    "text",
    ["name=World\necho $name\n", "code=1+1\nx=a&b%20c\nrest\n", "title=Ärger", "language=<x>", "name=a b", "name"],
)
def test_a_text_that_begins_like_a_form_is_kept_as_it_is(client: FlaskClient, text: str):
    answer = client.post("/", data=text.encode(), content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 201
    assert client.get(f"{answer.location}/raw").data == text.encode()


def test_a_text_with_a_file_name_in_its_address_is_never_a_form(client: FlaskClient):
    answer = client.post("/?filename=a.sh", data=b"code=5", content_type="application/x-www-form-urlencoded")

    assert client.get(f"{answer.location}/raw").data == b"code=5"


def test_a_form_may_begin_with_a_field_that_is_not_ours(client: FlaskClient):
    answer = client.post("/", data=b"submit=Share&code=x%3D1", content_type="application/x-www-form-urlencoded")

    assert client.get(f"{answer.location}/raw").data == b"x=1"


@pytest.mark.drill
@on_sqlite
def test_a_mebibyte_of_the_shortest_lines_passes_as_a_form(client: FlaskClient):
    answer = client.post("/", data={"code": "\r\n" * 2**20})

    assert answer.status_code == 303
    assert client.get(f"{answer.location}/raw").data == b"\n" * 2**20
    assert len(client.get(answer.location).data) < 2 * 2**20


@on_sqlite
def test_too_many_fields_are_refused_for_their_number(client: FlaskClient):
    body, kind = encode_multipart_formdata([("code", "x")] * 500)

    answer = client.post("/", data=body, content_type=kind)

    assert answer.status_code == 413
    assert "at most 100 files" in answer.text
    assert "Back button" in answer.text


def test_an_upload_that_is_no_text_is_named_also_when_an_editor_is_added(client: FlaskClient):
    files = [("code", "x"), ("upload", ("a.bin", b"\xff\xfe")), ("add", "1")]
    body, kind = encode_multipart_formdata(files)

    answer = client.post("/", data=body, content_type=kind)

    assert "“a.bin” is not UTF-8 text (byte 0xff at offset 0)" in answer.text


def test_a_field_that_is_no_utf8_is_refused_whatever_else_holds_a_replacement_character(client: FlaskClient):
    body, kind = encode_multipart_formdata([("code", b"a\xe9b"), ("title", "a\ufffdb")])

    assert client.post("/", data=body, content_type=kind).status_code == 422


def test_more_pastes_than_the_limit_are_refused_with_the_wait_and_the_text_kept(settings: Settings):
    client = create_app(replace(settings, create_limit="2/minute")).test_client()
    answers = [client.post("/", data={"code": "keep me"}) for _ in range(3)]
    bare = client.post("/", data=b"keep me", content_type="text/plain")

    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60
    assert "2 snippets in a minute" in answers[2].text
    assert "keep me" in answers[2].text
    assert (bare.status_code, bare.mimetype) == (429, "text/plain")
    elsewhere = client.post("/", data={"code": "x"}, environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert elsewhere.status_code == 303
