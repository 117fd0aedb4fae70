"""GitHub's gists, as clients of its REST API and of its GraphQL make, read, change and list them."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from snippets.database import Sessions
from snippets.models import Snippet

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SECRET = {"Authorization": "token a-secret-of-one-program"}
ANOTHER = {"Authorization": "Bearer a-secret-of-another-one"}
BASES = ["", "/api", "/api/v3"]
FILES = {"a.py": {"content": "x = 1\n"}, "b.txt": {"content": "b"}}
NULL: dict[str, Any] = {"a.py": None}
LISTING = """
    query GistList($per_page: Int!, $endCursor: String, $visibility: GistPrivacy, $includeContent: Boolean!) {
      viewer { gists(first: $per_page, after: $endCursor, privacy: $visibility,
                     orderBy: {field: CREATED_AT, direction: DESC}) {
        nodes { description, files { name, text @include(if: $includeContent) }, isPublic, name, updatedAt },
        pageInfo { hasNextPage, endCursor } totalCount } } }
"""


@pytest.fixture
def program(app: Flask) -> FlaskClient:
    """A client without the browser's cookie."""
    return app.test_client(use_cookies=False)


def create(program: FlaskClient, base: str = "", headers=SECRET, **body: Any) -> dict[str, Any]:
    answer = program.post(f"{base}/gists", json={"files": FILES} | body, headers=headers)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def update(program: FlaskClient, gist: dict[str, Any], headers=SECRET, **body: Any) -> TestResponse:
    return program.patch(f"/gists/{gist['id']}", json=body, headers=headers)


def contents(gist: dict[str, Any]) -> dict[str, str]:
    return {name: file["content"] for name, file in gist["files"].items()}


def count(sessions: Sessions) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(Snippet)) or 0


def ask(program: FlaskClient, query: str, headers=SECRET, **variables: Any) -> dict[str, Any]:
    return dict(program.post("/api/graphql", json={"query": query, "variables": variables}, headers=headers).json)


@pytest.mark.parametrize("base", BASES)
def test_every_address_in_an_answer_begins_with_the_base_that_was_called(program: FlaskClient, base: str):
    answer = program.post(f"{base}/gists", json={"files": FILES, "description": "two"}, headers=SECRET)
    here = f"http://localhost{base}/gists/{answer.json['id']}"

    assert (answer.status_code, answer.location, answer.json["url"]) == (201, here, here)
    assert answer.json["commits_url"] == f"{here}/commits"
    assert answer.json["owner"]["url"].startswith(f"http://localhost{base}/users/owner-")
    assert program.get(here).json["files"] == answer.json["files"]
    assert program.get(f"{base}/gists/{answer.json['id']}/commits").json[0]["url"].startswith(f"{here}/")


def test_a_gist_is_described_as_github_does(program: FlaskClient):
    made = create(program, description="a\ndescription", public=True)

    assert made["description"] == "a description"
    assert (made["public"], made["comments"], made["user"], made["truncated"]) == (True, 0, None, False)
    assert made["created_at"][10] == "T"
    assert made["created_at"].endswith("Z")
    assert made["files"]["a.py"] == {
        "filename": "a.py",
        "type": "text/x-python",
        "language": "Python",
        "raw_url": f"http://localhost/{made['id']}/raw/1",
        "size": 6,
        "truncated": False,
        "content": "x = 1\n",
        "encoding": "utf-8",
    }
    assert made["files"]["b.txt"]["language"] == "Text"
    assert program.get(made["files"]["a.py"]["raw_url"]).text == "x = 1\n"


def test_what_is_not_public_is_for_whoever_knows_its_address(program: FlaskClient):
    secret = create(program, public=False)

    assert not secret["public"]
    assert program.get(f"/gists/{secret['id']}").status_code == 200
    assert program.get("/gists/public").json == []


def test_a_client_without_a_token_is_given_one_with_which_it_goes_on(program: FlaskClient):
    made = program.post("/gists", json={"files": FILES})
    headers = {"Authorization": f"token {made.headers['X-Token']}"}

    assert made.json["owner"]["login"] == "anonymous"
    assert "no-store" in made.headers["Cache-Control"]
    assert update(program, made.json, headers, files=NULL).status_code == 200
    assert "X-Token" not in program.post("/gists", json={"files": FILES}, headers=SECRET).headers


