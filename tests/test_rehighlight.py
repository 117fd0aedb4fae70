"""Colours are made anew by command: for the files that are meant, gently, and from where it was left."""

from dataclasses import replace
from datetime import timedelta
from itertools import islice

import pytest
from click.testing import Result
from conftest import Work
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue, Worker
from rq.job import JobStatus
from sqlalchemy import select, text, update

import workers.jobs
from app import create_app
from snippets import rehighlight
from snippets.announcements import CHANNEL
from snippets.lanes import AGAIN
from snippets.models import File, Snippet, now
from snippets.queue import enqueue_once
from snippets.settings import Settings


@pytest.fixture
def sessions(app: Flask):
    return app.extensions["snippets"].sessions


@pytest.fixture
def ids(client: FlaskClient, work: Work, sessions) -> list[int]:
    """Four coloured files: two in Python, one of them old, one in C of a private snippet, one plain."""
    texts = [("x = 1", "python"), ("y = 2", "python"), ("int z;", "c"), ("some text", "text")]
    for code, language in texts:
        client.post("/", data={"code": code, "language": language})
    work()
    with sessions.begin() as session:
        ids = list(session.scalars(select(File.id).order_by(File.id)))
        session.execute(update(File).where(File.id == ids[0]).values(highlighted_at=now() - timedelta(days=31)))
        private = select(File.snippet_id).where(File.id == ids[2]).scalar_subquery()
        session.execute(update(Snippet).where(Snippet.id == private).values(visibility="private"))
    return ids


def command(app: Flask, *options: str) -> Result:
    return app.test_cli_runner().invoke(args=["snippets", "rehighlight", *options])


def enqueued(redis: Redis) -> list[int]:
    return [int(job_id.removeprefix("again-")) for job_id in Queue("bulk", connection=redis).job_ids]


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ([], [0, 1, 2, 3]),
        (["--language", "Python"], [0, 1]),
        (["--engine", "plain"], [3]),
        (["--older-than", "30d"], [0]),
        (["--visibility", "private"], [2]),
        (["--visibility", "unlisted", "--engine", "pygments", "--older-than", "1h"], [0]),
    ],
    ids=lambda each: " ".join(map(str, each)),
)
def test_it_enqueues_the_files_that_meet_all_filters(app, redis, ids: list[int], options: list[str], chosen: list[int]):
    counted = command(app, *options, "--dry-run")
    assert (counted.output, enqueued(redis)) == (f"{len(chosen)} files\n", [])

    result = command(app, *options)

    assert result.output.endswith(f"{len(chosen)} files enqueued\n")
    assert enqueued(redis) == [ids[each] for each in chosen]


def test_the_new_colours_replace_the_old_ones(app, ids: list[int], work: Work, sessions, monkeypatch, settings):
    with sessions.begin() as session:
        session.execute(update(File).values(html="old colours"))

    command(app, "--language", "python")
    work("bulk")

    with sessions() as session:
        html = list(session.scalars(select(File.html).order_by(File.id)))
    assert ["old" in each for each in html] == [False, False, True, True]


def test_new_colours_are_announced_for_pages_that_were_kept(app, redis, ids: list[int], work: Work, sessions):
    line = redis.pubsub(ignore_subscribe_messages=True)
    line.subscribe(CHANNEL)

    command(app, "--language", "c")
    work("bulk")

    with sessions() as session:
        changed = session.get_one(File, ids[2]).snippet_id
    told = [message["data"] for _ in range(9) if (message := line.get_message(timeout=0.2))]
    line.close()
    assert told == [changed.encode()]


def test_it_goes_on_where_it_was_interrupted_and_only_with_the_same_filters(app, redis, ids, sessions, monkeypatch):
    with sessions.begin() as session:
        session.execute(update(File).values(id=File.id + 10_000))  # a number, spelled as one, would have a comma
    ids = [each + 10_000 for each in ids]
    monkeypatch.setattr(rehighlight, "BATCH", 1)
    real = rehighlight.offer
    monkeypatch.setattr("snippets.rehighlight_commands.offer", lambda *args: _killed_after(2, real(*args)))
    assert command(app).exit_code != 0
    Queue("bulk", connection=redis).empty()
    monkeypatch.setattr("snippets.rehighlight_commands.offer", real)

    other = command(app, "--engine", "plain")
    assert "Going on" not in other.output
    again = command(app)

    assert f"Going on after file {ids[1]}.\n" in again.output
    assert sorted(enqueued(redis)) == ids[2:]
    assert "Going on" not in command(app).output


