"""What the rows say of overdue work, and what an operator's requeueing does to them, on both databases."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import func, select, update

import workers.jobs
from snippets.models import File, Snippet, now
from snippets.requeueing import requeue
from snippets.row_state import RowState, row_state

Work = Callable[..., None]


def test_where_nothing_is_overdue_the_rows_say_so(app: Flask, client: FlaskClient, work: Work):
    client.post("/", data={"code": "x = 1", "language": "python"})
    work()

    assert row_state(app.extensions["snippets"].sessions) == RowState(pending=0, late=0, oldest=None, overdue=None)


def test_files_that_wait_and_snippets_that_have_expired_are_counted_from_their_first_moment(
    app: Flask, client: FlaskClient
):
    sessions = app.extensions["snippets"].sessions
    for code in ("a", "b", "c"):
        client.post("/", data={"code": code})
    saved, expired = now() - timedelta(minutes=5), now() - timedelta(hours=3)
    with sessions.begin() as session:
        first = session.scalar(select(func.min(File.id)))
        session.execute(update(File).where(File.id == first).values(created_at=saved))
        session.execute(update(Snippet).values(expires_at=now() + timedelta(hours=1)))
        one = select(File.snippet_id).where(File.id == first).scalar_subquery()
        session.execute(update(Snippet).where(Snippet.id == one).values(expires_at=expired))

    assert row_state(sessions) == RowState(pending=3, late=1, oldest=saved, overdue=expired)


@pytest.mark.parametrize("note", ["gave-up", "stopped"])
def test_a_file_that_was_given_up_gets_its_colours_when_its_job_is_requeued(
    app: Flask, client: FlaskClient, redis: Redis, work: Work, monkeypatch: pytest.MonkeyPatch, note: str
):
    sessions = app.extensions["snippets"].sessions
    client.post("/", data={"code": "x = 1", "language": "python"})
    job_id = redis.keys("rq:job:highlight-*")[0].decode()
    redis.hset(job_id, "retries_left", 0)
    with monkeypatch.context() as patch:
        patch.setattr(workers.jobs, "highlight", lambda *a, **k: 1 / 0)
        work()
    with sessions.begin() as session:
        session.execute(update(File).values(note=note))

    requeue(redis, "snippets", job_id.removeprefix("rq:job:"))
    work()

    with sessions() as session:
        file = session.scalars(select(File)).one()
    assert (file.engine, file.note) == ("pygments", None)
