"""The JSON API: everything a person does, done by a program."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from snippets.attempts import Attempts
from snippets.markup import CLASSES, lines, runs
from snippets.models import IdempotentCreate, Snippet

MINE = {"Authorization": "Bearer a-secret-of-mine-alone"}
ONE = {"files": [{"name": "a.py", "code": "if x < 1:\n    pass\n"}]}
SNIPPETS = "/api/v1/snippets"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def program(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def share(client: FlaskClient, **fields) -> str:
    return client.post(SNIPPETS, json=ONE | fields, headers=MINE).json["id"]


def count(app: Flask) -> int:
    with app.extensions["snippets"].sessions() as session:
        return session.scalar(select(func.count()).select_from(Snippet))


def test_what_is_shared_is_answered_as_it_is_kept(program: FlaskClient):
    answer = program.post(
        SNIPPETS,
        json=ONE | {"title": "One", "visibility": "public", "tags": ["Web", "api"], "expires": "1d"},
        headers=MINE,
    )

    assert answer.status_code == 201
    assert answer.location == answer.json["api_url"]
    assert answer.headers["X-Expires"].endswith("Z")
    made = {name: answer.json[name] for name in ("title", "visibility", "tags", "revision", "is_owner", "token")}
    assert made == {
        "title": "One",
        "visibility": "public",
        "tags": ["api", "web"],
        "revision": 1,
        "is_owner": True,
        "token": None,
    }
    [file] = answer.json["files"]
    assert (file["language"], file["size"], file["lines"], file["code"]) == ("python", 19, 2, ONE["files"][0]["code"])
    assert program.get(answer.json["api_url"], headers=MINE).json["files"] == [file]


@on_sqlite
def test_who_brings_no_secret_is_given_one_which_is_told_once(program: FlaskClient):
    made = program.post(SNIPPETS, json=ONE)

    secret = made.json["token"]
    assert made.headers["X-Token"] == secret
    assert made.headers["Cache-Control"] == "no-store"
    assert secret not in program.get(made.location).text
    assert program.delete(made.location, headers={"Authorization": f"token {secret}"}).status_code == 204
    assert program.get(made.location).status_code == 410


@on_sqlite
def test_the_colours_are_202_until_they_are_there_and_then_add_up_to_the_code(program: FlaskClient, work):
    file = f"{SNIPPETS}/{share(program)}/files/1"

    before = program.get(f"{file}/status")
    assert (before.status_code, before.headers["Retry-After"], before.json["state"]) == (202, "1", "queued")
    assert program.get(f"{file}/status", headers={"If-None-Match": before.headers["ETag"]}).status_code == 304
    assert program.get(f"{file}/runs").json["runs"] == [["", 19]]

    work()

    assert program.get(f"{file}/status").json["state"] == "highlighted"
    coloured = program.get(f"{file}/runs")
    assert coloured.status_code == 200
    assert coloured.json["runs"][0] == ["k", 2]
    assert sum(length for _, length in coloured.json["runs"]) == 19
    assert '<span class="k">if</span>' in program.get(f"{file}/html").json["html"]


@pytest.mark.parametrize("count", [3, 700], ids=["a few", "in sheets"])
def test_runs_read_from_the_markup_are_those_it_was_made_of(count: int):
    code = 'if x < 1:\n    """two\n\nlines"""\n' * count
    given = [
        ("k", 2),
        ("", 1),
        ("n", 1),
        ("", 1),
        ("o", 1),
        ("", 1),
        ("mi", 1),
        ("p", 1),
        ("", 5),
        ("sd", 6),
        ("", 2),
        ("sd", 8),
        ("", 1),
    ]

    assert runs(lines(code, given * count)) == _joined(given * count)
    assert {css for css, _ in given} - {""} < CLASSES


def _joined(given):
    found = []
    for css, length in given:
        if found and found[-1][0] == css:
            found[-1] = (css, found[-1][1] + length)
        else:
            found.append((css, length))
    return found


def test_a_change_changes_what_it_names_and_nothing_else(program: FlaskClient):
    address = f"{SNIPPETS}/{share(program, title='Old', tags=['a'], expires='1d')}"
    before = program.get(address, headers=MINE).json

    after = program.patch(address, json={"title": "New"}, headers=MINE).json

    assert {name for name in before if before[name] != after[name]} == {"title", "updated_at"}
    second = program.patch(address, json={"files": [{"code": "y"}], "revision": 1, "tags": []}, headers=MINE).json
    assert (second["revision"], second["files"][0]["code"], second["tags"]) == (2, "y", [])
    late = program.patch(address, json={"files": [{"code": "z"}], "revision": 1}, headers=MINE)
    assert (late.status_code, late.json["title"]) == (409, "Conflict")


@on_sqlite
@pytest.mark.parametrize(("method", "path"), [("patch", ""), ("delete", "")])
def test_only_the_owner_changes_and_deletes(program: FlaskClient, method: str, path: str):
    address = f"{SNIPPETS}/{share(program)}{path}"

    for headers in ({}, {"Authorization": "Bearer somebody-elses-secret"}):
        refused = program.open(address, method=method.upper(), json={"title": "x"}, headers=headers)
        assert (refused.status_code, refused.mimetype) == (403, "application/problem+json")


@on_sqlite
def test_a_password_is_set_taken_away_and_given_in_a_header(program: FlaskClient):
    address = f"{SNIPPETS}/{share(program, password='open sesame')}"

    refused = program.get(address)
    assert (refused.status_code, refused.json["field"]) == (403, "password")
    assert program.get(address, headers={"X-Password": "open sesame"}).json["has_password"]
    program.patch(address, json={"password": None}, headers=MINE)
    assert program.get(address).status_code == 200


@on_sqlite
def test_a_snippet_to_be_read_once_is_opened_on_purpose_once(program: FlaskClient):
    address = f"{SNIPPETS}/{share(program, burn=True)}"

    assert program.get(address).status_code == 403
    assert program.get(f"{address}/files/1/runs").status_code == 403
    opened = program.post(f"{address}/open")
    assert opened.json["files"][0]["code"] == ONE["files"][0]["code"]
    assert [program.post(f"{address}/open").status_code, program.get(address).status_code] == [410, 410]


def test_lists_are_paged_by_cursor_and_private_ones_are_their_owners(program: FlaskClient):
    ids = [share(program, visibility=each) for each in ("public", "private", "public", "public")]

    def all_of(**query) -> list[str]:
        found, following = [], ""
        while following is not None:
            page = program.get(SNIPPETS, query_string=query | {"limit": 2, "before": following}, headers=MINE).json
            found += [each["id"] for each in page["snippets"]]
            following = page["next"]
        return found

    assert all_of() == [ids[3], ids[2], ids[0]]
    assert all_of(owner="me") == ids[::-1]
    assert program.get(SNIPPETS, query_string={"owner": "me"}).status_code == 401
    first = program.get(SNIPPETS, query_string={"limit": 2})
    assert program.get(first.headers["Link"].partition(">")[0][1:]).json["snippets"][0]["id"] == ids[0]


def test_the_search_finds_what_the_search_box_does(program: FlaskClient):
    wanted = share(program, visibility="public", title="Needle in it")
    share(program, visibility="public", title="Hay")
    share(program, visibility="public", title="Another needle")

    first = program.get("/api/v1/search?q=needle&limit=1").json
    second = program.get(f"/api/v1/search?q=needle&before={first['next']}").json
    assert first["snippets"][0]["title"] == "Another needle"
    assert ([each["id"] for each in second["snippets"]], second["next"]) == ([wanted], None)
    short = program.get("/api/v1/search?q=x")
    assert (short.status_code, short.json["field"]) == (422, "q")


@on_sqlite
def test_a_fork_holds_the_same_and_belongs_to_who_made_it(app: Flask, program: FlaskClient):
    origin = share(program, visibility="private", tags=["a"])

    forked = program.post(f"{SNIPPETS}/{origin}/fork", json={"title": "Mine"}, headers=MINE).json

    assert (forked["fork_of"], forked["title"], forked["visibility"], forked["tags"]) == (
        origin,
        "Mine",
        "private",
        ["a"],
    )
    assert forked["files"][0]["code"] == ONE["files"][0]["code"]
    assert program.post(f"{SNIPPETS}/{origin}/fork", json={}).status_code == 404


@on_sqlite
@pytest.mark.parametrize(
    ("body", "status", "field", "limit"),
    [
        (b'{"files": [{"code": "x"}', 400, None, None),
        (b'{"files": [{"code": "\xff"}]}', 400, None, None),
        (b'{"files": [{"code": "\\ud800"}]}', 400, None, None),
        (b"[]", 422, None, None),
        (b"{}", 422, "files", None),
        (b'{"files": []}', 422, "files", None),
        (b'{"files": [{"code": ""}]}', 422, "files.0.code", None),
        (b'{"files": [{"code": 1}]}', 422, "files.0.code", None),
        (b'{"files": [{"code": "x", "colour": "red"}]}', 422, "files.0.colour", None),
        (b'{"files": [{"code": "x"}, {"code": "a\\u0000"}]}', 422, "files.1.code", None),
        (b'{"files": [{"code": "x", "language": "klingon"}]}', 422, "files.0.language", None),
        (b'{"files": [{"code": "x", "name": "a\\nb"}]}', 422, "files.0.name", None),
        (b'{"files": [{"code": "x", "name": "a/../b"}]}', 422, "files.0.name", None),
        (b'{"files": [{"code": "x", "name": "/etc/passwd"}]}', 422, "files.0.name", None),
        (b'{"files": [{"code": "x"}], "tags": ["two words"]}', 422, "tags", None),
        (b'{"files": [{"code": "x"}], "expires": "soon"}', 422, "expires", None),
        (b'{"files": [{"code": "x"}], "expires": "2020-02-30"}', 422, "expires", None),
        (b'{"files": [{"code": "x"}], "burn": "yes"}', 422, "burn", None),
        (json.dumps({"files": [{"code": "x"}] * 10_000}).encode(), 413, "files", 100),
        (json.dumps({"files": [{"code": "x" * 2**20 + "y"}]}).encode(), 413, "files.0.code", 2**20),
        (json.dumps({"files": [{"code": "x" * 8 * 2**20}]}).encode(), 413, None, 2**20),
        (b"[" * 100_000, 400, None, None),
    ],
)
def test_what_cannot_be_taken_is_told_by_field_and_limit_and_nothing_is_stored(
    app: Flask, program: FlaskClient, body: bytes, status: int, field: str | None, limit: int | None
):
    answer = program.post(SNIPPETS, data=body, content_type="application/json")

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert (answer.json.get("field"), answer.json.get("limit")) == (field, limit)
    assert answer.json["status"] == status
    assert answer.json["detail"].endswith(".")
    assert count(app) == 0


@on_sqlite
def test_a_body_over_the_limit_that_comes_in_chunks_is_told_so_too(app: Flask, program: FlaskClient):
    body = json.dumps({"files": [{"code": "x" * 8 * 2**20}]}).encode()

    answer = program.post(
        SNIPPETS,
        input_stream=BytesIO(body[: app.config["MAX_CONTENT_LENGTH"] + 1]),  # as the front cuts it
        headers={"Transfer-Encoding": "chunked", "Content-Type": "application/json"},
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert (answer.status_code, answer.json["limit"]) == (413, 2**20)


@on_sqlite
def test_a_private_snippet_is_answered_like_none_at_all(program: FlaskClient):
    private, kept = share(program, visibility="private"), ("Cache-Control", "Access-Control-Allow-Origin")

    for path in (SNIPPETS + "/{}", SNIPPETS + "/{}/raw", "/{}", "/documents/{}", "/api/v1/paste/{}"):
        hidden, none = program.get(path.format(private)), program.get(path.format("A" * 11))
        assert hidden.status_code == none.status_code == 404
        assert [hidden.headers.get(each) for each in kept] == [none.headers.get(each) for each in kept]
        assert hidden.headers["Cache-Control"] == "no-store"


@on_sqlite
def test_what_was_made_from_another_revision_is_refused_in_words_for_programs(app: Flask, program: FlaskClient):
    path = f"{SNIPPETS}/{share(program)}"

    for answer in (
        program.patch(path, json={"revision": 7, "title": "x"}, headers=MINE),
        program.post(f"{path}/fork", json={"revision": 7}, headers=MINE),
    ):
        assert answer.status_code == 409
        assert (answer.json["field"], answer.json["limit"], answer.json["value"]) == ("revision", 1, 7)
        assert "below" not in answer.json["detail"]
    assert count(app) == 1


@on_sqlite
def test_errors_outside_of_any_view_are_problems_too(program: FlaskClient):
    for answer, status in (
        (program.get("/api/v1/nothing"), 404),
        (program.put(SNIPPETS), 405),
        (program.get(f"{SNIPPETS}/AAAAAAAAAAA"), 404),
        (program.post(SNIPPETS, data="x"), 415),
    ):
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
        assert answer.json["status"] == status


def test_the_same_create_sent_twice_even_at_once_makes_one_snippet(app: Flask, program: FlaskClient):
    def send(_=None, **fields):
        headers = MINE | {"Idempotency-Key": "first"}
        return app.test_client(use_cookies=False).post(SNIPPETS, json=ONE | fields, headers=headers)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert count(app) == 1
    other = send(title="Other")
    assert (other.status_code, other.json["field"]) == (422, "Idempotency-Key")
    assert program.post(SNIPPETS, json=ONE, headers={"Idempotency-Key": "first"}).status_code == 422


@on_sqlite
def test_who_brings_a_key_and_no_secret_is_given_the_same_secret_twice(app: Flask, program: FlaskClient):
    key = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
    first, second = (program.post(SNIPPETS, json=ONE, headers=key) for _ in range(2))

    assert first.json["token"] == second.json["token"]
    assert first.json["id"] == second.json["id"]
    secret = {"Authorization": f"Bearer {first.json['token']}"}
    assert program.delete(first.location, headers=secret).status_code == 204
    with app.extensions["snippets"].sessions() as session:
        assert session.scalars(select(IdempotentCreate)).all() == []


@on_sqlite
def test_scripts_of_any_site_read_what_is_open_to_all_and_nothing_else(program: FlaskClient):
    open_to_all, private = share(program), share(program, visibility="private")

    assert program.get(f"{SNIPPETS}/{open_to_all}").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in program.get(f"{SNIPPETS}/{private}", headers=MINE).headers
    preflight = program.options(f"{SNIPPETS}/{open_to_all}", headers={"Origin": "https://other.example"}).headers
    assert preflight["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert "Authorization" not in preflight["Access-Control-Allow-Headers"]


@on_sqlite
def test_the_answer_says_how_much_is_left_to_share(app: Flask, program: FlaskClient):
    found = app.extensions["snippets"]
    app.extensions["snippets"] = replace(found, creations=Attempts(found.redis, "create", "2/minute"))

    answers = [program.post(SNIPPETS, json=ONE) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert [answer.headers["RateLimit"].split(";")[1] for answer in answers] == ["r=1", "r=0", "r=0"]
    assert answers[0].headers["RateLimit-Policy"] == '"create";q=2;w=60'
    assert int(answers[2].headers["Retry-After"]) <= 60


@on_sqlite
def test_every_door_says_how_much_is_left_by_what_all_processes_have_counted(app: Flask, program: FlaskClient):
    found = app.extensions["snippets"]
    other = Attempts(found.redis, "create", "2/minute")
    app.extensions["snippets"] = replace(found, creations=Attempts(found.redis, "create", "2/minute"))
    other.count("127.0.0.1")
    other.count("127.0.0.1")

    for path, body in {
        "/": {"data": b"x = 1"},
        "/documents": {"data": b"x"},
        "/api/": {"data": {"content": "x"}},
        "/api/v2/": {"data": {"content": "x"}},
        "/api/v1/paste": {"json": {"files": [{"content": "x"}]}},
        "/curl": {"data": {"raw": "x"}},
        SNIPPETS: {"json": ONE},
    }.items():
        answer = program.post(path, **body)
        assert (answer.status_code, answer.headers["RateLimit"].split(";")[1]) == (429, "r=0")
        assert int(answer.headers["Retry-After"]) <= 60
    page = program.post("/", data={"code": "x"}, headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["RateLimit-Policy"]) == (429, '"create";q=2;w=60')


@on_sqlite
def test_the_limits_and_the_languages_are_told(program: FlaskClient):
    assert program.get("/api/v1/limits").json["max_bytes"] == 2**20
    [python] = [each for each in program.get("/api/v1/languages").json["languages"] if each["alias"] == "python"]
    assert "*.py" in python["patterns"]


@on_sqlite
def test_the_document_names_every_route_of_the_api_and_the_page_shows_it(app: Flask, program: FlaskClient):
    document = program.get("/api/openapi.json").json
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}

    def spelled(rule) -> str:
        return (
            rule.rule.removeprefix("/api/v1")
            .replace("<slug:snippet_id>", "{id}")
            .replace("<int(max=1000):number>", "{number}")
        )

    there = {
        (method, spelled(rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert document["openapi"] == "3.1.0"
    assert told == there
    page = program.get("/api").text
    assert all(path in page for _, path in told)


@on_sqlite
def test_every_header_that_an_answer_has_for_programs_is_in_the_document(program: FlaskClient):
    paths = program.get("/api/openapi.json").json["paths"]
    one = program.post(SNIPPETS, json=ONE | {"visibility": "public", "expires": "1d"})
    program.post(SNIPPETS, json=ONE | {"visibility": "public"})
    at = f"{SNIPPETS}/{one.json['id']}"
    tag = {"If-None-Match": program.get("/api/v1/languages").headers["ETag"]}
    mean = {"ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Expires", "X-Token"}

    for answer, method, path in (
        (one, "post", "/snippets"),
        (program.get(at), "get", "/snippets/{id}"),
        (program.get(f"{at}/files/1/status"), "get", "/snippets/{id}/files/{number}/status"),
        (program.get(f"{SNIPPETS}?limit=1"), "get", "/snippets"),
        (program.get("/api/v1/search?q=pass&limit=1"), "get", "/search"),
        (program.get("/api/v1/languages"), "get", "/languages"),
        (program.get("/api/v1/languages", headers=tag), "get", "/languages"),
    ):
        told = paths[path][method]["responses"][str(answer.status_code)].get("headers", {})
        assert mean & set(answer.headers.keys()) <= set(told)


@on_sqlite
@pytest.mark.parametrize("cursor", ["+1", " 1", "1_0", "٣", "-1", "x", "9" * 30])
def test_a_cursor_that_was_tampered_with_is_no_page(program: FlaskClient, cursor: str):
    for path, query in ((SNIPPETS, {}), ("/api/v1/search", {"q": "pass"})):
        assert program.get(path, query_string={"before": cursor, **query}).status_code == 404


@on_sqlite
def test_what_another_site_sends_is_refused_as_problem_details_too(program: FlaskClient):
    answer = program.post(SNIPPETS, json=ONE, headers={"Sec-Fetch-Site": "cross-site"})

    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    assert "came from another site" in answer.json["detail"]
