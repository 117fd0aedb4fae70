"""What strangers try at every door: from other sites, with made-up cookies, odd headers, odd paths, and bombs."""

import dataclasses
import gzip
import io
import json
import re
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import PurePosixPath
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from walk import addresses, fields

from snippets.models import Base, File, Snippet
from snippets.settings import Settings

from processes import HTML

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows play no part here

OPERATOR = "a password for /ops"
PASSWORD = "open sesame, please"
BREAKS = ("\r\nX-Evil: 1\nSet-Cookie: owner=x\r\n\r\n<script>", "\0\x7f\u2028X-Evil: 1\rX-Evil: 2")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return dataclasses.replace(
        settings,
        dashboard_password=OPERATOR,
        metrics_token="a token for /metrics",
        miss_limit=None,
        smtp_url="smtp://127.0.0.1:1",
        mail_from="site@example.org",
        site_url="http://localhost",
        mail_sharing="10000/day",
    )


def share(client: FlaskClient, **form: str) -> str:
    answer = client.post("/", data={"code": "x = 1\n", **form}, headers=HTML)
    assert answer.status_code == 303, answer.text
    return answer.location.strip("/")


def rows(app: Flask) -> dict[str, list]:
    """Return all that is stored."""
    with app.extensions["snippets"].sessions() as session:
        return {name: list(session.execute(table.select())) for name, table in Base.metadata.tables.items()}


@pytest.mark.parametrize(
    "claims",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
    ids=lambda claims: " ".join(*claims.items()),
)
def test_no_other_site_changes_anything_at_any_address_by_any_method(app: Flask, client: FlaskClient, claims):
    """The browser brings its owner's cookie and the operator's password along."""
    snippet = share(client)
    before, answers = rows(app), {}
    form = dict.fromkeys(fields(), "1") | {"code": "y = 2", "reason": "x"}
    for rule, address in addresses(app, snippet):
        for method in rule.methods - {"GET", "HEAD", "OPTIONS"}:
            answer = client.open(
                address, method=method, data=form, headers={**HTML, **claims}, auth=("admin", OPERATOR)
            )
            answers[f"{method} {rule.rule}"] = answer.status_code

    assert len(answers) > 50
    assert {where: status for where, status in answers.items() if status != 403} == {}
    assert rows(app) == before


@pytest.mark.drill
def test_no_get_changes_anything_at_any_address(app: Flask, client: FlaskClient):
    """Not even with every field of every form in its query; what is counted and marked as seen is no row."""
    snippet = share(client)
    before = rows(app)
    query = dict.fromkeys(fields(), "1")
    for rule, address in addresses(app, snippet):
        for method in rule.methods & {"GET", "HEAD"}:
            client.open(address, method=method, query_string=query, headers=HTML, auth=("admin", OPERATOR))

    assert rows(app) == before


def tampered(value: str) -> Iterator[str]:
    """Yield what somebody might make of a signed cookie."""
    payload, _, signature = value.rpartition(".")
    yield payload
    yield f"{payload}."
    yield f"{payload}.{signature[:-1]}"
    yield f"{payload}.{signature[::-1]}"
    yield f"{payload}A.{signature}"
    yield f"{value}.{signature}"
    yield value.upper()
    yield f" {value}x"
    yield value * 15


@pytest.mark.parametrize("cookie", ["owner", "unlocked", "entered"])
def test_a_cookie_that_was_changed_opens_nothing(settings: Settings, cookie: str):
    from app import create_app

    password = PASSWORD if cookie == "entered" else None
    app = create_app(dataclasses.replace(settings, site_password=password))
    client, other = app.test_client(), app.test_client()
    if password:
        client.post("/enter", data={"password": PASSWORD})
    snippet = share(client, **({"visibility": "private"} if cookie == "owner" else {"password": "correct horse"}))
    path, root = f"/{snippet}", f"/{snippet}" if cookie == "unlocked" else "/"
    if cookie == "unlocked":
        visitor = app.test_client()
        visitor.post(f"{path}/unlock", data={"password": "correct horse"})
        value = visitor.get_cookie(cookie, path=root).value
        assert visitor.get(path).status_code == 200
    else:
        value = client.get_cookie(cookie).value
        assert client.get(path).status_code == 200

    for changed in tampered(value):
        other.set_cookie(cookie, changed, path=root)
        assert other.get(path).status_code in (403, 404, 401), changed