@pytest.mark.parametrize("call", ["patch", "post"])
def test_an_update_changes_renames_adds_and_deletes_files(program: FlaskClient, call: str):
    made = create(program, description="old")
    files = {"a.py": None, "b.txt": {"filename": "c.rb"}, "d.js": {"content": "d"}}
    answer = getattr(program, call)(f"/gists/{made['id']}", json={"files": files, "description": "new"}, headers=SECRET)

    assert contents(answer.json) == {"c.rb": "b", "d.js": "d"}
    assert (answer.json["files"]["c.rb"]["language"], answer.json["description"]) == ("Ruby", "new")
    assert len(answer.json["history"]) == 2


def test_a_file_that_is_sent_back_empty_is_deleted(program: FlaskClient):
    files = {"a.py": {"content": ""}, "new.py": {"content": "x = 1\n", "filename": "new.py"}}

    assert contents(update(program, create(program), files=files).json) == {"b.txt": "b", "new.py": "x = 1\n"}


def test_a_file_of_which_nothing_is_said_is_deleted(program: FlaskClient):
    gist = create(program)

    assert contents(update(program, gist, files={"a.py": {}}).json) == {"b.txt": "b"}


def test_a_file_is_changed_by_the_name_under_which_it_was_sent_as_by_the_one_that_is_told(program: FlaskClient):
    gist = create(program, files={"x?.py": {"content": "x"}, "what?.py": {"content": "y"}})
    assert list(gist["files"]) == ["what_.py", "x_.py"]

    for name in ("x?.py", "x_.py"):
        changed = update(program, gist, files={name: {"content": name, "filename": name}}).json
        assert contents(changed) == {"what_.py": "y", "x_.py": name}
    assert contents(update(program, gist, files={"what?.py": None}).json) == {"x_.py": "x_.py"}


def test_what_is_not_mentioned_stays(program: FlaskClient):
    made = create(program, public=True, description="kept")
    answer = update(program, made, files={"a.py": {"content": "x = 2\n"}}, public=False).json

    assert contents(answer) == {"a.py": "x = 2\n", "b.txt": "b"}
    assert (answer["public"], answer["description"]) == (True, "kept")


@pytest.mark.parametrize(
    "files",
    [
        {"none.py": None},
        {"none.py": {"filename": "a"}},
        {"a.py": {"filename": "b.txt"}},
        {"a.py": None, "b.txt": None},
        {"a.py": {"filename": "a\x00b"}},
        {"c.py": {"content": "a\x00b"}},
    ],
)
def test_an_update_that_makes_no_sense_is_refused_and_nothing_is_changed(program: FlaskClient, files):
    made = create(program)
    answer = update(program, made, files=files)

    assert (answer.status_code, answer.json["message"]) == (422, "Validation Failed")
    assert contents(program.get(f"/gists/{made['id']}").json) == contents(made)


@pytest.mark.parametrize("path", ["", "/forks", "/star", "/commits"])
def test_a_gist_that_is_not_there_is_not_found_whatever_its_id(program: FlaskClient, path: str):
    for gist_id in ("AAAAAAAAAAA", "deadbeefdeadbeefdeadbeefdeadbeef", "a%00b", "..%2f..", "%ff"):
        answer = program.get(f"/gists/{gist_id}{path}", headers=SECRET)
        assert (answer.status_code, answer.json["message"]) == (404, "Not Found")


def test_only_the_owner_changes_a_gist(program: FlaskClient):
    made = create(program)
    here = f"/gists/{made['id']}"

    for headers, status, message in [
        ({}, 401, "Requires authentication"),
        ({"Authorization": "token short"}, 401, "Bad credentials"),
        (ANOTHER, 404, "Not Found"),
    ]:
        for answer in (update(program, made, headers, files=NULL), program.delete(here, headers=headers)):
            assert (answer.status_code, answer.json["message"]) == (status, message)
    assert program.delete(here, headers=SECRET).status_code == 204
    gone = program.get(here)
    assert (gone.status_code, gone.json["message"]) == (404, "Not Found")


def test_nobody_but_the_owner_is_told_who_shared_what(program: FlaskClient):
    here = f"/gists/{create(program)['id']}"
    login = program.get("/user", headers=SECRET).json["login"]

    assert program.get(here, headers=SECRET).json["owner"]["login"] == login
    assert program.get(here, headers=ANOTHER).json["owner"]["login"] == "anonymous"
    assert program.get(f"/users/{login}/gists", headers=SECRET).json[0]["owner"]["login"] == login
    assert program.get(f"/users/{login}/gists", headers=ANOTHER).status_code == 404
    assert program.get("/user").status_code == 401


