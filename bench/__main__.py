"""Measure the site from end to end and print what was found: `python -m bench`."""

import signal
import sys
import time
from collections.abc import Iterator

from bench import colour, jobs, load, memory, reading, search, waiting, weight
from bench.browser import chromium
from bench.installing import found_tool
from bench.machine import SQLITE, heading, number
from bench.sites import whole_site, without_worker
from bench.table import Table, text


def show(table: Table) -> None:
    """Print a table as soon as it is known."""
    print(f"\n{text(table)}", flush=True)


def _programs() -> Iterator[str]:
    if path := chromium():
        yield f"Chromium {number([path, '--version'])}"
    if wrk := found_tool("wrk"):
        yield f"wrk {number([wrk, '-v'])}"
    yield SQLITE


def main() -> None:
    """Run every part; whatever was started is stopped, also on Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    print(heading(*_programs()), flush=True)
    with whole_site() as site:
        idle = memory.measure(site)
        show(colour.measure(site))
        show(load.measure(site))
        loaded = memory.measure(site)
        show(reading.measure(site))
        show(weight.measure(site))
    with without_worker() as site:
        show(jobs.measure(site))
        show(waiting.measure(site))
    show(memory.table(idle, loaded))
    for table in search.measure():
        show(table)
    print(f"\nThe whole run took {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
