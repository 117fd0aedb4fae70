"""Whatever goes into the door for programs comes out of it again, or is refused; never anything else."""

from urllib.parse import urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from urllib3 import encode_multipart_formdata

from snippets.compat.plain_text import TEXTS

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows are the same on both

URLENCODED = "application/x-www-form-urlencoded"
TYPES = [
    URLENCODED,
    "text/plain",
    "application/octet-stream",
    "text/x-python; charset=latin-1",
    "",
    'a;;b="',
    "image/png",
]
PIECES = [b"code=", b"&", b"%41", b"%", b"\r", b"\n", b"\r\n", b"=", b"\xff", b"--b", b"x", b"\0", b"+"]
ANYTHING = st.one_of(
    st.text(max_size=200).map(str.encode),
    st.binary(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=20).map(b"".join),
)
NASTY = [b"[" * 100_000, b'{"files": [{"content": "\\ud800"}], "expiry": "\\ud800"}', b'{"files": [[]]}']
IDIOMS = st.one_of(
    st.tuples(st.just("body"), st.sampled_from(TYPES)),
    st.tuples(st.just("put"), st.sampled_from([*TYPES, "application/json", "multipart/form-data; boundary=b"])),
    st.tuples(st.sampled_from(["field", "file"]), st.sampled_from(TEXTS)),
    st.tuples(st.just("encoded"), st.sampled_from(["content", "code", "raw", "text", "sprunge"])),
    st.tuples(st.just("documents"), st.sampled_from([*TYPES, "application/json"])),
)


def check(app: Flask, content: bytes, idiom: tuple[str, str]) -> None:
    client = app.test_client(use_cookies=False)
    kind, detail = idiom
    headers = {"Accept": "*/*", "User-Agent": "curl/8"}
    path, method = {"put": ("/name.py", "PUT"), "documents": ("/documents", "POST")}.get(kind, ("/", "POST"))
    body, content_type = content, detail
    if kind in ("field", "file"):
        part = ("name.py", content) if kind == "file" else content
        body, content_type = encode_multipart_formdata([(detail, part)])
    elif kind == "encoded":
        body, content_type = urlencode({detail: content}).encode(), URLENCODED

    answer = client.open(path, method=method, data=body, content_type=content_type, headers=headers)

    if answer.status_code not in (200, 201):
        assert 400 <= answer.status_code < 500, answer.text
        return
    text = client.get(f"/{answer.json['key']}/raw" if answer.is_json else f"{answer.location}/raw").data
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if kind == "body" and text != lines:  # as curl says of every text that it is a form, so this may be one
        assert detail == URLENCODED
        assert content.startswith(b"code=") or b"&code=" in content
        assert client.get(answer.location).status_code == 200
        return
    assert text == lines
    assert content.decode().encode() == content


any_idiom = given(content=ANYTHING, idiom=IDIOMS)
shared = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.mark.drill
@settings(max_examples=25, deadline=None, suppress_health_check=shared, derandomize=True)
@any_idiom
def test_what_goes_in_comes_out_or_is_refused(app: Flask, content: bytes, idiom: tuple[str, str]):
    check(app, content, idiom)


@pytest.mark.fuzz
@settings(max_examples=3000, deadline=None, suppress_health_check=shared)
@any_idiom
def test_what_goes_in_comes_out_or_is_refused_thousands_of_times(app: Flask, content: bytes, idiom: tuple[str, str]):
    check(app, content, idiom)


def ask(app: Flask, method, path, content, kind, header, value) -> None:
    answer = app.test_client().open(path, method=method, data=content, content_type=kind, headers={header: value})

    assert answer.status_code < 500, answer.text


any_request = given(
    method=st.sampled_from(["POST", "PUT", "DELETE", "GET"]),
    path=st.sampled_from(
        "/ /x.py /documents /documents/x /raw/aaaaaaaaaaa.py /api/ /api/v2/ /curl /api/v1/paste /api/v1/paste/x"
        " /remove/aaaaaaaaaaa?key=x /aaaaaaaaaaa /?burn=2 /?expires=%ff&x /%ff%00 /documents/%00%ff".split()
    ),
    content=ANYTHING | st.sampled_from(NASTY),
    kind=st.sampled_from([*TYPES, "application/json", "multipart/form-data", "multipart/form-data; boundary=b"]),
    header=st.sampled_from(["X-Token", "Authorization", "Expires", "X-Title", "Accept", "Burn", "X-Password"]),
    value=st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=20),
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=shared, derandomize=True)
@any_request
def test_no_request_whatsoever_ends_as_a_fault_of_the_site(app: Flask, **asked):
    ask(app, **asked)


@pytest.mark.fuzz
@settings(max_examples=2000, deadline=None, suppress_health_check=shared)
@any_request
def test_none_of_thousands_of_requests_ends_as_a_fault_of_the_site(app: Flask, **asked):
    ask(app, **asked)