@pytest.mark.parametrize("terms", [{"visibility": "private"}, {"burn": "1"}, {"password": "sesame"}])
def test_what_is_closed_opens_to_its_owner_alone(program: FlaskClient, terms: dict[str, str]):
    address = program.post("/", data={"code": "x", "name": "a.py"} | terms, headers=SECRET).location
    here = f"/gists{address}"

    for _ in range(2):  # reading burns nothing
        assert contents(program.get(here, headers=SECRET).json) == {"a.py": "x"}
    assert program.get(here, headers=ANOTHER).status_code == (404 if "visibility" in terms else 403)
    edited = program.patch(here, json={"files": {"a.py": {"content": "y"}}}, headers=SECRET)
    assert contents(edited.json) == {"a.py": "y"}
    assert program.get(here).status_code == (404 if "visibility" in terms else 403)
    assert edited.headers["Cache-Control"] == "no-store"
    assert program.get("/gists/public").json == []


def test_files_without_a_name_or_with_the_same_or_with_a_crooked_path_have_names_to_save_them_under(
    program: FlaskClient,
):
    names = ["", "a.py", "a.py", "etc//passwd"]
    address = program.post("/", data={"code": list("wxyz"), "name": names}, headers=SECRET).location
    answer = program.get(f"/gists{address}").json

    assert contents(answer) == {"file-1.txt": "w", "a.py": "x", "a (2).py": "y", "etc/passwd": "z"}
    sent = {"file-1.txt": {"content": "new", "filename": "file-1.txt"}, "a (2).py": None}
    answer = program.patch(f"/gists{address}", json={"files": sent}, headers=SECRET).json
    assert contents(answer) == {"file-1.txt": "new", "a.py": "x", "etc/passwd": "z"}


def test_the_own_list_is_turned_page_by_page(program: FlaskClient):
    made = [create(program, description=str(number))["id"] for number in range(5)]
    create(program, headers=ANOTHER)
    pages = [program.get(f"/api/v3/gists?per_page=2&page={page}", headers=SECRET) for page in (1, 2, 3, 4)]

    assert [gist["id"] for page in pages for gist in page.json] == made[::-1]
    assert "content" not in pages[0].json[0]["files"]["a.py"]
    assert pages[0].headers["Link"] == (
        '<http://localhost/api/v3/gists?per_page=2&page=2>; rel="next",'
        ' <http://localhost/api/v3/gists?per_page=2&page=3>; rel="last"'
    )
    assert 'rel="next"' not in pages[2].headers["Link"]
    assert 'page=1>; rel="prev"' in pages[1].headers["Link"]


@pytest.mark.parametrize("asked", ["per_page=0", "per_page=1000000", "page=-1", "page=x", "page=" + "9" * 5000])
def test_a_page_that_makes_no_sense_is_no_error_of_ours(program: FlaskClient, asked: str):
    create(program)

    assert len(program.get(f"/gists?{asked}", headers=SECRET).json) == 1
    assert program.get("/gists?page=999999999999", headers=SECRET).status_code == 422


def test_since_asks_for_what_was_changed_later(program: FlaskClient):
    create(program, public=True)

    for path in ("/gists", "/gists/public"):
        assert len(program.get(f"{path}?since=2020-01-01T00:00:00Z", headers=SECRET).json) == 1
        assert program.get(f"{path}?since=2100-01-01", headers=SECRET).json == []
        for nonsense in ("yesterday", "0001-01-01T00:00:00%2B14:00"):
            assert program.get(f"{path}?since={nonsense}", headers=SECRET).status_code == 422


def test_the_public_list_is_what_one_sees_without_a_token(program: FlaskClient):
    open_one = create(program, public=True)
    create(program)

    for path in ("/gists", "/gists/public", "/users/anonymous/gists"):
        assert [gist["id"] for gist in program.get(path).json] == [open_one["id"]]


