"""What takes long does not hold up the rest, poison is not tried again, and what RQ gives up ends as plain text."""

from dataclasses import replace
from datetime import timedelta

import pytest
from conftest import Work
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue, Worker
from rq.job import Job, JobStatus
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

import workers.jobs
import workers.patience
from snippets import poison, requeueing
from snippets.colours import Colours, plain
from snippets.models import File, now
from snippets.notes import Note
from snippets.settings import Settings
from snippets.sweep import sweep
from workers.giving_up import give_up_on

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # it is the queues that differ
POISON = "\n" * 16_000  # within text: seconds of work for Pygments' lexer of C


@pytest.fixture(autouse=True)
def _impatient(settings: Settings, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers.jobs, "settings", replace(settings, pygments_deadline=0.3))
    monkeypatch.setattr(workers.patience, "USUAL", 0.1)


@pytest.fixture
def served(redis: Redis) -> Worker:
    """A worker that listens on bulk."""
    worker = Worker([Queue("bulk", connection=redis)], connection=redis)
    worker.register_birth()
    return worker


@pytest.fixture
def sessions(app: Flask):
    return app.extensions["snippets"].sessions


def file_of(sessions, page: str) -> File:
    with sessions() as session:
        return session.scalars(select(File).where(File.snippet_id == page[1:])).one()


def paste(client: FlaskClient, code: str = f"x{POISON}x", **fields: str) -> str:
    return client.post("/", data={"code": code, "language": "c", **fields}).location


def count(redis: Redis, queue: str) -> int:
    return Queue(queue, connection=redis).count


@pytest.mark.drill
def test_a_file_that_takes_long_goes_to_bulk_and_the_page_says_so(client, redis, work: Work, sessions, served):
    page = paste(client)

    work()

    assert file_of(sessions, page).is_pending
    assert (count(redis, "snippets"), count(redis, "bulk")) == (0, 1)
    assert "queued (1st): it takes long, others go first" in client.get(page).text

    work("bulk")

    assert (file_of(sessions, page).engine, file_of(sessions, page).note) == ("plain", "pygments-slow")
    assert "plain text: Pygments took too long" in client.get(page).text


def test_where_nobody_serves_bulk_it_is_done_on_the_spot(client, work: Work, sessions):
    page = paste(client)

    work()

    assert file_of(sessions, page).note == "pygments-slow"


@pytest.mark.drill
def test_a_file_on_bulk_is_in_good_hands_until_bulk_is_served_no_more(client, redis, work: Work, sessions, served):
    page = paste(client)
    work()

    sweep(sessions, redis, timedelta())
    assert count(redis, "snippets") == 0

    served.register_death()
    sweep(sessions, redis, timedelta())
    assert (count(redis, "snippets"), count(redis, "bulk")) == (1, 0)

    work()
    assert file_of(sessions, page).note == "pygments-slow"


def test_who_has_waited_longest_for_a_slow_file_gets_it_first(client, redis, work: Work, served):
    paste(client)
    paste(client)

    work()

    first, second = Queue("bulk", connection=redis).job_ids
    assert int(first.removeprefix("slow-")) < int(second.removeprefix("slow-"))


def test_poison_that_an_operator_requeues_is_tried_again(client, redis, work: Work, sessions, monkeypatch):
    page = paste(client)
    file = file_of(sessions, page)
    poison.remember(redis, file.language, file.code)
    queue = Queue("snippets", connection=redis)
    [job] = queue.jobs
    queue.remove(job)
    job.set_status(JobStatus.FAILED)
    queue.failed_job_registry.add(job)
    tried = []
    monkeypatch.setattr(workers.jobs, "highlight", lambda *a, **k: tried.append(a) or plain(file.code, Note.STOPPED))

    assert requeueing.requeue(redis, "snippets", job.id)
    work()

    assert len(tried) == 1


@pytest.mark.drill
def test_the_same_poison_is_not_tried_again(client, redis, work: Work, sessions, monkeypatch):
    paste(client)
    work()
    tried = []
    monkeypatch.setattr(workers.jobs, "highlight", lambda *a, **k: tried.append(a))

    again = paste(client)
    work()

    assert tried == []
    assert (file_of(sessions, again).engine, file_of(sessions, again).note) == ("plain", "poison")
    assert 86_000 < redis.ttl(redis.keys("snippets:poison:*")[0]) <= 86_400


@pytest.mark.drill
def test_the_same_text_in_another_language_is_tried(client, work: Work, sessions):
    paste(client)
    work()

    page = client.post("/", data={"code": f"x{POISON}x", "language": "json"}).location
    work()

    assert file_of(sessions, page).engine == "pygments"


@pytest.fixture
def last_try(client: FlaskClient, redis: Redis, sessions) -> str:
    """A snippet whose job has no more tries after the next."""
    page = paste(client, "int x;")
    redis.hset(f"rq:job:highlight-{file_of(sessions, page).id}", "retries_left", 0)
    return page


