"""The door for curl and its like: every idiom of a text that goes in, and the address and the text that come out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from urllib3 import encode_multipart_formdata

from app import create_app
from snippets.compat.plain_text import TEXTS
from snippets.models import File, Snippet, now
from snippets.settings import Settings

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows are the same on both

CURL = {"Accept": "*/*", "User-Agent": "curl/8.14.1"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "User-Agent": "Mozilla/5.0"}
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
OF_B = f"{MULTIPART}; boundary=b"
SECRET = "a-secret-of-a-program"
CODE = "print(1)\n"


@pytest.fixture
def curl(app: Flask) -> FlaskClient:
    client = app.test_client(use_cookies=False)
    client.environ_base |= {"HTTP_ACCEPT": CURL["Accept"], "HTTP_USER_AGENT": CURL["User-Agent"]}
    return client


def stored(sessions) -> Snippet:
    with sessions() as session:
        snippet = session.scalars(select(Snippet)).one()
        snippet.files  # noqa: B018 — loaded while it can be
        return snippet


def count(sessions) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(File))


def test_a_bare_body_is_answered_with_the_address_and_nothing_else(curl: FlaskClient):
    answer = curl.post("/", data=CODE.encode(), content_type=URLENCODED)

    assert (answer.status_code, answer.content_type) == (201, "text/plain; charset=utf-8")
    assert answer.text == f"{answer.location}\n"
    assert answer.location.startswith("http://localhost/")
    assert curl.get(answer.location).data == CODE.encode()


def test_a_multipart_form_holds_the_text_in_any_of_the_usual_fields(curl: FlaskClient):
    for field in TEXTS:
        for content in (CODE, ("f.py", CODE)):
            body, kind = encode_multipart_formdata([(field, content), ("other", "x")])

            answer = curl.post("/", data=body, content_type=kind)

            assert curl.get(answer.location).text == CODE, field


def test_an_encoded_form_holds_the_text_in_one_of_a_few_fields(curl: FlaskClient):
    for field in ("content", "code", "raw", "text", "sprunge"):
        answer = curl.post("/", data={field: "a=1 & b\r\n", "x": "y"}, content_type=URLENCODED)

        assert answer.status_code == 201
        assert curl.get(answer.location).text == "a=1 & b\n"


def test_a_text_that_only_looks_like_a_form_stays_what_it_is(curl: FlaskClient):
    texts = ["file=1", "data=a%20b", "f=x&y=z", "c=1", "title=Ten&visibility=public", "content", "a=b"]
    for text in texts:
        answer = curl.post("/", data=text.encode(), content_type=URLENCODED)

        assert curl.get(answer.location).text == text


def test_where_the_address_names_the_file_only_what_is_encoded_is_a_form(curl: FlaskClient):
    answers = [
        curl.post("/?filename=a.sh", data=body, content_type=URLENCODED) for body in (b"code=5", b"code=5%0Aexit%0A")
    ]

    assert [curl.get(answer.location).text for answer in answers] == ["code=5", "5\nexit\n"]


def test_several_files_in_the_field_are_several_files(curl: FlaskClient, sessions):
    fields = [("f", ("a.py", b"a\n")), ("f", ("b.rs", b"b\n"))]
    body, kind = encode_multipart_formdata(fields)

    curl.post("/", data=body, content_type=kind)

    assert [(file.name, file.language) for file in stored(sessions).files] == [("a.py", "python"), ("b.rs", "rust")]


@pytest.mark.parametrize("path", ["/f.py", "/d%C3%BCnn%20x.py"])
def test_put_shares_the_body_under_its_name_whatever_it_is(curl: FlaskClient, sessions, path: str):
    answer = curl.put(path, data=b"code=1&x=%20", content_type=URLENCODED)

    assert answer.status_code == 201
    assert curl.get(answer.location).text == "code=1&x=%20"
    assert stored(sessions).files[0].language == "python"
    assert stored(sessions).files[0].name in ("f.py", "dünn x.py")


def test_put_without_a_name_shares_the_body_too(curl: FlaskClient):
    assert curl.get(curl.put("/", data=b"x").location).text == "x"


def as_fields(options: dict[str, str]) -> dict:
    return {"data": {"f": CODE, **options}, "content_type": MULTIPART}


def as_query(options: dict[str, str]) -> dict:
    return {"data": CODE.encode(), "query_string": options}


def as_headers(options: dict[str, str]) -> dict:
    return {"data": CODE.encode(), "headers": {**CURL, **options}}


def as_x_headers(options: dict[str, str]) -> dict:
    return {"data": CODE.encode(), "headers": {**CURL, **{f"X-{name}": value for name, value in options.items()}}}


@pytest.mark.parametrize("way", [as_fields, as_query, as_headers, as_x_headers])
def test_options_come_as_fields_query_or_headers_alike(curl: FlaskClient, sessions, way):
    options = {"expires": "1h", "filename": "x.rb", "visibility": "public", "title": "Ten", "tags": "a,B"}

    answer = curl.post("/", **way(options))

    snippet = stored(sessions)
    assert (snippet.visibility, snippet.title, snippet.tags) == ("public", "Ten", "a b")
    assert (snippet.files[0].name, snippet.files[0].language) == ("x.rb", "ruby")
    told = datetime.strptime(answer.headers["X-Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert told == snippet.expires_at.replace(microsecond=0)
    assert timedelta(minutes=59) < told - now() <= timedelta(hours=1)


def test_a_field_goes_before_the_query_and_that_before_a_header(curl: FlaskClient, sessions):
    curl.post(
        "/?language=ruby&title=Two",
        data={"f": CODE, "language": "go"},
        content_type=MULTIPART,
        headers={"Title": "Three"},
    )

    assert (stored(sessions).files[0].language, stored(sessions).title) == ("go", "Two")


def test_an_option_in_a_header_may_be_utf8(curl: FlaskClient, sessions):
    curl.post("/", data=b"x", headers={**CURL, "Title": "dünn".encode().decode("latin-1")})

    assert stored(sessions).title == "dünn"


def test_the_name_of_an_uploaded_file_chooses_the_language_and_an_option_goes_before_it(curl: FlaskClient):
    pages = [
        curl.post("/", data={"f": (BytesIO(b"x"), "a.go"), **more}).location for more in ({}, {"filename": "b.rs"})
    ]

    assert [curl.get(f"{page}/files/1").text.count(name) for page, name in zip(pages, ("a.go", "b.rs"), strict=True)]


def test_what_never_expires_says_nothing_of_it(curl: FlaskClient):
    assert "X-Expires" not in curl.post("/?expires=never", data=b"x").headers


def test_a_life_is_kept_to_the_second(curl: FlaskClient, sessions):
    lives = {
        "3600": 3600,
        "90m": 5400,
        "1day": 86400,
        "2 weeks": 14 * 86400,
        "1w": 7 * 86400,
        "1month": 30 * 86400,
        "7200s": 7200,
    }
    for told, seconds in lives.items():
        answer = curl.post("/", data=b"x", query_string={"expires": told})

        with sessions() as session:
            expires_at = session.get_one(Snippet, answer.location[-11:]).expires_at
        assert seconds - 30 < (expires_at - now()).total_seconds() <= seconds, told


@pytest.mark.parametrize("told", ["2099-12-31", "2099-12-31T23:59:59Z", "2100-01-01T00:59:59+01:00"])
def test_a_day_or_a_moment_is_an_expiry_too(settings: Settings, sessions, told: str):
    client = create_app(settings).test_client()

    answer = client.post("/", data=b"x", query_string={"expires": told}, headers=CURL, content_type="text/plain")

    assert answer.headers["X-Expires"] == "2099-12-31T23:59:59Z"


def test_an_expiry_that_is_none_is_refused_with_what_would_be_one(curl: FlaskClient, sessions):
    refused = {
        "soon": "after one of these: 10m, 1h",
        "0": "after one of these",
        "-5": "after one of these",
        "3 parsecs": "after one of these",
        "9999999999y": "after one of these",
        "2001-01-01": "over",
        "2001-01-01T00:00:00Z": "already",
        "0001-01-01T00:00:00+23:00": "after one of these",
        "²": "after one of these",
        "\0": "after one of these",
    }
    for told, reason in refused.items():
        answer = curl.post("/", data={"f": "x", "expires": told}, content_type=MULTIPART)

        assert answer.status_code == 422, told
        assert reason in answer.text
    assert count(sessions) == 0


def test_a_life_that_is_too_long_here_is_refused_with_the_longest(settings: Settings):
    client = create_app(replace(settings, expiry_max="1d", expiry_default="1d")).test_client()

    answers = [
        client.post("/", data=b"x", query_string={"expires": told}, headers=CURL) for told in ("86401", "1w", "9y")
    ]

    assert [answer.status_code for answer in answers] == [422] * 3
    assert "at most 1 day" in answers[0].text


@pytest.mark.parametrize(("told", "burn"), [("1", True), ("true", True), ("", True), ("no", False), ("0", False)])
def test_burn_is_said_in_any_of_the_usual_words(curl: FlaskClient, sessions, told: str, burn: bool):
    curl.post("/", data=b"x", query_string={"burn": told})

    assert stored(sessions).burn is burn


def test_an_option_that_cannot_be_is_refused_in_one_line(curl: FlaskClient, sessions):
    refused = {
        "burn=perhaps": "burn is one of",
        "visibility=none": "public, unlisted, private",
        "language=klingon": "klingon",
        "password=hush": "in an address",
        "title=%ff": "byte 0xff at offset 0",
        "%ff=x": "byte 0xff at offset 0",
        "filename=a%00b": "control character",
        "tags=%3C": "no tag",
    }
    for query, reason in refused.items():
        answer = curl.post(f"/?{query}", data=b"x")

        assert (answer.status_code, answer.mimetype) == (422, "text/plain"), query
        assert reason in answer.text
        assert answer.text.count("\n") == 1
    assert count(sessions) == 0


@pytest.mark.parametrize(
    "way", [{"data": {"code": "x", "password": "open"}}, {"data": b"x", "headers": {"X-Password": "open"}}]
)
def test_a_password_is_a_field_or_a_header(curl: FlaskClient, way: dict):
    page = curl.post("/", **way).location

    assert curl.get(page).status_code == 403
    assert "password" in curl.get(page).text
    assert curl.get(page, headers={"X-Password": "open"}).text == "x"


def test_a_program_is_told_a_fresh_secret_and_deletes_with_it(curl: FlaskClient):
    answer = curl.post("/", data=b"x")
    token = answer.headers["X-Token"]

    strange = curl.delete(answer.location)
    wrong = curl.delete(answer.location, headers={"X-Token": SECRET})
    right = curl.delete(answer.location, headers={"X-Token": token})

    assert [each.status_code for each in (strange, wrong, right)] == [403, 403, 200]
    assert "X-Token" in strange.text
    assert right.text == "Deleted.\n"
    assert curl.get(answer.location).status_code == 410
    assert curl.delete(answer.location, headers={"X-Token": token}).status_code == 410


def test_a_program_that_brings_its_secret_owns_by_it_and_is_told_none(curl: FlaskClient):
    answer = curl.post("/?visibility=private", data=b"x", headers={"Authorization": f"Bearer {SECRET}"})

    assert "X-Token" not in answer.headers
    assert curl.get(answer.location).status_code == 404
    assert curl.delete(answer.location).status_code == 404
    assert curl.get(answer.location, headers={"X-Token": SECRET}).text == "x"


def test_a_secret_that_can_be_guessed_is_refused_rather_than_replaced(curl: FlaskClient, sessions):
    answer = curl.post("/", data=b"x", headers={"X-Token": "short"})

    assert (answer.status_code, count(sessions)) == (401, 0)
    assert "16 to 200" in answer.text


def test_json_is_taken_as_the_api_takes_it(curl: FlaskClient, sessions):
    wrong = curl.post("/", json={"code": "x"})
    assert (wrong.status_code, wrong.mimetype, wrong.json["field"]) == (422, "application/problem+json", "files")
    assert count(sessions) == 0

    made = curl.post("/", json={"files": [{"code": "x"}]})
    assert (made.status_code, made.json["files"][0]["code"]) == (201, "x")
    assert made.location == made.json["api_url"]


WRONG = [
        (b"ab\xff", "text/plain", 422, "byte 0xff at offset 2"),
        (b"content=ab%ff", URLENCODED, 422, "byte 0xff at offset 2"),
        (b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\nab\xff\r\n--b--', OF_B, 422, "offset 2"),
        (b"a\0", "text/plain", 422, "NUL"),
        (b"", "text/plain", 422, "nothing to share"),
        (b"", OF_B, 422, "nothing to share"),
        (b"--b\r\n", OF_B, 422, "cannot be read"),
        (b"--b\r\nX: \xff\r\n\r\n", OF_B, 422, "cannot be read"),
        (b"x", MULTIPART, 422, "cannot be read"),
        (b"--b--\r\n", OF_B, 422, "in a field called file, f"),
        (b'--b\r\nContent-Disposition: form-data; name="z"\r\n\r\nx\r\n--b--', OF_B, 422, "field called"),
        (b'--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--', OF_B, 422, "field called"),
        (b"x" * (2**20 + 1), "text/plain", 413, "at most 1 MiB"),
        (b"x" * (8 * 2**20), "text/plain", 413, "at most 1 MiB"),
        (b"content=1" + b"&a=b" * 5000, URLENCODED, 413, "too many fields"),
]  # fmt: skip


def test_what_cannot_be_shared_is_refused_in_one_line_and_nothing_is_stored(curl: FlaskClient, sessions):
    for body, kind, status, reason in WRONG:
        answer = curl.post("/", data=body, content_type=kind)

        assert (answer.status_code, answer.mimetype) == (status, "text/plain"), body[:60]
        assert reason in answer.text
        assert answer.text.count("\n") == 1
        assert "browser" not in answer.text
    assert count(sessions) == 0


@pytest.mark.parametrize("path", ["/a%00b.py", "/%ff.py", "/" + "n" * 300, "/../x/y", "/%2e%2e%2fx"])
def test_a_name_that_cannot_be_is_refused(curl: FlaskClient, sessions, path: str):
    assert curl.put(path, data=b"x").status_code in (400, 404, 405, 422)
    assert count(sessions) == 0


def test_thousands_of_files_are_refused(curl: FlaskClient, sessions):
    body, kind = encode_multipart_formdata([("f", ("a.py", b"x"))] * 3000)

    assert curl.post("/", data=body, content_type=kind).status_code == 413
    assert count(sessions) == 0


@pytest.mark.parametrize("headers", [BROWSER, {}], ids=["browser", "silent"])
@pytest.mark.parametrize("kind", [URLENCODED, "multipart/form-data"])
def test_the_browsers_own_form_goes_on_as_it_did(client: FlaskClient, headers: dict, kind: str):
    answer = client.post("/", data={"code": "x", "name": "a.py"}, content_type=kind, headers=headers)

    assert answer.status_code == 303
    assert "owner=" in answer.headers["Set-Cookie"]
    assert "X-Token" not in answer.headers


def test_a_silent_program_with_a_field_that_is_not_the_sites_is_no_browser(client: FlaskClient):
    for kind in (URLENCODED, "multipart/form-data"):
        assert client.post("/", data={"content": "x", "syntax": "text"}, content_type=kind).status_code == 201


def test_a_program_that_says_html_in_a_form_of_another_site_is_shown_the_editor(client: FlaskClient):
    answer = client.post("/", data={"sprunge": "x"}, content_type="multipart/form-data", headers=BROWSER)

    assert (answer.status_code, answer.mimetype) == (422, "text/html")


PREVIEWS = [
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "facebookexternalhit/1.1",
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "Twitterbot/1.0",
    "Mozilla/5.0 (compatible; Discordbot/2.0)",
    "http.rb/5.1.1 (Mastodon/4.2.0; +https://mastodon.social/)",
    "SkypeUriPreview Preview/0.5",
]


def test_a_program_reads_the_text_where_a_browser_or_a_preview_gets_the_page(client: FlaskClient):
    page = client.post("/", data={"code": "x\n"}).location
    readers = [
        (CURL, "text/plain"),
        ({"Accept": "*/*", "User-Agent": "Wget/1.21"}, "text/plain"),
        ({"Accept": "*/*", "User-Agent": "python-requests/2.32"}, "text/plain"),
        ({"Accept": "text/plain"}, "text/plain"),
        (BROWSER, "text/html"),
        ({}, "text/html"),
        ({"Accept": "*/*", "User-Agent": "Mozilla/5.0"}, "text/html"),
        ({"Accept": "text/html", "User-Agent": "curl/8"}, "text/html"),
        *(({"Accept": "*/*", "User-Agent": agent}, "text/html") for agent in PREVIEWS),
    ]

    for headers, kind in readers:
        answers = [client.get(page, headers=headers), client.head(page, headers=headers)]

        assert [(answer.status_code, answer.mimetype) for answer in answers] == [(200, kind)] * 2, headers
        assert {"accept", "user-agent"} <= {each.lower() for each in answers[0].vary}
        assert (answers[0].data == b"x\n") == (kind == "text/plain")
        assert answers[1].data == b""


def test_the_text_is_not_sent_again_to_who_has_it(curl: FlaskClient):
    page = curl.post("/", data=b"x").location
    tag = curl.get(page).headers["ETag"]

    again = curl.get(page, headers={"If-None-Match": tag})

    assert again.status_code == 304
    assert "User-Agent" in again.headers["Vary"]


@pytest.mark.parametrize("path", ["", ".py", ".txt", "/raw"])
def test_reading_never_burns_and_says_how_to(curl: FlaskClient, path: str):
    page = curl.post("/?burn=1", data=b"x").location

    refused = [curl.get(page + path), curl.head(page + path)]

    assert [answer.status_code for answer in refused] == [403, 403]
    assert f"POST to {page.removeprefix('http://localhost')}/open" in refused[0].text
    assert curl.post(f"{page}/open").text == "x"
    assert curl.get(page + path).status_code == 410


@pytest.mark.parametrize("name", ["py", "tar.gz", "html"])
def test_an_extension_after_the_address_leads_to_the_same(curl: FlaskClient, client: FlaskClient, name: str):
    page = curl.post("/", data=b"x").location

    assert client.get(f"{page}.{name}").mimetype == "text/html"
    assert curl.get(f"{page}.{name}").text == "x"
    assert client.get(f"{page}.txt").text == "x"


def test_what_is_not_there_is_still_said_so(client: FlaskClient, curl: FlaskClient):
    assert [client.get(path).status_code for path in ("/nothing", "/aaaaaaaaaaa", "/aaaaaaaaaaa.py")] == [404] * 3
    assert curl.get("/nothing").mimetype == "text/plain"
    assert client.get("/nothing").mimetype == "text/html"
    assert client.post("/up").status_code == 405


def test_another_sites_page_neither_puts_nor_deletes(client: FlaskClient, sessions):
    cross = {"Sec-Fetch-Site": "cross-site"}
    page = client.post("/", data={"code": "x"}).location

    assert client.put("/f.py", data=b"x", headers=cross).status_code == 403
    assert client.delete(page, headers=cross).status_code == 403
    assert count(sessions) == 1