def test_each_revision_has_a_name_for_ever(program: FlaskClient):
    made = create(program)
    update(program, made, files={"a.py": {"content": "x = 2\n"}})
    here = f"/gists/{made['id']}"
    new, old = program.get(f"{here}/commits").json

    assert old["version"] == made["history"][0]["version"]
    assert (new["change_status"], len(new["version"])) == ({"total": 2, "additions": 1, "deletions": 1}, 40)
    past = program.get(f"{here}/{old['version']}").json
    assert contents(past) == contents(made)
    assert program.get(past["files"]["a.py"]["raw_url"]).text == "x = 1\n"
    assert program.get(f"{here}/{'0' * 40}").status_code == 404
    assert [each["version"] for each in program.get(f"{here}/commits?per_page=1&page=2").json] == [old["version"]]


def test_a_fork_belongs_to_who_made_it_and_is_as_public(program: FlaskClient):
    made = create(program, public=True)
    here = f"/gists/{made['id']}"
    fork = program.post(f"{here}/forks", headers=ANOTHER)

    assert (fork.status_code, contents(fork.json), fork.json["public"]) == (201, contents(made), True)
    assert [each["id"] for each in program.get(f"{here}/forks").json] == [fork.json["id"]]
    assert [each["id"] for each in program.get(here).json["forks"]] == [fork.json["id"]]
    assert fork.json["fork_of"]["url"] == made["url"]
    assert update(program, fork.json, ANOTHER, files=NULL).status_code == 200
    assert program.post(f"{here}/forks").headers["X-Token"]


def test_a_fork_says_nothing_of_an_origin_that_its_reader_may_not_know_of(program: FlaskClient):
    made = create(program, public=False)
    fork = program.post(f"/gists/{made['id']}/forks", headers=ANOTHER).json

    assert "fork_of" not in fork
    assert "fork_of" not in made


def test_no_stars_and_no_comments_are_kept(program: FlaskClient):
    here = f"/gists/{create(program)['id']}"

    assert program.put(f"{here}/star", headers=SECRET).status_code == 204
    assert program.get(f"{here}/star", headers=SECRET).status_code == 404
    assert program.delete(f"{here}/star", headers=SECRET).status_code == 204
    assert program.put(f"{here}/star").status_code == 401
    assert program.get("/gists/starred", headers=SECRET).json == []
    assert program.get(f"{here}/comments").json == []
    assert program.post(f"{here}/comments", json={"body": "hello"}, headers=SECRET).status_code == 404


def test_who_logs_in_is_answered_and_what_is_not_offered_is_not_found(program: FlaskClient):
    assert program.get("/api/v3/").json["gists_url"] == "http://localhost/api/v3/gists{/gist_id}"
    assert program.get("/api/v3/rate_limit").json["detail"] == "Rate limiting is not enabled."
    assert program.get("/api/v3/repos/a/b").json["message"] == "Not Found"
    assert program.get("/users/anonymous", headers=SECRET).json["type"] == "User"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"files": {"a": {"content": "\xff"}}}', 400),
        (b'{"files": {"a": {"content": "\\ud800"}}}', 400),
        (b"[" * 100_000, 400),
        (b"[]", 422),
        (b"null", 422),
        (b"{}", 422),
        (b'{"files": []}', 422),
        (b'{"files": {"a": "text"}}', 422),
        (b'{"files": {"a": null}}', 422),
        (b'{"files": {"a": {"content": 1}}}', 422),
        (b'{"files": {"a": {"content": ""}}}', 422),
        (b'{"files": {"a\\u0007": {"content": "x"}}}', 422),
        (b'{"files": {"a": {"content": "x\\u0000"}}}', 422),
        (b'{"files": {"a": {"content": "x"}}, "description": 1}', 422),
        (b'{"files": {"a": {"content": "x"}}, "public": "maybe"}', 422),
        (json.dumps({"files": {"a": {"content": "x"}}, "description": "d" * 201}).encode(), 422),
        (json.dumps({"files": {f"{number}": {"content": "x"} for number in range(5000)}}).encode(), 413),
        (json.dumps({"files": {"a": {"content": "x" * (2**20 + 1)}}}).encode(), 413),
        (b'"' + b"x" * (7 * 2**20) + b'"', 413),
    ],
)
def test_what_cannot_be_saved_is_refused_in_githubs_words(
    program: FlaskClient, sessions: Sessions, body: bytes, status: int
):
    answer = program.post("/gists", data=body, headers=SECRET)

    assert (answer.status_code, answer.json["status"]) == (status, str(status))
    assert answer.json["message"]
    assert count(sessions) == 0


