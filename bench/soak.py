"""Whether memory grows: `python -m bench.soak` has the stack answer 100,000 requests and do 20,000 jobs, in steps.

Writes what was found between two marks of docs/performance.md, and a plot beside; takes some ten minutes. --quick: a
hundredth of it, in two, written into var/bench/quick.
"""

import argparse
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from redis import Redis
from rq import Queue
from sqlalchemy import func, select

from bench import memory, wrk
from bench.client import Client, form
from bench.contenders import BROWSER
from bench.inputs import SMALL
from bench.installing import found_tool, tool
from bench.jobs import enqueue
from bench.machine import SQLITE, number
from bench.paper import Paper, markdown
from bench.plot import chart
from bench.points import point
from bench.report import facts
from bench.sites import whole_site
from bench.stack import Stack
from bench.target import Target
from snippets.database import Sessions, connect
from snippets.models import File

STEPS = 4
REQUESTS, JOBS = 100_000, 20_000
PAGES = 500
BATCH = 500  # jobs in one transaction
REST = 15.0  # seconds, after which the horse of bulk has gone home
PARTS = ("all", "web", "worker", "bulk", "redis", "highlighter")
TITLE = "Memory by requests and jobs"
MARKS = "<!-- soaked -->", "<!-- /soaked -->"


class Rest(NamedTuple):
    """What the stack held after so many requests and jobs."""

    requests: int
    jobs: int
    mebibytes: dict[str, float]  # by PARTS

    def cells(self) -> list[str]:
        """Return the row of the table."""
        return [f"{self.requests:,}", f"{self.jobs:,}", *(f"{held:,.0f}" for held in self.mebibytes.values())]


def main() -> None:
    """Soak, and write what was found; whatever was started is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    parts, paper = 100 if quick else 1, Paper(quick=quick)
    tool("wrk")
    known = facts(*(f"wrk {number([path, '-v'])}" for path in (found_tool("wrk"),) if path), SQLITE)
    with whole_site() as site:
        rests = soak(site, REQUESTS // parts, JOBS // parts)
    paper.put(MARKS, "\n\n".join((known, *_parts(rests, paper))))


def _parts(rests: Sequence[Rest], paper: Paper) -> Iterator[str]:
    lines = {name: [point(rest.requests, [rest.mebibytes[name]]) for rest in rests] for name in PARTS}
    across = f"requests, and meanwhile {rests[-1].jobs:,} jobs in all"
    yield paper.plot("memory", TITLE, chart(TITLE, across, "PSS, MiB", lines, linear=True))
    yield "PSS in MiB: what several processes share is divided among them."
    yield markdown(("requests", "jobs", *PARTS), [rest.cells() for rest in rests])


def soak(site: Stack, requests: int, jobs: int) -> list[Rest]:
    """Return what was held by the stack as it was started, and after each step."""
    sessions, client = connect(site.database_url), Client(site.url)
    rests = [_rest(site, 0, 0)]
    pages = [client.paste(*form(SMALL)) for _ in range(PAGES)]
    client.wait_for_colours(pages[-1], every=0.1)
    asked = 0
    for step in range(1, STEPS + 1):
        while asked < requests * step / STEPS:
            asked += wrk.run(site.url, Target([*pages, "/recent", "/"], headers=BROWSER), 1.0).requests
        _colour(site, sessions, jobs // STEPS)
        rests.append(_rest(site, asked, jobs * step // STEPS))
    sessions.kw["bind"].dispose()
    return rests


def _colour(site: Stack, sessions: Sessions, jobs: int) -> None:
    with closing(Redis.from_url(site.redis_url)) as redis:
        for start in range(0, jobs, BATCH):
            enqueue(site.redis_url, sessions, min(BATCH, jobs - start))
        while _pending(sessions) or any(Queue(name, connection=redis).count for name in ("snippets", "bulk")):
            time.sleep(0.5)


def _pending(sessions: Sessions) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(File).where(File.html.is_(None))) or 0


def _rest(site: Stack, requests: int, jobs: int) -> Rest:
    time.sleep(REST)
    pss = memory.measure(site).pss
    held = {name: sum(held for kind, held in pss.items() if kind.split()[0] == name) for name in PARTS}
    return Rest(requests, jobs, {name: each / 2**20 for name, each in held.items()})


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
