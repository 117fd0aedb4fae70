"""rq-dashboard at /rq: its password, its limits, its errors and its headers, over a real Redis and real jobs."""

import base64
import http.client
import logging
import os
import re
import signal
import threading
import time

import pytest
from rq import Queue, SimpleWorker, Worker
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server
from werkzeug.test import Client
from werkzeug.wrappers import Response

from snippets.dashboard import CHANGING_GETS, dashboard
from snippets.dashboard_pages import dashboard_pages
from snippets.origin import SameOrigin
from snippets.redis_client import connect
from snippets.settings import Settings

from servers import Valkey

PASSWORD = "corréct horse:battery"
RIGHT = ("admin", PASSWORD)
WRONG = ("admin", "staple staple")
EVIL = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
OURS = {"Sec-Fetch-Site": "same-origin"}


def server(redis_url, **settings):
    """Put the dashboard where it stands in the real server."""
    door = dashboard(Settings(redis_url=redis_url, **{"dashboard_password": PASSWORD, **settings}))
    site = DispatcherMiddleware(Response("the site", 404), {"/rq": door} if door else {})
    return SameOrigin(site, guarded_gets=CHANGING_GETS)


@pytest.fixture
def client(redis, redis_url):
    return Client(server(redis_url))


class DeafWorker(SimpleWorker):
    """RQ's own, but for the channel on which it takes commands: closing that one can last a second."""

    def subscribe(self):
        pass


def failed_job(redis, queue="snippets", function="operator.truediv", args=(1, 0)):
    job = Queue(queue, connection=redis).enqueue(function, args=args, description="divide one by nothing")
    logging.disable(logging.CRITICAL)
    DeafWorker([queue], connection=redis).work(burst=True)
    logging.disable(logging.NOTSET)
    return job


def basic(credentials):
    return {"Authorization": "Basic " + base64.b64encode(credentials).decode()}


def guess(client, times=1, password=WRONG, address="192.0.2.1"):
    environ = {"REMOTE_ADDR": address}
    return [client.get("/rq/", auth=password, environ_overrides=environ).status_code for _ in range(times)]


def test_without_a_password_there_is_no_dashboard(redis_url):
    assert dashboard(Settings(redis_url=redis_url)) is None
    assert Client(server(redis_url, dashboard_password=None)).get("/rq/", auth=RIGHT).text == "the site"


def test_the_right_user_and_password_open_the_dashboard(client):
    answer = client.get("/rq/", auth=RIGHT)

    assert answer.status_code == 200
    assert "RQ dashboard" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/rq",
        "/rq/",
        "/rq/0/view/workers",
        "/rq/0/data/queues.json",
        "/rq/static/css/main.css",
        "/rq/favicon.ico",
        "/rq/x",
    ],
)
def test_pages_data_and_assets_all_need_the_password(client, path):
    answer = client.get(path)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Queues", charset="UTF-8"'
    assert client.get(path, auth=WRONG).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        basic(b"admin:"),
        basic(f"root:{PASSWORD}".encode()),
        basic(f"admin:{PASSWORD}".encode("latin-1")),  # not UTF-8
        basic(f"admin:{PASSWORD} ".encode()),
        basic(f"admin{PASSWORD}".encode()),  # no colon
        basic(b"\xff\xfe"),
        basic(b""),
        {"Authorization": "Basic"},
        {"Authorization": "Basic %%%"},
        {"Authorization": "Basic YWRtaW4"},  # padding missing
        {"Authorization": "Basic \xe9\xe9"},
        {"Authorization": "Bearer " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()},
    ],
)
def test_wrong_and_malformed_credentials_are_refused(client, header):
    assert client.get("/rq/", headers=header).status_code == 401


def test_the_scheme_may_be_spelt_in_any_case(client):
    header = basic(f"admin:{PASSWORD}".encode())["Authorization"].replace("Basic", "bAsIc")

    assert client.get("/rq/", headers={"Authorization": header}).status_code == 200