def test_a_byte_that_is_not_utf_8_is_named(program: FlaskClient):
    answer = program.post("/gists", data=b'{"a": "\xff"}', headers=SECRET)

    assert answer.json["message"] == "Problems parsing JSON: it is not UTF-8 (byte 0xff at offset 7)."


def test_graphql_lists_the_callers_gists_as_the_command_line_client_asks(program: FlaskClient):
    made = [create(program, description=str(number), public=number == 1)["id"] for number in range(3)]
    create(program, headers=ANOTHER)
    what = {"per_page": 2, "visibility": "ALL", "includeContent": True}
    first = ask(program, LISTING, **what)["data"]["viewer"]["gists"]
    after = first["pageInfo"]["endCursor"]
    second = ask(program, LISTING, **what | {"endCursor": after})["data"]["viewer"]["gists"]

    assert [node["name"] for node in first["nodes"] + second["nodes"]] == made[::-1]
    assert first["nodes"][0]["files"] == [{"name": "a.py", "text": "x = 1\n"}, {"name": "b.txt", "text": "b"}]
    assert [page["pageInfo"]["hasNextPage"] for page in (first, second)] == [True, False]
    assert (first["totalCount"], first["nodes"][0]["updatedAt"][-1]) == (3, "Z")
    public = ask(program, LISTING, **what | {"visibility": "PUBLIC"})["data"]["viewer"]["gists"]["nodes"]
    assert [(node["name"], node["isPublic"]) for node in public] == [(made[1], True)]


def test_graphql_tells_the_login_that_the_gists_are_said_to_be_of(program: FlaskClient):
    login = create(program)["owner"]["login"]

    assert ask(program, "query UserCurrent{viewer{login}}") == {"data": {"viewer": {"login": login}}}
    assert program.post("/graphql", json={"query": "{viewer{login}}"}).status_code == 401


@pytest.mark.parametrize(
    "query",
    [
        "",
        "{",
        "{nothing}",
        "{viewer{gists(first:0){totalCount}}}",
        "{viewer{gists(first:101){totalCount}}}",
        '{viewer{gists(after:"x"){totalCount}}}',
        "mutation{viewer{login}}",
        "{viewer{login}}" * 2,
        "{a" * 140,
        "{viewer{gists(after:" + "[" * 290,
        "{viewer{login " * 100,
        " " * 20_001,
        "{viewer{" + "".join(f"a{number}:gists(first:{number + 1}){{totalCount}}" for number in range(11)) + "}}",
        "fragment f on Query{...f}{...f}",
    ],
)
def test_a_query_that_cannot_be_answered_has_errors(program: FlaskClient, query: str):
    answer = program.post("/graphql", json={"query": query}, headers=SECRET)

    assert answer.status_code == 200
    assert answer.json["errors"][0]["message"]


def test_a_database_that_is_away_is_told_as_elsewhere_and_not_in_its_own_words(
    program: FlaskClient, sessions: Sessions
):
    with sessions.begin() as session:
        session.connection().exec_driver_sql("ALTER TABLE snippets RENAME TO away")
    answer = program.post("/graphql", json={"query": "{viewer{gists{totalCount}}}"}, headers=SECRET)

    assert (answer.status_code, sorted(answer.json)) == (503, ["message", "status"])
    assert "SELECT" not in answer.text


def test_a_list_with_long_texts_has_fewer_on_a_page(program: FlaskClient):
    long = {"a.txt": {"content": "x" * 900_000}}
    made = [create(program, files=long)["id"] for _ in range(3)]
    query = "{viewer{gists{nodes{name files{text}}pageInfo{hasNextPage endCursor}}}}"
    page = ask(program, query)["data"]["viewer"]["gists"]

    assert [node["name"] for node in page["nodes"]] == made[:0:-1]
    assert page["pageInfo"]["hasNextPage"]
    after = page["pageInfo"]["endCursor"]
    rest = ask(program, query.replace("gists{", f'gists(after:"{after}"){{', 1))["data"]["viewer"]["gists"]
    assert [node["name"] for node in rest["nodes"]] == made[:1]
    often = " ".join(f"t{number}:text" for number in range(9))
    assert "too much text" in ask(program, f"{{viewer{{gists{{nodes{{files{{{often}}}}}}}}}}}")["errors"][0]["message"]
