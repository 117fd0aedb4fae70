"""What a forked child must not share with its parent, and what becomes of it when its parent goes."""

import os
import select
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from redis import Redis
from rq import Queue
from sqlalchemy import text

from snippets.database import connect
from snippets.settings import ROOT
from workers.horse import Horse
from workers.worker import SnippetWorker

from processes import environment, wait_until

ORPHAN = """
import os, signal
from workers import horse
horse.LOOK_ROUND = 0.1
kept = horse.Horse(lambda: None)
copy = os.fork()  # it holds a copy of the parent's end, so that the horse never reads the end of it
if not copy:
    signal.pause()
print(kept.pid, copy, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_forked_child_opens_connections_of_its_own(tmp_path: Path):
    sessions = connect(f"sqlite:///{tmp_path}/x.db")
    engine = sessions.kw["bind"]
    with sessions() as session:
        session.execute(text("SELECT 1"))
    assert engine.pool.checkedin() == 1

    child = os.fork()
    if child == 0:
        os._exit(engine.pool.checkedin())

    assert os.waitpid(child, 0) == (child, 0)
    engine.dispose()


def test_a_horse_leaves_when_its_parent_dies_even_if_a_copy_of_the_parents_end_lives_on():
    script = [sys.executable, "-c", ORPHAN]
    with subprocess.Popen(script, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True) as parent:
        horse, copy = map(psutil.Process, map(int, parent.stdout.readline().split()))
        try:
            wait_until(lambda: not horse.is_running() or horse.status() == psutil.STATUS_ZOMBIE, 5)
        finally:
            for each in (copy, horse):
                each.kill()


@pytest.mark.drill
@pytest.mark.parametrize(
    ("queues", "keeps"),
    [("snippets", True), ("bulk", False), ("mail", False), ("bulk mail", False), ("snippets bulk", True)],
)
def test_a_horse_that_rests_goes_home_where_nobody_waits_for_its_next_job(redis: Redis, monkeypatch, queues, keeps):
    monkeypatch.setattr("workers.worker.REST", -1)
    worker = SnippetWorker([Queue(queue, connection=redis) for queue in queues.split()], connection=redis)
    worker.register_birth()
    worker._kept = horse = Horse(lambda: None)

    worker.heartbeat()

    assert psutil.pid_exists(horse.pid) is keeps
    worker.teardown()


@pytest.mark.parametrize("what", ["is at work", "was at work just now"])
def test_no_horse_goes_home_that_rests_not_yet(redis: Redis, monkeypatch, what: str):
    is_busy = what == "is at work"
    monkeypatch.setattr("workers.worker.REST", -1 if is_busy else 600)
    worker = SnippetWorker([Queue("bulk", connection=redis)], connection=redis)
    worker.register_birth()
    worker._kept = horse = Horse(lambda: None)
    worker._horse_pid = horse.pid if is_busy else 0

    worker.heartbeat()

    assert worker._kept is horse
    worker._horse_pid = 0
    worker.teardown()


@pytest.fixture
def at_work(redis: Redis):
    """A worker whose horse is busy until told otherwise, and what tells it."""
    heard, tell = os.pipe()
    worker = SnippetWorker([Queue("odd", connection=redis)], connection=redis)
    worker.register_birth()
    horse = worker._kept = Horse(lambda: select.select([heard], [], [], 10))
    horse.order()
    worker._horse_pid = horse.pid
    yield worker, horse, tell
    for end in (heard, tell):
        os.close(end)


def test_a_worker_that_leaves_lets_its_horse_end_what_it_has_in_hand(at_work):
    worker, horse, tell = at_work

    worker.teardown()

    assert os.waitpid(horse.pid, os.WNOHANG) == (0, 0), "it is at work"
    os.write(tell, b"!")
    assert horse.answers(5)
    assert horse.is_done()
    horse.leave()
