"""From paste to colour: the order of things, the job, the status, the sweep."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis, RedisError
from rq import Queue
from rq.job import Job
from sqlalchemy import delete, event, select, update

import workers.jobs
from app import create_app
from snippets import queue as queues
from snippets import redis_client
from snippets.models import File, Snippet, now
from snippets.settings import Settings
from snippets.sweep import sweep

Work = Callable[[], None]
JSON = {"Accept": "application/json"}


@pytest.fixture
def sessions(app: Flask):
    return app.extensions["snippets"].sessions


def paste(client: FlaskClient, code: str = "x = 1\n", language: str = "python") -> str:
    return client.post("/", data={"code": code, "language": language}).location


def only_file(sessions) -> File:
    with sessions() as session:
        return session.scalars(select(File)).one()


def test_the_row_is_committed_before_the_job_exists(client: FlaskClient, sessions, monkeypatch: pytest.MonkeyPatch):
    found = []
    real = queues.Queue.enqueue_call

    def enqueue_call(self, func, args, **options):
        with sessions() as another:  # a session of its own sees only what is committed
            found.append(another.get(File, args[0]))
        return real(self, func, args=args, **options)

    monkeypatch.setattr(queues.Queue, "enqueue_call", enqueue_call)

    paste(client)

    assert [file.code for file in found] == ["x = 1\n"]


def test_a_job_that_runs_inside_the_request_finds_its_row(app: Flask, client: FlaskClient, work: Work, monkeypatch):
    monkeypatch.setattr(queues, "Queue", lambda name, connection: Queue(name, connection=connection, is_async=False))

    page = paste(client)

    assert '<span class="mi">1</span>' in client.get(page).text


def test_the_job_carries_an_id_and_never_the_text(client: FlaskClient, redis: Redis, sessions):
    paste(client, "a secret that stays in the database")

    job = Job.fetch(f"highlight-{only_file(sessions).id}", connection=redis)

    assert job.func_name == "workers.jobs.highlight_file"
    assert job.args == (only_file(sessions).id,)
    assert job.timeout == 30
    assert job.retries_left == 3
    assert job.retry_intervals == [2, 10, 60]
    assert job.failure_ttl == 7 * 86400
    assert b"a secret" not in b"".join(redis.hgetall(job.key).values())


def test_the_name_of_every_job_leads_to_a_function():
    assert callable(Job.create(queues.HIGHLIGHT.function, connection=Redis()).func)


def test_a_job_run_twice_or_late_changes_nothing(client: FlaskClient, work: Work, sessions):
    paste(client)
    work()
    before = only_file(sessions)

    workers.jobs.highlight_file(before.id)

    after = only_file(sessions)
    assert (after.html, after.highlighted_at) == (before.html, before.highlighted_at)


def test_a_job_for_a_deleted_file_does_nothing(client: FlaskClient, work: Work, sessions):
    paste(client)
    file = only_file(sessions)
    with sessions.begin() as session:
        session.execute(delete(Snippet))

    workers.jobs.highlight_file(file.id)

    with sessions() as session:
        assert session.scalars(select(File)).all() == []


def test_colours_for_a_language_that_was_changed_meanwhile_are_dropped(
    client: FlaskClient, work: Work, sessions, monkeypatch
):
    paste(client)
    real = workers.jobs.highlight

    def highlight(*args, **options):
        with sessions.begin() as session:
            session.execute(update(File).values(language="ruby"))
        return real(*args, **options)

    monkeypatch.setattr(workers.jobs, "highlight", highlight)

    work()

    assert only_file(sessions).is_pending


def test_no_transaction_is_open_while_the_highlighter_works(client: FlaskClient, work: Work, sessions, monkeypatch):
    paste(client)
    engine = sessions.kw["bind"]
    real = workers.jobs.highlight
    held = []
    monkeypatch.setattr(
        workers.jobs, "highlight", lambda *a, **k: held.append(engine.pool.checkedout()) or real(*a, **k)
    )

    work()

    assert held == [0]


def test_a_fallback_says_why_in_the_row_the_log_and_the_page(
    client: FlaskClient, work: Work, sessions, settings, monkeypatch, caplog
):
    broken = Settings(
        **{**{name: getattr(settings, name) for name in settings.__slots__}, "highlighter_url": "http://127.0.0.1:1"}
    )
    monkeypatch.setattr(workers.jobs, "settings", broken)
    page = paste(client)

    with caplog.at_level(logging.WARNING):
        work()

    assert only_file(sessions).note == "unreachable"
    assert "could not be reached" in caplog.text
    assert "highlighted by Pygments" in client.get(page).text
    assert "the highlighter could not be reached" in client.get(page).text
    status = client.get(f"{page}/files/1", headers=JSON).json
    assert (status["state"], status["engine"], status["note"]) == (
        "highlighted",
        "pygments",
        "the highlighter could not be reached",
    )


def test_a_reason_that_only_another_version_knows_is_said_as_it_is(client: FlaskClient, work: Work, sessions):
    page = paste(client)
    work()
    with sessions.begin() as session:
        session.execute(update(File).values(note="moonstruck,pygments-slow"))

    reasons = "moonstruck; then Pygments took too long"
    assert client.get(f"{page}/files/1", headers=JSON).json["note"] == reasons
    assert reasons in client.get(page).text
    assert reasons in client.get(f"{page}/files/1").text


def columns_read(client: FlaskClient, sessions, path: str, status: int = 200, **headers: str) -> set[str]:
    """Return the columns of files that a request loads; a question of whether one is NULL loads none."""
    statements: list[str] = []
    engine = sessions.kw["bind"]
    listener = "before_cursor_execute", lambda _connection, _cursor, statement, *_: statements.append(statement)
    event.listen(engine, *listener)
    try:
        assert client.get(path, headers=headers).status_code == status
    finally:
        event.remove(engine, *listener)
    loaded = [re.search(r"SELECT (.*)\sFROM", statement, re.DOTALL)[1] for statement in statements]
    return {name for part in loaded for name in re.findall(r"files\.(\w+)\b(?! IS NULL)", part)}


def test_whoever_asks_for_a_status_or_the_raw_text_does_not_have_the_html_loaded(
    client: FlaskClient, work: Work, sessions
):
    page = paste(client)
    work()
    client.get("/")  # the footer's query is kept for a while now

    assert {"html", "code"} <= columns_read(client, sessions, page)
    assert {"html", "code"} <= columns_read(client, sessions, f"{page}/files/1")
    assert columns_read(client, sessions, f"{page}/files/1", **JSON).isdisjoint({"html", "code"})
    for path in ("raw", "raw/1"):
        read = columns_read(client, sessions, f"{page}/{path}")
        assert "code" in read
        assert "html" not in read


def test_the_status_tells_the_place_in_the_queue_then_the_engine(client: FlaskClient, work: Work):
    pages = [paste(client) for _ in range(3)]

    waiting = client.get(f"{pages[2]}/files/1", headers=JSON)
    work()
    done = client.get(f"{pages[2]}/files/1", headers=JSON)

    assert waiting.status_code == 202
    assert waiting.headers["Retry-After"] == "1"
    assert (waiting.json["state"], waiting.json["sentence"]) == ("queued", "queued (3rd)")
    assert done.status_code == 200
    assert (done.json["state"], done.json["engine"], done.json["note"]) == ("highlighted", "pygments", None)
    assert done.json["took_ms"] >= 0
    assert done.json["sentence"] == f"highlighted by Pygments in {done.json['took_ms']} ms"


def test_who_takes_lines_or_a_status_gets_the_status_until_there_are_colours(client, work: Work, sessions):
    path, both = f"{paste(client)}/files/1", {"Accept": "text/html, application/json;q=0.9"}
    client.get("/")  # the footer's query is kept for a while now

    assert columns_read(client, sessions, path, 202, **both).isdisjoint({"html", "code"})
    waiting = client.get(path, headers=both)
    work()
    done = client.get(path, headers=both)

    assert (waiting.status_code, waiting.json["sentence"], waiting.headers["Vary"]) == (202, "queued (1st)", "Accept")
    assert (done.status_code, done.mimetype) == (200, "text/html")
    assert '<span class="n">x</span>' in done.text


def test_the_page_tells_the_place_in_the_queue_without_javascript(client: FlaskClient, work: Work):
    page = paste(client)

    assert "queued (1st)" in client.get(page).text
    assert "reload for colours" in client.get(page).text
    work()
    assert "highlighted by Pygments" in client.get(page).text
    assert "reload for colours" not in client.get(page).text


def test_asking_again_for_a_status_that_has_not_changed_costs_no_body(client: FlaskClient):
    page = paste(client)
    first = client.get(f"{page}/files/1", headers=JSON)

    second = client.get(f"{page}/files/1", headers={**JSON, "If-None-Match": first.headers["ETag"]})

    assert (second.status_code, second.data) == (304, b"")


def test_plain_text_is_plain_and_not_called_a_failure(client: FlaskClient, work: Work):
    page = paste(client, "just words", "text")

    work()

    status = client.get(f"{page}/files/1", headers=JSON).json
    assert (status["state"], status["note"]) == ("plain", None)


def test_the_second_file_has_anchors_of_its_own(client: FlaskClient, work: Work):
    page = client.post("/", data={"code": ["a\n", "b\n"], "language": ["python", "python"]}).location

    for _ in range(2):
        assert 'id="L1"' in client.get(page).text
        assert 'id="f2L1"' in client.get(page).text
        work()


def test_an_expired_snippet_is_gone_at_once(client: FlaskClient, sessions):
    page = paste(client)
    with sessions.begin() as session:
        session.execute(update(Snippet).values(expires_at=now() - timedelta(seconds=1)))

    assert [client.get(page + path).status_code for path in ("", "/raw", "/raw/1", "/files/1")] == [410] * 4


def test_a_paste_with_redis_away_is_saved_and_coloured_after_the_sweep(
    settings: Settings, redis: Redis, work: Work, sessions
):
    away = Settings(database_url=settings.database_url, redis_url="redis://127.0.0.1:1", secret_key=settings.secret_key)
    client = create_app(away).test_client()
    page = paste(client)
    assert "out of reach" in client.get(page).text

    assert sweep(sessions, redis, timedelta()) == 1
    work()

    assert not only_file(sessions).is_pending


def test_the_sweep_leaves_a_young_file_and_a_living_job_alone(client: FlaskClient, redis: Redis, sessions):
    paste(client)

    assert sweep(sessions, redis) == 0
    assert sweep(sessions, redis, timedelta()) == 1

    assert Queue("snippets", connection=redis).count == 1


def test_the_sweep_brings_back_a_job_that_is_queued_in_no_list(client: FlaskClient, redis: Redis, work: Work, sessions):
    paste(client)
    redis.delete("rq:queue:snippets")

    sweep(sessions, redis, timedelta())
    work()

    assert not only_file(sessions).is_pending


@pytest.mark.parametrize(
    ("lost", "after"), [("rq:job:highlight-{}", 2), ("rq:queue:snippets", 16)], ids=["job", "place"]
)
def test_whoever_looks_at_a_file_whose_job_was_lost_has_it_enqueued_again(
    client: FlaskClient, redis: Redis, work: Work, sessions, lost: str, after: int
):
    page = paste(client)
    redis.delete(lost.format(only_file(sessions).id), "rq:queue:snippets")
    assert Queue("snippets", connection=redis).count == 0
    with sessions.begin() as session:
        session.execute(update(File).values(created_at=now() - timedelta(seconds=after)))

    assert 'data-state="queued"' in client.get(page).text
    work()

    assert not only_file(sessions).is_pending


def test_a_look_at_a_young_file_enqueues_nothing(client: FlaskClient, redis: Redis, sessions):
    page = paste(client)
    redis.delete("rq:queue:snippets")

    client.get(page)

    assert Queue("snippets", connection=redis).count == 0


def test_the_sweep_by_command_says_what_it_did(app: Flask, client: FlaskClient, sessions):
    paste(client)
    with sessions.begin() as session:
        session.execute(update(File).values(created_at=now() - timedelta(minutes=1)))

    result = app.test_cli_runner().invoke(args=["snippets", "sweep"])

    assert result.output == "1 pending\n"


def test_the_sweep_by_command_fails_in_one_sentence_when_redis_is_away(
    settings: Settings, client: FlaskClient, sessions
):
    paste(client)
    with sessions.begin() as session:
        session.execute(update(File).values(created_at=now() - timedelta(minutes=1)))
    away = Settings(database_url=settings.database_url, redis_url="redis://127.0.0.1:1", secret_key=settings.secret_key)

    result = create_app(away).test_cli_runner().invoke(args=["snippets", "sweep"])

    assert result.exit_code == 1
    assert "Redis does not answer" in result.output


def test_a_redis_that_failed_is_not_waited_for_again_within_two_seconds(monkeypatch: pytest.MonkeyPatch):
    clock = [100.0]
    monkeypatch.setattr(redis_client.time, "monotonic", lambda: clock[0])
    redis = redis_client.connect("redis://127.0.0.1:1", 0.2)

    with pytest.raises(RedisError, match="refused"):
        redis.ping()
    with pytest.raises(RedisError, match="a moment ago"):
        redis.ping()
    clock[0] += 2.1
    with pytest.raises(RedisError, match="refused"):
        redis.ping()
