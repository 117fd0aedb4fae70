"""What its owner keeps private leaves the site by no job, unless the operator says that the highlighter is his own."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from conftest import Work
from flask import Flask
from redis import Redis
from rq import Queue
from sqlalchemy import select, update

import workers.jobs
from snippets.lanes import AGAIN, HIGHLIGHT, SLOW, Lane
from snippets.models import File, Snippet
from snippets.settings import Settings

from hostile import Hostile

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows play no part here


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    with Hostile() as server:
        yield server


@pytest.fixture
def file_id(app: Flask, client, redis: Redis) -> int:
    """A private file that waits, for whichever job a test chooses."""
    client.post("/", data={"code": "key = 'a secret'\n", "language": "python"})
    redis.flushall()
    with app.extensions["snippets"].sessions.begin() as session:
        session.execute(update(Snippet).values(visibility="private"))
        return session.scalars(select(File.id)).one()


@pytest.mark.parametrize("lane", [HIGHLIGHT, SLOW, AGAIN], ids=lambda lane: lane.name)
@pytest.mark.parametrize("is_ours", [False, True], ids=["somebody-elses", "ours"])
def test_a_private_file_reaches_only_a_highlighter_of_our_own(
    app: Flask,
    file_id: int,
    redis: Redis,
    settings: Settings,
    work: Work,
    hostile: Hostile,
    monkeypatch: pytest.MonkeyPatch,
    lane: Lane,
    is_ours: bool,
):
    sessions = app.extensions["snippets"].sessions
    changes = {"highlighter_url": hostile.url("honest"), "highlighter_private": is_ours}
    monkeypatch.setattr(workers.jobs, "settings", replace(settings, **changes))
    if lane is AGAIN:
        with sessions.begin() as session:
            session.execute(update(File).values(html="", engine="pygments", note="down"))
    heard = len(hostile.asked)

    Queue(lane.queue, connection=redis).enqueue(lane.function, file_id)
    work(lane.queue)

    with sessions() as session:
        file = session.scalars(select(File)).one()
    assert (file.engine, file.note) == (("http-pygments", None) if is_ours else ("pygments", "private"))
    assert "secret" in file.html
    assert [asked.path for asked in hostile.asked[heard:]] == ["/honest"] * is_ours
