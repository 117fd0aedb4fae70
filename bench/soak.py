"""Whether memory grows: `python -m bench.soak` has the stack answer 100,000 requests and do 20,000 jobs, in steps.

Writes what was found between two marks of docs/performance.md; takes some ten minutes. --quick: a hundredth of it.
"""

import argparse
import signal
import sys
import time
from contextlib import closing

from redis import Redis
from rq import Queue
from sqlalchemy import func, select

from bench import memory, wrk
from bench.client import Client, form
from bench.contenders import BROWSER
from bench.inputs import SMALL
from bench.installing import tool
from bench.jobs import enqueue
from bench.report import markdown, put
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
COLUMNS = ("requests", "jobs", "all", "web", "worker", "bulk", "redis", "highlighter")
MARKS = "<!-- soaked -->", "<!-- /soaked -->"


def main() -> None:
    """Soak, and write what was found; whatever was started is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parts = 100 if parser.parse_args().quick else 1
    tool("wrk")
    with whole_site() as site:
        rows = soak(site, REQUESTS // parts, JOBS // parts)
    when = time.strftime("%-d %B %Y, %H:%M UTC", time.gmtime())
    put(MARKS, f"PSS in MiB, measured on {when} by `python -m bench.soak`:\n\n{markdown(COLUMNS, rows)}")


def soak(site: Stack, requests: int, jobs: int) -> list[list[str]]:
    """Return a row for the stack as it was started, and one after each step."""
    sessions, client = connect(site.database_url), Client(site.url)
    rows = [_row(site, 0, 0)]
    pages = [client.paste(*form(SMALL)) for _ in range(PAGES)]
    client.wait_for_colours(pages[-1], every=0.1)
    asked = 0
    for step in range(1, STEPS + 1):
        while asked < requests * step / STEPS:
            asked += wrk.run(site.url, Target([*pages, "/recent", "/"], headers=BROWSER), 1.0).requests
        _colour(site, sessions, jobs // STEPS)
        rows.append(_row(site, asked, jobs * step // STEPS))
    sessions.kw["bind"].dispose()
    return rows


def _colour(site: Stack, sessions: Sessions, jobs: int) -> None:
    with closing(Redis.from_url(site.redis_url)) as redis:
        for start in range(0, jobs, BATCH):
            enqueue(site.redis_url, sessions, min(BATCH, jobs - start))
        while _pending(sessions) or any(Queue(name, connection=redis).count for name in ("snippets", "bulk")):
            time.sleep(0.5)


def _pending(sessions: Sessions) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(File).where(File.html.is_(None))) or 0


def _row(site: Stack, requests: int, jobs: int) -> list[str]:
    time.sleep(REST)
    pss = memory.measure(site).pss
    names = [sum(held for kind, held in pss.items() if kind.split()[0] == name) for name in COLUMNS[3:]]
    return [f"{requests:,}", f"{jobs:,}", *(f"{held / 2**20:,.0f}" for held in (pss["all"], *names))]


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
