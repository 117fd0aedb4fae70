"""One worker process and no other: `rq worker snippets` with the usual deadlines, and somebody who pastes poison."""

import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from poison import POISON
from redis import Redis
from rq import Worker
from rq.job import Job, JobStatus
from sqlalchemy import select

from snippets.lanes import HIGHLIGHT
from snippets.models import File
from snippets.settings import ROOT, Settings

from processes import environment, wait_until

pytestmark = [pytest.mark.drill, pytest.mark.alone, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
SOON = 1.0  # seconds: as a rule
EVER = 4.0  # seconds, also on a machine that is busy with something else: each of these texts would take its 10


@pytest.fixture
def lone_worker(settings: Settings, redis: Redis, tmp_path: Path) -> Iterator[None]:
    with (tmp_path / "worker.log").open("w") as log:
        worker = subprocess.Popen(
            [ROOT / ".venv/bin/rq", "worker", "snippets"],
            cwd=ROOT,
            env=environment(
                DATABASE_URL=settings.database_url,
                ENV_FILE="/dev/null",
                REDIS_URL=settings.redis_url,
                RQ_CONFIG="workers.settings",
                RQ_WORKER_CLASS="workers.worker.SnippetWorker",
            ),
            stdout=log,
            stderr=log,
        )
        wait_until(lambda: [each.get_state() for each in Worker.all(connection=redis)] == ["idle"])
        yield
        worker.terminate()
        worker.wait()


def paste(app: Flask, client: FlaskClient, language: str, code: str) -> int:
    page = client.post("/", data={"code": code, "language": language}).location
    with app.extensions["snippets"].sessions() as session:
        return session.scalars(select(File.id).where(File.snippet_id == page[1:])).one()


def file(app: Flask, file_id: int) -> File:
    with app.extensions["snippets"].sessions() as session:
        return session.get_one(File, file_id)


@pytest.mark.usefixtures("lone_worker")
def test_it_colours_everybody_soon_whatever_one_of_them_pastes(app: Flask, client: FlaskClient, redis: Redis):
    waits, poisoned = [], []
    for language, code in POISON[:6]:
        poisoned.append(paste(app, client, language, code))
        job = Job(HIGHLIGHT.job_id(poisoned[-1]), connection=redis)
        wait_until(lambda job=job: job.get_status() == JobStatus.STARTED)
        began = time.monotonic()
        other = paste(app, client, "python", f"def f():\n    return {len(waits)}\n")
        wait_until(lambda other=other: not file(app, other).is_pending)
        waits.append(time.monotonic() - began)
        assert file(app, other).engine == "pygments"

    assert [(file(app, each).engine, file(app, each).note) for each in poisoned] == [("plain", "pygments-slow")] * 6
    assert statistics.median(waits) < SOON, waits
    assert max(waits) < EVER, waits
