"""No file holds up the people behind it: neither by its text nor by a highlighter that hangs."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Work
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue, Worker
from rq.job import Job
from sqlalchemy import select

import workers.jobs
import workers.patience
from snippets import breaker
from snippets.lanes import AGAIN
from snippets.models import File
from snippets.settings import Settings
from workers import alarm, http
from workers.failure import HighlighterError
from workers.patience import ALONE, LEAST, USUAL, Patience, patience_for

from hostile import Hostile


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """One engine will do: the rows play no part here."""
    shutil.copy(migrated_sqlite, tmp_path / "snippets.db")
    return f"sqlite:///{tmp_path}/snippets.db"


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    with Hostile() as server:
        yield server


@pytest.fixture
def bulk(redis: Redis) -> Worker:
    """A worker that listens on bulk."""
    worker = Worker([Queue("bulk", connection=redis)], connection=redis)
    worker.register_birth()
    return worker


@pytest.fixture
def use(settings: Settings, work: Work, hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Have the jobs meet a highlighter that behaves so, and be in a hurry."""

    def use(behaviour: str, **changes: object) -> Settings:
        told = {"highlighter_url": hostile.url(behaviour), "highlighter_deadline": 3, "breaker_failures": 2, **changes}
        monkeypatch.setattr(workers.patience, "USUAL", 0.1)
        monkeypatch.setattr(workers.jobs, "settings", replace(settings, **told))
        return workers.jobs.settings

    return use


@pytest.fixture
def paste(client: FlaskClient, work: Work) -> Callable[[], None]:
    def paste() -> None:
        client.post("/", data={"code": "if 1: pass\n", "language": "python"})
        work()

    return paste


def ends(app: Flask) -> list[tuple[str | None, str | None]]:
    with app.extensions["snippets"].sessions() as session:
        return [(file.engine, file.note) for file in session.scalars(select(File).order_by(File.id))]


@pytest.mark.usefixtures("bulk")
def test_impatience_is_not_counted_as_the_highlighters_failure(app: Flask, redis: Redis, use, paste):
    use("hangs-before-the-headers")

    for _ in range(3):
        paste()

    assert ends(app) == [("pygments", "slow")] * 3
    assert redis.keys("snippets:breaker:*") == []


def test_a_highlighter_that_had_all_its_time_has_failed(app: Flask, redis: Redis, use, paste):
    use("hangs-before-the-headers", highlighter_deadline=0.1)

    for _ in range(3):
        paste()

    assert ends(app) == [("pygments", "slow")] * 3
    assert redis.exists(breaker.OPEN)


@pytest.mark.drill
@pytest.mark.usefixtures("bulk")
def test_while_the_breaker_is_open_people_do_not_wait_and_bulk_tries_for_them(
    app: Flask, redis: Redis, use, paste, work: Work, hostile: Hostile
):
    use("hangs-before-the-headers")
    redis.set(breaker.OPEN, time.time())
    heard = len(hostile.calls)

    for _ in range(3):
        paste()

    assert ends(app) == [("pygments", "down")] * 3
    assert len(hostile.calls) == heard
    again = [job_id for job_id in Queue("bulk", connection=redis).job_ids if job_id.startswith(AGAIN.name)]
    assert again == [AGAIN.job_id(1)], "one probe, not each paste's own"

    use("honest")
    work("bulk")

    assert ends(app) == [("http-pygments", None)] * 3
    assert not redis.exists(breaker.OPEN)


def test_without_a_worker_on_bulk_the_probe_is_made_on_the_spot(app: Flask, redis: Redis, use, paste):
    use("honest")
    redis.set(breaker.OPEN, time.time())

    paste()

    assert ends(app) == [("http-pygments", None)]
    assert not redis.exists(breaker.OPEN)


@pytest.fixture
def job(redis: Redis) -> Job:
    return Queue("snippets", connection=redis).enqueue("time.sleep", 0)


@pytest.mark.usefixtures("bulk")
def test_a_large_file_is_given_a_second_more_for_each_mebibyte(job: Job):
    assert [patience_for(size, job).seconds for size in (0, 2**19, 2**20)] == [USUAL, USUAL + 0.5, USUAL + 1]


@pytest.mark.usefixtures("bulk")
def test_in_a_crowd_each_is_given_less(redis: Redis, job: Job):
    small, large = {}, {}
    for waiting in range(1, 62):
        small[waiting], large[waiting] = (patience_for(size, job).seconds for size in (0, 2**20))
        Queue("snippets", connection=redis).push_job_id(f"highlight-{waiting}")

    assert (small[10], small[20], small[60]) == (USUAL, USUAL / 2, LEAST)
    assert (large[10], large[20], large[60]) == pytest.approx((USUAL + 1, (USUAL + 1) / 2, (USUAL + 1) / 6))


def test_alone_a_large_file_is_given_three_seconds_more_for_each_mebibyte(job: Job):
    assert [patience_for(size, job).seconds for size in (0, 2**20)] == [ALONE, ALONE + 3]


def test_alone_it_lasts_until_somebody_waits(redis: Redis, job: Job):
    patience = patience_for(0, job)

    assert (patience.seconds, patience.hands_over, patience.is_over()) == (ALONE, False, True)
    Queue("snippets", connection=redis).empty()
    assert not patience.is_over()


@pytest.mark.drill
def test_pygments_gives_way_once_somebody_waits_and_only_then():
    began = time.monotonic()

    with pytest.raises(alarm.Overtime):
        alarm.within(20, lambda: time.sleep(20), Patience(0.05, lambda: time.monotonic() > began + 0.2))
    assert 0.2 <= time.monotonic() - began < 10

    assert alarm.within(20, lambda: time.sleep(0.2), Patience(0.05, lambda: False)) is None
    with pytest.raises(alarm.Overtime):
        alarm.within(0.2, lambda: time.sleep(20), Patience(0.05, lambda: False))


def test_a_remote_call_gives_way_once_somebody_waits(hostile: Hostile):
    settings = hostile.settings("drips-its-body", highlighter_deadline=20)
    began = time.monotonic()

    with pytest.raises(HighlighterError, match="took too long"):
        http.highlight("x = 1", "python", settings, Patience(0.1, lambda: time.monotonic() > began + 0.2))

    assert 0.2 <= time.monotonic() - began < 10
