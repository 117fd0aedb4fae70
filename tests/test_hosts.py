"""A request names a host that a site can have, or is refused by each door: it would be in every link."""

import json
import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from app import create_app
from snippets.hosts import LONGEST, NO_HOST, is_possible
from snippets.settings import Settings

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows play no part here

OPERATOR = ("admin", "correct horse battery")
LONGEST_NAME = ".".join(["x" * 63] * 3 + ["y" * 61])
IMPOSSIBLE = [
    "",
    " ",
    "a b",
    "<x>",
    '"x"',
    "http:///",
    "http://paste.example",
    ":8000",
    "paste.example:",
    "paste.example:0",
    "paste.example:65536",
    "paste.example:x",
    "paste.example/x",
    "paste.example?x",
    "paste.example#x",
    "me@paste.example",
    "me:secret@paste.example:80",
    "one.example,two.example",
    "two..dots",
    ".",
    ".paste.example",
    "paste.example..",
    f"{'x' * 64}.example",
    f"{LONGEST_NAME}y",
    "x" * 5000,
    "p\xe4ste.example",
    "%70aste.example",
    "paste_.example",
    "[::::]",
    "[]",
    "[paste.example]",
    "[127.0.0.1]",
    "::1",
    "[::1",
    "[::1]x",
]
POSSIBLE = [
    "paste.example",
    "Paste.EXAMPLE.",
    "paste.example:8000",
    "paste.example.:65535",
    "localhost",
    "web-1",
    "1",
    "127.0.0.1",
    "127.0.0.1:8000",
    "[::1]",
    "[::1]:8000",
    "[2001:db8::ffff:192.0.2.1]",
    "xn--pste-loa.example",
    LONGEST_NAME,
    f"{LONGEST_NAME}.:443",
]
DOORS = {
    "the front page": ("GET", "/"),
    "a page": ("GET", "/{id}"),
    "a text": ("GET", "/raw/{id}"),
    "a page that is not there": ("GET", "/no/such/page"),
    "a paste": ("POST", "/"),
    "the API": ("GET", "/api/v1/snippets/{id}"),
    "the API, creating": ("POST", "/api/v1/snippets"),
    "gists": ("GET", "/api/v3/gists/{id}"),
    "haste": ("POST", "/documents"),
    "oEmbed": ("GET", "/oembed"),
    "a feed": ("GET", "/recent.atom"),
    "a file": ("GET", "/static/{id}"),
    "/up": ("GET", "/up"),
    "/metrics": ("GET", "/metrics"),
    "/ops": ("GET", "/ops"),
    "/rq": ("GET", "/rq/"),
}
FOR_MACHINES = ["/up", "/metrics"]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, dashboard_password=OPERATOR[1])


@pytest.fixture
def page(client: FlaskClient) -> str:
    """The id of a public snippet."""
    return client.post("/", data={"code": "x = 1\n", "visibility": "public"}).location.strip("/")


def ask(site: Flask, host: str, door: str, snippet: str, **headers: str) -> TestResponse:
    """Ask without Flask's client, which trips over some of these hosts by itself."""
    method, path = DOORS[door]
    body = {"json": {"code": "y"}} if "API" in door else {"data": {"code": "y"}} if method == "POST" else {}
    told = {"Accept": "text/html", **headers}
    builder = EnvironBuilder(path.format(id=snippet), method=method, auth=OPERATOR, headers=told, **body)
    asked = builder.get_request()
    return TestResponse(*run_wsgi_app(site, asked.environ | {"HTTP_HOST": host}), asked)


@pytest.mark.parametrize("door", [each for each in DOORS if each not in FOR_MACHINES])
def test_each_door_refuses_a_host_that_none_can_have_and_nobody_keeps_the_answer(app, page: str, door: str):
    for host in IMPOSSIBLE:
        answer = ask(app, host, door, page)

        assert answer.status_code == 400, host
        assert NO_HOST in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search("https?:///", answer.text)


@pytest.mark.parametrize("host", ["my_app:8000", "snippets_web", "[fe80::1%25eth0]:8000", ""])
@pytest.mark.parametrize("door", FOR_MACHINES)
def test_a_machine_is_answered_whatever_it_calls_the_site(app, door: str, host: str):
    answer = ask(app, host, door, "")

    assert answer.status_code == 200
    assert "http" not in answer.text.replace("snippets_http", "").replace("http-", "")


def test_a_program_is_told_in_its_format(app, page: str):
    answer = ask(app, "", "the API", page)
    told = json.loads(answer.text)

    assert answer.mimetype == "application/problem+json"
    assert (told["status"], told["detail"]) == (400, NO_HOST)
    assert ask(app, "", "a page that is not there", page, Accept="text/plain").text == f"{NO_HOST}\n"


def test_nothing_is_saved_for_a_host_that_none_can_have(app, client, page: str):
    for door in ("a paste", "the API, creating", "haste"):
        ask(app, "a b", door, page)

    listed = client.get("/api/v1/snippets").json["snippets"]
    assert [each["id"] for each in listed] == [page]


@pytest.mark.parametrize("host", POSSIBLE)
def test_a_name_or_an_address_that_a_host_can_have_is_in_the_links(app, page: str, host: str):
    assert is_possible(host)
    assert ask(app, host, "/up", page).status_code == 200
    told = ask(app, host, "the API", page).json
    assert told["url"] == f"http://{host.lower()}/{page}"


def test_a_closed_site_refuses_as_well(settings: Settings, page: str):
    closed = create_app(replace(settings, site_password="the password of the site"))

    for door in ("a page", "the API"):
        assert ask(closed, "[::::]", door, page).status_code == 400
    closed.extensions["snippets"].sessions.kw["bind"].dispose()


def test_behind_a_proxy_the_host_is_what_it_says(settings: Settings, app, page: str):
    proxied = create_app(replace(settings, trusted_proxies=1))

    def status(host: str, forwarded: str) -> int:
        return ask(proxied, host, "a page", page, **{"X-Forwarded-Host": forwarded}).status_code

    assert status("not a host", "paste.example") == 200
    assert status("127.0.0.1:8000", "[2001:db8::1]:8443") == 200
    assert status("127.0.0.1:8000", "evil, paste.example") == 200
    for impossible in ("a b", "paste.example/x", "two..dots", ":80"):
        assert status("paste.example", impossible) == 400
    assert ask(app, "paste.example", "a page", page, **{"X-Forwarded-Host": "a b"}).status_code == 200
    proxied.extensions["snippets"].sessions.kw["bind"].dispose()


def test_who_names_no_host_at_all_as_a_health_check_by_http_1_0_is_answered_by_the_servers_own_address(app):
    asked = EnvironBuilder("/up").get_request()
    named = {name: value for name, value in asked.environ.items() if name != "HTTP_HOST"}

    for server in ("10.0.0.7", "::1"):
        found = TestResponse(*run_wsgi_app(app, named | {"SERVER_NAME": server, "SERVER_PORT": "8000"}), asked)
        assert found.status_code == 200


def test_a_host_of_any_length_is_read_in_no_time(app):
    for host in ("a" * 50_000, "a." * 50_000, "-." * LONGEST, "[" + ":" * 50_000 + "]", "1" * 50_000 + ":1"):
        assert not is_possible(host)
        assert ask(app, host, "the front page", "").status_code == 400
