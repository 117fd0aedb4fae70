"""One line for each request and each job, with one id, as text and as JSON, and nothing secret in it."""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue
from rq.job import Job
from werkzeug.test import create_environ, run_wsgi_app

import workers.jobs
import workers.patience
from app import create_app
from snippets.logs import JsonFormatter, TextFormatter, on_behalf_of
from snippets.request_log import RequestLog
from snippets.settings import Settings

from processes import environment, serving, work_off


class Lines(logging.Handler):
    """What is logged while a test runs, as the formatter writes it there and then."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.text.append(self.format(record))

    def of(self, message: str) -> list[dict]:
        """Return the JSON lines with this message."""
        return [line for line in map(json.loads, self.text) if line["message"] == message]


@pytest.fixture
def listen() -> Iterable[Callable[[logging.Formatter], Lines]]:
    root, level, added = logging.getLogger(), logging.getLogger().level, []

    def listen(formatter: logging.Formatter) -> Lines:
        added.append(Lines(formatter))
        root.addHandler(added[-1])
        root.setLevel(logging.INFO)
        return added[-1]

    yield listen
    for handler in added:
        root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def lines(listen) -> Lines:
    return listen(JsonFormatter())


def post(client: FlaskClient, code: str = "hush = 1\n", **more):
    with client.post("/?hush=hush", data={"code": code, "language": "python"}, buffered=True, **more) as answer:
        return answer


def test_a_request_and_its_job_leave_one_line_each_with_the_id_that_the_client_was_told(client, work, lines: Lines):
    answer = post(client)
    work()

    (served,), (done,) = lines.of("served"), lines.of("done")
    assert served["request"] == done["request"] == answer.headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{16}", served["request"])
    assert (served["method"], served["path"], served["status"]) == ("POST", "/", 303)
    assert served["bytes"] == len(answer.data)
    assert 0 < served["ms"] < 5000
    assert (done["job"], done["engine"], done["note"]) == ("highlight", "pygments", None)
    assert 0 < done["ms"] < 5000
    assert 0 < done["waited_ms"] < 5000
    assert (served["logger"], done["logger"]) == ("snippets.request_log", "workers.job_log")
    assert "hush" not in "".join(lines.text)


def test_as_text_the_same_is_at_the_end_of_the_line(client, work, listen):
    lines = listen(TextFormatter())
    answer = post(client)
    work()

    ((request, served),) = (
        re.fullmatch(r"INFO snippets\.request_log served (.*) request=(\w+)", line).group(2, 1)
        for line in lines.text
        if " served " in line
    )
    assert re.fullmatch(r"method=POST path=/ status=303 ms=[\d.]+ bytes=\d+", served)
    assert request == answer.headers["X-Request-ID"]
    (done,) = (line for line in lines.text if " done " in line)
    fields = r"job=highlight file=\d+ engine=pygments note=- ms=[\d.]+ waited_ms=[\d.]+"
    assert re.fullmatch(rf"INFO workers\.job_log done {fields} request={request}", done)
    assert "hush" not in "".join(lines.text)


@pytest.mark.drill
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_processes_write_json_with_one_id_from_the_web_to_the_job(settings: Settings, tmp_path: Path):
    env = environment(
        DATABASE_URL=settings.database_url,
        ENV_FILE="/dev/null",
        LOG_FORMAT="json",
        REDIS_URL=settings.redis_url,
        SECRET_KEY=settings.secret_key,
    )
    with serving("app:serve", tmp_path / "web.log", env) as url:
        form = {"code": "hush = 1\n", "language": "python"}
        answer = requests.post(f"{url}/?hush", data=form, cookies={"owner": "hush"}, allow_redirects=False, timeout=10)
    web, worker = (tmp_path / "web.log").read_text(), work_off("snippets", env)

    lines = [json.loads(line) for line in web.splitlines() if not line.startswith("[")]  # granian's own begin with [
    (served,) = (line for line in lines if line["message"] == "served" and line["method"] == "POST")
    (done,) = (line for line in map(json.loads, worker.splitlines()) if line["message"] == "done")
    assert served["request"] == done["request"] == answer.headers["X-Request-ID"]
    assert {json.loads(line)["logger"] for line in worker.splitlines()} >= {"rq.worker", "workers.job_log"}
    assert done["engine"] == "pygments"
    assert "hush" not in web + worker


def test_a_file_that_is_moved_to_bulk_keeps_its_request_and_says_so(
    client, work, lines: Lines, redis: Redis, monkeypatch
):
    def too_slow(*args, patience, **options):
        if patience:
            raise workers.jobs.TooSlow
        return workers.jobs.plain(args[0], workers.jobs.Note.LOCAL_SLOW)

    monkeypatch.setattr(workers.patience, "count_workers", lambda *args: 1)
    monkeypatch.setattr(workers.jobs, "highlight", too_slow)
    request = post(client).headers["X-Request-ID"]
    work()
    work("bulk")

    moved, done = lines.of("done")
    assert (moved["job"], moved["engine"], moved["note"], moved["request"]) == (
        "highlight",
        None,
        "moved-to-bulk",
        request,
    )
    assert (done["job"], done["engine"], done["note"], done["request"]) == ("slow", "plain", "pygments-slow", request)


def test_a_job_that_fails_leaves_its_line_with_the_kind_of_error_alone(client, work, lines: Lines, monkeypatch):
    def fail(code, *args, **options):
        raise LookupError(code)

    monkeypatch.setattr(workers.jobs, "highlight", fail)
    request = post(client).headers["X-Request-ID"]
    work()

    (done,) = lines.of("done")
    assert (done["engine"], done["note"], done["request"]) == (None, "LookupError", request)


def test_a_job_that_finds_nothing_to_do_says_so_and_how_long_it_was_queued(client, work, lines: Lines, redis: Redis):
    Queue("snippets", connection=redis).enqueue("workers.jobs.highlight_file", 10**6, job_id="late")
    late = Job.fetch("late", connection=redis)
    late.enqueued_at = datetime.now(UTC) - timedelta(seconds=60)
    late.save()
    work()

    (done,) = lines.of("done")
    assert (done["note"], done["engine"], done["request"], done["file"]) == ("nothing-to-do", None, None, 10**6)
    assert 60_000 <= done["waited_ms"] < 70_000


def test_what_a_worker_logs_between_two_jobs_carries_no_requests_id(client, work, lines: Lines):
    post(client)
    work()
    logging.getLogger("workers").warning("idle")

    assert lines.of("idle")[0]["request"] is None


@pytest.mark.parametrize(
    ("proxies", "given", "taken"),
    [
        (1, "from.the-proxy_1", True),
        (1, "x" * 64, True),
        (1, "x" * 65, False),
        (1, "with space", False),
        (1, "", False),
        (0, "from.anybody", False),
    ],
)
def test_an_id_is_taken_from_a_trusted_proxy_alone_and_only_a_harmless_one(
    settings: Settings, lines: Lines, proxies: int, given: str, taken: bool
):
    client = create_app(replace(settings, trusted_proxies=proxies)).test_client()
    with client.get("/about", headers={"X-Request-ID": given}, buffered=True) as answer:
        assert (answer.headers["X-Request-ID"] == given) is taken
    assert lines.of("served")[0]["request"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("path", "status", "headers"),
    [("/nothing/here", 404, {}), ("/up", 405, {}), ("/", 403, {"Sec-Fetch-Site": "cross-site"})],
)
def test_error_pages_have_an_id_and_a_line_as_well(client, lines: Lines, path: str, status: int, headers: dict):
    with client.post(path, headers=headers, buffered=True) as answer:
        pass

    (served,) = lines.of("served")
    assert (served["status"], served["path"], served["request"]) == (status, path, answer.headers["X-Request-ID"])


def test_the_dashboards_requests_are_logged_by_their_whole_path(settings: Settings, lines: Lines):
    client = create_app(replace(settings, dashboard_password="a long password")).test_client()
    with client.get("/rq/0/view/queues", buffered=True):
        pass

    assert [(line["path"], line["status"]) for line in lines.of("served")] == [("/rq/0/view/queues", 401)]


def test_static_files_leave_no_line(client, lines: Lines):
    with client.get("/static/0/site.css", buffered=True) as answer:
        assert answer.headers["X-Request-ID"]

    assert lines.of("served") == []


def answer(app, path: str = "/") -> None:
    run_wsgi_app(RequestLog(app, believe=False), create_environ(path), buffered=True)


def test_an_app_that_raises_leaves_a_line_of_its_own(lines: Lines):
    def broken(environ, start_response):
        raise LookupError

    with pytest.raises(LookupError):
        answer(broken)

    assert [line["status"] for line in lines.of("served")] == [500]


class Body:
    """A streamed answer, which logs as it goes."""

    closed = 0

    def __call__(self, environ, start_response):
        start_response("206 Partial Content", [])
        return self

    def __iter__(self):
        for _ in range(3):
            logging.getLogger().info("streaming")
            yield b"four"

    def close(self) -> None:
        self.closed += 1


def test_a_streamed_body_is_weighed_and_closed_and_what_it_logs_is_its_requests(lines: Lines):
    body = Body()

    answer(body)

    (served,) = lines.of("served")
    assert (served["status"], served["bytes"], body.closed) == (206, 12, 1)
    assert {line["request"] for line in lines.of("streaming")} == {served["request"]}


def test_a_client_that_goes_away_leaves_one_line_with_what_it_got(lines: Lines):
    body = Body()
    sent = RequestLog(body, believe=False)(create_environ("/"), lambda *args: None)
    next(iter(sent))

    sent.close()
    sent.close()

    assert [line["bytes"] for line in lines.of("served")] == [4]
    assert body.closed == 1


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()], ids=["text", "json"])
def test_a_path_cannot_begin_a_line_of_its_own(listen, formatter: logging.Formatter):
    lines = listen(formatter)

    def empty(environ, start_response):
        start_response("200 OK", [])
        return []

    answer(empty, "/a%0AINFO%20snippets%20forged%E2%80%A8%C3%A9" + "x" * 10_000)

    assert len("".join(lines.text).splitlines()) == 1
    assert "path=/a%0AINFO%20" in lines.text[0] or '"path": "/a%0AINFO%20' in lines.text[0]
    assert len(lines.text[0]) < 1200


def test_a_json_line_says_when_in_utc_and_holds_a_traceback_in_one_line():
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        error = sys.exc_info()
    record = logging.LogRecord("workers", logging.ERROR, "", 0, "it %s\nbroke", ("all",), error)
    with on_behalf_of("abc"):
        text = JsonFormatter().format(record)

    line = json.loads(text)
    assert "\n" not in text
    assert (line["level"], line["logger"], line["message"], line["request"]) == (
        "ERROR",
        "workers",
        "it all\nbroke",
        "abc",
    )
    assert "ZeroDivisionError" in line["exception"]
    when = datetime.fromisoformat(line["time"])
    assert when.utcoffset() == timedelta()
    assert abs(datetime.now(UTC) - when) < timedelta(seconds=5)