def test_after_ten_wrong_passwords_even_the_right_one_has_to_wait(client):
    assert guess(client, 10) == [401] * 10

    answer = client.get("/rq/", auth=RIGHT, environ_overrides={"REMOTE_ADDR": "192.0.2.1"})

    assert answer.status_code == 429
    assert 50 <= int(answer.headers["Retry-After"]) <= 60
    assert "Too many wrong passwords" in answer.text


def test_the_wait_ends_after_a_minute(client, monkeypatch):
    guess(client, 10)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 61)

    assert guess(client, password=RIGHT) == [200]


def test_right_passwords_and_missing_ones_are_not_counted(client):
    guess(client, 9)

    assert guess(client, 15, password=RIGHT) == [200] * 15
    assert guess(client, 15, password=None) == [401] * 15
    assert guess(client, 2) == [401, 429]


def test_one_clients_guesses_do_not_lock_another_out(client):
    guess(client, 10)

    assert guess(client, password=RIGHT, address="192.0.2.2") == [200]


def test_a_client_that_changes_its_ipv6_address_within_its_network_is_the_same_client(client):
    for host in range(10):
        guess(client, address=f"2001:db8::{host}")

    assert guess(client, password=RIGHT, address="2001:db8::ffff") == [429]
    assert guess(client, password=RIGHT, address="2001:db8:0:1::1") == [200]


def test_guesses_are_counted_for_all_web_processes_together(client, redis_url):
    guess(client, 10)

    assert guess(Client(server(redis_url)), password=RIGHT) == [429]


def test_guesses_are_still_limited_when_redis_is_away():
    client = Client(server("redis://127.0.0.1:1/0"))

    assert guess(client, 11) == [401] * 10 + [429]


def test_what_was_counted_is_not_forgotten_when_redis_loses_it(client, redis):
    guess(client, 10)
    redis.flushall()

    assert guess(client, password=RIGHT) == [429]


@pytest.mark.parametrize("path", ["/rq/", "/rq/0/view/workers", "/rq/0/data/queues.json", "/rq/requeue/snippets"])
def test_a_redis_that_refuses_is_a_503_at_once(path):
    client = Client(server("redis://127.0.0.1:1/0"))
    before = time.monotonic()

    answer = client.get(path, auth=RIGHT)

    assert (answer.status_code, answer.text) == (503, "The queues cannot be shown: Redis does not answer.\n")
    assert time.monotonic() - before < 1


@pytest.mark.drill
def test_a_frozen_redis_costs_one_timeout_and_is_a_503(tmp_path):
    frozen = Valkey(tmp_path)
    try:
        client = Client(server(frozen.url))
        assert client.get("/rq/", auth=RIGHT).status_code == 200
        os.kill(frozen.process.pid, signal.SIGSTOP)
        before = time.monotonic()

        assert client.get("/rq/", auth=RIGHT).status_code == 503
        assert guess(client, 11) == [401] * 10 + [429]

        assert time.monotonic() - before < 1.5
    finally:
        frozen.stop()


def test_a_redis_that_freezes_after_the_password_is_a_503_too(tmp_path):
    frozen = Valkey(tmp_path)
    try:
        os.kill(frozen.process.pid, signal.SIGSTOP)
        pages = Client(dashboard_pages(connect(frozen.url, 0.1), frozen.url))

        assert pages.get("/0/data/queues.json").status_code == 503
    finally:
        frozen.stop()


