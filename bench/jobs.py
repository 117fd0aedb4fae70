"""Highlights a second, and what one costs: a full queue, and a worker that leaves once it is empty."""

import resource
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime

from redis import Redis
from sqlalchemy import select

from bench.inputs import NAME, SMALL
from bench.stack import Stack
from bench.table import Table, kilobytes, milliseconds
from snippets.database import Sessions, connect
from snippets.drafts import Draft, DraftFile, accept
from snippets.models import File
from snippets.queue import enqueue_highlight
from snippets.settings import Settings

MANY, FEW = 300, 10  # jobs
PATIENCE = 120  # seconds for one full queue
STOCK = "exec rq worker snippets"
PRELOADED = "RQ_CONFIG=workers.settings RQ_WORKER_CLASS={} exec rq worker snippets"
COLUMNS = ("input", "n", "jobs/s", "worker CPU ms/job", "highlighter CPU ms/job")
NOTES = (
    "The worker is the Procfile's with --burst; stock: `rq worker snippets`, which imports everything for each job.",
    "The rate is taken between the first and the last colours saved; the CPU of an empty run, the start, is taken off.",
)


@dataclass(frozen=True, slots=True)
class Worker:
    """A way to start a worker: the shell's command, what its environment changes, and the engine that must colour."""

    name: str
    command: str
    engine: str
    changes: Mapping[str, str] = field(default_factory=dict)
    processes: int = 1


def start(site: Stack, command: str, **changes: str) -> subprocess.Popen[bytes]:
    """Start a worker by a shell's command, in the environment of the site."""
    with (site.folder / "worker.log").open("ab") as log:
        env = {**site.env, "REDIS_URL": site.redis_url, **changes}
        return subprocess.Popen(["sh", "-c", command], cwd=site.folder, env=env, stdout=log, stderr=log)


def measure(site: Stack) -> Table:
    """Let a worker empty a full queue, in each way that it can be set up."""
    sessions = connect(site.database_url)
    ours = Worker("HTTP highlighter, tokens", PRELOADED.format("workers.worker.SnippetWorker"), "http-tokens")
    alone = replace(ours, name="Pygments alone", engine="pygments", changes={"HIGHLIGHTER_URL": ""})
    simple = replace(ours, name=f"{ours.name}, SimpleWorker", command=PRELOADED.format("rq.SimpleWorker"))
    forking = replace(ours, name=f"{ours.name}, forking worker", command=PRELOADED.format("rq.Worker"))
    two = replace(ours, name=f"{ours.name}, two processes", processes=2)
    stock = replace(ours, name=f"{ours.name}, stock worker", command=STOCK)
    every = (ours, MANY), (two, MANY), (alone, MANY), (simple, MANY), (forking, MANY), (stock, FEW)
    rows = [_row(site, sessions, worker, n) for worker, n in every]
    sessions.kw["bind"].dispose()
    return Table("3. Highlights", COLUMNS, rows, NOTES)


def _row(site: Stack, sessions: Sessions, worker: Worker, n: int) -> list[str]:
    boot = _burst(site, worker)
    jobs = enqueue(site.redis_url, sessions, n)
    before = site.cpu("highlighter")
    cpu = (_burst(site, worker) - boot) / n
    highlighter = (site.cpu("highlighter") - before) / n
    rate = f"{(n - 1) / _took(sessions, jobs, worker.engine):.1f}"
    return [worker.name, kilobytes(SMALL), str(n), rate, milliseconds(cpu), milliseconds(highlighter)]


def enqueue(redis_url: str, sessions: Sessions, n: int) -> list[int]:
    """Save n pastes, enqueue their colours, and return the files' ids. Raises RuntimeError when Redis is away."""
    snippets = [accept(Draft([DraftFile(SMALL, NAME)]), Settings()) for _ in range(n)]
    with sessions.begin() as session:
        session.add_all(snippets)
    ids = [file.id for snippet in snippets for file in snippet.files]
    with closing(Redis.from_url(redis_url)) as redis:
        if not enqueue_highlight(redis, ids):
            raise RuntimeError("Redis is away")
    return ids


def _burst(site: Stack, worker: Worker) -> float:
    """Run a worker until the queue is empty; return its CPU seconds and those of the children that it reaped."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = [start(site, f"{worker.command} --burst", **worker.changes) for _ in range(worker.processes)]
    if any(process.wait(PATIENCE) for process in running):
        raise RuntimeError("a worker failed: see worker.log")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _took(sessions: Sessions, ids: Sequence[int], engine: str) -> float:
    """Return the seconds between the first colours and the last. Raises RuntimeError where they are not as expected."""
    with sessions() as session:
        query = select(File.highlighted_at, File.engine, File.note).where(File.id.in_(ids))
        rows = session.execute(query).all()
    if wrong := [row for row in rows if row.engine != engine or row.note]:
        raise RuntimeError(f"not coloured as expected, {len(wrong)} of {len(ids)}, such as {wrong[0]}")
    times: list[datetime] = [row.highlighted_at for row in rows]
    return (max(times) - min(times)).total_seconds()
