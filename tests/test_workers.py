"""The commands that an operator types, run for real: RQ's own worker in a process of its own."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from snippets.models import File
from snippets.settings import ROOT, Settings

from processes import environment
from servers import Valkey

pytestmark = pytest.mark.drill


def run_worker(settings: Settings, **env: str) -> str:
    """Run `rq worker snippets` until nothing is queued; return what it printed."""
    done = subprocess.run(
        [str(ROOT / ".venv/bin/rq"), "worker", "--burst", "snippets"],
        cwd=ROOT,
        env=environment(DATABASE_URL=settings.database_url, ENV_FILE="/dev/null", **env),
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
    )
    return done.stdout


@pytest.mark.parametrize(
    ("database_url", "preloaded"),
    [("sqlite", False), ("sqlite", True), ("postgresql", True)],  # what a fork inherits is not the same on the two
    indirect=["database_url"],
    ids=["stock", "preloaded", "preloaded-postgresql"],
)
def test_the_stock_command_colours_what_is_queued(app, client, settings: Settings, preloaded: bool):
    client.post("/", data={"code": ["if 1:\n", "x = 2\n"], "language": ["python", "python"]})
    env = {"RQ_CONFIG": "workers.settings", "REDIS_URL": settings.redis_url} if preloaded else {}

    run_worker(settings, **(env or {"RQ_REDIS_URL": settings.redis_url}))

    with app.extensions["snippets"].sessions() as session:
        files = session.scalars(select(File).order_by(File.position)).all()
    assert [file.engine for file in files] == ["pygments", "pygments"]
    assert '<span class="k">if</span>' in files[0].html


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_worker_logs_why_a_file_fell_back(client, settings: Settings):
    client.post("/", data={"code": "x = 1\n", "language": "python"})

    printed = run_worker(
        settings, RQ_CONFIG="workers.settings", REDIS_URL=settings.redis_url, HIGHLIGHTER_URL="http://127.0.0.1:1"
    )

    assert re.search(r"WARNING workers\.highlight .*could not be reached", printed)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_preload_waits_for_a_redis_that_is_still_starting(tmp_path: Path, settings: Settings):
    late = Valkey(tmp_path)
    late.stop()
    worker = subprocess.Popen(
        [str(ROOT / ".venv/bin/rq"), "worker", "--burst", "snippets"],
        cwd=ROOT,
        env=environment(
            DATABASE_URL=settings.database_url, ENV_FILE="/dev/null", RQ_CONFIG="workers.settings", REDIS_URL=late.url
        ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(1.5)
    late.start()

    assert worker.wait(15) == 0
    late.stop()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("death", ["reset", "killed"])
def test_a_highlighter_that_dies_in_the_middle_of_its_answer_costs_no_colours(
    app, client, settings: Settings, death: str
):
    client.post("/", data={"code": "if 1:\n", "language": "python"})
    script = [sys.executable, str(ROOT / "tests/dying.py"), death]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as highlighter:
        url = f"http://127.0.0.1:{highlighter.stdout.readline().strip()}/"

        run_worker(settings, RQ_CONFIG="workers.settings", REDIS_URL=settings.redis_url, HIGHLIGHTER_URL=url)

    assert highlighter.returncode == -signal.SIGKILL, "it had been asked"
    with app.extensions["snippets"].sessions() as session:
        file = session.scalars(select(File)).one()
    assert (file.engine, file.note) == ("pygments", "broken")
    assert '<span class="k">if</span>' in file.html
