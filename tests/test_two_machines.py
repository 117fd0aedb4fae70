"""Two machines, each with a working copy of its own and nothing in common but Redis and PostgreSQL."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue, Worker
from rq.job import Job
from sqlalchemy import func, select

from snippets.models import File
from snippets.settings import Settings

from processes import checkout, environment, wait_until

pytestmark = [pytest.mark.drill, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]
FILES = 40


@pytest.fixture
def machines(tmp_path: Path, settings: Settings, redis: Redis) -> Iterator[list[psutil.Popen]]:
    machines = [start(checkout(tmp_path / name), settings) for name in ("one", "two")]
    wait_until(lambda: Worker.count(connection=redis) == 2, 30)
    yield machines
    for machine in machines:
        for process in (*machine.children(), machine):
            process.kill()
        machine.wait()


def start(folder: Path, settings: Settings) -> psutil.Popen:
    return psutil.Popen(
        [folder / ".venv/bin/rq", "worker", "snippets"],
        cwd=folder,
        env=environment(
            DATABASE_URL=settings.database_url,
            ENV_FILE="/dev/null",
            REDIS_URL=settings.redis_url,
            RQ_CONFIG="workers.settings",
            RQ_WORKER_CLASS="workers.worker.SnippetWorker",
        ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_they_share_the_work(machines: list, app: Flask, client: FlaskClient, redis: Redis):
    code = "".join(f"def f{n}(x):\n    return x + {n}\n" for n in range(300))

    client.post("/", data={"code": [code] * FILES, "language": ["python"] * FILES})
    wait_until(lambda: pending(app) == 0, 30)
    done = Queue("snippets", connection=redis).finished_job_registry
    wait_until(lambda: len(done.get_job_ids()) == FILES)  # RQ notes it once the colours are there

    ids = done.get_job_ids()
    workers = [Job.fetch(each, connection=redis).worker_name for each in ids]
    assert len(workers) == FILES
    assert min(workers.count(each) for each in set(workers)) > FILES / 5
    assert len(set(workers)) == 2


def pending(app: Flask) -> int:
    with app.extensions["snippets"].sessions() as session:
        return session.scalar(select(func.count()).where(File.html.is_(None)))
