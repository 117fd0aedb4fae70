"""The audit trail: who did what, when and why, written with the deed and never of what was pasted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue
from rq.job import JobStatus
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from snippets import audit
from snippets.audit import Action, By, record
from snippets.dashboard_pages import dashboard_pages
from snippets.dashboard_trail import BUTTONS
from snippets.models import ApiKey, Snippet, now
from snippets.moderation import take_down
from snippets.operations import OPERATIONS
from snippets.operator_models import AuditEntry
from snippets.purge import REMEMBERED, purge, purge_batches
from snippets.settings import Settings

PASSWORD = "correct horse battery"
OPERATOR = ("admin", PASSWORD)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, dashboard_password=PASSWORD)


@pytest.fixture
def trail(sessions) -> Callable[[], list[tuple]]:
    """What was recorded: who, what, on what, why; the first first."""

    def trail() -> list[tuple]:
        columns = AuditEntry.actor, AuditEntry.action, AuditEntry.subject, AuditEntry.note
        with sessions() as session:
            return [tuple(row) for row in session.execute(select(*columns).order_by(AuditEntry.id))]

    return trail


@pytest.fixture
def run(app: Flask):
    def run(*arguments: str):
        return app.test_cli_runner().invoke(args=["snippets", *arguments])

    return run


def share(client: FlaskClient, code: str = "x = 1\n", **fields: str) -> str:
    return client.post("/", data={"code": code, **fields}).location


def test_what_an_operator_does_to_a_snippet_is_recorded_once_with_his_name(client, trail):
    page = share(client)
    client.post(f"{page}/report", data={"reason": "a password"})

    for action in ("keep", "keep", "take-down", "take-down", "restore", "restore"):
        client.post(f"/ops/snippets{page}/{action}", auth=OPERATOR)

    assert trail() == [("admin", each, page[1:], None) for each in ("keep", "take-down", "restore")]


def test_what_was_not_committed_was_not_done_and_is_not_recorded(client, sessions, trail):
    page = share(client)

    with sessions() as session:
        take_down(session, page[1:], By("admin"))
        session.flush()

    assert trail() == []
    assert client.get(page).status_code == 200


def test_a_button_of_the_queues_is_recorded_where_it_did_something(client, redis: Redis, trail):
    job = Queue("snippets", connection=redis).enqueue("builtins.int", "no number")

    for operation, fields in (
        ("suspend", {}),
        ("resume", {}),
        ("requeue", {"queue": "snippets", "job": job.id}),  # has not failed
        ("requeue-all", {"queue": "snippets", "exception": "ValueError"}),
        ("close-breaker", {}),  # was closed
    ):
        assert client.post(f"/ops/{operation}", data=fields, auth=OPERATOR).status_code == 303

    assert trail() == [
        ("admin", "suspend", None, None),
        ("admin", "resume", None, None),
        ("admin", "requeue-all", "ValueError on snippets", None),
    ]


def test_each_button_of_the_queues_has_its_word_in_the_trail():
    assert {Action(name) for name in OPERATIONS}


@pytest.fixture
def failed(redis: Redis) -> str:
    """A job that has failed."""
    queue = Queue("snippets", connection=redis)
    job = queue.enqueue("builtins.int", "no number")
    queue.remove(job)
    job.set_status(JobStatus.FAILED)
    queue.failed_job_registry.add(job, ttl=60)
    return job.id


@pytest.mark.parametrize(
    ("path", "action", "subject"),
    [
        ("job/{job}/requeue", "requeue", "{job}"),
        ("job/{job}/delete", "delete-job", "{job}"),
        ("requeue/snippets", "requeue-all", "snippets"),
        ("queue/snippets/failed/empty", "empty-queue", "failed on snippets"),
        ("queue/snippets/compact", "compact-queue", "snippets"),
    ],
)
def test_a_button_of_the_dashboard_is_recorded(client, redis, failed: str, trail, path: str, action: str, subject: str):
    Queue("snippets", connection=redis).enqueue("builtins.int")

    assert client.post(f"/rq/{path.format(job=failed)}", auth=OPERATOR).status_code == 200

    assert trail() == [("admin", action, subject.format(job=failed), None)]


def test_each_address_of_the_dashboard_that_changes_something_has_its_word_in_the_trail(redis: Redis):
    pages = dashboard_pages(redis, "redis://")
    changing = {rule.endpoint for rule in pages.url_map.iter_rules() if rule.methods and "POST" in rule.methods}

    assert changing == BUTTONS.keys()


def test_of_the_dashboard_neither_looks_nor_what_it_refused_nor_what_was_not_there_is_recorded(client, failed, trail):
    waiting = client.application.extensions["snippets"].redis
    fresh = Queue("snippets", connection=waiting).enqueue("builtins.int")
    for method, path, status in (
        ("GET", "", 200),
        ("OPTIONS", "requeue/snippets", 200),
        ("GET", f"job/{failed}/delete", 405),
        ("POST", f"job/{fresh.id}/requeue", 409),
        ("POST", "job/unknown/requeue", 404),
        ("POST", "queue/unknown/compact", 404),
        ("POST", "queue/snippets/unknown/empty", 404),
    ):
        assert client.open(f"/rq/{path}", method=method, auth=OPERATOR).status_code == status, path
    evil = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(f"/rq/job/{failed}/delete", auth=OPERATOR, headers=evil).status_code == 403
    assert client.post(f"/rq/job/{failed}/delete").status_code == 401

    assert trail() == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_dashboard_does_at_a_look_is_recorded_too(client, failed: str, redis: Redis, trail, method: str):
    assert client.open("/rq/requeue/snippets", method=method, auth=OPERATOR).status_code == 200

    assert Queue("snippets", connection=redis).job_ids == [failed]
    assert trail() == [("admin", "requeue-all", "snippets", None)]


def test_what_the_dashboard_cannot_record_it_does_not_do(client, failed: str, redis: Redis, monkeypatch):
    def fail(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("read-only"))

    monkeypatch.setattr("snippets.dashboard_trail.record", fail)

    answer = client.post(f"/rq/job/{failed}/delete", auth=OPERATOR)

    assert (answer.status_code, "audit trail" in answer.text) == (503, True)
    assert Queue("snippets", connection=redis).failed_job_registry.get_job_ids() == [failed]


@pytest.fixture
def administrator(run) -> dict[str, str]:
    """What a program sends that has a key of this name."""
    made = run("key", "new", "root", "--scope", "admin").output.strip()
    return {"Authorization": f"Bearer {made}"}


@pytest.mark.parametrize(
    ("method", "address", "more", "action"),
    [
        ("DELETE", "/api/v1/snippets{page}", {}, "delete"),
        ("DELETE", "{page}", {}, "delete"),
        ("DELETE", "/gists{page}", {}, "delete"),
        ("POST", "{page}/delete", {}, "delete"),
        ("PATCH", "/api/v1/snippets{page}", {"json": {"title": "new"}}, "change"),
        ("PATCH", "/gists{page}", {"json": {"description": "new"}}, "change"),
        ("POST", "{page}/edit", {"data": {"code": "y = 2", "revision": "1"}}, "change"),
        ("POST", "{page}/files/1/language", {"data": {"language": "python", "action": "save"}}, "change"),
        ("POST", "{page}/revisions/1/restore", {"data": {"revision": "1"}}, "change"),
    ],
)
def test_what_an_administrators_key_does_to_a_snippet_of_somebody_elses_is_recorded(
    app: Flask, client, administrator, trail, method: str, address: str, more: dict, action: str
):
    page = share(client)
    program = app.test_client()

    answer = program.open(address.format(page=page), method=method, headers=administrator, **more)

    assert answer.status_code < 400, answer.text
    assert trail()[1:] == [("API key root", action, page[1:], None)]


def test_what_anybody_does_to_what_is_his_own_is_not_recorded(app: Flask, client, administrator, trail):
    mine = share(client)
    client.post(f"{mine}/edit", data={"code": "y = 2", "revision": "1"})
    client.post(f"{mine}/delete")
    program = app.test_client()
    theirs = program.post("/api/v1/snippets", json={"files": [{"code": "x"}]}, headers=administrator).json["id"]
    assert program.delete(f"/api/v1/snippets/{theirs}", headers=administrator).status_code == 204

    assert [row[1] for row in trail()] == ["new-key"]


def test_a_subject_holds_nothing_that_is_not_printed_and_has_an_end(sessions, trail):
    with sessions.begin() as session:
        record(session, By("admin"), Action.IMPORT, "a\x00b\nc\ud800" + "d" * 1000)

    assert trail() == [("admin", "import", "abc" + "d" * (audit.LONGEST_SUBJECT - 3), None)]


def test_what_cannot_be_recorded_is_not_done(client, redis: Redis, monkeypatch):
    def fail(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("read-only"))

    monkeypatch.setattr("snippets.ops.record", fail)

    assert client.post("/ops/suspend", auth=OPERATOR).status_code == 503

    assert not redis.exists("rq:suspended")


def test_keys_are_recorded_by_name_and_never_by_what_they_are(run, sessions, trail):
    made = run("key", "new", "bot").output.strip()
    run("key", "new", "bot")
    run("key", "revoke", "bot")
    run("key", "revoke", "bot")

    assert trail() == [("command line", "new-key", "bot", None), ("command line", "revoke-key", "bot", None)]
    with sessions() as session:
        digest = session.scalar(select(ApiKey.digest))
    assert made.startswith("key_")
    assert not [each for each in (made, digest) if each in str(trail())]


def test_a_purge_and_an_order_of_colours_by_hand_are_recorded_and_a_workers_purge_is_not(run, sessions, trail, client):
    client.post("/", data={"code": "x"})
    purge(sessions)

    run("purge")
    run("rehighlight", "--language", "py", "--older-than", "30d")
    run("rehighlight", "--dry-run")

    assert trail() == [
        ("command line", "purge", None, None),
        ("command line", "rehighlight", "language python, older than 1 month", None),
    ]


def test_the_trail_is_shown_to_the_operator_alone_a_page_at_a_time_the_latest_first(client, sessions, monkeypatch):
    monkeypatch.setattr(audit, "SIZE", 2)
    monkeypatch.setattr("snippets.auditing.SIZE", 2)
    with sessions.begin() as session:
        for number in range(3):
            record(session, By("<admin>", "a <b>reason</b>"), Action.TAKE_DOWN, f"subject-{number}")
            session.flush()

    assert client.get("/ops/audit").status_code == 401
    first = client.get("/ops/audit", auth=OPERATOR)

    assert first.headers["Cache-Control"] == "no-store"
    assert first.text.index("subject-2") < first.text.index("subject-1")
    for part in ("&lt;admin&gt;", "take down", "a &lt;b&gt;reason&lt;/b&gt;"):
        assert part in first.text
    assert "subject-0" not in first.text
    older = first.text.split('rel="next" href="')[1].split('"')[0]
    assert "subject-0" in client.get(older, auth=OPERATOR).text
    for bad in ("x", "-1", "1" * 30, "²"):
        assert client.get(f"/ops/audit?before={bad}", auth=OPERATOR).status_code == 404


def test_the_trail_is_listed_in_a_terminal_and_by_action(run, sessions):
    with sessions.begin() as session:
        for number in range(120):
            record(session, By("admin", "spam"), Action.KEEP if number % 2 else Action.RESTORE, f"subject-{number}")

    everything = run("audit", "--most", "110").output.splitlines()
    kept = run("audit", "--action", "keep").output.splitlines()

    assert [line.split("\t")[3] for line in everything] == [f"subject-{number}" for number in range(119, 9, -1)]
    assert [line.split("\t")[1:] for line in kept[:2]] == [
        ["admin", "keep", f"subject-{number}", "spam"] for number in (119, 117)
    ]
    assert len(kept) == 50
    assert run("audit", "--action", "explode").exit_code == 2


def test_the_trail_is_kept_for_a_year(sessions, trail):
    with sessions.begin() as session:
        record(session, By("admin"), Action.KEEP, "old")
        session.flush()
        session.execute(update(AuditEntry).values(at=now() - REMEMBERED - timedelta(seconds=1)))
        record(session, By("admin"), Action.KEEP, "young")

    purge(sessions)

    assert [row[2] for row in trail()] == ["young"]


def test_a_purge_by_hand_that_was_broken_off_goes_on(run, sessions, monkeypatch):
    with sessions.begin() as session:
        session.add_all(Snippet(expires_at=now() - timedelta(seconds=1)) for _ in range(250))

    def broken(sessions):
        yield next(purge_batches(sessions))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("snippets.commands.purge_batches", broken)
        assert run("purge").exit_code == 1

    assert "150 purged" in run("purge").output