def _killed_after(count: int, steps):
    yield from islice(steps, count)
    raise KeyboardInterrupt


def test_it_waits_while_bulk_has_enough_to_do(app, redis, ids: list[int], monkeypatch):
    monkeypatch.setattr(rehighlight, "BATCH", 1)
    monkeypatch.setattr(rehighlight, "ENOUGH", 1)
    Worker(["bulk"], connection=redis).register_birth()
    depths = []

    def make_room(_seconds: float) -> None:
        queue = Queue("bulk", connection=redis)
        depths.append(queue.count)
        queue.pop_job_id()

    monkeypatch.setattr(rehighlight, "sleep", make_room)  # not the one of every thread

    command(app)

    assert depths == [2, 2]


def test_where_nobody_serves_bulk_it_says_so_instead_of_waiting_for_ever(app, redis, ids: list[int], monkeypatch):
    monkeypatch.setattr(rehighlight, "BATCH", 1)
    monkeypatch.setattr(rehighlight, "ENOUGH", 0)

    result = command(app)

    assert result.exit_code == 1
    assert "No worker serves bulk" in result.output
    assert enqueued(redis) == ids[:1]


def test_a_file_whose_job_failed_lately_is_offered_again_and_counted(app, redis, ids: list[int], sessions):
    enqueue_once(redis, AGAIN, ids[:2])
    queue = Queue("bulk", connection=redis)
    failed, _waiting = queue.jobs
    queue.remove(failed)
    failed.set_status(JobStatus.FAILED)

    assert enqueue_once(redis, AGAIN, ids[:3]) == 2
    assert sorted(enqueued(redis)) == ids[:3]


def test_looking_for_what_fell_back_reads_no_other_file(sessions):
    notes = {"html": "", "highlighted_at": now()}
    with sessions.begin() as session:
        files = [
            File(revision=number, position=1, language="text", code="", note=None if number % 400 else "down", **notes)
            for number in range(2000)
        ]
        session.add(Snippet(revision=0, files=files))
    query = rehighlight._query(rehighlight.fell_back(now()), 20, 0)
    with sessions() as session:
        engine = session.get_bind()
        is_sqlite = engine.dialect.name == "sqlite"
        session.execute(text("ANALYZE files"))  # or it plans for as many as other tests have left
        bare = query.compile(engine, compile_kwargs={"literal_binds": True})
        plan = session.execute(text(f"EXPLAIN {'QUERY PLAN' if is_sqlite else ''} {bare}")).all()

    assert "ix_files_noted" in str(plan)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--older-than", "soon"], "such as 30d"),
        (["--language", "klingon"], "klingon is not a language known here"),
        (["--visibility", "secret"], "public"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(app, options: list[str], says: str):
    result = command(app, *options)

    assert result.exit_code == 2
    assert says in result.output


def test_with_redis_away_it_says_so(settings: Settings, ids: list[int]):
    app = create_app(replace(settings, redis_url="redis://127.0.0.1:1"))

    result = command(app)

    assert result.exit_code == 1
    assert "Redis does not answer" in result.output


def test_a_worker_of_another_mind_does_no_harm(app, ids: list[int], work: Work, sessions, monkeypatch, settings):
    """A file that is changed while its job is under way keeps what it has."""
    command(app, "--engine", "pygments")
    with sessions.begin() as session:
        session.execute(update(File).values(highlighted_at=now(), html="newer"))
    real = workers.jobs.highlight

    def slow(*args, **options):
        with sessions.begin() as session:
            session.execute(update(File).values(highlighted_at=now() + timedelta(seconds=1), html="newest"))
        return real(*args, **options)

    monkeypatch.setattr(workers.jobs, "highlight", slow)
    work("bulk")

    with sessions() as session:
        assert set(session.scalars(select(File.html).where(File.engine == "pygments"))) == {"newest"}
