"""Which requests a browser may make from where: the table of every header combination."""

import logging
import re

import pytest
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client
from werkzeug.wrappers import Response

from snippets.origin import REFUSED, SameOrigin

SITE = "https://paste.example"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
REQUEUE = "/rq/requeue/snippets"


@pytest.fixture
def client():
    return Client(SameOrigin(Response("done"), guarded_gets=re.compile(r"/rq/requeue/")))


def status(client, method="POST", path="/", base_url=SITE, **headers):
    sent = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
    return client.open(path, method=method, base_url=base_url, headers=sent).status_code


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "post"])
@pytest.mark.parametrize(
    ("site", "origin", "expected"),
    [
        ("same-origin", None, 200),
        ("same-origin", SITE, 200),
        ("same-origin", "https://evil.example", 200),  # Sec-Fetch-Site alone decides where it is given
        ("none", None, 200),
        ("same-site", None, 403),
        ("same-site", SITE, 403),
        ("cross-site", None, 403),
        ("cross-site", SITE, 403),
        ("same-origin, cross-site", None, 403),  # the header sent twice
        ("unheard-of", None, 403),
        ("", "https://evil.example", 403),
        (None, SITE, 200),
        (None, "HTTPS://Paste.Example", 200),
        (None, "https://paste.example:443", 200),
        (None, "https://paste.example:8443", 403),
        (None, "http://paste.example", 403),
        (None, "https://evil.example", 403),
        (None, "https://sub.paste.example", 403),
        (None, "https://paste.example.evil.example", 403),
        (None, "https://evil.example/paste.example", 403),
        (None, "https://evil.example@paste.example", 403),
        (None, "https://paste.example https://evil.example", 403),
        (None, "paste.example", 403),
        (None, "https://", 403),
        (None, "chrome-extension://paste.example", 403),
        (None, "null", 403),
        (None, None, 200),  # curl
    ],
)
def test_a_change_is_allowed_from_our_own_pages_and_from_what_is_no_browser(client, method, site, origin, expected):
    assert status(client, method, Sec_Fetch_Site=site, Origin=origin) == expected


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", None])
def test_reading_is_allowed_from_everywhere(client, method, site):
    assert status(client, method, Sec_Fetch_Site=site, Origin="https://evil.example") == 200


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("site", "origin", "agent", "expected"),
    [
        ("same-origin", None, BROWSER, 200),
        ("none", None, BROWSER, 403),  # typed, or a bookmark
        ("same-site", None, BROWSER, 403),
        ("cross-site", None, BROWSER, 403),  # a link or a picture elsewhere
        (None, SITE, BROWSER, 200),
        (None, "https://evil.example", BROWSER, 403),
        (None, "null", BROWSER, 403),
        (None, None, BROWSER, 403),  # an old browser, or any on plain HTTP: it does not say where the link was
        (None, None, "curl/8.14.1", 200),
        (None, None, None, 200),
    ],
)
def test_a_get_that_changes_something_is_allowed_only_from_our_own_pages(client, method, site, origin, agent, expected):
    assert status(client, method, REQUEUE, Sec_Fetch_Site=site, Origin=origin, User_Agent=agent) == expected


def test_posting_to_a_guarded_path_is_judged_like_every_change(client):
    assert status(client, "POST", REQUEUE, Sec_Fetch_Site="none", User_Agent=BROWSER) == 200
    assert status(client, "POST", REQUEUE, Sec_Fetch_Site="cross-site", User_Agent=BROWSER) == 403


def test_without_guarded_gets_every_get_is_allowed():
    client = Client(SameOrigin(Response("done")))

    assert status(client, "GET", REQUEUE, Sec_Fetch_Site="cross-site") == 200


def test_the_guarded_path_includes_the_prefix_under_which_the_server_is_mounted():
    client = Client(SameOrigin(Response("done"), guarded_gets=re.compile(r"/tools/rq/requeue/")))

    mounted = "https://paste.example/tools"

    assert status(client, "GET", REQUEUE, base_url=mounted, Sec_Fetch_Site="cross-site") == 403


@pytest.mark.parametrize(
    ("base_url", "origin", "expected"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", 200),
        ("http://127.0.0.1:8000", "http://127.0.0.1:9000", 403),
        ("http://127.0.0.1:8000", "http://127.0.0.1", 403),
        ("http://127.0.0.1:8000", "http://localhost:8000", 403),
        ("http://127.0.0.1:8000", "ftp://127.0.0.1:8000", 403),
        ("http://127.0.0.1:8000", "null", 403),
        ("http://[::1]:8000", "http://[::1]:8000", 200),
        ("http://paste.example", "http://paste.example:80", 200),
        ("http://paste.example", "https://paste.example", 200),  # a proxy that ends TLS and does not say so
    ],
)
def test_host_and_port_of_the_origin_must_be_those_of_the_request(client, base_url, origin, expected):
    assert status(client, base_url=base_url, Origin=origin) == expected


def test_behind_a_trusted_proxy_the_origin_is_compared_with_the_public_name():
    client = Client(ProxyFix(SameOrigin(Response("done")), x_host=1, x_proto=1))
    proxied = {"base_url": "http://10.0.0.7:8000", "X_Forwarded_Host": "paste.example", "X_Forwarded_Proto": "https"}

    assert status(client, Origin="https://paste.example", **proxied) == 200
    assert status(client, Origin="http://10.0.0.7:8000", **proxied) == 403


@pytest.mark.parametrize("host", ["", "pas te.example", "paste.example/evil"])
def test_an_impossible_host_never_equals_an_origin(client, host):
    environ = {"HTTP_HOST": host, "HTTP_ORIGIN": f"https://{host}"}

    assert client.post("/", base_url=SITE, environ_overrides=environ).status_code == 403


def test_a_refusal_is_one_plain_sentence_and_reaches_no_application(caplog):
    reached = []
    client = Client(SameOrigin(lambda environ, _: reached.append(environ) or [b""]))

    with caplog.at_level(logging.WARNING):
        answer = client.post("/x", base_url=SITE, headers={"Sec-Fetch-Site": "cross-site"}, data={"code": "x"})

    assert (answer.status_code, answer.mimetype, answer.text) == (403, "text/plain", f"{REFUSED}\n")
    assert answer.headers["Cache-Control"] == "no-store"
    assert reached == []
    assert "refused as cross-site: POST '/x'" in caplog.text


def test_the_caller_may_render_the_refusal():
    client = Client(SameOrigin(Response("done"), refusal=Response('{"error": "cross-site"}', 403)))

    answer = client.post("/api", base_url=SITE, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.get_json(force=True) == {"error": "cross-site"}