def test_a_cookie_for_one_snippet_or_one_purpose_is_good_for_no_other(app: Flask, client: FlaskClient):
    one, two = (share(client, password="correct horse") for _ in range(2))
    visitor = app.test_client()
    visitor.post(f"/{one}/unlock", data={"password": "correct horse"})
    value = visitor.get_cookie("unlocked", path=f"/{one}").value

    visitor.set_cookie("unlocked", value, path=f"/{two}")
    visitor.set_cookie("owner", value)
    visitor.set_cookie("owner", client.get_cookie("owner").value, path=f"/{two}/unlocked")

    assert visitor.get(f"/{one}").status_code == 200
    assert visitor.get(f"/{two}").status_code == 403
    assert visitor.get(f"/{one}/edit").status_code == 403


def test_the_cookie_of_a_snippets_password_is_kept_from_scripts_other_sites_and_other_snippets(app: Flask, client):
    snippet = share(client, password="correct horse")

    answer = app.test_client().post(
        f"/{snippet}/unlock", data={"password": "correct horse"}, base_url="https://localhost", headers=HTML
    )

    [cookie] = answer.headers.getlist("Set-Cookie")
    assert {"HttpOnly", "Secure", "SameSite=Lax", f"Path=/{snippet}", "Max-Age=86400"} <= {*cookie.split("; ")}


def test_a_cookie_that_was_given_long_ago_opens_nothing(settings: Settings, monkeypatch):
    from app import create_app

    app = create_app(dataclasses.replace(settings, site_password=PASSWORD))
    client, visitor = app.test_client(), app.test_client()
    for each in (client, visitor):
        each.post("/enter", data={"password": PASSWORD})
    snippet = share(client, password="correct horse")
    visitor.post(f"/{snippet}/unlock", data={"password": "correct horse"})
    began = time.time()

    def asked(days: float) -> tuple[int, bool]:
        monkeypatch.setattr("itsdangerous.timed.time.time", lambda: began + days * 86400)
        answer = visitor.get(f"/{snippet}", headers=HTML)
        return answer.status_code, "This site is not open" in answer.text

    assert [asked(days) for days in (0.9, 1.1, 29, 31)] == [(200, False), (403, False), (403, False), (403, True)]


def headers_are_whole(answer) -> bool:
    """Whether no header of the answer holds a line end, or was made by the request."""
    return not any(re.search(r"[\r\n\0]", f"{name}{value}") for name, value in answer.headers) and (
        "X-Evil" not in answer.headers and not any("owner=x" in each for each in answer.headers.getlist("Set-Cookie"))
    )


@pytest.mark.drill
@pytest.mark.parametrize("breaks", BREAKS)
def test_no_text_begins_a_header_of_its_own(app: Flask, client: FlaskClient, breaks: str):
    snippet = share(client, name="a.py", title="a title")
    for _, address in [*addresses(app, snippet), *addresses(app, snippet, f"x{breaks}")]:
        query = dict.fromkeys(fields(), f"/{breaks}")
        answer = client.get(address, query_string=query, headers=HTML, auth=("admin", OPERATOR))
        assert headers_are_whole(answer), address
    for fieldname in ("name", "title", "tags", "language", "expires", "visibility"):
        answer = client.post("/", data={"code": "x", fieldname: f"a{breaks}"}, headers=HTML)
        assert headers_are_whole(answer), fieldname
        if answer.status_code == 303:
            for path in ("download/1", "zip", "raw", "embed.js"):
                assert headers_are_whole(client.get(f"{answer.location}/{path}")), (fieldname, path)


@pytest.mark.parametrize(
    "name",
    ['a".py', "a;b.py", "a\\b.py", "ä.py", "a%0d%0ab.py", "a, b.py", "\u202egpj.exe", "'; filename=evil.exe", "."],
)
def test_a_downloads_name_stays_one_name_within_its_header(client: FlaskClient, name: str):
    told = client.get(f"/{share(client, name=name)}/download/1").headers["Content-Disposition"]

    assert re.fullmatch(r"attachment; filename=\"[^\"\\]*\"(; filename\*=UTF-8''[\w!#$&+.^`|~%-]+)?", told, re.ASCII), (
        told
    )


