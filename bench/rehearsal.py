"""Real pastes at a few rates, their real times to colour, and what the simulated queue says of the same arrivals."""

import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import pairwise

from redis import Redis
from rq import Queue, Worker

from bench.arrivals import drawn, steady
from bench.queueing import capacity, fixed, run, times
from bench.relay import Relay
from bench.sites import whole_site
from bench.stack import Stack
from bench.table import Table, milliseconds, percentile
from bench.visitors import Visitors, last, wait_for
from snippets.database import Sessions, connect
from snippets.lanes import SNIPPETS

AWAY = 0.15  # seconds that the highlighter is away: the workers, not the cores that all share, are what is short
LOADS = (0.5, 0.8, 0.95, 1.2)  # of the capacity that was measured
WORKERS = (1, 2)
SECONDS = 30.0  # of pasting at each rate
CALIBRATION = 120  # jobs
AHEAD = 3  # jobs that wait while the worker is measured
DRAWS = 20  # simulations of one run, by other draws of the services
BOOT = 30  # seconds for all workers to be there
COLUMNS = ("of capacity", "pastes/s", "n", "p50 real", "simulated", "ratio", "p95 real", "simulated", "ratio")
NOTES = (
    "From the row saved to its colours saved, ms. Real: as the database has it. Simulated: the same arrivals, and what",
    f"one worker took for each job when it was measured, drawn by chance, {DRAWS} times. Ratio: real to simulated.",
)


def measure(seed: int) -> Iterator[Table]:
    """Give what one worker takes for a job, then a table for each number of workers."""
    services: list[float] = []
    for workers in WORKERS:
        with _site(workers) as (site, queue):
            sessions = connect(site.database_url)
            visitors = Visitors(site.url)
            if not services:
                services = _services(visitors, sessions, queue)
                yield _what_a_job_takes(services)
            runs = _Runs(visitors, sessions, workers, services, seed)
            yield Table(f"Time to colour, {workers} at work", COLUMNS, [runs.row(load) for load in LOADS], NOTES)
            sessions.kw["bind"].dispose()


@contextmanager
def _site(workers: int) -> Iterator[tuple[Stack, Queue]]:
    relay = Relay(AWAY)

    def edited(procfile: str) -> str:
        """Have the worker ask the relay, and nobody serve bulk: it would draw pictures, and have the worker hurry."""
        away = f"\nworker: HIGHLIGHTER_URL=http://127.0.0.1:{relay.port} "
        return re.sub(r"\nbulk: .*", "\nbulk: exec sleep 86400", procfile.replace("\nworker: ", away))

    with relay.serving(), whole_site(edit=edited, WORKER_CONCURRENCY=str(workers)) as site:
        relay.target = int(site.highlighter_url.rpartition(":")[2])
        with closing(Redis.from_url(site.redis_url)) as redis:
            queue, deadline = Queue(SNIPPETS, connection=redis), time.monotonic() + BOOT
            while Worker.count(queue=queue) < workers:
                if time.monotonic() > deadline:
                    raise TimeoutError("the workers did not come")
                time.sleep(0.05)
            yield site, queue


def _services(visitors: Visitors, sessions: Sessions, queue: Queue) -> list[float]:
    """Keep one worker busy by pastes, never with more than AHEAD before it; return what lies between two colours."""
    for _ in range(CALIBRATION):
        while queue.count >= AHEAD:
            time.sleep(0.001)
        visitors.paste()
    coloured = sorted(wait_for(sessions, 0).coloured)[CALIBRATION // 10 :]
    return [after - before for before, after in pairwise(coloured)]


def _what_a_job_takes(services: list[float]) -> Table:
    mean = sum(services) / len(services)
    figures = (mean, *(percentile(services, each) for each in (50, 95)), max(services))
    row = ["one worker, never without a job", str(len(services)), f"{1 / mean:.1f}", *map(milliseconds, figures)]
    return Table("What a job takes, ms", ("n", "jobs/s", "mean", "p50", "p95", "max"), [row])


@dataclass(frozen=True, slots=True)
class _Runs:
    """A site with so many workers, and what one of them takes for a job."""

    visitors: Visitors
    sessions: Sessions
    workers: int
    services: list[float]
    seed: int

    def row(self, load: float) -> list[str]:
        """Paste at this share of the workers' capacity, and simulate the same."""
        most, after = capacity(self.workers, sum(self.services) / len(self.services)), last(self.sessions)
        self.visitors.paste_at(list(steady(load * most, SECONDS, self.seed)))
        found = wait_for(self.sessions, after)
        came = [saved - found.saved[0] for saved in found.saved]
        said, cells = self._simulated(came), []
        for percent in (50, 95):
            real, simulated = percentile(found.waits, percent), percentile(said, percent)
            cells += [milliseconds(real), milliseconds(simulated), f"{real / simulated:.2f}"]
        rate = len(came) / came[-1]
        return ["", f"{rate / most:.0%}", f"{rate:.1f}", str(len(came)), *cells]

    def _simulated(self, came: list[float]) -> list[float]:
        each = (run(came, drawn(self.services, self.seed + n), fixed(self.workers)) for n in range(DRAWS))
        return [seconds for one in each for seconds in times(one)]
