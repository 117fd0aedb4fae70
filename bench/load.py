"""Requests a second under a crowd, and what each costs the web process."""

from contextlib import closing

from redis import Redis
from rq import Queue

from bench import crowd, wrk
from bench.client import Client, form
from bench.inputs import SMALL
from bench.stack import Stack
from bench.table import Table, kilobytes, milliseconds
from bench.target import CONNECTIONS, Target

PAGES = 300
SECONDS = 4.0
WARM_UP = 1.0  # seconds that do not count
COLUMNS = ("input", "n", "requests/s", "p99 ms", "CPU ms/request")


def measure(site: Stack) -> Table:
    """Measure reading, then creating while the worker has its hands full; leaves an empty queue behind."""
    client = Client(site.url)
    body, headers = form(SMALL)
    pages = [client.paste(body, headers) for _ in range(PAGES)]
    for page in pages:
        client.wait_for_colours(page, every=0.02)
    raws = [f"{page}/raw" for page in pages]
    rows = [
        _row(site, "the page of one snippet", Target(pages[:1])),
        _row(site, f"the pages of {PAGES}, at random", Target(pages)),
        _row(site, f"raw, {PAGES} at random", Target(raws)),
        _row(site, "the empty form", Target(["/"]), "-"),
        _row(site, "create (the worker colours meanwhile)", Target(["/"], 303, "POST", headers, body)),
    ]
    with closing(Redis.from_url(site.redis_url)) as redis:
        Queue("snippets", connection=redis).empty()  # type: ignore[no-untyped-call]
    return Table("2. Requests", COLUMNS, rows, _notes())


def _row(site: Stack, what: str, target: Target, size: str = kilobytes(SMALL)) -> list[str]:
    run = wrk.run if wrk.found() else crowd.run
    run(site.url, target, WARM_UP)
    before = site.cpu("web")
    load = run(site.url, target, SECONDS)
    each = (site.cpu("web") - before) / load.requests
    rate = f"{load.requests / load.seconds:,.0f}"
    return [what, size, f"{load.requests:,}", rate, milliseconds(load.p99), milliseconds(each)]


def _notes() -> list[str]:
    client = (
        "wrk, one thread"
        if wrk.found()
        else "our own (no wrk here), one Python process that competes with the site for the cores"
    )
    return [
        f"{CONNECTIONS} keep-alive connections for {SECONDS:.0f} s after {WARM_UP:.0f} s of warming up.",
        f"The client: {client}.",
        "CPU is that of the web's processes alone (user and system), so it does not depend on the client.",
        "One web process, as `make run` starts it, with its log.",
    ]