def test_assets_are_served_even_when_redis_is_away():
    client = Client(server("redis://127.0.0.1:1/0"))

    for path in ("/rq/static/js/jquery-3.5.1.min.js", "/rq/favicon.ico"):
        assert client.get(path, auth=RIGHT, buffered=True).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/rq/1/"),
        ("GET", "/rq/1/view/workers"),
        ("GET", "/rq/99999999999999999999/data/queues.json"),
        ("GET", "/rq/0/view/job/unknown"),
        ("GET", "/rq/0/data/job/unknown.json"),
        ("GET", "/rq/0/view/job/not a job id"),
        ("GET", "/rq/0/data/job/%ff%00.json"),
        ("GET", "/rq/0/view/jobs/snippets/unknown/8/asc/1"),
        ("GET", "/rq/0/data/jobs/snippets/unknown/8/asc/1.json"),
        ("POST", "/rq/queue/snippets/unknown/empty"),
        ("GET", "/rq/0/data/jobs/snippets/failed/8/asc/one.json"),
        ("GET", "/rq/0/data/jobs/snippets/failed/8/asc/0.json"),
        ("GET", "/rq/0/data/jobs/snippets/failed/8/asc/-1.json"),
        ("GET", "/rq/0/data/jobs/snippets/failed/8/asc/99999999999999999999.json"),
        ("GET", "/rq/0/data/jobs/snippets/failed/eight/asc/1.json"),
        ("GET", "/rq/0/data/jobs/snippets/failed/0/asc/1.json"),
        ("GET", "/rq/0/data/jobs/snippets/failed/100000/asc/1.json"),
        ("POST", "/rq/job/unknown/requeue"),
        ("POST", "/rq/job/not a job id/requeue"),
        ("POST", "/rq/queue/unknown/compact"),
        ("GET", "/rq/nothing/here"),
    ],
)
def test_what_does_not_exist_is_not_found(client, method, path):
    answer = client.open(path, method=method, auth=RIGHT, headers=OURS)

    assert answer.status_code == 404


def test_requeueing_a_job_that_has_not_failed_is_a_conflict(client, redis):
    job = Queue("snippets", connection=redis).enqueue("operator.add", 1, 2)

    assert client.post(f"/rq/job/{job.id}/requeue", auth=RIGHT, headers=OURS).status_code == 409


def test_real_queues_workers_and_failed_jobs_are_shown(client, redis):
    job = failed_job(redis)
    Worker(["snippets"], name="the-worker", connection=redis).register_birth()

    queues = client.get("/rq/0/data/queues.json", auth=RIGHT).json["queues"]
    workers = client.get("/rq/0/data/workers.json", auth=RIGHT).json["workers"]
    jobs = client.get("/rq/0/data/jobs/snippets/failed/8/asc/1.json", auth=RIGHT).json["jobs"]
    shown = client.get(f"/rq/0/data/job/{job.id}.json", auth=RIGHT).json

    assert [(queue["name"], queue["failed_job_registry_count"]) for queue in queues] == [("snippets", 1)]
    assert queues[0]["failed_url"].startswith("/rq/0/view/jobs/snippets/failed/")
    assert [(worker["name"], worker["queues"]) for worker in workers] == [("the-worker", ["snippets"])]
    assert jobs[0]["description"] == "divide one by nothing"
    assert "ZeroDivisionError" in jobs[0]["exc_info"]
    assert shown["status"] == "failed"
    assert client.get(f"/rq/0/view/job/{job.id}", auth=RIGHT).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_another_site_cannot_requeue_and_our_own_page_can(client, redis, method):
    failed_job(redis)
    queue = Queue("snippets", connection=redis)

    refused = client.open("/rq/requeue/snippets", method=method, auth=RIGHT, headers=EVIL)
    assert (refused.status_code, queue.count) == (403, 0)

    allowed = client.open("/rq/requeue/snippets", method=method, auth=RIGHT, headers=OURS)
    assert (allowed.status_code, queue.count) == (200, 1)


def test_a_script_with_the_password_may_requeue_by_get_but_an_address_bar_may_not(client, redis):
    failed_job(redis)

    assert client.get("/rq/requeue/snippets", auth=RIGHT, headers={"Sec-Fetch-Site": "none"}).status_code == 403
    assert client.get("/rq/requeue/snippets", auth=RIGHT, headers={"User-Agent": "Mozilla/5.0"}).status_code == 403
    assert client.get("/rq/requeue/snippets", auth=RIGHT, headers={"User-Agent": "curl/8"}).json["count"] == 1