@pytest.mark.parametrize(
    "name",
    [
        "../evil.py",
        "a/../../evil.py",
        "/etc/passwd",
        "..\\evil.py",
        "C:\\evil.py",
        "a/./b",
        "//x",
        "~/x",
        "a/.. /b",
        "CON",
    ],
)
def test_no_name_leads_out_of_the_folder_of_a_download(client: FlaskClient, name: str):
    answer = client.post("/", data={"code": "x", "name": name}, headers=HTML)
    if answer.status_code == 422:
        return

    members = zipfile.ZipFile(io.BytesIO(client.get(f"{answer.location}/zip").data)).namelist()
    told = client.get(f"{answer.location}/download/1").headers["Content-Disposition"]

    for member in members:
        path = PurePosixPath(member)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert not re.search(r"[\\:]", member)
    assert not re.search(r"[\\/:]|\.\.", re.search(r'filename="([^"]*)"', told)[1])


@pytest.mark.parametrize(
    "way", ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "....//app.py", "/etc/passwd", "..\\app.py", "\0"]
)
def test_no_address_leads_to_a_file_that_is_not_to_be_served(app: Flask, client: FlaskClient, way: str):
    sheet = re.search(r'href="(/static/\w+)/', client.get("/about").text)[1]

    for path in (f"{sheet}/{way}", f"/{way}", f"/static/{way}", f"{sheet}/{quote(way, safe='')}"):
        answer = client.get(path)
        assert answer.status_code in (308, 404), path
        assert b"create_app" not in answer.data
        assert b"root:" not in answer.data


BOMB_SIZE = 2**26
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda _: b"\x0b\x02\x80" + b"\xff" * 1000,
}


@cache
def packed(coding: str) -> bytes:
    return PACKED[coding](b"x" * BOMB_SIZE)


@pytest.mark.drill
@pytest.mark.parametrize("coding", PACKED)
@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/x-www-form-urlencoded"])
def test_a_body_that_unpacks_to_more_is_never_unpacked(app: Flask, client: FlaskClient, coding: str, kind: str):
    for path in ("/", "/api/v1/snippets", "/documents", "/gists", "/api/"):
        answer = client.post(path, data=packed(coding), content_type=kind, headers={"Content-Encoding": coding})
        assert answer.status_code in (400, 401, 415, 422), path
        assert len(answer.data) < 2**18

    with app.extensions["snippets"].sessions() as session:
        assert session.scalar(select(func.coalesce(func.max(func.length(File.code)), 0))) < 2**18


def test_an_archive_is_no_text_and_is_never_opened(app: Flask, client: FlaskClient):
    folder = io.BytesIO()
    with zipfile.ZipFile(folder, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.py", b"x" * BOMB_SIZE)
        archive.writestr("../evil.py", "x")

    for form in (
        {"upload": (io.BytesIO(folder.getvalue()), "a.zip")},
        {"code": (io.BytesIO(folder.getvalue()), "a.py")},
    ):
        answer = client.post("/", data=form, headers=HTML)
        assert answer.status_code == 422
        assert "is not UTF-8 text" in answer.text
    with app.extensions["snippets"].sessions() as session:
        assert session.scalar(select(func.count()).select_from(Snippet)) == 0


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"files": ' + "[" * 50_000,
        '{"files": [{"code": ' + "9" * 100_000 + "}]}",
        '{"files": [{"code": "x"}], "title": 1e999999}',
        json.dumps({"files": [{"code": "x"}] * 10_000}),
        json.dumps({str(number): number for number in range(50_000)}),
        '{"files": [{"code": "\\ud800"}]}',
    ],
    ids=["deep", "deep inside", "a long number", "a huge number", "many files", "many fields", "half a pair"],
)
def test_json_without_measure_is_refused_with_a_sentence(client: FlaskClient, body: str):
    answer = client.post("/api/v1/snippets", data=body, content_type="application/json")

    assert answer.status_code in (400, 413, 422)
    assert answer.mimetype == "application/problem+json"
    assert len(answer.data) < 10_000
    assert answer.json["detail"]