def test_what_rq_gives_up_ends_as_plain_text_with_the_reason_and_stays_in_the_dashboard(
    client, redis, work: Work, sessions, last_try: str, monkeypatch
):
    monkeypatch.setattr(workers.jobs, "highlight", lambda *a, **k: 1 / 0)

    work()

    file = file_of(sessions, last_try)
    assert (file.engine, file.note) == ("plain", "gave-up")
    assert "int x;" in file.html
    assert "plain text: highlighting failed each time it was tried" in client.get(last_try).text
    failed = Queue("snippets", connection=redis).failed_job_registry
    assert failed.get_job_ids() == [f"highlight-{file.id}"]
    expires = failed.get_expiration_time(Job.fetch(f"highlight-{file.id}", redis)).timestamp()
    assert 6 * 86_400 < expires - now().timestamp() <= 7 * 86_400
    assert redis.keys("snippets:poison:*") == []


def test_a_file_that_was_given_up_without_our_worker_is_left_plain_by_the_sweep(
    redis, work: Work, sessions, last_try: str, monkeypatch, caplog
):
    with monkeypatch.context() as patch:
        patch.setattr(workers.jobs, "highlight", lambda *a, **k: 1 / 0)
        patch.setattr("workers.resigning.give_up_on", lambda *a, **k: None)
        work()
    assert file_of(sessions, last_try).is_pending

    caplog.clear()
    assert sweep(sessions, redis, timedelta()) == 1

    assert file_of(sessions, last_try).note == "gave-up"
    assert [record.levelname for record in caplog.records if record.name == "snippets.sweep"] == ["ERROR"]


def test_a_file_that_failed_because_the_database_was_away_is_tried_again(
    redis, work: Work, sessions, last_try: str, monkeypatch
):
    def away(*args, **options):
        raise OperationalError("SELECT", {}, Exception("gone"))

    with monkeypatch.context() as patch:
        patch.setattr(workers.jobs, "_load", away)
        patch.setattr("workers.giving_up.give_up", away)
        work()
    assert file_of(sessions, last_try).is_pending

    with sessions.begin() as session:
        session.execute(update(File).values(created_at=now() - timedelta(minutes=1)))
    sweep(sessions, redis)
    work()

    assert file_of(sessions, last_try).engine == "pygments"


def test_a_file_whose_job_an_operator_stopped_says_so(client, redis, sessions, last_try: str):
    job = Job.fetch(f"highlight-{file_of(sessions, last_try).id}", connection=redis)
    job.set_status(JobStatus.STOPPED)

    give_up_on(job, deadly=False)

    assert "plain text: an operator stopped it" in client.get(last_try).text


def test_a_deadly_text_is_poison(redis, sessions, last_try: str):
    job = Job.fetch(f"highlight-{file_of(sessions, last_try).id}", connection=redis)

    give_up_on(job, deadly=True)

    assert len(redis.keys("snippets:poison:c:*")) == 1


def again(client: FlaskClient, page: str):
    return client.post(f"{page}/files/1/again")


@pytest.mark.drill
def test_its_owner_has_a_plain_file_tried_again(app, client, redis, work: Work, sessions, monkeypatch, settings):
    page = paste(client)
    work()
    assert f'action="{page}/files/1/again"' in client.get(page).text
    assert "Try again" not in app.test_client().get(page).text
    monkeypatch.setattr(workers.jobs, "highlight", lambda code, *a, **k: Colours([("k", len(code))], "pygments"))

    answer = again(client, page)
    assert (answer.status_code, answer.location) == (303, f"{page}#file-1")
    assert file_of(sessions, page).is_pending
    work()

    assert file_of(sessions, page).engine == "pygments"
    assert "Try again" not in client.get(page).text


def test_who_may_not_read_a_snippet_is_told_nothing_of_its_files_by_trying_them_again(app, client, work: Work):
    stranger, page = app.test_client(), paste(client, visibility="private")
    work()

    assert again(stranger, page).status_code == stranger.get(page).status_code == 404
    client.post(f"{page}/delete")
    assert again(stranger, page).status_code == 410


def test_a_file_that_was_given_up_is_tried_again(client, redis, work: Work, sessions, last_try: str, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(workers.jobs, "highlight", lambda *a, **k: 1 / 0)
        work()

    again(client, last_try)
    work()

    assert file_of(sessions, last_try).engine == "pygments"
    assert Queue("snippets", connection=redis).failed_job_registry.count == 0


def test_nobody_else_has_it_tried_again(app, client, work: Work, sessions):
    page = paste(client)
    work()
    stranger = app.test_client()
    paste(stranger, "x")

    assert again(app.test_client(), page).status_code == 403
    assert again(stranger, page).status_code == 403
    assert "Only who shared this snippet" in again(stranger, page).text
    assert again(client, page[:-1] + "_").status_code == 404
    assert not file_of(sessions, page).is_pending


@pytest.mark.parametrize("code", ["if (1) x;", ""])
def test_what_is_coloured_or_waiting_is_not_tried_again(client, work: Work, sessions, code: str):
    page = paste(client, code or "int x;")
    if code:
        work()

    assert again(client, page).status_code == 404


def test_with_redis_away_nothing_is_changed(client, work: Work, sessions, away: Redis, monkeypatch):
    page = paste(client)
    work()
    monkeypatch.setattr("snippets.another_try.poison.forget", lambda *a: away.ping())

    answer = again(client, page)

    assert (answer.status_code, "queue is out of reach" in answer.text) == (503, True)
    assert file_of(sessions, page).note == "pygments-slow"