@pytest.mark.parametrize("path", ["//rq/requeue/snippets", "/rq//requeue/snippets", "/rq/requeue//snippets"])
def test_no_spelling_of_the_path_gets_round_the_guard(client, redis, path):
    failed_job(redis)

    client.get(path, base_url="http://localhost", auth=RIGHT, headers=EVIL, follow_redirects=True)

    assert Queue("snippets", connection=redis).count == 0


@pytest.mark.parametrize("action", ["job/{id}/requeue", "job/{id}/delete", "queue/snippets/failed/empty"])
def test_another_site_cannot_change_jobs_and_our_own_page_can(client, redis, action):
    path = "/rq/" + action.format(id=failed_job(redis).id)
    failed = Queue("snippets", connection=redis).failed_job_registry

    assert client.post(path, auth=RIGHT, headers=EVIL).status_code == 403
    assert len(failed.get_job_ids()) == 1

    assert client.post(path, auth=RIGHT, headers=OURS).json["status"] == "OK"
    assert failed.get_job_ids() == []


@pytest.mark.parametrize(
    ("path", "auth", "status"),
    [
        ("/rq/", RIGHT, 200),
        ("/rq/", None, 401),
        ("/rq/0/view/job/unknown", RIGHT, 404),
        ("/rq/0/data/queues.json", RIGHT, 200),
        ("/rq", RIGHT, 308),
        ("/rq/static/css/main.css", RIGHT, 200),
    ],
)
def test_every_answer_carries_the_protecting_headers(client, path, auth, status):
    answer = client.get(path, auth=auth, buffered=True)

    assert answer.status_code == status
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == ("no-cache" if "static" in path else "no-store")


def test_only_scripts_with_this_answers_nonce_may_run(client):
    first, second = (client.get("/rq/0/view/jobs", auth=RIGHT) for _ in range(2))
    policy = first.headers["Content-Security-Policy"]
    script_policy = re.search(r"script-src ([^;]*)", policy)[1]
    nonce = re.search(r"'nonce-([\w-]{20,})'", script_policy)[1]

    assert "'unsafe-inline'" not in script_policy
    assert nonce not in second.headers["Content-Security-Policy"]
    running = re.findall(r'<script [^>]*type="text/javascript"[^>]*>', first.text)
    assert len(running) == 5
    assert all(f'nonce="{nonce}"' in script for script in running)


def test_a_traceback_that_quotes_html_is_shown_as_text(client, redis):
    job = failed_job(redis, function="builtins.int", args=("<img src=x onerror=alert(1)>",))

    page = client.get(f"/rq/0/view/job/{job.id}", auth=RIGHT).text

    assert "<%- d.exc_info %>" in page  # escaped where the browser fills it in
    assert "<%= d." not in page


def test_the_page_does_not_show_the_password_of_redis(redis_url, redis):
    with_secrets = redis_url.replace("redis://", "redis://default:hunter2@") + "?client_name=hunter3"
    redis.config_set("requirepass", "hunter2")
    try:
        page = Client(server(with_secrets)).get("/rq/", auth=RIGHT)
    finally:
        redis.config_set("requirepass", "")

    assert page.status_code == 200
    assert "hunter" not in page.text
    assert redis_url in page.text


@pytest.mark.drill
def test_over_a_real_socket_the_page_its_assets_and_its_links_work(redis, redis_url):
    failed_job(redis)
    listening = make_server("127.0.0.1", 0, server(redis_url), threaded=True)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    connection = http.client.HTTPConnection("127.0.0.1", listening.port, timeout=5)
    try:

        def get(path, headers):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")

        password = basic(f"admin:{PASSWORD}".encode())
        assert get("/rq/", {})[0] == 401
        status, page = get("/rq/", password)
        assert status == 200
        for link in re.findall(r'(?:src|href)="(/[^"]*)"', page):
            assert link.startswith("/rq/")
            assert get(link, password)[0] in (200, 308)  # the first page has several addresses
            assert get(link, {})[0] == 401
        assert get("/rq/requeue/snippets", {**password, **EVIL})[0] == 403
    finally:
        connection.close()
        listening.shutdown()
        listening.server_close()
